"""Laws of the formats: what is written is what is read, and no bytes whatever end in anything but an RnnError."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rnn_core.data import NO_TARGET, Dataset, Sequence
from rnn_core.errors import RnnError
from rnn_core.formats import models, numbers, sequences
from rnn_core.reading import ModelReading
from tests.formats.making import as_json, npy, npz, weights

FINITE = st.floats(allow_nan=False, allow_infinity=False, width=64)

Loaded = TypeVar("Loaded")


@st.composite
def datasets(draw: st.DrawFn, one_length: bool = False) -> Dataset:
    """One to three sequences of finite inputs, some timesteps without a target."""
    width = draw(st.integers(1, 4))
    count = draw(st.integers(1, 3))
    lengths = [draw(st.integers(1, 5))] * count if one_length else [draw(st.integers(1, 5)) for _ in range(count)]
    return Dataset(
        tuple(
            Sequence(
                draw(hnp.arrays(np.float64, (length, width), elements=FINITE)),
                draw(hnp.arrays(np.int64, length, elements=st.integers(NO_TARGET, 5))),
                name=f"s{i}",
            )
            for i, length in enumerate(lengths)
        )
    )


def bits(dataset: Dataset) -> list[tuple[tuple[int, ...], bytes, list[int]]]:
    return [(sequence.x.shape, sequence.x.tobytes(), sequence.y.tolist()) for sequence in dataset.sequences]


def nulls(sequence: Sequence) -> list[int | None]:
    return [None if y == NO_TARGET else int(y) for y in sequence.y]


@given(datasets())
def test_a_dataset_written_as_json_is_read_back_bit_for_bit(dataset: Dataset) -> None:
    entries = [{"inputs": s.x.tolist(), "targets": nulls(s), "name": s.name} for s in dataset.sequences]
    found = sequences.load("-", data=json.dumps({"sequences": entries}).encode())
    assert bits(found) == bits(dataset)
    assert [s.name for s in found.sequences] == [s.name for s in dataset.sequences]


@given(datasets(), st.sampled_from(["\n", "\r\n"]))
def test_a_dataset_written_as_csv_is_read_back_bit_for_bit(dataset: Dataset, line_end: str) -> None:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator=line_end)
    writer.writerow(["sequence", *(f"x{i}" for i in range(dataset.inputs)), "target"])
    for s in dataset.sequences:
        for x, y in zip(s.x.tolist(), nulls(s), strict=True):
            writer.writerow([s.name, *map(repr, x), "" if y is None else y])
    assert bits(sequences.load("seq.csv", data=stream.getvalue().encode())) == bits(dataset)


@given(datasets(one_length=True), st.sampled_from(["<f8", ">f8"]), st.sampled_from("CF"))
def test_a_dataset_written_as_npy_is_read_back_bit_for_bit(dataset: Dataset, dtype: str, order: Any) -> None:
    x = np.array([s.x for s in dataset.sequences]).astype(dtype, order=order)
    found = sequences.load("-", data=npy(x))
    assert [s.x.tobytes() for s in found.sequences] == [s.x.tobytes() for s in dataset.sequences]


@given(datasets())
def test_a_dataset_written_as_padded_npz_is_read_back_bit_for_bit(dataset: Dataset) -> None:
    lengths = [len(s) for s in dataset.sequences]
    x = np.full((len(lengths), max(lengths), dataset.inputs), np.nan)
    y = np.full(x.shape[:2], NO_TARGET)
    for i, s in enumerate(dataset.sequences):
        x[i, : len(s)], y[i, : len(s)] = s.x, s.y
    assert bits(sequences.load("-", data=npz(x=x, y=y, lengths=lengths))) == bits(dataset)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=2))
def test_the_tokens_and_the_last_target_spell_the_text_again(text: str) -> None:
    dataset = sequences.from_text(text)
    (sequence,) = dataset.sequences
    assert "".join(sequence.tokens) + dataset.classes[sequence.y[-1]] == text
    assert sequence.x.sum() == len(sequence) == len(text) - 1


@given(st.text(st.sampled_from("0123456789.eE+-_ nainfx٤"), max_size=8))
@example("1_0")
@example("1e999")
def test_a_number_is_taken_exactly_when_it_is_a_finite_ascii_decimal(text: str) -> None:
    try:
        expected = float(text)
    except ValueError:
        expected = float("nan")
    plain = text.isascii() and "_" not in text and np.isfinite(expected)
    try:
        assert numbers.number(text) == expected
        assert plain
    except numbers.NumberError:
        assert not plain


@given(FINITE)
def test_the_fast_path_of_csv_never_lets_through_what_the_slow_one_refuses(value: float) -> None:
    for text in (repr(value), f"{value:.400f}", f"{value:+.17e}"):
        if numbers.SAFE_ROW.fullmatch(text):
            assert numbers.number(text) == float(text)


x = np.arange(6.0).reshape(3, 2)
VALID = {
    "s.json": as_json(
        sequences=[{"inputs": x.tolist(), "targets": [0, None, 1], "tokens": list("abc")}], classes=["a", "b"]
    ),
    "s.csv": b'sequence,"u",v,target\na,0.5,1e-3,0\nb,2,3,\na,4,5,1\n',
    "s.npy": npy(x),
    "s.npz": npz(x=x[np.newaxis], y=[[0, 1, -1]], lengths=[3], h0=np.ones(2)),
    "s.txt": "déjà vu\n".encode(),
    "semicolons.csv": b"id;u;v;class\n1;0,5;1.000,25;no\n2;-3,25;7;yes\n3;2,5;4;\n",
    "names.txt": "Adeyemi\tYoruba\nRossi\tItalian\nNguyễn\tVietnamese\n".encode(),
    "s.jsonl": b'{"text": "good", "label": "pos"}\n{"tokens": ["b", "a"], "targets": [null, "neg"]}\n',
    "ids.json": b"[[0, 179, 3], [0, 51, 27, 16]]",
    "one_hot.json": b'{"x": [[1, 0], [0, 1]], "y": [[1, 0], [0, 1]]}',
    "glued.npz": npz(inputs=x, targets=np.array(["a", "b", "a"]), lengths=[2, 1]),
    "labels.npz": npz(inputs=np.ones((2, 3, 2)), targets=[[1.0, 0.0], [0.0, 1.0]]),
}


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """`data` with a few bytes replaced, taken out, put in or cut off."""
    found = bytearray(data)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(found) - 1, 0)))
        end = at + draw(st.integers(0, 3))
        found[at:end] = draw(
            st.binary(max_size=3) | st.sampled_from([b"[", b'"', b",", b"NaN", b"1e999", b"\xff", b"-"])
        )
    return bytes(found[: draw(st.integers(0, len(found)))] if draw(st.integers(0, 9)) == 0 else found)


def loaded_or_refused(load: Callable[[], Loaded]) -> Loaded | None:
    """What `load` returns, or None where it raises an RnnError of one line; any other exception is a failure."""
    try:
        return load()
    except RnnError as error:
        said = str(error)
    assert len(said.splitlines()) == 1
    return None


@pytest.mark.parametrize("name", VALID)
@settings(max_examples=250)
@given(st.data())
def test_damaged_sequences_load_whole_or_raise_an_rnn_error(name: str, data: st.DataObject) -> None:
    mutated = data.draw(damaged(VALID[name]))
    for source in (name, "-"):
        dataset = loaded_or_refused(lambda source=source: sequences.load(source, data=mutated))  # type: ignore[misc]
        assert dataset is None or all(np.isfinite(s.x).all() for s in dataset.sequences)


JSON_WEIGHTS = as_json(**{name: array.tolist() for name, array in weights(2, 2, 2).items()}, epoch=3)


@settings(max_examples=150)
@given(st.data())
def test_damaged_json_weights_load_whole_or_raise_an_rnn_error(data: st.DataObject) -> None:
    mutated = data.draw(damaged(JSON_WEIGHTS))
    params = loaded_or_refused(lambda: models.opened("w.json", data=mutated).params)
    assert params is None or params.sizes.hidden >= 1


@settings(max_examples=100)
@given(
    st.sampled_from(["Wx", "weight_ih_l0", "kernel", "Wa", "i2h.weight", "W_hq", "Wax"]),
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=3, max_size=4),
    st.sampled_from(["", "yes", "no"]),
    st.sampled_from(["", "xh", "hx"]),
)
def test_matrices_of_any_shapes_make_a_network_or_raise_an_rnn_error(
    first: str, shapes: list[tuple[int, int]], transposed: Any, concatenated: Any
) -> None:
    names = [first, "Wh", "Wy", "recurrent_kernel"][: len(shapes)]
    held = {name: np.ones(shape) for name, shape in zip(names, shapes, strict=True)}
    reading = ModelReading(transposed, concatenated)
    data = npz(**held, b=np.ones(shapes[0][0]), c=np.ones(shapes[2][0]))
    params = loaded_or_refused(lambda: models.opened("w.npz", reading, data=data).params)
    assert params is None or params.W.shape in [
        (gates * params.sizes.hidden, params.sizes.hidden) for gates in (1, 3, 4)
    ]


@settings(max_examples=250)
@given(st.data())
def test_damaged_weights_load_whole_or_raise_an_rnn_error(data: st.DataObject) -> None:
    mutated = data.draw(damaged(npz(**weights(2, 2, 2))))
    params = loaded_or_refused(lambda: models.opened("w.npz", data=mutated).params)
    assert params is None or params.sizes.hidden == 2


@given(st.binary(max_size=200))
def test_any_bytes_on_standard_input_load_or_raise_an_rnn_error(data: bytes) -> None:
    loaded_or_refused(lambda: sequences.load("-", data=data))
