"""The parts of a review: the witness changes nothing, the right numbers are right, the catalogue is consistent."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rnn_core import functional
from rnn_core.mistakes import LISTING, MISTAKES, RIGHT, WHY, oracle
from rnn_core.review.instrument import ENTER, PUT, SEE, WROTE, instrument
from rnn_core.review.report import compared


def a_net(T=5, B=1, I=3, H=4, O=3, seed=0):
    r = np.random.default_rng(seed)
    return oracle.Net(
        r.normal(size=(H, I)), r.normal(size=(H, H)), r.normal(size=(O, H)), r.normal(size=H), r.normal(size=O),
        r.normal(size=(T, B, I)), r.integers(0, O, (T, B)), r.normal(size=(B, H)),
    )  # fmt: skip


def test_the_oracle_is_the_recorded_listing_for_one_sequence():
    net = replace(a_net(), h0=np.zeros((1, 4)))
    mine = oracle.backward(oracle.forward(net))
    inputs, targets = list(net.x[:, 0, :, None]), net.y[:, 0].tolist()
    outputs, states = functional.forward(inputs, net.U, net.W, net.V, net.b[:, None], net.c[:, None])
    theirs = functional.backward(inputs, outputs, states, targets, net.U, net.W, net.V, net.b[:, None], net.c[:, None])
    for name, gradient in zip(oracle.PARAMETERS, theirs, strict=True):
        assert np.allclose(mine.totals[name], gradient.reshape(mine.totals[name].shape), rtol=1e-12)


@pytest.mark.parametrize("name", oracle.PARAMETERS)
def test_the_oracle_is_the_slope_of_the_loss_for_a_batch(name):
    net = a_net(B=3)
    ran = oracle.backward(oracle.forward(net))
    array = getattr(net, name)
    step = 1e-6

    def loss(by):
        shifted = array.copy()
        shifted.flat[1] += by
        return oracle.forward(oracle.Net(**{**vars(net), name: shifted})).loss.sum()

    assert ran.totals[name].flat[1] == pytest.approx((loss(step) - loss(-step)) / (2 * step), rel=1e-6)


CODE = """
from __future__ import annotations
import math
class A:
    n: int = 3
    def __init__(self):
        super().__init__()
        self.total = [0, 0]
    def add(self, k, *rest, by=2, **more):
        'doc'
        self.total[k] += by
        def inner():
            nonlocal k
            k = k + 1
            return lambda z: z + k
        return inner()(1)
a = A()
out = [a.add(i % 2) for i in range(5) if i != 3]
pairs = {x: y for x, y in zip('ab', (1, 2))}
first, *others = sorted(pairs)
match others:
    case [one]:
        found = one
    case _:
        found = None
try:
    raise ValueError(f"{a.total[0]!r}")
except ValueError as error:
    text = str(error)
with open(__file__) as file:
    size = len(file.read())
del first
for i, (u, v) in enumerate([(1, 2), (3, 4)]):
    if u > 2: break
else:
    i = -1
while (i := i + 1) < 5:
    continue
def gen():
    x = yield 1
    yield from (x for x in (2, 3))
rest = list(gen())
shared = [0]
def touch():
    shared[0] = 5
touch()
"""


def test_watched_code_computes_what_it_computed():
    plain: dict = {"__file__": __file__}
    exec(compile(CODE, "<plain>", "exec"), plain)
    seen: list[int] = []

    def witness(site, value):
        seen.append(site)
        return value

    watched: dict = {"__file__": __file__, SEE: witness, PUT: witness, WROTE: witness, ENTER: witness}
    exec(compile(instrument(CODE).tree, "<watched>", "exec"), watched)
    for name in ("out", "pairs", "others", "found", "text", "size", "i", "rest", "shared"):
        assert watched[name] == plain[name]
    assert len(seen) > 100


def test_each_mistake_has_its_own_name_and_says_everything():
    names = [mistake.name for mistake in MISTAKES]
    assert len(names) == len(set(names))
    for mistake in MISTAKES:
        assert mistake.cause
        assert mistake.computes
        assert mistake.line == "loop" or (mistake.line in LISTING and mistake.line in RIGHT and mistake.line in WHY)


def test_each_link_leads_to_a_heading_of_the_maths():
    text = (Path(__file__).parents[2] / "docs" / "maths.md").read_text(encoding="utf-8")
    anchors = {
        re.sub(r"[^a-z0-9 -]", "", head.lower()).replace(" ", "-") for head in re.findall(r"^## (.+)$", text, re.M)
    }
    assert {mistake.link.partition("#")[2] for mistake in MISTAKES} <= anchors


def test_each_replaced_backward_line_changes_a_gradient():
    net = a_net(I=4, O=4)
    passed = oracle.forward(net)
    right = oracle.backward(passed)
    same = []
    for mistake in MISTAKES:
        if mistake.rule is None or mistake.replaces not in oracle.LINES or "batch" in mistake.computes:
            continue
        try:
            wrong = oracle.backward(passed, {mistake.replaces: mistake.rule})
            if all(wrong.totals[n].shape == right.totals[n].shape and np.allclose(wrong.totals[n], right.totals[n])
                   for n in oracle.PARAMETERS):  # fmt: skip
                same.append(mistake.name)
        except (ValueError, IndexError, AttributeError):
            continue
    assert same == []


def test_two_values_are_shown_from_where_they_differ_in_the_digits_that_show_it():
    zeros = [0.0] * 9
    assert compared([*zeros, 1.0, 2.0], [*zeros, 1.5, 2.0]) == ("[… +1  +2]", "[… +1.5  +2]")
    assert compared([1.0, 0.123456], [1.0, 0.123457]) == ("[… +0.123456]", "[… +0.123457]")
    assert compared(zeros, zeros[:2])[1] == "[+0  +0]"
    assert compared(1.0, 1.5) == ("+1", "+1.5")
