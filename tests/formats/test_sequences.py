"""What each format of sequences takes, and what it makes of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_core.cells import cell
from rnn_core.data import NO_TARGET, Dataset, Sequence
from rnn_core.errors import ShapeError
from rnn_core.formats import models, sequences
from rnn_core.formats.sequences import SEQUENCE_FORMATS, from_text
from rnn_core.formats.traces.npz_file import write as write_trace
from rnn_core.formats.traces.request import Request
from rnn_core.model import PARAMETERS, Params, Sizes, initialise
from rnn_core.recorder import record
from tests.formats.making import as_json, npy, npz, weights

x = np.array([[0.1, -0.2], [3.0, 4e-7], [5.0, 6.0]])
X = np.stack([x, -x])


def loaded(name: str, data: bytes | str, folder: Path, **options: Any) -> Dataset:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return sequences.load(path, **options)


def targets(dataset: Dataset) -> list[list[int]]:
    return [sequence.y.tolist() for sequence in dataset.sequences]


def test_json_gives_every_field_it_has(tmp_path: Path) -> None:
    fields = {
        "inputs": x.tolist(),
        "targets": [0, None, -100],
        "tokens": ["a", "b", "c"],
        "classes": ["no", "yes"],
        "features": ["u", "v"],
        "h0": [0.5, 0.25],
        "name": "first",
    }
    dataset = loaded("seq.json", json.dumps(fields), tmp_path)
    (sequence,) = dataset.sequences
    assert (dataset.name, dataset.classes, dataset.features) == ("seq.json", ("no", "yes"), ("u", "v"))
    assert (sequence.x == x).all()
    assert (sequence.tokens, sequence.name) == (("a", "b", "c"), "first")
    assert targets(dataset) == [[0, NO_TARGET, NO_TARGET]]
    assert sequence.h0 is not None
    assert sequence.h0.tolist() == [0.5, 0.25]


def test_json_holds_sequences_of_different_lengths(tmp_path: Path) -> None:
    data = as_json(sequences=[{"inputs": x.tolist(), "targets": [0, 1, 0]}, {"inputs": [[1, 2]]}], classes=["a", "b"])
    dataset = loaded("seq.json", data, tmp_path)
    assert targets(dataset) == [[0, 1, 0], [NO_TARGET]]
    assert dataset.classes == ("a", "b")


def test_json_names_may_stand_in_each_sequence_when_they_agree(tmp_path: Path) -> None:
    one = {"inputs": [[1.0]], "classes": ["a", "b"], "features": ["f"]}
    dataset = loaded("seq.json", as_json(sequences=[one, one]), tmp_path)
    assert (dataset.classes, dataset.features) == (("a", "b"), ("f",))


def test_json_may_say_null_for_what_is_optional(tmp_path: Path) -> None:
    dataset = loaded("seq.json", as_json(inputs=[[1]], targets=None, tokens=None, classes=None, h0=None), tmp_path)
    assert targets(dataset) == [[NO_TARGET]]


def test_json_takes_a_bare_list_of_rows_as_inputs() -> None:
    assert (sequences.load("-", data=b" [[1, 2.5], [3, 4]]").sequences[0].x == [[1, 2.5], [3, 4]]).all()


def test_csv_reads_its_header_its_targets_and_its_gaps(tmp_path: Path) -> None:
    dataset = loaded("seq.csv", "u,target,v\n0.5,0, 1.5\n-1e-3,, +2.\n.25,-1,3\n", tmp_path)
    assert dataset.features == ("u", "v")
    assert dataset.sequences[0].x.tolist() == [[0.5, 1.5], [-0.001, 2.0], [0.25, 3.0]]
    assert targets(dataset) == [[0, NO_TARGET, NO_TARGET]]


def test_csv_without_a_header_is_all_features(tmp_path: Path) -> None:
    dataset = loaded("seq.csv", "1,2\n3,4", tmp_path)
    assert dataset.features == ()
    assert dataset.sequences[0].x.tolist() == [[1, 2], [3, 4]]


def test_csv_groups_rows_by_id_in_order_of_first_appearance_even_when_they_alternate(tmp_path: Path) -> None:
    dataset = loaded("seq.csv", "sequence,u,target\nb,1,0\na,2,1\nb,3,1\na,4,\nb,5,0\n", tmp_path)
    assert [sequence.name for sequence in dataset.sequences] == ["b", "a"]
    assert [sequence.x[:, 0].tolist() for sequence in dataset.sequences] == [[1, 3, 5], [2, 4]]
    assert targets(dataset) == [[0, 1, 0], [1, NO_TARGET]]


def test_csv_with_numbers_as_names_has_a_header_when_one_column_is_called_target(tmp_path: Path) -> None:
    dataset = loaded("seq.csv", "0,1,Target\n5,6,1\n", tmp_path)
    assert dataset.features == ("0", "1")
    assert targets(dataset) == [[1]]


def test_csv_takes_quotes_and_empty_lines_at_the_end(tmp_path: Path) -> None:
    dataset = loaded("seq.csv", '"a","b, c"\n"1","2"\n\n \n', tmp_path)
    assert dataset.features == ("a", "b, c")
    assert dataset.sequences[0].x.tolist() == [[1, 2]]


@pytest.mark.parametrize("name", ["seq.csv", "seq.json", "seq.txt"])
def test_a_byte_order_mark_and_windows_line_ends_change_nothing(name: str, tmp_path: Path) -> None:
    text = {
        "seq.csv": "a,b,target\n1,2,0\n3,4,\n",
        "seq.json": '{"inputs": [[1, 2],\n[3, 4]],\n"targets": [0, null]}\n',
        "seq.txt": "ab\nba\n",
    }[name]
    plain = loaded(name, text, tmp_path)
    marked = loaded(name, b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode(), tmp_path)
    assert (plain.sequences[0].x == marked.sequences[0].x).all()
    assert targets(plain) == targets(marked)
    assert plain.features == marked.features


@pytest.mark.parametrize(
    ("array", "widened"),
    [
        (np.asfortranarray(x), False),
        (x.astype(">f8"), False),
        (x.astype("<f4"), True),
        (x.astype(">f4"), True),
        (x.astype("f2"), True),
        (x.astype("i4"), False),
        (x.astype(">u2"), False),
        (x > 0, False),
    ],
    ids=lambda value: str(getattr(value, "dtype", value)),
)
def test_npy_takes_any_order_and_width_of_real_numbers(array: Any, widened: bool, tmp_path: Path) -> None:
    dataset = loaded("x.npy", npy(array), tmp_path)
    assert (dataset.sequences[0].x == np.asarray(array, dtype=np.float64)).all()
    assert dataset.sequences[0].x.dtype == np.float64
    assert dataset.widened is widened


def test_npy_with_three_axes_holds_several_sequences(tmp_path: Path) -> None:
    dataset = loaded("x.npy", npy(X), tmp_path)
    assert [sequence.x.tolist() for sequence in dataset.sequences] == X.tolist()
    assert targets(dataset) == [[NO_TARGET] * 3] * 2


def test_npy_of_one_feature_keeps_its_axes(tmp_path: Path) -> None:
    assert len(loaded("x.npy", npy(np.ones((4, 3, 1))), tmp_path).sequences) == 4


def test_npz_cuts_padding_off_by_lengths_whatever_it_holds(tmp_path: Path) -> None:
    padded = X.copy()
    padded[1, 1:] = np.nan
    dataset = loaded("x.npz", npz(inputs=padded, targets=[[0, 1, 0], [1, 9, 9]], lengths=[3, 1]), tmp_path)
    assert [len(sequence) for sequence in dataset.sequences] == [3, 1]
    assert targets(dataset) == [[0, 1, 0], [1]]


@pytest.mark.parametrize(("h0", "rows"), [(np.ones(4), [[1] * 4] * 2), ([[1, 2], [3, 4]], [[1, 2], [3, 4]])])
def test_npz_gives_one_h0_to_all_or_one_to_each(h0: Any, rows: list[list[int]], tmp_path: Path) -> None:
    found = [sequence.h0 for sequence in loaded("x.npz", npz(x=X, h0=h0), tmp_path).sequences]
    assert [h.tolist() for h in found if h is not None] == rows


def test_npz_compressed_and_column_targets_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez_compressed(path, x=x, y=np.array([[0], [1], [-100]]))
    assert targets(sequences.load(path)) == [[0, 1, NO_TARGET]]


@pytest.mark.parametrize(("first", "kept"), [(0.0, None), (0.5, [0.5] * 4)])
def test_an_exported_trace_is_the_sequence_it_was_recorded_from(first: float, kept: Any, tmp_path: Path) -> None:
    h = np.full((4, 4), first)
    data = npz(x=x, y=[0, -1, 1], h=h, a=h[1:], dU=h, meta=np.array('{"format": 1}'), **weights(inputs=2))
    dataset = loaded("trace.npz", data, tmp_path)
    assert (dataset.sequences[0].x == x).all()
    assert targets(dataset) == [[0, NO_TARGET, 1]]
    h0 = dataset.sequences[0].h0
    assert (None if h0 is None else h0.tolist()) == kept


def test_a_trace_that_the_program_wrote_gives_back_sequence_and_weights(tmp_path: Path) -> None:
    params = Params(**weights(inputs=2))
    given = Sequence(x, np.array([0, -1, 1]), h0=np.full(4, 0.25))
    trace = record(params, given)
    with open(tmp_path / "trace.npz", "wb") as stream:
        write_trace(stream, trace, Request(stop=trace.end // 2), lambda _done: None)
    (found,) = sequences.load(tmp_path / "trace.npz").sequences
    assert found.h0 is not None
    assert (found.x.tobytes(), found.y.tolist(), found.h0.tolist()) == (x.tobytes(), [0, -1, 1], [0.25] * 4)
    again = models.load(tmp_path / "trace.npz")
    assert all((getattr(again, name) == getattr(params, name)).all() for name in PARAMETERS)


def test_text_predicts_its_next_character(tmp_path: Path) -> None:
    dataset = loaded("hello.txt", "hello\n", tmp_path)
    (sequence,) = dataset.sequences
    assert dataset.classes == dataset.features == ("e", "h", "l", "o")
    assert sequence.tokens == ("h", "e", "l", "l")
    assert targets(dataset) == [[0, 2, 2, 3]]
    assert sequence.x.argmax(axis=1).tolist() == [1, 0, 2, 2]


def test_text_loses_one_final_newline_and_no_more(tmp_path: Path) -> None:
    assert loaded("a.txt", "ab\n\n", tmp_path).classes == ("\n", "a", "b")
    assert from_text("ab\n").classes == ("\n", "a", "b")


def test_text_can_be_cut_into_words() -> None:
    dataset = from_text("the cat  saw\nthe dog", tokens="words")
    assert dataset.classes == ("cat", "dog", "saw", "the")
    assert targets(dataset) == [[0, 2, 3, 1]]


def test_a_text_file_that_looks_like_json_is_still_text(tmp_path: Path) -> None:
    assert loaded("a.txt", '{"a"}', tmp_path).sequences[0].tokens == ("{", '"', "a", '"')


@pytest.mark.parametrize(
    ("data", "features"),
    [
        (as_json(inputs=x.tolist()), 2),
        (npy(x), 2),
        (npz(x=x), 2),
        (b"a,b,c\n1,2,3\n4,5,6\n", 3),
        (b"1,2,3\n4,5,6", 3),
        (b"0.5\n0.7\n", 1),
        (b"a cat, a dog, and me", 11),
        (b"banana", 3),
    ],
)
def test_standard_input_is_told_by_its_content(data: bytes, features: int) -> None:
    dataset = sequences.load("-", data=data)
    assert dataset.inputs == features
    assert dataset.name == "standard input"


@pytest.mark.parametrize("name", ["data", "data.bin", "data.TSV", ".hidden"])
def test_an_unknown_suffix_leaves_it_to_the_content(name: str, tmp_path: Path) -> None:
    assert loaded(name, npy(x), tmp_path).inputs == 2
    assert loaded(name, "a,b\n1,2\n3,4\n", tmp_path).inputs == 2


def test_suffixes_are_told_in_any_case(tmp_path: Path) -> None:
    assert loaded("A.TXT", "hello\n", tmp_path).sequences[0].tokens[0] == "h"


def test_the_table_of_formats_says_what_the_help_needs() -> None:
    assert [entry.name for entry in SEQUENCE_FORMATS] == ["NPZ", "NPY", "Parquet", "JSON Lines", "JSON", "CSV", "Text"]
    assert all(entry.about and entry.suffixes and callable(entry.sniff) for entry in SEQUENCE_FORMATS)
    assert len({suffix for entry in SEQUENCE_FORMATS for suffix in entry.suffixes}) == 8


def test_the_initial_cell_state_of_an_lstm_is_read_and_comes_back_from_a_trace(tmp_path: Path) -> None:
    given = {"h0": [0.5, 0.25], "s0": [2.0, -1.0]}
    text = json.dumps({"inputs": [[1.0], [2.0]], "targets": [0, 1], **given})
    for name, content in (("s.json", text), ("s.npz", npz(inputs=np.array([[1.0], [2.0]]), targets=[0, 1], **given))):
        start = loaded(name, content, tmp_path).sequences[0].start
        assert {each: state.tolist() for each, state in start.items()} == given
    lstm = initialise("normal", Sizes(1, 2, 2), cell=cell("lstm"))
    trace = record(lstm, loaded("s.json", text, tmp_path).sequences[0])
    with open(tmp_path / "trace.npz", "wb") as stream:
        write_trace(stream, trace, Request(stop=trace.end), lambda _done: None)
    start = sequences.load(tmp_path / "trace.npz").sequences[0].start
    assert {each: state.tolist() for each, state in start.items()} == given


def test_a_cell_state_is_refused_by_a_cell_without_one() -> None:
    with pytest.raises(ShapeError, match="s0 is given, and gru has no s0"):
        record(initialise("normal", Sizes(1, 2, 2), cell=cell("gru")), Sequence([[1.0]], [0], s0=[0.0, 0.0]))
