"""Editing a table: cells, rows, pastes, what is undone, and what is wrong, which changes nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rnn_core.data import Dataset, Sequence, one_hot
from rnn_core.editing import editing as acts
from rnn_core.editing.editing import Editing, Selection
from rnn_core.editing.table import sequence_of, table_of
from tests.editing.tables import TEXT, editing, texts


def rows(state: Editing) -> list[str]:
    """Each row's cells in one text."""
    return [" ".join(row) for row in texts(state.table)]


def test_a_cell_takes_what_is_typed_and_gives_it_back_when_it_is_undone():
    state = acts.written(acts.to(editing(), 1, 1), "0.125")
    assert rows(state)[1] == "2.0 0.125 "
    assert state.said == "wind of row 2 = 0.125"
    assert rows(acts.undone(state)) == rows(editing())


def test_what_a_cell_cannot_hold_is_marked_there_and_changes_nothing():
    state = acts.written(acts.to(editing(), 1, 1), "a lot")
    assert state.fault == (1, 1, '"a lot" is not a number (numbers look like -0.5 or 1e-3)')
    assert rows(state) == rows(editing())
    assert not state.done
    assert acts.moved(state, 1, 0).fault is None


def test_a_target_is_taken_away_by_an_empty_cell_and_a_feature_is_not():
    assert rows(acts.written(acts.to(editing(), 0, 2), ""))[0] == "0.5 -1.25 "
    assert acts.written(acts.to(editing(), 0, 0), "").fault is not None


def test_a_new_row_has_zeros_and_no_target_and_the_same_symbol():
    assert rows(acts.inserted(editing()))[0] == "0.0 0.0 "
    assert rows(acts.inserted(editing(), below=True))[1] == "0.0 0.0 "
    assert [row[0] for row in texts(acts.inserted(editing("text")).table)] == list("hhello you")


def test_rows_are_deleted_together_and_the_last_one_is_kept():
    two = acts.moved(editing(), 1, 0, extend=True)
    assert rows(acts.deleted(two)) == ["3.5 1e-30 no"]
    every = acts.moved(editing(), 9, 0, extend=True)
    assert acts.deleted(every).fault is not None
    assert rows(acts.deleted(every)) == rows(editing())


def test_the_symbol_that_is_only_predicted_is_no_timestep_to_be_left_with():
    state = acts.moved(acts.to(editing("text"), 0, 0), 7, 0, extend=True)
    assert acts.deleted(state).fault is not None
    assert acts.deleted(acts.moved(state, -1, 0, extend=True)).fault is None


def test_a_target_of_a_text_is_the_symbol_of_the_row_below():
    state = acts.written(acts.to(editing("text"), 0, 1), "y")
    assert "".join(row[0] for row in texts(state.table)) == "hyllo you"
    made = sequence_of(state.table, TEXT.sequences[0])
    assert made.y[0] == made.x[1].argmax() == TEXT.features.index("y")
    assert (made.x == one_hot(made.x.argmax(axis=1), 7)).all()


def test_nothing_follows_the_last_symbol():
    last = acts.to(editing("text"), 99, 1)
    assert "nothing follows" in acts.written(last, "o").fault.what


# -- pasting ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["7\t8\tno\n9\t-1\t\n", "7,8,no\n9,-1,", "temp\twind\ttarget\n7\t8\tno\n9\t-1\t", "7;8;no\n9;-1;",
     "7\t8\tno\r\n9\t-1\t\r\n"],
)  # fmt: skip
def test_rows_of_a_spreadsheet_go_over_the_cells_from_the_cursor_on(text):
    state = acts.pasted(acts.to(editing(), 1, 0), text)
    assert rows(state) == ["0.5 -1.25 yes", "7.0 8.0 no", "9.0 -1.0 "]
    assert rows(acts.undone(state)) == rows(editing())


def test_a_part_of_the_columns_leaves_the_others_as_they_are():
    state = acts.pasted(acts.to(editing(), 0, 1), "1\n2")
    assert rows(state) == ["0.5 1.0 yes", "2.0 2.0 ", "3.5 1e-30 no"]
    assert state.said == "pasted 2 rows of 1 column"


def test_rows_beyond_the_end_are_new_ones_where_they_hold_every_feature():
    state = acts.pasted(acts.to(editing(), 2, 0), "1\t2\n3\t4")
    assert rows(state)[2:] == ["1.0 2.0 no", "3.0 4.0 "]
    assert state.said == "pasted 2 rows of 2 columns, 1 of them new"
    lacking = acts.pasted(acts.to(editing(), 2, 0), "1\n3")
    assert lacking.fault.what == "paste: 1 new row without wind (paste whole rows)"
    assert rows(lacking) == rows(editing())


def test_adding_makes_new_rows_below_the_cursor_of_what_is_pasted():
    state = acts.pasted(replace(acts.to(editing(), 0, 0), adding=True), "1\t2\tyes\n3\t4\t")
    assert rows(state) == ["0.5 -1.25 yes", "1.0 2.0 yes", "3.0 4.0 ", "2.0 0.1 ", "3.5 1e-30 no"]
    assert state.selection == Selection(1, 0, 2)


def test_decimal_commas_and_thousands_are_told_as_in_a_file():
    assert rows(acts.pasted(editing(), "1,5\t2\n0,25\t3"))[:2] == ["1.5 2.0 yes", "0.25 3.0 "]
    assert rows(acts.pasted(editing(), "1,234.5\t2"))[0] == "1234.5 2.0 yes"
    fault = acts.pasted(editing(), "1\t2\n1,234\t3").fault
    assert fault == (1, 0, 'paste: line 2: "1,234" may be 1.234 or 1234 (write it with a decimal point)')


@pytest.mark.parametrize(
    ("text", "at", "fault"),
    [
        ("1\t2\n3\tx", (0, 0), (1, 1, 'paste: line 2, wind: "x" is not a number (numbers look like -0.5 or 1e-3)')),
        ("temp\twind\n3\tinf", (0, 0),
         (0, 1, 'paste: line 2, wind: "inf" is not a finite number (inputs must be finite: fill the gap)')),
        ("1\t2\n3", (1, 0), (2, 0, "paste: line 2: 1 field, and the first row has 2")),
        ("1\t2\tyes\t4", (0, 0), (0, 2, "paste: 4 fields, and there is room for 3 columns from here on")),
        ("1\t2\tnever", (2, 0),
         (2, 2, 'paste: line 1, target: "never" is none of the 3 classes (one of no, yes, maybe)')),
        ("\n \n", (1, 1), (1, 1, "paste: nothing but blanks was pasted")),
    ],
)  # fmt: skip
def test_a_paste_that_is_wrong_anywhere_changes_nothing_and_is_marked_there(text, at, fault):
    state = acts.pasted(acts.to(editing(), *at), text)
    assert state.fault == fault
    assert rows(state) == rows(editing())
    assert state.selection[:2] == at


def test_a_pasted_text_is_its_symbols():
    state = acts.pasted(acts.to(editing("text"), 0, 0), "you hello\n")
    assert "".join(row[0] for row in texts(state.table)) == "you hello"
    fault = acts.pasted(acts.to(editing("text"), 0, 0), "yoz").fault
    assert (fault.row, fault.what) == (2, 'paste: "z" is none of the 7 symbols (one of ␣, e, h, l, o, … y)')


def test_what_is_copied_can_be_pasted():
    state = acts.moved(editing(), 2, 0, extend=True)
    copied = acts.copied(state)
    assert copied == "0.5\t-1.25\tyes\n2.0\t0.1\t\n3.5\t1e-30\tno"
    assert rows(acts.pasted(acts.to(editing(), 0, 0), copied)) == rows(editing())


def test_a_new_word_is_learnt_where_any_word_may_stand():
    state = acts.written(acts.to(editing("called"), 1, 2), "left")
    assert rows(state) == ["0.5 0.0 up 0", "0.0 0.5 left 1"]


def test_real_targets_are_given_all_or_none():
    state = acts.written(acts.to(editing("values"), 0, 2), "")
    checked = acts.checked(state)
    assert checked.fault[:2] == checked.selection[:2] == (0, 2)
    assert acts.checked(editing("values")).fault is None


def test_a_cell_of_a_hundred_thousand_rows_is_written_without_copying_its_history():
    sequence = Sequence(np.zeros((100_000, 3)), np.zeros(100_000, dtype=np.int64))
    state = Editing.of(table_of(sequence, Dataset((sequence,)), 2))
    for i in range(20):
        state = acts.written(acts.to(state, i * 5_000, 1), "1")
    kept = sum(change.before.cells.nbytes + change.after.cells.nbytes for change in state.done)
    assert kept == 20 * 2 * 4 * 8  # a row of four cells before and after each
