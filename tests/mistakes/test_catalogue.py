"""The catalogue: as programs and by their rules mistakes make the same numbers, and none makes the right ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rnn_core.data import Sequence
from rnn_core.interpreter import registers, run
from rnn_core.mistakes import MISTAKES, numbers
from rnn_core.mistakes.oracle import PARAMETERS, Net
from rnn_core.mistakes.programs import program_of
from rnn_core.model import Params
from rnn_core.program import program
from rnn_core.updates import Options

LISTING = program()


def a_net(T=5, n=4, scale=0.7, seed=3, B=1):
    """Square throughout, so that every mistake fits, and nothing in it zero."""
    r = np.random.default_rng(seed)
    U, W, V = (scale * r.standard_normal((n, n)) for _ in "UWV")
    b, c = (scale * r.standard_normal(n) for _ in "bc")
    y = np.stack([r.permutation(T) % n for _ in range(B)], axis=1)  # no target twice in a row, at no end
    return Net(U, W, V, b, c, r.standard_normal((T, B, n)), y, r.standard_normal((B, n)))


NET = a_net()
GOOD = numbers.right(NET)
HUGE = replace(NET, V=2000 * NET.V)
CROWD = a_net(B=40)
CROWD = replace(CROWD, V=10 * CROWD.V, y=np.ones_like(CROWD.y))
ONLY_WHERE_LARGE = {"clipped at 1": CROWD, "clipped at 5": CROWD, "no max": HUGE}
"""Mistakes that do nothing until numbers are large, and a net in which they are."""
PROGRAMS = [mistake for mistake in MISTAKES if program_of(mistake, LISTING) is not None]


def gradients(listing, net):
    """What the interpreter makes of a listing, over one sequence."""
    params = Params(**{name: getattr(net, name) for name in PARAMETERS}, h0=net.h0[0])
    sequence = Sequence(x=net.x[:, 0], y=net.y[:, 0])
    r = registers(params, sequence, Options(), listing=listing)
    run(listing, r, net.T, 0, listing.borders(net.T)[2])
    return {name: np.broadcast_to(getattr(r, f"d{name}"), params[name].shape) for name in PARAMETERS}


def test_the_right_listing_and_the_oracle_agree():
    mine = gradients(LISTING, NET)
    for name in PARAMETERS:
        np.testing.assert_allclose(mine[name], GOOD.totals[name], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("mistake", PROGRAMS, ids=lambda mistake: mistake.name)
def test_a_replaced_line_computes_what_its_rule_computes(mistake):
    net = replace(NET, V=10 * NET.V) if "clipped" in mistake.name else NET
    listing = program_of(mistake, LISTING)
    with np.errstate(all="ignore"):
        by_rule, by_line = numbers.wrong(mistake, net, numbers.right(net)), gradients(listing, net)
    assert by_rule is not None
    for name in PARAMETERS:
        size = np.abs(by_rule.totals[name]).max()
        np.testing.assert_allclose(by_line[name], by_rule.totals[name], rtol=1e-9, atol=1e-12 * size, err_msg=name)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_no_mistake_computes_the_right_gradients(mistake):
    about_batches = "batch" in mistake.cause or "batch" in mistake.computes
    net = ONLY_WHERE_LARGE.get(mistake.name.partition(": ")[2], a_net(B=3) if about_batches else NET)
    good = numbers.right(net)
    bad = numbers.wrong(mistake, net, good)
    assert bad is not None
    assert any(not np.allclose(bad.totals[n], good.totals[n], rtol=1e-6, atol=1e-9) for n in PARAMETERS)


def test_most_mistakes_can_be_said_as_a_line_of_the_listing():
    assert len(PROGRAMS) > 0.6 * len(MISTAKES)
    assert all(program_of(mistake, LISTING) is not None for mistake in MISTAKES if mistake.replaced)


FIELD = {
    "h[t] used for h[t-1] in dW": "dW: da, h[t]",
    "dc += dc instead of dz": "dc: dc",
    "the carried gradient never passed back": "dh_next: zero",
    "tanh' taken at the wrong timestep": "slope: h[t-1]",
    "dV assigned instead of accumulated": "dV: assigned",
    "another assigned instead of accumulated": "dW: assigned",
    "tanh' as 1/(1-h²)": "slope: inverse",
    "tanh' as 1-a²": "slope: a",
    "dh_next computed with dh instead of da": "dh_next: dh",
    "W not transposed in dh_next": "dh_next: W",
    "dz = onehot - p": "dz: sign",
    "softmax without the maximum subtracted": "p: no max",
    "gradients averaged where summed": "dW: averaged",
    "gradients summed where averaged": "dW: multiplied",
    "dh_next not reset between sequences": "loop: not reset",
    "loop one timestep short": "loop: without t = 1",
    "gradient clipped before it is accumulated": "dW: clipped at 5",
}


@pytest.mark.parametrize("name", FIELD.values(), ids=FIELD.keys())
def test_the_mistakes_that_people_make_are_all_there(name):
    assert name in {mistake.name for mistake in MISTAKES}
