"""Where the blame goes: to the store that first keeps to no line of ours, to what it was given, or to its call."""

from __future__ import annotations

import pytest

from rnn_core.review import review
from tests.review import corpus


@pytest.fixture
def fault(tmp_path):
    def run(style, kind):
        case = next(case for case in corpus.style(style) if case.kind == kind)
        path = tmp_path / "my_rnn.py"
        path.write_text(case.text, encoding="utf-8")
        found = review(path).faults[0]
        assert found.line in case.lines
        return found

    return run


# What is general, the style with the mistake, and words of its cause.
CASES = {
    "a store in one step back of many": ("deltas", "s[t - tau] in W", "h[t] in place of h[t-1]"),
    "where a sum goes wrong": ("deltas", "outer swapped", "dW is transposed"),
    "the one call of a function that is right for the others": ("helpers", "arguments swapped", "dW is transposed"),
    "a part that is clipped": ("helpers", "clipped before the sum", "clipped to ±0.1"),
    "a line that is wrong in a part of it": ("helpers", "pulled forward", "V is not transposed in dh"),
    "the right numbers in the wrong places": ("d2l", "wrong reshape", "in the wrong places"),
    "a store that was made for one reader": ("trask", "future is the output's", "only the local part"),
    "an argument that is handed to a step": ("privates", "state forgotten", "the state is not carried"),
    "an entry of a tuple inside a tuple": ("privates", "tape keeps the new state", "h[t] in place of h[t-1]"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_blame_is_on(fault, case):
    style, kind, cause = CASES[case]
    assert cause in fault(style, kind).cause
