"""Truncation windows on the timeline and in the listing, and listings longer than their box."""

from __future__ import annotations

import itertools

import pytest

from rnn_core.views.listing import listing
from rnn_core.views.timeline import timeline
from tests.debugger.sessions import made


@pytest.mark.parametrize("truncation", [1, 3, 4, 12, 20])
def test_the_borders_of_windows_stand_where_the_phase_enters_the_next_window(truncation):
    trace = made(timesteps=12, truncation=truncation).trace
    line = timeline(trace, 0, 118)
    forward, backward, update = line.spans
    first = [t for t in range(2, 13) if trace.program.is_cut("dh_next", t)]
    assert list(forward.windows) == [(t - 1) * forward.width // 12 for t in first]
    assert list(backward.windows) == sorted((12 - (t - 1)) * backward.width // 12 for t in first)
    assert update.windows == ()
    assert set(forward.windows) <= set(forward.begins or forward.windows)


@pytest.mark.parametrize(("timesteps", "truncation"), [(1000, 25), (1000, 1), (5000, 7)])
@pytest.mark.parametrize("width", [78, 118, 250])
def test_many_windows_are_shown_as_one_border_in_several_and_that_is_said(timesteps, truncation, width):
    line = timeline(made(timesteps=timesteps, hidden=2, inputs=1, classes=2, truncation=truncation).trace, 0, width)
    for span in line.spans[:2]:
        assert all(after - before >= 3 for before, after in itertools.pairwise(span.windows))
        assert len(span.windows) == (timesteps - 1) // (truncation * line.apart)
        assert span.windows
    assert f"1 in {line.apart}" in line.legend(40) or line.apart == 1


def test_without_truncation_there_are_no_borders_and_no_legend():
    line = timeline(made().trace, 0, 118)
    assert all(span.windows == () for span in line.spans)
    assert line.legend(100) == ""


def test_the_legend_is_as_long_as_there_is_room():
    line = timeline(made(timesteps=8, truncation=4).trace, 0, 118)
    assert [line.legend(width) for width in (40, 12, 1, 0)] == ["windows of 4", "windows of 4", "4", ""]


def test_the_line_that_a_window_s_border_cuts_is_listed_as_not_run():
    trace = made(timesteps=6, truncation=2).trace
    for t in range(1, 7):
        k = trace.program.number("backward", t, "dW", 6)
        (row,) = (row for row in listing(trace, k, 40) if row.instruction and row.instruction.name == "dh_next")
        assert row.cut is (t in (3, 5))
        assert row.text == ("dh_next  not run: window ends" if row.cut else "dh_next = Wᵀ·da")


@pytest.mark.parametrize("optimiser", ["momentum", "adagrad", "adam"])
@pytest.mark.parametrize("rows", [4, 8, 12, 20, 40])
def test_however_many_lines_an_update_has_those_at_the_cursor_are_seen(optimiser, rows):
    trace = made(optimiser=optimiser, clip="norm:1").trace
    for k in range(trace.program.borders(len(trace))[2] + 1, trace.end + 1):
        shown = listing(trace, k, rows)
        assert len(shown) <= rows
        assert [row.instruction for row in shown if row.ran] == [trace.place(k).instruction]
        assert any(row.next for row in shown) is (k < trace.end)
