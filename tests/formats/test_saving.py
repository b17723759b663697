"""Datasets written by the program: what is saved is read back as the same, or refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from rnn_core.data import Dataset, Sequence, in_chunks, text_dataset
from rnn_core.errors import OutputError
from rnn_core.formats import sequences
from rnn_core.formats.sequences import saving
from rnn_core.reading import Reading
from tests.editing.tables import EVERY
from tests.formats.test_laws import bits, datasets

FORMATS = ("json", "jsonl", "csv", "tsv", "npz", "parquet")


def back(data: bytes, suffix: str, **how) -> Dataset:
    options = {key: how.pop(key) for key in ("tokens", "seq_length") if key in how}
    return sequences.load(f"f.{suffix}", data=data, reading=Reading(**how), **options)


@pytest.mark.parametrize("suffix", FORMATS)
@settings(max_examples=25)
@given(dataset=datasets())
def test_a_dataset_that_is_saved_is_read_back_bit_for_bit(suffix, dataset):
    pytest.importorskip("pyarrow" if suffix == "parquet" else "numpy")
    made = saving.to_bytes(dataset, f"f.{suffix}")
    assert bits(back(made.data, suffix)) == bits(dataset)
    assert made.option == ""


@pytest.mark.parametrize("suffix", ["json", "jsonl"])
@pytest.mark.parametrize("name", EVERY)
def test_json_holds_every_sequence_with_all_that_belongs_to_it(name, suffix):
    dataset = EVERY[name]
    made = saving.to_bytes(dataset, f"f.{suffix}")
    again = back(made.data, suffix)
    assert (made.option, made.without) == ("", ())
    for one, other in zip(dataset.sequences, again.sequences, strict=True):
        assert np.array_equal(one.x, other.x)
        assert np.array_equal(one.y, other.y, equal_nan=one.is_values)
        assert (one.tokens, one.name) == (other.tokens, other.name)
        assert one.h0 is other.h0 or np.array_equal(one.h0, other.h0)
    assert again.classes == dataset.classes


def test_symbols_are_written_by_their_names():
    assert b'"tokens": ["h", "e", "l", "l"]' in saving.to_bytes(text_dataset("hello"), "f.json").data
    assert saving.to_bytes(text_dataset("holoh"), "f.csv").data.splitlines()[:3] == [b"token,target", b"h,o", b"o,l"]
    assert saving.to_bytes(text_dataset("hello"), "f.txt").data == b"hello\n"


def test_a_symbol_that_no_longer_occurs_is_still_one_in_json():
    (sequence,) = text_dataset("abcab").sequences
    shorter = Dataset((sequence.part(0, 1),), classes=("a", "b", "c"), features=("a", "b", "c"))
    assert back(saving.to_bytes(shorter, "f.json").data, "json").inputs == 3
    table = saving.to_bytes(shorter, "f.csv")
    assert table.data == b"a,b,c,target\n1.0,0.0,0.0,b\n"
    assert (table.option, table.without) == ("--classes-order a,b,c", ("tokens",))


def test_the_option_that_reads_a_file_back_right_is_named_and_does():
    named = EVERY["named"]
    made = saving.to_bytes(named, "f.csv")
    assert (made.option, made.without) == ("--classes-order no,yes,maybe", ("h0",))
    assert made.remarks == "without h0 · read it with --classes-order no,yes,maybe"
    again = back(made.data, "csv", classes_order=named.classes)
    assert np.array_equal(again.sequences[0].y, named.sequences[0].y)
    words = saving.to_bytes(text_dataset(["the", "cat", "the", "dog"]), "f.txt")
    assert (words.data, words.option) == (b"the cat the dog\n", "--tokens words")


def test_columns_with_names_that_mean_something_else_are_read_back_as_features():
    dated = Dataset((Sequence(np.ones((2, 2)), np.array([0, 1])),), features=("date", "x"))
    made = saving.to_bytes(dated, "f.csv")
    assert made.option == "--features date,x"
    assert back(made.data, "csv", features=("date", "x")).features == ("date", "x")


def test_the_chunks_of_a_text_are_saved_as_the_text():
    made = saving.to_bytes(in_chunks(text_dataset("hello you"), 3), "f.txt")
    assert (made.data, made.option) == (b"hello you\n", "--seq-length 3")
    assert len(back(made.data, "txt", seq_length=3).sequences) == 3


def test_whole_real_targets_are_still_real():
    whole = Dataset((Sequence(np.ones((3, 1)), np.array([[1.0], [np.nan], [2.0]])),))
    again = back(saving.to_bytes(whole, "f.json").data, "json")
    assert np.array_equal(again.sequences[0].y, whole.sequences[0].y, equal_nan=True)
    assert saving.to_bytes(whole, "f.npz").option == "--loss squared-error"


@pytest.mark.parametrize(
    ("dataset", "path", "said"),
    [
        (text_dataset("ab"), "f.npy", "f.npy: NPY holds one array, and there are targets as well (save it as .npz)"),
        (EVERY["named"], "f.txt",
         "f.txt: a text file holds one text whose symbols predict the next (save it as .json)"),
        (text_dataset("ab"), "f",
         "f: the suffix says no format (one of .json .jsonl .csv .tsv .npz .npy .parquet .txt)"),
        (text_dataset("a b"), "f.csv", "f.csv: CSV would be read as something else than this (save it as .json)"),
    ],
)  # fmt: skip
def test_what_a_format_cannot_hold_is_refused_and_no_file_is_made(dataset, path, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OutputError) as caught:
        saving.save(dataset, path)
    assert str(caught.value) == said
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_exists_is_kept_unless_it_is_to_be_overwritten(tmp_path):
    path = tmp_path / "f.json"
    path.write_text("mine")
    with pytest.raises(OutputError, match="--force"):
        saving.save(text_dataset("ab"), str(path))
    assert path.read_text() == "mine"
    saving.save(text_dataset("ab"), str(path), overwrite=True)
    assert back(path.read_bytes(), "json").classes == ("a", "b")
