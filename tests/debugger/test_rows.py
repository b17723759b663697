"""`rows`: the sequence with rows replaced, inserted, deleted, as a fork that a session file makes again."""

from __future__ import annotations

import json

import numpy as np
import pytest

from rnn_core.debugger.commands.completion import completions
from rnn_core.debugger.persistence import reopening, session_file
from rnn_core.debugger.persistence.opening import open_session
from rnn_core.debugger.whatif import rows
from rnn_core.editing import editing as acts
from rnn_core.editing.editing import Editing
from rnn_core.recipe import Recipe
from rnn_core.recorder import record
from tests.debugger.sessions import answer, demo, fresh, run


def test_a_row_is_written_anew_and_the_run_it_was_made_of_is_kept():
    before = fresh()
    session = run(before, "rows 2 = [1, 2, 3, 4, 5, null]")
    assert session.trace.x[1].tolist() == [1, 2, 3, 4, 5]
    assert session.trace.sequence.y.tolist() == [0, -1, 2]
    assert [branch.name for branch in session.branches] == ["main", "rows-2"]
    assert run(session, "undo").trace is before.trace


def test_rows_are_replaced_inserted_appended_and_deleted_counted_as_they_were():
    before = demo().trace.x
    line = "rows +1 = [[9, 9, 9, 9, 9, 0]], 2 = [], +4 = [[7, 7, 7, 7, 7, 1], [8, 8, 8, 8, 8, 2]]"
    session = run(demo(), line)
    expected = np.array([[9.0] * 5, before[0], before[2], [7.0] * 5, [8.0] * 5])
    assert np.array_equal(session.trace.x, expected)
    assert session.trace.sequence.y.tolist() == [0, 0, 2, 1, 2]


def test_the_run_on_edited_rows_is_the_one_of_a_sequence_that_always_was_so():
    session = run(demo(), "rows 3 = [0.5, 0, 0, 0, 1, 1]")
    again = record(demo().params, session.trace.sequence, demo().options)
    assert session.trace.loss == again.loss
    assert np.array_equal(session.trace.value("dW", again.end), again.value("dW", again.end))


def test_symbols_of_a_text_are_edited_by_their_names():
    session = run(open_session(Recipe(text="hello")), 'rows 2 = ["o"], +6 = ["h", "e"]')
    assert "".join(session.trace.sequence.tokens) == "holloh"
    assert [session.dataset.classes[y] for y in session.trace.sequence.y] == list("ollohe")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("rows 9 = []", "rows: no row 9 (1 to 3)"),
        ("rows 0 = []", "rows: no row 0 (1 to 3)"),
        ("rows +5 = [[0,0,0,0,0,0]]", "rows: no place +5 (+1 to +4)"),
        ("rows 1-3 = []", "rows: a sequence has one timestep or more (leave one)"),
        ("rows 1 = [1, 2]", "rows: 2 values in a row (6: x0, x1, x2, x3, x4, target)"),
        ("rows 1 = [0, 0, 0, 0, 0, 7]", "rows: target of row 1: class 7, and there are 3 (0 to 2)"),
        ('rows 1 = [0, 0, 0, 0, "a", 1]', 'rows: x4 of row 1: "a" is not a number (numbers look like -0.5 or 1e-3)'),
        ("rows 1 = [0, 0, 0, 0, true, 1]",
         'rows: x4 of row 1: "True" is not one value (write a number, a name in quotes, or null)'),
        ("rows 1 = [0, 0, 0, 0, 1e999, 1]",
         'rows: x4 of row 1: "inf" is not a finite number (inputs must be finite: fill the gap)'),
        ("rows 2 = [], 1 = []", "rows: 1 stands behind later rows (name the places from top to bottom)"),
        ("rows 2 = [] 3 = []", 'rows cannot read " 3 = []" (a comma stands between two changes)'),
        ("rows 1 = 5", "rows takes lists (for example rows 3-4 = [[0.5, 1, 0], [0.2, 0, null]])"),
        ("rows 1 = [0", 'rows cannot read "[0" (for example rows 3-4 = [[0.5, 1, 0], [0.2, 0, null]])'),
        ("rows here", 'rows cannot read "here" (for example rows 3-4 = [[0.5, 1, 0], [0.2, 0, null]])'),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_one_line_and_nothing_has_changed(line, said):
    outcome = answer(demo(), line)
    assert (outcome.message, outcome.failed, outcome.effects) == (said, True, ())
    assert outcome.session is demo()


def test_the_line_that_the_editor_writes_makes_what_it_shows():
    table = rows.table(demo())
    state = acts.inserted(acts.written(acts.to(Editing.of(table), 0, 1), "0.1"))
    state = acts.written(acts.to(acts.deleted(acts.to(state, 2, 0)), 2, 5), "")
    line = rows.line_of(table, state.table)
    session = run(demo(), line)
    assert np.array_equal(rows.table(session).rows.cells, state.table.rows.cells, equal_nan=True)
    assert rows.line_of(table, table) == ""


def test_completion_writes_the_row_as_it_is():
    start, (found,) = completions(demo(), "rows 2 = ")
    assert (start, "rows 2 = "[start:]) == (9, "")
    assert json.loads(found) == [*demo().trace.x[1].tolist(), 1]
    assert np.array_equal(run(demo(), f"rows 2 = {found}").trace.x, demo().trace.x)
    assert completions(demo(), "rows 9 = ")[1] == ()


def test_a_session_on_edited_rows_is_opened_again(tmp_path):
    session = run(demo(), "rows 2 = [1, 2, 3, 4, 5, null], +4 = [[0, 0, 0, 0, 1, 2]]", "goto end")
    (tmp_path / "s.json").write_bytes(session_file.to_bytes(session))
    again, notes = reopening.reopen(str(tmp_path / "s.json"))
    assert notes == ()
    assert np.array_equal(again.trace.x, session.trace.x)
    assert (again.branch, again.cursor) == (session.branch, session.cursor)


def test_a_chunk_of_a_text_is_edited_alone():
    session = run(open_session(Recipe(text="hello you", seq_length=4)), 'rows 1 = ["y"]')
    first, second = session.dataset.sequences
    assert "".join(first.tokens) == "yell"
    assert "".join(second.tokens) == "o yo"


def test_the_data_of_this_update_are_saved_as_they_are(tmp_path):
    path = tmp_path / "mine.json"
    session = run(demo(), "rows 2 = [1, 2, 3, 4, 5, null]", f"save-data {path}")
    again = open_session(Recipe(path=str(path)))
    for one, other in zip(session.dataset.sequences, again.dataset.sequences, strict=True):
        assert np.array_equal(one.x, other.x)
        assert np.array_equal(one.y, other.y)
    assert len(json.loads(path.read_text())["sequences"]) == 4
