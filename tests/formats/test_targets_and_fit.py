"""Targets from a file of their own, the number of classes, and whether a dataset fits a network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rnn_core.data import Dataset, Sequence, demo_dataset
from rnn_core.errors import InputError, RnnError, UsageError
from rnn_core.formats import sequences
from rnn_core.formats.sequences import check_fit, class_count
from rnn_core.model import Array, Sizes
from tests.formats.making import npy, npz, objects

ONE, TWO = np.ones((3, 2)), np.ones((2, 3, 2))


def with_targets(folder: Path, inputs: Array, name: str, data: bytes) -> list[list[int]]:
    (folder / "x.npy").write_bytes(npy(inputs))
    (folder / name).write_bytes(data)
    dataset = sequences.load(folder / "x.npy", targets=folder / name)
    return [sequence.y.tolist() for sequence in dataset.sequences]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("y.npy", npy([0, -100, 2])),
        ("y.npy", npy([[0], [-1], [2]])),
        ("y.npy", npy(np.array([[0, -1, 2]], dtype=">i2"))),
        ("y.json", b"[0, null, 2]"),
        ("y.json", b"[[0, null, 2]]"),
        ("y.txt", b"0 -1 2\n"),
        ("y.txt", b"0\n-1\n2\n\n"),
        ("y.csv", b"0,,2\n"),
        ("y.csv", b"target\r\n0\r\n\r\n2\r\n"),
        ("y.labels", b"[0, -1, 2]"),
    ],
)
def test_targets_of_one_sequence_come_from_any_format(name: str, data: bytes, tmp_path: Path) -> None:
    assert with_targets(tmp_path, ONE, name, data) == [[0, -1, 2]]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("y.npy", npy([[0, 1, -1], [1, 1, 0]])),
        ("y.json", b"[[0, 1, null], [1, 1, 0]]"),
        ("y.txt", b"0 1 -1\n1 1 0"),
        ("y.csv", b"0,1,\n1,1,0\n"),
    ],
)
def test_targets_of_several_sequences_are_rows(name: str, data: bytes, tmp_path: Path) -> None:
    assert with_targets(tmp_path, TWO, name, data) == [[0, 1, -1], [1, 1, 0]]


@pytest.mark.parametrize("name", ["y.npy", "x.npz"])
def test_the_largest_class_is_999_999(name: str, tmp_path: Path) -> None:
    """More are a mistake in the column, and would draw weights of a million rows."""

    def load(target: int) -> Dataset:
        y = [0, target, 1]
        if name == "x.npz":
            (tmp_path / name).write_bytes(npz(x=ONE, y=y))
            return sequences.load(tmp_path / name)
        (tmp_path / "x.npy").write_bytes(npy(ONE))
        (tmp_path / name).write_bytes(npy(y))
        return sequences.load(tmp_path / "x.npy", targets=tmp_path / name)

    assert load(999_999).largest_target == 999_999
    with pytest.raises(InputError, match=r"1000000 .*class indices go from 0 to 999999"):
        load(1_000_000)


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("y.npy", npy([0, 1]), "y.npy: 2 targets for 3 timesteps (give one for each timestep, -1 where there is none)"),
        ("y.npy", npy([-1.0, 1.0, 1.0]), "y.npy, targets: holds float64, not integers "),
        ("y.npy", npy([0, 1, -7]), "y.npy, targets[2]: target -7 (class indices go from 0 to 999999"),
        ("y.npy", npy(np.zeros((1, 1, 3), dtype=int)), "y.npy: shape (1, 1, 3) (expected (timesteps,) or "),
        ("y.npy", objects(), "y.npy: an array of Python objects"),
        ("y.npy", npy([0, 1, 2])[:-4], "y.npy: cut short: "),
        ("y.npz", npz(y=[0, 1, 2]), "y.npz: holds a zip archive; known are NPY (.npy), JSON (.json)"),
        ("y.json", b"[0, 1, 2.0]", "y.json, targets[2]: 2.0 is not a class index (write 2)"),
        ("y.json", b"[[0], [1, true]]", "y.json, targets[1][1]: true is not a class index (write 1)"),
        ("y.json", b'{"targets": [0, 1, 2]}', "y.json: an object is not a list of class indices (write [0, null, 2])"),
        ("y.json", b"[]", "y.json: a list is not a list of class indices"),
        ("y.txt", b"0 1 x\n", 'y.txt, line 1, column 3: "x" is not a class index (write a whole number from 0)'),
        ("y.txt", b"0\n\n1\n", "y.txt, line 2: an empty line (write -1 where there is no target)"),
        ("y.csv", b"0,1\n", "y.csv: 2 targets for 3 timesteps"),
        ("y.csv", b"0,1,2\n0,1,2\n", "y.csv: 2 rows of targets for 1 sequence (expected 3 targets)"),
        ("y.csv", b'0,"1\n', "y.csv, line 1: not CSV: unexpected end of data"),
        ("y.csv", b"target\n", "y.csv: a header, but no rows"),
        ("y.csv", b"0,1,1_0\n", 'y.csv, line 1, column 3: "1_0" is not a class index (write 10)'),
    ],
)
def test_wrong_targets_are_refused_with_file_and_place(name: str, data: bytes, says: str, tmp_path: Path) -> None:
    with pytest.raises(RnnError) as caught:
        with_targets(tmp_path, ONE, name, data)
    assert str(caught.value).startswith(says)


def test_rows_of_targets_must_be_as_many_and_as_long_as_the_sequences(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"y.json, sequence 2: 1 target for 3 timesteps"):
        with_targets(tmp_path, TWO, "y.json", b"[[0, 1, 2], [0]]")
    with pytest.raises(InputError, match=r"y.txt: 1 row of targets for 2 sequences \(expected 2 rows\)"):
        with_targets(tmp_path, TWO, "y.txt", b"0 1 2")


def test_inputs_with_targets_of_their_own_take_no_file_of_targets(tmp_path: Path) -> None:
    (tmp_path / "x.npz").write_bytes(npz(x=ONE, y=[0, 1, 2]))
    (tmp_path / "y.txt").write_text("0 1 2")
    with pytest.raises(InputError, match=r"x.npz: has targets of its own \(leave out the file of targets\)"):
        sequences.load(tmp_path / "x.npz", targets=tmp_path / "y.txt")


def test_classes_are_what_was_asked_else_the_models_else_named_else_the_largest_target_plus_one() -> None:
    demo = demo_dataset()
    named = Dataset(demo.sequences, "demo", classes=("a", "b", "c", "d"))
    assert class_count(named, 7) == 7
    assert class_count(demo, None, Sizes(5, 10, 6)) == 6
    assert class_count(named) == 4
    assert class_count(demo) == 3
    assert class_count(demo, 3, Sizes(5, 10, 3)) == 3


def test_a_dataset_without_targets_has_one_class() -> None:
    assert class_count(Dataset((Sequence(ONE),))) == 1


def test_a_count_that_contradicts_model_names_or_targets_is_refused() -> None:
    demo = demo_dataset()
    named = Dataset((Sequence(ONE),), "named", classes=("a", "b", "c"))
    with pytest.raises(UsageError, match="0 classes"):
        class_count(demo, 0)
    with pytest.raises(InputError, match="4 classes were asked for, and the model has 3"):
        class_count(demo, 4, Sizes(5, 10, 3))
    with pytest.raises(InputError, match="named: 3 class names, but 2 classes were asked for"):
        class_count(named, 2)
    with pytest.raises(InputError) as caught:
        class_count(demo, 2)
    assert str(caught.value) == (
        "demo, sequence 1, timestep 3: target 2, but 2 classes were asked for (targets go from 0 to 1)"
    )


def test_a_dataset_fits_a_network_by_width_initial_state_and_targets() -> None:
    demo = demo_dataset()
    check_fit(demo, Sizes(5, 10, 3))
    with pytest.raises(InputError) as caught:
        check_fit(demo, Sizes(4, 10, 3))
    assert str(caught.value) == (
        "demo: 5 features, but the model's U takes 4 (give inputs as wide as U, or other weights)"
    )
    with pytest.raises(InputError, match="timestep 3: target 2, but the model has 2 classes"):
        check_fit(demo, Sizes(5, 10, 2))
    with pytest.raises(InputError, match=r"s, h0: 4 numbers, but the model has 10 hidden units \(give 10\)"):
        check_fit(Dataset((Sequence(ONE, h0=np.ones(4)),), "s"), Sizes(2, 10, 1))


def test_inputs_that_came_as_float32_are_still_said_to_after_targets_are_joined_to_them(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((3, 2), dtype=np.float32))
    np.save(tmp_path / "y.npy", np.array([0, 1, 0]))
    assert sequences.load(tmp_path / "x.npy", targets=tmp_path / "y.npy").widened
