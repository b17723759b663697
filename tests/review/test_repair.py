"""Proof by repair: what is changed in a text, what is weighed, and what numbers put together are."""

from __future__ import annotations

import ast

import numpy as np
import pytest

from rnn_core.review import review
from rnn_core.review.instrument import instrument
from rnn_core.review.one_by_one import put_together
from rnn_core.review.process import Process
from rnn_core.review.repair.arithmetic import UnknownError, value_of
from rnn_core.review.repair.edit import Edit, Text
from rnn_core.review.source import read
from tests.review import corpus


def expression(text):
    return ast.parse(text, mode="eval").body


def test_a_change_leaves_all_other_characters_as_they_are():
    text = "ä = [1]\nb = f(ä[0],\n      ä)  # ä\n"
    node = ast.parse(text).body[1].value.args[0]
    whole = Text(text)
    edit = Edit(node, "ä[0]", "ä[1]", ((*whole.span(node), "ä[1]"),), 1)
    assert whole.changed(edit) == text.replace("ä[0]", "ä[1]")


def test_an_expression_is_computed_from_what_its_operands_were():
    W, h = np.arange(4.0).reshape(2, 2), np.array([1.0, -1.0])
    known = {"self.W": W, "h[t]": h}
    assert np.array_equal(value_of(expression("self.W.T @ h[t] * (1 - h[t] ** 2)"), known), W.T @ h * (1 - h**2))


@pytest.mark.parametrize("text", ["open('x')", "np.load('x')", "h.tofile('x')", "9 ** 9 ** 9", "h.__class__", "g(h)"])
def test_nothing_but_arithmetic_is_computed(text):
    with pytest.raises(UnknownError):
        value_of(expression(text), {"h": np.ones(2)})


def test_what_two_loops_read_one_by_one_is_a_matrix(tmp_path):
    path = tmp_path / "loops.py"
    path.write_text(
        "W = [[1.5, 2.5, 3.5], [4.5, 5.5, 6.5]]\n"
        "for i in range(2):\n    s = 0.0\n    for j in range(3):\n        s += W[i][j]\n"
    )
    source = read(path)
    code = instrument(source.text, str(path))
    with Process(source) as process:
        recording = put_together(process.run(1000, 5.0), code)
    shown = [recording.arrays[number].tolist() for number in recording.values if number >= 0]
    assert [[1.5, 2.5, 3.5], [4.5, 5.5, 6.5]] in shown


def test_a_helper_that_several_lines_call_is_not_blamed_for_one_of_them(tmp_path):
    case = next(case for case in corpus.style("mulgates") if case.kind == "dW arg")
    path = tmp_path / "my_rnn.py"
    path.write_text(case.text, encoding="utf-8")
    fault = review(path).faults[0]
    assert fault.line in case.lines
    assert fault.proven
