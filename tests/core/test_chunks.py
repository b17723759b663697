"""A text in chunks: nothing is lost, nothing is copied, and one network sees them in order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core.data import Dataset, in_chunks, text_dataset
from rnn_core.debugger.effects import estimates, performing
from rnn_core.debugger.persistence import opening
from rnn_core.errors import InputError, UsageError
from rnn_core.formats import sequences
from rnn_core.recipe import Recipe


def opened(text: str, seq_length: int, **recipe) -> Dataset:
    return opening.load_dataset(Recipe(text=text, seq_length=seq_length, **recipe))


@given(st.text(min_size=2, max_size=40), st.integers(1, 45))
def test_the_chunks_in_order_are_the_whole_text(text, seq_length):
    whole = text_dataset(text).sequences[0]
    chunks = in_chunks(text_dataset(text), seq_length).sequences
    assert all(len(chunk) == seq_length for chunk in chunks[:-1])
    assert 1 <= len(chunks[-1]) <= seq_length
    assert np.array_equal(np.concatenate([chunk.x for chunk in chunks]), whole.x)
    assert np.array_equal(np.concatenate([chunk.y for chunk in chunks]), whole.y)
    assert sum((chunk.tokens for chunk in chunks), ()) == whole.tokens


def test_a_chunk_predicts_into_the_next_one():
    first, second = opened("abcde", 2).sequences
    assert [first.tokens, second.tokens] == [("a", "b"), ("c", "d")]
    assert [first.y.tolist(), second.y.tolist()] == [[1, 2], [3, 4]]


def test_every_chunk_knows_the_symbols_of_the_whole_text():
    dataset = opened("to be or not", 2, tokens="words")
    assert dataset.classes == dataset.features == ("be", "not", "or", "to")
    assert {chunk.inputs for chunk in dataset.sequences} == {4}


def test_a_chunk_is_named_after_its_timesteps():
    assert [chunk.name for chunk in opened("abcdefgh", 3).sequences] == ["1–3", "4–6", "7–7"]


def test_the_hidden_state_is_carried_through_chunks_and_through_nothing_else():
    assert opened("abcd", 2).carried
    assert not text_dataset("abcd").carried
    assert not opening.load_dataset(Recipe()).carried


def test_chunks_share_the_memory_of_the_whole_and_cannot_be_written():
    chunks = opened("abcdefgh", 3).sequences
    assert len({id(chunk.x.base) for chunk in chunks}) == 1
    for array in (chunks[1].x, chunks[1].y):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_files_and_standard_input_and_the_hello_demo_are_cut_alike(tmp_path):
    (tmp_path / "book.txt").write_text("hello")
    recipes = (
        (Recipe(path=str(tmp_path / "book.txt"), seq_length=3), None),
        (Recipe(path="-", seq_length=3), b"hello"),
        (Recipe(demo="hello", seq_length=3), None),
    )
    for recipe, data in recipes:
        dataset = opening.load_dataset(recipe, data)
        assert [chunk.tokens for chunk in dataset.sequences] == [("h", "e", "l"), ("l",)]


def test_a_later_chunk_can_be_the_one_that_is_run_first():
    session = opening.open_session(Recipe(text="abcdefgh", seq_length=3, sequence=1))
    assert session.trace.sequence.tokens == ("d", "e", "f")


@pytest.mark.parametrize("name", ["data.csv", "data.json"])
def test_data_that_are_no_text_are_not_cut(tmp_path, name):
    (tmp_path / name).write_text('{"inputs": [[1], [2]]}' if name.endswith("json") else "x\n1\n2\n")
    with pytest.raises(UsageError) as caught:
        sequences.load(tmp_path / name, seq_length=2)
    kind = name.partition(".")[2].upper()
    assert str(caught.value) == f"{name}: {kind} is not cut into chunks, only text is (leave out --seq-length)"


def test_the_teaching_demo_is_not_cut():
    with pytest.raises(UsageError, match="leave out --seq-length"):
        opening.load_dataset(Recipe(seq_length=2))


@pytest.mark.parametrize("seq_length", [0, -1])
def test_a_chunk_has_a_timestep_at_least(seq_length):
    with pytest.raises(UsageError, match="give 1 or more"):
        opened("abc", seq_length)


def test_sequences_that_are_several_already_are_not_cut():
    with pytest.raises(UsageError, match="2 sequences cannot be cut"):
        in_chunks(opened("abcd", 2), 1)


def test_more_chunks_than_can_be_shown_are_refused(monkeypatch):
    monkeypatch.setattr("rnn_core.formats.sequences.registry.SEQUENCE_LIMIT", 2)
    assert len(opened("abcdefg", 3).sequences) == 2
    with pytest.raises(UsageError) as caught:
        opened("abcdefgh", 3)
    assert str(caught.value) == (
        "text: 3 chunks of 3 timesteps, more than 2 (make them longer, or give a part of the text)"
    )


def test_targets_of_their_own_do_not_go_with_chunks_of_text(tmp_path):
    (tmp_path / "book.txt").write_text("abcdef")
    (tmp_path / "y.txt").write_text("0 1 2 3 4")
    with pytest.raises(InputError, match="has targets of its own"):
        sequences.load(tmp_path / "book.txt", seq_length=2, targets=tmp_path / "y.txt")


def test_another_text_is_opened_in_chunks_too_and_other_data_whole(tmp_path):
    from rnn_core.debugger.outcome import Open

    (tmp_path / "book.txt").write_text("abcdef")
    (tmp_path / "data.csv").write_text("x\n1\n2\n")
    session = opening.open_session(Recipe(text="hello", seq_length=2))
    assert len(performing.perform(Open(str(tmp_path / "book.txt")), session).session.dataset.sequences) == 3
    other = performing.perform(Open(str(tmp_path / "data.csv")), session).session
    assert (len(other.dataset.sequences), other.recipe.seq_length) == (1, None)


def test_a_text_in_chunks_opens_sooner_than_it_would_run_whole():
    text = "x" * 200_000
    assert estimates.looks_long(Recipe(text=text))
    assert not estimates.looks_long(Recipe(text=text, seq_length=25))
