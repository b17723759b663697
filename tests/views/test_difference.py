"""The difference of two runs: NumPy's subtraction of what the two traces hold, matched by line, zero for a twin."""

from __future__ import annotations

import numpy as np
import pytest

from rnn_core.debugger.whatif.compared import differing, missing
from rnn_core.model import PARAMETERS
from rnn_core.trace import Trace
from rnn_core.views.cells import cell_value
from rnn_core.views.difference import Difference, explain_difference, matched, probabilities
from rnn_core.views.grid import gradient, hidden, vector, weights
from rnn_core.views.options import Cell, View
from rnn_core.views.parts import width_of
from tests.debugger.test_forks import did, fresh
from tests.listing import GRADIENTS, SERIES

EDITS = ("set W[2,3] = 0", "set x[2] = 1", "set y[1] = none", "set h0 = 0.1", "set lr = 1", "clip norm:0.01", "tbptt 2",
         "reduction mean", "init xavier", "optimiser momentum", "optimiser adam")  # fmt: skip
NAMES = (*SERIES, *PARAMETERS, *GRADIENTS, "loss", "x", "h0")


def pair(edit: str) -> tuple[Trace, Trace]:
    """The demo's third update, in a fork and in the run that it was made of."""
    session = did(fresh(), "update 3", edit)
    return session.trace, session.branches[0].run.trace(3)


def there(trace: Trace, k: int, other: Trace) -> int:
    """Where the other stands after the last line by k that both have: found by walking over both listings."""
    ran = {(place.phase, place.t, place.instruction.name): at
           for at in range(1, other.end + 1) if (place := other.place(at))}  # fmt: skip
    while k:
        place = trace.place(k)
        if place is not None and (place.phase, place.t, place.instruction.name) in ran:
            return ran[place.phase, place.t, place.instruction.name]
        k -= 1
    return 0


def subtracted(trace: Trace, other: Trace, name: str, k: int):
    mine, theirs = trace.value(name, k), other.value(name, there(trace, k, other))
    return None if mine is None or theirs is None else np.subtract(mine, theirs)


def equal(one, other) -> bool:
    if one is None or other is None:
        return one is other
    return np.array_equal(one, other, equal_nan=True)


@pytest.mark.parametrize("edit", EDITS)
def test_every_value_at_every_position_is_the_one_run_s_minus_the_other_s(edit):
    trace, other = pair(edit)
    difference = Difference(trace, other)
    for k in range(trace.end + 1):
        for name in NAMES:
            assert equal(difference.value(name, k), subtracted(trace, other, name, k)), (name, k)


@pytest.mark.parametrize("edit", EDITS)
def test_the_difference_the_other_way_round_is_its_opposite(edit):
    trace, other = pair(edit)
    one, two = Difference(trace, other), Difference(other, trace)
    for k in range(trace.end + 1):
        back = matched(trace, k, other)
        if back is None or matched(other, back, trace) != k:
            continue  # a line that only one of them has
        for name in NAMES:
            mine, theirs = one.value(name, k), two.value(name, back)
            assert equal(mine, None if theirs is None else -theirs), (name, k)


def test_a_twin_differs_by_zero_everywhere_at_every_position():
    trace, other = pair("set lr = lr")
    difference = Difference(trace, other)
    assert trace is not other
    view = View()
    for k in range(trace.end + 1):
        for name in NAMES:
            value = difference.value(name, k)
            assert value is None or not np.nan_to_num(np.asarray(value)).any(), (name, k)
        assert not hidden(difference, k, view, range(10), range(len(trace) + 1)).values.any()
        for name in PARAMETERS:
            shape = np.atleast_2d(getattr(trace.params, name)).shape
            for make, of in ((weights, name), (gradient, f"d{name}")):
                grid = make(difference, k, view, of, range(shape[0]), range(shape[1]))
                assert not grid.values.any()
                assert not grid.levels.any()


@pytest.mark.parametrize("edit", EDITS)
def test_windows_contributions_norms_and_cells_are_those_of_the_whole(edit):
    trace, other = pair(edit)
    difference = Difference(trace, other)
    for k in (trace.end, trace.end - 3, 20):
        for name in GRADIENTS:
            whole = difference.value(name, k)
            if whole is None:
                assert difference.window(name, k) is None
                continue
            assert equal(
                difference.window(name, k, slice(1, 2), slice(0, 2)), whole[1:2, 0:2] if whole.ndim > 1 else whole[1:2]
            )
            assert difference.summary(name, k).norm == pytest.approx(np.linalg.norm(whole), rel=1e-12)
            assert difference.summary(name, k).peak == np.abs(whole).max()
        for name, register in trace.program.registers.items():
            axes = register.axes
            if name in other.names and name not in ("y", "clip_norm"):
                cell = Cell(name, tuple(1 if axis == "t" else 0 for axis in axes))
                mine = cell_value(trace, k, cell)
                theirs = cell_value(other, there(trace, k, other), cell)
                expected = None if mine is None or theirs is None else mine - theirs
                assert equal(cell_value(difference, k, cell), expected), (name, k)
    for t in (1, len(trace)):
        expected = np.subtract(trace.contribution("dW", t), other.contribution("dW", t))
        assert np.array_equal(difference.contribution("dW", t), expected)


def test_what_the_other_run_lacks_has_no_difference():
    trace, other = pair("optimiser adam")
    difference = Difference(trace, other)
    assert difference.value("mW", trace.end) is None
    row = explain_difference(difference, trace.end, View(pinned=Cell("mW", (0, 0))), ("adam", "main"), 70).rows[0]
    assert "".join(part.text for part in row) == "mW[0,0] is not there in main"


def test_a_line_that_only_one_run_has_leaves_the_other_where_it_is():
    trace, other = pair("clip norm:1e-3")
    start = trace.program.borders(len(trace))[2]
    assert matched(trace, start, other) == start
    assert matched(trace, start + 1, other) == start
    assert matched(trace, start + 2, other) == start + 1
    assert matched(trace, trace.end, other) == other.end
    assert matched(other, start + 1, trace) == start + 2
    clipped = Difference(trace, other).value("dW", start + 1)
    assert np.array_equal(clipped, trace.clipped.W - other.gradients.W)


def test_this_step_shows_both_values_and_their_difference():
    session = did(fresh(), "set W[2,3] = 0.5", "diff", "select W[2,3]")
    there = float(session.branches[0].run.trace(0).params.W[2, 3])
    shown = explain_difference(differing(session).shown, 0, session.view, ("set-W", "main"), 60)
    texts = ["".join(part.text for part in row) for row in shown.rows]
    assert texts[0].startswith("W[2,3] differs by +0.")
    assert float(texts[0].split()[3]) == pytest.approx(0.5 - there, abs=1e-4)
    assert texts[1:] == ["set-W  +0.5000", f"main   {there:+.4f}" if abs(there) >= 0.01 else texts[2]]
    for width in (20, 30, 60):
        rows = explain_difference(differing(session).shown, 0, session.view, ("set-W", "main"), width).rows
        assert all(width_of(row) <= max(width, 35) for row in rows)


def test_probabilities_differ_where_they_are_written_and_the_table_says_by_how_much():
    trace, other = pair("init xavier")
    difference = Difference(trace, other)
    grid = probabilities(difference, 9, View(), range(len(trace)), range(3))
    assert np.array_equal(grid.values[0], trace.p[0] - other.p[0])
    assert not grid.mask[2:].any()
    assert grid.limit == np.abs(trace.p[:2] - other.p[:2])[: int(grid.mask.any(axis=1).sum())].max()
    column = vector(difference, trace.end, View(), "dh", range(10))
    assert np.array_equal(column.values[:, 0], trace.dh[0] - other.dh[0])


def test_a_sequence_of_another_length_is_not_there():
    session = did(fresh(), "update 1", "sequence 1", "diff main")
    assert missing(session) == "not there in main: its sequence has 5 timesteps here, not 3"
    assert differing(session) is session


def test_an_update_that_did_not_run_is_not_there():
    """Where clipping meets a norm that is no number, the update's lines do not run; without clipping they do."""
    session = did(fresh(), "set V[0] = 1e308", "clip 1.0", "diff set-V")
    assert session.trace.halted
    other = did(session, "fork set-V")
    update = other.trace.program.borders(len(other.trace))[2]
    assert missing(other.at(update)) == ""
    assert missing(other.at(update + 1)).startswith("not there in clip-1.0: clip: the gradient norm is")


def test_without_a_compared_branch_the_session_is_shown_itself():
    session = did(fresh(), "set W[0,0] = 1")
    assert differing(session) is session
    assert missing(session) == ""
