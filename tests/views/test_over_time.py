"""The listing, the timeline, the outputs and the hidden states: what they show at a position."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core.data import NO_TARGET, Dataset, Sequence
from rnn_core.debugger.session import Session
from rnn_core.model import Params
from rnn_core.recorder import record
from rnn_core.saturation import SATURATED
from rnn_core.training.run import Run
from rnn_core.views.gradient_strip import strip
from rnn_core.views.grid import contributing_timestep, gradient, hidden, vector
from rnn_core.views.listing import listing
from rnn_core.views.options import Cell, View
from rnn_core.views.outputs import class_name, outputs
from rnn_core.views.timeline import timeline
from tests.debugger.sessions import demo, made

# -- listing --------------------------------------------------------------------------------------------------

WHOLE = """
= forward  t = 2
  a = U·x[t] + W·h[t-1] + b
* h[t] = tanh(a)
> z = V·h[t] + c
  p[t] = softmax(z)
  loss += -log p[t][y[t]]

- backward  t = 3
  dz = p[t] - onehot(y[t])
  dV += outer(dz, h[t])
  dc += dz
  dh = Vᵀ·dz + dh_next
  da = (1 - h[t]²) ⊙ dh
  db += da
  dU += outer(da, x[t])
  dW += outer(da, h[t-1])
  dh_next = Wᵀ·da

- update
  U -= lr·dU
  W -= lr·dW
  V -= lr·dV
  b -= lr·db
  c -= lr·dc"""


ALONE = """
= backward  t = 3
  dz = p[t] - onehot(y[t])
  dV += outer(dz, h[t])
  dc += dz
  dh = Vᵀ·dz + dh_next
* da = (1 - h[t]²) ⊙ dh
> db += da
  dU += outer(da, x[t])
  dW += outer(da, h[t-1])
  dh_next = Wᵀ·da"""


def drawn(trace, k, rows) -> str:
    """The listing as text: = current heading, - other heading, * ran last, > runs next, … folded."""
    marks = {"heading": "-", "folded": "…", "line": " ", "blank": ""}
    lines = []
    for row in listing(trace, k, rows):
        mark = "=" if row.kind == "heading" and row.current else marks[row.kind]
        mark = "*" if row.ran else ">" if row.next else mark
        lines.append(f"{mark} {row.text}".rstrip() if row.kind != "blank" else "")
    return "\n".join(["", *lines])


def test_the_whole_listing_with_the_line_that_ran_and_the_one_that_runs_next():
    assert drawn(demo().trace, 7, 40) == WHOLE


def test_a_low_box_folds_the_update_and_a_lower_one_shows_the_current_phase_alone():
    lines = drawn(demo().trace, 7, 21).splitlines()
    assert lines[-2:] == ["- update", "… U W V b c  -= lr·d…"]
    assert drawn(demo().trace, 20, 12) == ALONE


@pytest.mark.parametrize(
    ("k", "headings"),
    [
        (0, ("forward  t = 1", "backward  t = 3", "update")),
        (5, ("forward  t = 1", "backward  t = 3", "update")),  # the last line of t = 1 ran last
        (6, ("forward  t = 2", "backward  t = 3", "update")),
        (15, ("forward  t = 3", "backward  t = 3", "update")),
        (25, ("forward  t = 3", "backward  t = 2", "update")),
        (47, ("forward  t = 3", "backward  t = 1", "update")),
    ],
)
def test_the_headings_name_the_timestep_of_each_phase(k, headings):
    assert tuple(row.text for row in listing(demo().trace, k, 40) if row.kind == "heading") == headings


@given(st.integers(0, 47), st.integers(1, 40))
def test_the_listing_fits_its_box_and_always_shows_the_line_that_ran(k, rows):
    shown = listing(demo().trace, k, rows)
    assert len(shown) <= rows
    assert sum(row.ran for row in shown) <= 1
    if rows >= 15:
        assert [row.instruction for row in shown if row.ran] == ([demo().trace.place(k).instruction] if k else [])


# -- timeline -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("timesteps", [1, 2, 3, 40, 1000])
@pytest.mark.parametrize("width", [78, 118, 250])
def test_columns_and_positions_are_each_other_s_inverse_as_far_as_they_can_tell_them_apart(timesteps, width):
    trace = made(timesteps=timesteps, hidden=2, inputs=1, classes=2).trace
    line = timeline(trace, 0, width)
    columns = [line.column(k) for k in range(trace.end + 1)]
    assert columns == sorted(columns)
    assert columns[0] == line.spans[0].x
    assert columns[-1] == line.spans[-1].x + line.spans[-1].width - 1
    for span in line.spans:
        positions = range(span.start + (span.start > 0), span.stop + 1)
        if span.stop - span.start <= span.width - 1:
            assert [line.position(line.column(k)) for k in positions] == list(positions)
        else:
            inside = range(span.x + (span.start > 0), span.x + span.width)
            assert [line.column(line.position(column)) for column in inside] == list(inside)


@given(st.integers(60, 300), st.sampled_from([1, 3, 40]))
def test_the_end_of_a_run_is_the_last_column_of_the_row(width, timesteps):
    trace = made(timesteps=timesteps, hidden=2).trace
    assert timeline(trace, 0, width).column(trace.end) == width - 1


@given(st.integers(60, 300), st.integers(-5, 320))
def test_a_click_anywhere_on_the_row_is_a_position_of_the_run(width, column):
    assert 0 <= timeline(demo().trace, 0, width).position(column) <= 47


@given(st.integers(60, 300), st.sampled_from([1, 3, 40]))
def test_the_phases_stand_side_by_side_within_the_width(width, timesteps):
    spans = timeline(made(timesteps=timesteps, hidden=2).trace, 0, width).spans
    for span, after in zip(spans, [*spans[1:], None], strict=True):
        assert span.x + span.width < (after.x if after else width + 1)
        assert all(0 <= x < span.width for x, _ in span.marks)
        assert all(1 <= t <= timesteps for _, t in span.marks)


def test_a_long_run_is_no_slower_to_draw_and_its_marks_are_few():
    zeros = Params(U=np.ones((1, 1)), W=np.ones((1, 1)), V=np.ones((2, 1)), b=np.zeros(1), c=np.zeros(2))
    trace = record(zeros, Sequence(x=np.zeros((100_000, 1))))
    line = timeline(trace, 700_000, 118)
    assert trace.end == 1_400_005
    assert line.column(0) == 0
    assert line.spans[1].x <= line.column(700_000) < line.spans[1].x + line.spans[1].width
    assert [t for _, t in line.spans[1].marks] == sorted((t for _, t in line.spans[1].marks), reverse=True)
    assert len(line.spans[1].marks) < 12


@pytest.mark.parametrize(("ran", "painted"), [(0, 0), (1, 2), (3, 6), (4, 8)])
def test_the_strip_has_a_colour_where_dh_is_written_and_none_elsewhere(ran, painted):
    """Eight columns for four timesteps, the last timestep first: two for each whose dh has run."""
    trace = made(timesteps=4, hidden=3).trace
    k = trace.program.number("backward", 5 - ran, "dh", 4) if ran else trace.program.borders(4)[1]
    found = strip(trace, k, 8)
    assert [level is not None for level in found] == [True] * painted + [False] * (8 - painted)


# -- outputs --------------------------------------------------------------------------------------------------


def with_outputs(z: list[list[float]], y: list[int]) -> Session:
    """A session whose logits are these rows: a one-hot input picks a hidden unit that stands for its row."""
    z_rows = np.array(z)
    steps = len(z_rows)
    params = Params(
        U=np.eye(steps) * 50, W=np.zeros((steps, steps)), V=z_rows.T, b=np.zeros(steps), c=np.zeros(z_rows.shape[1])
    )
    sequence = Sequence(x=np.eye(steps), y=np.array(y))
    return Session.of(Run(Dataset((sequence,)), params))


def test_right_wrong_and_missing_targets():
    session = with_outputs([[3.0, 0.0], [3.0, 0.0], [0.0, 1.0]], [0, 1, -1])
    rows = outputs(session.trace, 15, range(1, 4), 3)
    assert [(row.t, row.target, row.best, row.wrong) for row in rows] == [
        (1, 0, 0, False),
        (2, 1, 0, True),
        (3, NO_TARGET, 1, False),
    ]
    # softmax(3, 0) has 1/(1+e^-3) = 0.9526 for the first class; its surprise is log(1 + e^-3) = 0.0486.
    assert rows[0].p[0] == pytest.approx(0.9526, abs=1e-4)
    assert rows[0].nll == pytest.approx(np.log1p(np.exp(-3)), rel=1e-12)
    assert rows[1].nll == pytest.approx(3 + np.log1p(np.exp(-3)), rel=1e-12)
    assert rows[2].nll is None


def test_outputs_appear_with_their_lines():
    trace = demo().trace  # t = 2 runs lines 6…10: a h z p loss
    second = {k: outputs(trace, k, range(2, 3), 2)[0] for k in (8, 9, 10, 11)}
    assert [second[k].p is not None for k in second] == [False, True, True, True]
    assert [second[k].nll is not None for k in second] == [False, False, True, True]
    assert [second[k].fresh for k in second] == [True, True, True, False]
    assert not second[8].wrong


def test_a_class_is_called_by_its_name_its_index_or_something_that_can_be_seen():
    assert [class_name(("a", " ", "\n", "\t"), i) for i in range(5)] == ["a", "␣", "↵", "⇥", "4"]


# -- tables ---------------------------------------------------------------------------------------------------


@given(st.integers(0, 61), st.sampled_from(["step", "run", "log", "fixed"]))
def test_the_hidden_states_shown_are_those_written_so_far(k, scale):
    trace = made(timesteps=4, hidden=3).trace
    grid = hidden(trace, k, View(scale=scale), range(3), range(5))
    rows, mask = trace.series("h", k)
    assert np.array_equal(grid.mask, np.broadcast_to(mask, (3, 5)))
    assert np.array_equal(grid.values, np.where(mask, rows.T, 0.0))


def test_a_window_is_the_same_part_of_the_whole():
    trace = made(timesteps=9, hidden=8).trace
    whole = hidden(trace, 60, View(), range(8), range(10))
    part = hidden(trace, 60, View(), range(2, 5), range(3, 9))
    assert np.array_equal(part.values, whole.values[2:5, 3:9])
    assert np.array_equal(part.fresh, whole.fresh[2:5, 3:9])


def test_saturated_units_are_marked_where_they_are_written():
    session = with_outputs([[0.0, 0.0]] * 3, [0, 0, 0])  # tanh(50) = 1 on the diagonal, else 0
    grid = hidden(session.trace, 7, View(), range(3), range(4))  # h[2] has been written
    assert grid.marked.astype(int).tolist() == [[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]
    assert SATURATED < 1
    assert grid.fresh.astype(int).tolist() == [[0, 0, 1, 0]] * 3


@pytest.mark.parametrize("name", ["dU", "dW", "dV", "db", "dc"])
def test_a_gradient_is_shown_as_it_stands_or_as_what_the_timestep_adds(name):
    trace = made(timesteps=3, hidden=4, inputs=3, classes=3).trace
    lines = {"dV": 2, "dc": 3, "db": 6, "dU": 7, "dW": 8}
    for passed in range(3):
        k = 15 + 9 * passed + lines[name]
        shape = np.atleast_2d(trace.value(name, k)).shape
        now = gradient(trace, k, View(), name, range(shape[0]), range(shape[1]))
        own = gradient(trace, k, View(sums="timestep"), name, range(shape[0]), range(shape[1]))
        before = trace.value(name, k - 1)
        assert now.fresh.all()
        assert own.fresh.all()
        assert np.array_equal(now.values, np.atleast_2d(trace.value(name, k)))
        assert np.allclose(own.values, now.values - (0 if before is None else np.atleast_2d(before)), atol=1e-14)
        assert now.norm == pytest.approx(np.sqrt(np.sum(now.values**2)))
        assert contributing_timestep(trace, k, name) == 3 - passed
    early = gradient(trace, 15, View(), name, range(1), range(1))
    assert not early.written


def test_a_vector_is_shown_as_a_column_and_the_pinned_cell_is_the_chosen_one():
    trace = demo().trace
    grid = vector(trace, 19, View(pinned=Cell("dh", (3, 4))), "dh", range(10))
    assert np.array_equal(grid.values[:, 0], trace.dh[2])
    assert grid.chosen == (4, 0)
    assert not vector(trace, 18, View(), "dh", range(10)).written
