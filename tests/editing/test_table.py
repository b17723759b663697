"""A sequence as a table and back; what was changed of it, whatever the order of the changes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_core.data import Sequence
from rnn_core.editing import editing as acts
from rnn_core.editing.editing import Editing
from rnn_core.editing.table import hunks, patched, sequence_of
from rnn_core.formats.numbers import NumberError
from tests.editing.tables import EVERY, editing, table, texts


def same(one: Sequence, other: Sequence) -> bool:
    """Whether two sequences are equal, bit for bit."""
    arrays = [(getattr(one, name), getattr(other, name)) for name in ("x", "y", "h0")]
    return (one.tokens, one.name) == (other.tokens, other.name) and all(
        a is b or (a.tobytes() == b.tobytes() and a.shape == b.shape and a.dtype == b.dtype) for a, b in arrays
    )


@pytest.mark.parametrize("name", EVERY)
def test_the_table_of_a_sequence_is_that_sequence(name):
    sequence = EVERY[name].sequences[0]
    assert same(sequence_of(table(name), sequence), sequence)


def test_features_and_targets_stand_under_their_names():
    shown = table("named")
    assert [column.title for column in shown.columns] == ["temp", "wind", "target"]
    assert texts(shown) == [["0.5", "-1.25", "yes"], ["2.0", "0.1", ""], ["3.5", "1e-30", "no"]]


def test_a_text_is_its_symbols_and_each_target_is_the_next_of_them():
    shown = table("text")
    assert [column.title for column in shown.shown] == ["symbol", "target"]
    assert [row[0] for row in texts(shown)] == list("hello you")
    assert [row[1] for row in texts(shown)] == [*"ello you", ""]
    assert shown.timesteps == 8


def test_token_ids_are_symbols_whose_last_one_predicts_nothing():
    assert texts(table("ids")) == [["2", "0"], ["0", "1"], ["1", ""]]
    assert table("ids").timesteps == 3


@pytest.mark.parametrize("name", EVERY)
def test_a_cell_reads_its_own_text_and_its_own_json_as_the_same_value(name):
    shown = table(name)
    for row in shown.rows.cells.tolist():
        for column, value in zip(shown.columns, row, strict=True):
            for again in (column.read(column.text(value)), column.from_json(column.to_json(value))):
                assert np.array_equal(again, value, equal_nan=True)


def refusal(name: str, column: int, text: str) -> str:
    with pytest.raises(NumberError) as caught:
        table(name).columns[column].read(text)
    return f"{caught.value.what} ({caught.value.fix})"


@pytest.mark.parametrize(
    ("name", "column", "text", "said"),
    [
        ("named", 0, "nan", '"nan" is not a finite number (inputs must be finite: fill the gap)'),
        ("named", 0, "", "an empty field where a number should be (give a number)"),
        ("named", 2, "never", '"never" is none of the 3 classes (one of no, yes, maybe)'),
        ("text", 0, "z", '"z" is none of the 7 symbols (one of ␣, e, h, l, o, … y)'),
        ("text", 0, "", "an empty symbol (one of ␣, e, h, l, o, … y)"),
        ("ids", 0, "4", "symbol 4, and there are 4 (0 to 3)"),
        ("called", 3, "2", "class 2, and there are 2 (0 to 1)"),
    ],
)
def test_what_a_cell_cannot_hold_is_said_in_its_own_words(name, column, text, said):
    assert refusal(name, column, text) == said


def test_a_blank_is_a_symbol_however_it_is_typed():
    column = table("text").columns[0]
    assert column.read(" ") == column.read("␣") == 0.0


def acted(state: Editing, act: tuple[str, int, int, str]) -> Editing:
    """One step of an editing, from what hypothesis draws."""
    kind, row, column, text = act
    state = acts.to(state, row % len(state.table), column % len(state.table.shown))
    if kind == "write":
        return acts.written(state, text)
    if kind == "paste":
        return acts.pasted(state, text)
    return {
        "insert": acts.inserted,
        "append": lambda s: acts.inserted(s, below=True),
        "delete": acts.deleted,
        "undo": acts.undone,
        "redo": acts.redone,
        "more": lambda s: acts.deleted(acts.moved(s, 1, 0, extend=True)),
    }[kind](state)


KINDS = ("write", "paste", "insert", "append", "delete", "undo", "redo", "more")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(KINDS), st.integers(0, 9), st.integers(0, 3), st.sampled_from(["1", "0.5", "yes", "o", "x y"])
    ),
    max_size=12,
)


@settings(max_examples=60)
@given(st.sampled_from(sorted(EVERY)), STEPS)
def test_what_was_changed_makes_the_one_table_of_the_other_and_undoing_all_of_it_is_the_first(name, steps):
    first = state = editing(name)
    for step in steps:
        state = acted(state, step)
    assert texts(patched(state.table, [])) == texts(state.table)
    known = state.table.columns
    begun = type(first.table)(known, first.table.rows, first.table.text, first.table.closed)
    again = patched(begun, hunks(first.table, state.table))
    assert np.array_equal(again.rows.cells, state.table.rows.cells, equal_nan=True)
    while state.done:
        state = acts.undone(state)
    assert np.array_equal(state.table.rows.cells, first.table.rows.cells, equal_nan=True)
    assert hunks(first.table, state.table) == []


@settings(max_examples=40)
@given(st.sampled_from(sorted(EVERY)), STEPS)
def test_any_number_of_changes_undone_and_done_again_is_what_it_was(name, steps):
    state = editing(name)
    for step in steps:
        state = acted(state, step)
    there, count = texts(state.table), len(state.done)
    for _ in range(count):
        state = acts.undone(state)
    for _ in range(count):
        state = acts.redone(state)
    assert texts(state.table) == there


def test_only_the_rows_that_were_written_to_are_changes():
    state = acts.written(acts.to(editing(), 1, 0), "7")
    state = acts.deleted(acts.to(state, 2, 0))
    (change,) = hunks(state.original, state.table)
    assert (change.start, change.stop, change.cells[:, 0].tolist()) == (1, 3, [7.0])


def test_a_cell_that_is_written_back_is_no_change():
    state = acts.written(acts.to(editing(), 1, 0), "7")
    assert acts.is_changed(state)
    assert not acts.is_changed(acts.written(acts.to(state, 1, 0), "2.0"))
