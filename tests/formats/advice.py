"""Every piece of advice that readers give, as a mistake beside what the advice makes of it.

`FOLLOWED` is read by test_advice.py. An entry is two calls: the first raises the error that gives the advice,
the second does what it says.
"""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from rnn_core import data as made
from rnn_core import functional
from rnn_core.data import Dataset, Sequence, demo_dataset
from rnn_core.debugger.commands.files import told
from rnn_core.formats import arrays, files, gradients, models, sequences
from rnn_core.formats.files import Content
from rnn_core.formats.sequences import assemble, check_fit, class_count, saving, windows
from rnn_core.formats.sequences import labels as label_reader
from rnn_core.formats.sequences import registry as sequence_registry
from rnn_core.formats.sequences.asked import Asked
from rnn_core.model import Sizes
from rnn_core.notices import Notice, refuse_assumptions
from rnn_core.program import program
from rnn_core.reading import Reading
from tests.formats.making import as_json, bomb, npy, npz, objects, weights, zipped
from tests.models.bad_models import BAD_MODELS

Call = Callable[[], object]


class Followed(NamedTuple):
    """A mistake, and what its advice makes of it."""

    wrong: Call
    right: Call


def seq(name: str, data: bytes | str, right: bytes | str, right_name: str = "", **how: Any) -> Followed:
    """A file of sequences that is refused, and the file that the advice makes of it."""
    return Followed(reads(name, data, **how), reads(right_name or name, right, **how))


def reads(name: str, data: bytes | str, **how: Any) -> Call:
    options = {key: how.pop(key) for key in ("tokens", "seq_length", "targets") if key in how}
    held = data.encode() if isinstance(data, str) else data
    return lambda: sequences.load(name, data=held, reading=Reading(**how), **options)


def model(wrong: Mapping[str, Any] | bytes, right: Mapping[str, Any] | bytes, name: str = "w.npz") -> Followed:
    """Weights that are refused, and the weights that the advice makes of them."""
    return Followed(weighs(name, wrong), weighs(name, right))


def weighs(name: str, held: Mapping[str, Any] | bytes, **said: str) -> Call:
    data = held if isinstance(held, bytes) else npz(**held) if name.endswith("z") else as_json(**held)

    return lambda: models.opened(name, data=data, **said)


def gradient(wrong: bytes, right: bytes, name: str = "g.json") -> Followed:
    """Gradients that are refused, and what the advice makes of them."""

    def reading(data: bytes) -> Call:
        return lambda: gradients.load(name, program(), data=data)

    return Followed(reading(wrong), reading(right))


def beside(name: str, data: bytes, right: bytes, inputs: Any = None) -> Followed:
    """A file of targets that is refused for inputs (3, 2), and the one that the advice makes of it."""

    def reading(held: bytes) -> Call:
        def load() -> object:
            with tempfile.TemporaryDirectory() as folder:
                (Path(folder) / name).write_bytes(held)
                given = npy(np.ones((3, 2)) if inputs is None else inputs)
                return sequences.load("x.npy", data=given, targets=Path(folder) / name)

        return load

    return Followed(reading(data), reading(right))


def limited(owner: Any, name: str, limit: int, call: Call) -> Call:
    """`call` while a limit is small."""

    def calling() -> object:
        before = getattr(owner, name)
        setattr(owner, name, limit)
        try:
            return call()
        finally:
            setattr(owner, name, before)

    return calling


def on_disk(make: Callable[[Path], object], path: str, right: str = "good.csv") -> Followed:
    """What is opened at `path` in a folder that `make` has filled, and the file that the advice says."""

    def reading(name: str) -> Call:
        def load() -> object:
            with tempfile.TemporaryDirectory() as folder:
                (Path(folder) / "good.csv").write_text("1,2\n3,4\n")
                make(Path(folder))
                return sequences.load(Path(folder) / name)

        return load

    return Followed(reading(path), reading(right))


def gates(blocks: int) -> dict[str, Any]:
    """Weights of a cell that stacks so many gates, under PyTorch's names."""
    return {
        "weight_ih_l0": np.ones((blocks * 4, 3)), "weight_hh_l0": np.ones((blocks * 4, 4)),
        "bias_ih_l0": np.ones(blocks * 4), "bias_hh_l0": np.ones(blocks * 4), "V": np.ones((2, 4)), "c": np.ones(2),
    }  # fmt: skip


W = weights()
X = np.ones((3, 2))
XX = np.ones((2, 3, 2))
TORCH = {"weight_ih_l0": W["U"], "weight_hh_l0": W["W"], "bias_ih_l0": W["b"], "bias_hh_l0": W["b"],
         "linear.weight": W["V"], "linear.bias": W["c"]}  # fmt: skip
OBJECTS = npy(np.array([np.ones((2, 1)), np.ones((3, 1))], dtype=object), allow_pickle=True)
PLAIN = '{"inputs": [[0.1, 0.2]], "targets": [0]}'


def without(*names: str, **more: Any) -> dict[str, Any]:
    return {**{name: array for name, array in W.items() if name not in names}, **more}


def _asked(order: tuple[str, ...]) -> Asked:
    return Asked(reading=Reading(classes_order=order))


def _started(hidden: int) -> Dataset:
    return Dataset((Sequence(X, h0=np.ones(hidden)),))


def _named(*classes: str) -> Dataset:
    return Dataset((Sequence(X),), classes=classes)


ARRAYS = (
    seq("x.npz", npz(x=X)[:-30], npz(x=X)),
    seq("x.npz", zipped({}), npz(x=X)),
    seq("x.npz", b"hello", npz(x=X)),
    seq("x.npz", npz(x=X, y=[0, 1, 2]).replace(b"y.npy", b"x.npy"), npz(x=X, y=[0, 1, 2])),
    seq("x.npz", zipped({"x.npy": npy(X), "notes.txt": b"hi"}), npz(x=X)),
    seq("x.npz", bomb(), npz(x=np.zeros((5, 5), dtype=np.uint8))),
    seq("x.npz", zipped({"x.npy": npy(X)}, zipfile.ZIP_LZMA), npz(x=X)),
    seq("x.npz", zipped({"m/data.pkl": b"x"}), npz(x=X)),
    seq("x.npy", npy(X)[:-9], npy(X)),
    seq("x.npy", npy(X)[:40], npy(X)),
    seq("x.npy", npy(X) + b"1234", npy(X)),
    seq("x.npy", b"hello", npy(X)),
    seq("x.npy", npy(X + 1j), npy((X + 1j).real)),
    seq("x.npy", npy([["a", "b"]]), npy([[0.0, 1.0]])),
    seq("x.npy", npy(np.zeros(2, dtype=[("a", "f8")])), npy(np.zeros(2, dtype=[("a", "f8")])["a"].reshape(-1, 1))),
    seq("x.npy", npy(X.astype(np.longdouble)), npy(X.astype(np.longdouble).astype(np.float64))),
    seq("x.npy", npy([[1.0], [np.inf]]), npy([[1.0], [2.0]])),
    seq("x.npy", OBJECTS, npz(x=np.ones((2, 3, 1)), lengths=[2, 3]), "x.npz"),
    seq("x.npy", OBJECTS, as_json(sequences=[{"inputs": [[1], [1]]}, {"inputs": [[1], [1], [1]]}]), "x.json"),
    seq("x.npy", npy(np.array({"inputs": 1}, dtype=object), allow_pickle=True), npz(inputs=X, targets=[0, 1, 0]),
        "data.npz"),
    model(zipped({**{f"{k}.npy": npy(v) for k, v in W.items()}, "h0.npy": objects()}), {**W, "h0": np.ones(4)}),
    Followed(limited(arrays, "MEMBER_LIMIT", 1, reads("x.npz", npz(x=X, y=[0, 1, 0]))),
             limited(arrays, "MEMBER_LIMIT", 1, reads("x.npz", npz(x=X)))),
    Followed(limited(files, "DENSE_LIMIT", 200, reads("x.npz", npz(x=np.ones((30, 2))))),
             limited(files, "DENSE_LIMIT", 200, reads("x.npz", npz(x=np.ones((3, 2)))))),
    Followed(lambda: arrays.Archive(Content("x.npz", npz(a=np.ones(2)))).text("a", 99),
             lambda: arrays.Archive(Content("x.npz", npz(a=np.array("text")))).text("a", 99)),
)  # fmt: skip

FILES = (
    on_disk(lambda folder: None, ""),
    on_disk(lambda folder: os.mkfifo(folder / "pipe.csv"), "pipe.csv"),
    Followed(lambda: sequences.load("/dev/zero"), reads("-", "1,2\n3,4\n")),
    Followed(lambda: sequences.load("-"), reads("-", "1,2\n3,4\n")),
    seq("x.csv", "", "1,2\n"),
    seq("x.csv", b"a,b\n1,\xe9\n", "a,b\n1,2\n"),
    seq("x.csv", b"a,b\n1,\0\n", "a,b\n1,2\n"),
    seq("x.csv", "a,b\n1,2\n".encode("utf-16"), "a,b\n1,2\n"),
    seq("x.pkl", b"\x80\x04\x95\x10", npz(x=X), "x.npz"),
    seq("notes.dat", "hello there", "hello there", "notes.txt"),
    seq("x.zip", zipped({"x.csv": b"1,2\n"}), "1,2\n", "x.csv"),
    seq("x.h5", b"\x89HDF\r\n\x1a\n", npz(x=X), "x.npz"),
    seq("x.json", npz(x=X), npz(x=X), "x.npz"),
    Followed(limited(files, "TEXT_FILE_LIMIT", 50, reads("x.csv", "1,2\n" * 30)),
             limited(files, "TEXT_FILE_LIMIT", 50, reads("x.csv", "1,2\n" * 9))),
    Followed(weighs("w.bin", b"hello there"), weighs("w.npz", W)),
    on_disk(lambda folder: (folder / "good.csv").write_text("1,2\n"), "god.csv"),
)  # fmt: skip

NUMBERS = (
    seq("x.csv", "a,b\n1,?\n2,3\n", "a,b\n2,3\n"),
    seq("x.csv", "a,b\n1,?\n2,3\n", "a,b\n1,2\n2,3\n"),
    seq("x.csv", "a,b\n1,1e400\n", "a,b\n1,1e40\n"),
    seq("x.csv", "a,b\n1,nan\n", "a,b\n1,0\n"),
    seq("x.csv", "a,b\n1,\n", "a,b\n1,2\n"),
    seq("x.csv", "a,b\n1,cat\n", "a,b\n1,-0.5\n"),
    seq("x.csv", "a,b\n1,1_000\n", "a,b\n1,1000\n"),
    seq("x.csv", "1,16/12/2006\n", "u,date\n1,16/12/2006\n"),
    Followed(reads("x.csv", "u,city\n1,Rome\n"), reads("x.csv", "u,city\n1,Rome\n", features=("u",))),
    seq("x.csv", "word,tag\na,X\n,Y\n", "word,tag\na,X\nb,Y\n"),
    seq("x.csv", "a,target\n1,cat\n1,0\n", "a,target\n1,1\n1,0\n"),
    seq("x.csv", "a,target\n1,-3\n", "a,target\n1,-1\n"),
    seq("x.csv", f"a,target\n1,{'9' * 9}\n", "a,target\n1,999999\n"),
)

TABLES = (
    seq("x.csv", "a;b\n1;2\n3\n", "a;b\n1;2\n3;4\n"),
    seq("x.csv", "a,b\n1,2\n3,4,5\n", "a,b\n1,2\n3,4\n"),
    seq("x.csv", "a,b\n", "a,b\n1,2\n"),
    seq("x.csv", "a,sequence\n1,\n", "a,sequence\n1,first\n"),
    seq("x.csv", "target\n0\n1\n", "target,u\n0,1\n1,2\n"),
    seq("x.csv", ",a\n0,1\n", "n,a\n0,1\n"),
    seq("x.csv", ",a\n0,1\n", "a\n1\n"),
    seq("x.csv", "a,a\n0,1\n", "a,b\n0,1\n"),
    seq("x.csv", "a,b\n1,2\n\n3,4\n", "a,b\n1,2\n3,4\n"),
    seq("x.csv", 'a,b\n1,2\n"3,4\n5,6\n', "a,b\n1,2\n3,4\n5,6\n"),
    seq("x.csv", 'a,b\n1,2\n"3,4\n5,6\n', 'a,b\n1,2\n"3",4\n5,6\n'),
    seq("x.csv", 'a,b\n"1"x,2\n', 'a,b\n"1",2\n'),
    seq("x.csv", f"a,b\n1,{'x' * 200_000}\n", "a,b\n1,2\n"),
    seq("x.csv", 'a,b\n1.5,"1,5"\n', "a,b\n1.5,1.5\n"),
    Followed(reads("x.csv", "a;b\n1,234;2\n"), reads("x.csv", "a;b\n1,234;2\n", decimal="comma")),
    Followed(reads("x.csv", "u,y,label\n1,0,1\n"), reads("x.csv", "u,y,label\n1,0,1\n", target_column=("y",))),
    Followed(reads("x.csv", "u,y\n1,1.0\n"), reads("x.csv", "u,y\n1,1.0\n", target_column=("none",))),
    Followed(reads("x.csv", "u,class_0,class_1\n1,1,1\n"),
             reads("x.csv", "u,class_0,class_1\n1,1,1\n", target_column=("none",))),
    seq("x.csv", "u,class_0,class_1\n1,1,1\n", "u,class_0,class_1\n1,1,0\n"),
    Followed(reads("x.csv", "u,v\n1,2\n", features=("w",)), reads("x.csv", "u,v\n1,2\n", features=("v",))),
    Followed(reads("x.csv", "u,v\n1,2\n", vocabulary=3), reads("x.csv", "u,v\n1,2\n")),
    seq("x.txt", "a b\tone\nc d\ttwo\n" * 11 + "a\tb\ttwo\n", "a b\tone\nc d\ttwo\n" * 11 + '"a\tb"\ttwo\n'),
    seq("x.parquet", b"hello", b"1,2\n3,4\n", "x.csv"),
    Followed(reads("x.npy", npy(np.ones((9, 1))), window=10), reads("x.npy", npy(np.ones((9, 1))), window=9)),
)  # fmt: skip

JSON = (
    seq("x.json", '{"inputs": [[1, 2]', PLAIN),
    seq("x.json", '{"inputs": [[1, 2],]}', '{"inputs": [[1, 2]]}'),
    seq("x.json", "{'inputs': [[1, 2]]}", '{"inputs": [[1, 2]]}'),
    seq("x.json", '{"inputs": [[1]], "targets": [None]}', '{"inputs": [[1]], "targets": [null]}'),
    seq("x.json", '{"inputs": [[1]]} {}', '{"inputs": [[1]]}'),
    seq("x.json", '{"inputs": [[NaN]]}', '{"inputs": [[0]]}'),
    seq("x.json", '{"inputs": [[1e400]]}', '{"inputs": [[1e40]]}'),
    seq("x.json", '{"inputs": [[1]], "inputs": [[2]]}', '{"inputs": [[1]]}'),
    seq("x.json", '{"input": [[1]]}', '{"inputs": [[1]]}'),
    seq("x.json", '{"inputs": [[1]], "zzz": 1}', '{"inputs": [[1]], "name": "zzz"}'),
    seq("x.json", '{"targets": [0]}', PLAIN),
    seq("x.json", "[" * 200_000, PLAIN),
    seq("x.json", "3", PLAIN),
    seq("x.json", '{"inputs": [[true]]}', '{"inputs": [[1]]}'),
    seq("x.json", '{"inputs": [[1, null]]}', '{"inputs": [[1, 0]]}'),
    seq("x.json", '{"inputs": [["0.5"]]}', '{"inputs": [[0.5]]}'),
    seq("x.json", '{"inputs": [["1_000"]]}', '{"inputs": [[1000]]}'),
    seq("x.json", '{"inputs": [["abc"]]}', '{"inputs": [[-0.5]]}'),
    seq("x.json", '{"inputs": [0.1, 0.2]}', '{"inputs": [[0.1], [0.2]]}'),
    seq("x.json", '{"inputs": "abc"}', '{"inputs": [[0.1, 0.2], [0.3, 0.4]]}'),
    seq("x.json", '{"inputs": [[1, 2], [3]]}', '{"inputs": [[1, 2], [3, 4]]}'),
    seq("x.json", '{"inputs": []}', '{"inputs": [[1]]}'),
    seq("x.json", '{"inputs": [[], []]}', '{"inputs": [[1], [2]]}'),
    seq("x.json", '{"sequences": []}', '{"sequences": [{"inputs": [[1]]}]}'),
    seq("x.json", '{"sequences": {"inputs": [[1]]}}', '{"sequences": [{"inputs": [[1]]}]}'),
    seq("x.json", '{"sequences": [[[1]]]}', '{"sequences": [{"inputs": [[0.1, 0.2]]}]}'),
    seq("x.json", '{"sequences": [{"inputs": [[1]]}], "inputs": [[1]]}', '{"sequences": [{"inputs": [[1]]}]}'),
    seq("x.json", '{"sequences": [{"inputs": [[1]], "classes": ["a"]}, {"inputs": [[1]], "classes": ["b"]}]}',
        '{"sequences": [{"inputs": [[1]]}, {"inputs": [[1]]}], "classes": ["a", "b"]}'),
    seq("x.jsonl", '{"inputs": [[1]], "classes": ["a"]}\n{"inputs": [[1]], "classes": ["b"]}\n',
        '{"inputs": [[1]], "classes": ["a"]}\n{"inputs": [[1]], "classes": ["a"]}\n'),
    seq("x.jsonl", '{"inputs": [[1]]}\n3\n' + "{}\n", f'{{"inputs": [[1, 2]]}}\n{PLAIN}\n'),
    seq("x.json", '{"inputs": [[1], [2]], "targets": [0]}', '{"inputs": [[1], [2]], "targets": [0, null]}'),
    seq("x.json", '{"inputs": [[1], [2]], "tokens": ["a"]}', '{"inputs": [[1], [2]], "tokens": ["a", "b"]}'),
    seq("x.json", '{"inputs": [[1]], "tokens": "ab"}', '{"inputs": [[1], [2]], "tokens": ["a", "b"]}'),
    seq("x.json", '{"inputs": [[1]], "tokens": [1]}', '{"inputs": [[1]], "tokens": ["1"]}'),
    seq("x.json", '{"inputs": [[1]], "tokens": ["\\ud83d"]}', '{"inputs": [[1]], "tokens": ["\\ud83d\\ude00"]}'),
    seq("x.json", '{"inputs": [[1]], "targets": [{}]}', '{"inputs": [[1]], "targets": [null]}'),
    seq("x.json", '{"inputs": [[1]], "targets": [1.0]}', '{"inputs": [[1]], "targets": [1]}'),
    seq("x.json", '{"inputs": [[1]], "targets": 1}', '{"inputs": [[1], [1], [1]], "targets": [0, null, 2]}'),
    seq("x.json", '{"inputs": [[1], [2]], "targets": [[1, 1], [0, 1]]}',
        '{"inputs": [[1], [2]], "targets": [0, null]}'),
    seq("x.json", '{"inputs": [[1], [2]], "targets": ["a", 1]}', '{"inputs": [[1], [2]], "targets": ["a", "1"]}'),
    seq("x.json", '{"sequences": [{"inputs": [[1]], "targets": ["a"]}, {"inputs": [[1]], "targets": [1]}]}',
        '{"sequences": [{"inputs": [[1]], "targets": ["a"]}, {"inputs": [[1]], "targets": ["b"]}]}'),
    seq("x.json", '{"sequences": [{"inputs": [[1]], "targets": ["a"]}, {"inputs": [[1]], "targets": [1]}]}',
        '{"sequences": [{"inputs": [[1]], "targets": [0]}, {"inputs": [[1]], "targets": [1]}]}'),
    seq("x.json", '{"sequences": [{"inputs": [[1]]}, {"tokens": ["a"]}]}',
        '{"sequences": [{"inputs": [[1]]}, {"inputs": [[2]]}]}'),
    seq("x.json", '{"x": [[1, 20], [3, 4]], "y": [[1, 2]]}', '{"x": [[1, 20], [3, 4]], "y": [[1, 2], [3, 4]]}',
        vocabulary=30),
    seq("x.json", '{"inputs": [[1]], "h0": []}', '{"inputs": [[1]]}'),
    seq("x.json", '{"inputs": [[1]], "h0": 0.5}', '{"inputs": [[1]], "h0": [0.5]}'),
    seq("x.json", '{"inputs": [[1]], "classes": []}', '{"inputs": [[1]]}'),
    seq("x.json", '{"inputs": [[1]], "classes": ["a", ""]}', '{"inputs": [[1]], "classes": ["a", "b"]}'),
    seq("x.json", '{"inputs": [[1]], "classes": ["a", "a"]}', '{"inputs": [[1]], "classes": ["a", "b"]}'),
    seq("x.json", '{"inputs": [[1, 2]], "features": ["a"]}', '{"inputs": [[1, 2]], "features": ["a", "b"]}'),
    seq("x.json", '{"inputs": [[1]], "targets": ["c"], "classes": ["a"]}',
        '{"inputs": [[1]], "targets": ["c"], "classes": ["a", "c"]}'),
    seq("x.json", '{"sequences": [{"inputs": [[1]], "h0": [0]}, {"inputs": [[1]], "h0": [0, 0]}]}',
        '{"sequences": [{"inputs": [[1]], "h0": [0, 0]}, {"inputs": [[1]], "h0": [0, 0]}]}'),
    Followed(reads("x.json", "[[0, 416]]", vocabulary=400), reads("x.json", "[[0, 416]]", vocabulary=417)),
    Followed(reads("x.json", "[[0, -2]]"), reads("x.json", "[[0, 2]]")),
)  # fmt: skip

STACKED = (
    seq("x.npz", npz(x=XX, h0=np.ones((3, 4))), npz(x=XX, h0=np.ones((2, 4)))),
    seq("x.npz", npz(x=XX, lengths=[3]), npz(x=XX, lengths=[3, 2])),
    seq("x.npz", npz(x=XX, lengths=[3, 4]), npz(x=XX, lengths=[3, 1])),
    seq("x.npz", npz(x=XX, lengths=[3.0, 1.0]), npz(x=XX, lengths=[3, 1])),
    seq("x.npz", npz(x=X, lengths=[2, 2]), npz(x=X, lengths=[2, 1])),
    seq("x.npz", npz(x=X, lengths=[2, 2]), npz(x=X, lengths=[2, 3])),
    seq("x.npz", npz(x=XX, y=np.zeros((3, 2), dtype=int)), npz(x=XX, y=np.zeros((3, 2), dtype=int).T)),
    Followed(reads("x.npz", npz(x=XX, y=np.zeros((3, 2), dtype=int))),
             reads("x.npz", npz(x=XX, y=np.zeros((3, 2), dtype=int)), time_first=True)),
    seq("x.npz", npz(x=X, y=[0, 1]), npz(x=X, y=[0, 1, 0])),
    seq("x.npz", npz(x=XX, y=[0, 1, 2, 3]), npz(x=XX, y=[0, 1])),
    seq("x.npz", npz(x=X, y=[[2, 5]] * 3), npz(x=X, y=np.array([[2, 5]] * 3).argmax(-1))),
    seq("x.npz", npz(x=X, y=[0.5, np.inf, 2.0]), npz(x=X, y=[0.5, np.nan, 2.0])),
    seq("x.npz", npz(x=np.array([[0.0, 179.0]]), y=[[179, 1]]), npz(x=np.array([[0, 179]]), y=[[179, 1]])),
    seq("x.npz", npz(x=X, y=[-1.0, 1.0, 1.0]), npz(x=X, y=np.array([-1.0, 1.0, 1.0]) > 0)),
    seq("x.npz", npz(x=X, y=[0.0, 1e300, 2.0]), npz(x=X, y=[0, 1, 2])),
    seq("x.npz", npz(x=X, y=[0, 1, -7]), npz(x=X, y=[0, 1, -1])),
    seq("x.npz", npz(x=X, y=np.array([b"\xff", b"a", b"b"])), npz(x=X, y=np.array(["c", "a", "b"]))),
    seq("x.npz", npz(x=X, target=[0, 1, 0]), npz(x=X, targets=[0, 1, 0])),
    seq("x.npz", npz(x=X, zzz=[0, 1, 0]), npz(x=X, y=[0, 1, 0])),
    seq("x.npz", npz(x=X, inputs=X), npz(x=X)),
    seq("x.npz", npz(data=X), npz(inputs=X)),
    seq("x.npy", npy(np.ones(4)), npy(np.ones(4).reshape(-1, 1))),
    seq("x.npy", npy(np.ones((1, 2, 3, 4))), npy(np.ones((1, 2, 3, 4)).reshape(2, 3, 4))),
    seq("x.npy", npy(np.ones((0, 2))), npy(np.ones((1, 2)))),
    Followed(limited(assemble, "SEQUENCE_LIMIT", 1, reads("x.csv", "sequence,u\na,1\nb,2\n")),
             limited(assemble, "SEQUENCE_LIMIT", 1, reads("x.csv", "sequence,u\na,1\na,2\n"))),
    Followed(lambda: label_reader.Classes(Content("x", b""), _asked(("a",))).index("b"),
             lambda: label_reader.Classes(Content("x", b""), _asked(("a", "b"))).index("b")),
    Followed(limited(label_reader, "CLASS_LIMIT", 1, reads("x.csv", "u,target\n1,a\n2,b\n")),
             limited(label_reader, "CLASS_LIMIT", 1, reads("x.csv", "u,target\n1,a\n2,a\n"))),
    Followed(reads("x.csv", "u,target\n1,0\n", classes_order=("a",)), reads("x.csv", "u,target\n1,0\n")),
    Followed(reads("x.npy", npy(np.ones((9, 1))), window=10), reads("x.npy", npy(np.ones((9, 1))), window=9)),
    Followed(limited(windows, "SEQUENCE_LIMIT", 3, reads("x.npy", npy(np.ones((9, 1))), window=3, stride=1)),
             limited(windows, "SEQUENCE_LIMIT", 3, reads("x.npy", npy(np.ones((9, 1))), window=3, stride=3))),
)  # fmt: skip

TARGETS = (
    beside("y.npy", npy(np.zeros((1, 1, 3), dtype=int)), npy([0, 1, 0])),
    beside("y.npy", npy([0, 1]), npy([0, 1, -1])),
    beside("y.csv", b"target\n", b"target\n0\n1\n0\n"),
    beside("y.csv", b'0,"1\n', b'0,"1",2\n'),
    beside("y.txt", b"0\n\n1\n", b"0\n-1\n1\n"),
    beside("y.json", b"{}", b"[0, null, 2]"),
    beside("y.csv", b"0,1,2\n0,1,2\n", b"0,1,2\n"),
    beside("y.txt", b"0 1 2\n", b"0 1 2\n0 1 2\n", XX),
    beside("y.txt", b"0 1 x\n", b"0 1 2\n"),
    Followed(lambda: sequences.load("x.npz", data=npz(x=X, y=[0, 1, 0]), targets="y.txt"),
             reads("x.npz", npz(x=X, y=[0, 1, 0]))),
)  # fmt: skip

FIT = (
    Followed(lambda: class_count(demo_dataset(), 0), lambda: class_count(demo_dataset(), 3)),
    Followed(lambda: check_fit(demo_dataset(), Sizes(4, 10, 3)), lambda: check_fit(demo_dataset(), Sizes(5, 10, 3))),
    Followed(lambda: check_fit(_started(4), Sizes(2, 10, 1)), lambda: check_fit(_started(10), Sizes(2, 10, 1))),
    Followed(lambda: class_count(demo_dataset(), 4, Sizes(5, 10, 3)), lambda: class_count(demo_dataset(), 4)),
    Followed(lambda: class_count(demo_dataset(), 2), lambda: class_count(demo_dataset(), 3)),
    Followed(lambda: class_count(_named("a", "b", "c"), 2), lambda: class_count(_named("a", "b"), 2)),
    seq("x.json", '{"inputs": [[1]], "targets": [2], "classes": ["a", "b"]}',
        '{"inputs": [[1]], "targets": [1], "classes": ["a", "b"]}'),
)  # fmt: skip

TEXT = (
    seq("x.txt", "a\n", "ab\n"),
    Followed(lambda: sequences.from_text("a\udcff"), lambda: sequences.from_text("aé")),
    Followed(lambda: sequences.from_text("abc", tokens="letters"),  # type: ignore[arg-type]
             lambda: sequences.from_text("abc", tokens="chars")),
    Followed(reads("x.csv", "1,2\n3,4\n", seq_length=1), reads("x.csv", "1,2\n3,4\n")),
    Followed(limited(sequence_registry, "SEQUENCE_LIMIT", 2, lambda: sequences.from_text("abcdef", seq_length=1)),
             limited(sequence_registry, "SEQUENCE_LIMIT", 2, lambda: sequences.from_text("abcdef", seq_length=3))),
    Followed(reads("x.npy", npy(X), read_as="text"), reads("x.npy", npy(X))),
    Followed(reads("x.txt", "hello", header="no"), reads("x.txt", "hello")),
)  # fmt: skip

MODELS = (
    gradient(b"[1]", b'{"dU": [[0.1]], "dW": [[0.1]]}'),
    gradient(b'{"dW": [[[[[1]]]]]}', b'{"dW": [[1, 2], [3, 4]]}'),
    gradient(b"\x10\0\0\0\0\0\0\0{" + 20 * b" ", npz(dW=np.ones((2, 2)).astype(np.float32)), "g"),
    Followed(weighs("w.npz", gates(4), cell="gru"), weighs("w.npz", gates(4), cell="lstm")),
    Followed(weighs("w.npz", gates(3), activation="relu"), weighs("w.npz", gates(3))),
    model({name: array for name, array in gates(3).items() if name != "bias_hh_l0"},
          {**gates(3), "bias_hh_l0": np.zeros(12)}),
    model({**gates(4), "U": np.ones((16, 3))}, gates(4)),
    model({**TORCH, "weight_hh_l0": np.ones((16, 4)), "weight_ih_l0": np.ones((16, 3))}, TORCH),
    model(without(W_hh=W["W"]), W),
    model(without("b", bias_ih_l0=W["b"]), TORCH),
    model(without("b", bias_ih_l0=W["b"]), W),
    model(without("c", C=W["c"]), W),
    model(without("c", qqqq=np.ones(9)), W),
    model(without("c"), without(c=np.zeros(2))),
    model(without("W"), without("W", weight_hh_l0=W["W"])),
    model({"q": np.ones(2)}, W),
    model({"wx": W["U"], "wh": W["W"], "w": W["V"], "b0": W["b"], "b1": W["c"]}, W),
    model(without(U=W["U"].T), without(U=W["U"].T.T)),
    Followed(weighs("w.npy", npy(W["U"])), weighs("w.npz", W)),
    model({"Wa": np.ones((4, 3)), "Wya": W["V"], "ba": W["b"], "by": W["c"]}, W),
    model({"i2h.weight": np.ones((4, 7)), "i2o.weight": np.ones((2, 7)), "i2h.bias": W["b"], "i2o.bias": W["c"]},
          {"i2h.weight": np.ones((4, 7)), "h2o.weight": np.ones((2, 4)), "i2h.bias": W["b"], "h2o.bias": W["c"]}),
    Followed(reads("w.npz", npz(**W)), weighs("w.npz", W)),
    model(b"[1]", b'{"U": [[0.1]], "W": [[0.1]], "V": [[0.1]], "b": [0.1], "c": [0.1]}', "w.json"),
    model(b'{"U": [[0.1], [1, 2]], "W": [[0.1]]}', b'{"U": [[0.1]], "W": [[0.1]], "V": [[0.1]], "b": [0], "c": [0]}',
          "w.json"),
    model(b'{"Wxh": {"n": 2, "d": 2, "w": [1, 2, 3]}}',
          b'{"Wxh": {"n": 1, "d": 1, "w": [1]}, "Whh": [[0.1]], "Why": [[0.1]], "bh": [0], "by": [0]}', "w.json"),
)  # fmt: skip

RECURRENTJS = {"Wil": [[1.0, 0.0], [0.0, 1.0]], "Wxh0": [[0.1, 0.2]], "Whh0": [[0.1]], "bhh0": [0.0], "Whd": [[1.0]],
               "bd": [0.0]}  # fmt: skip
MODELS += (
    model({"generator": "lstm", "model": RECURRENTJS}, {"generator": "rnn", "model": RECURRENTJS}, "w.json"),
    model({"model": {**RECURRENTJS, "Wxh1": [[0.1]]}}, {"model": RECURRENTJS}, "w.json"),
    model({"model": {**RECURRENTJS, "bd": "none"}}, {"model": RECURRENTJS}, "w.json"),
    model({"model": {**RECURRENTJS, "Wil": [[1.0]]}}, {"model": RECURRENTJS}, "w.json"),
)

T = [np.ones((3, 1))] * 2
FIVE = (W["U"], W["W"], W["V"], W["b"], W["c"])
P, H = functional.forward(T, *FIVE)
OTHERS = (
    Followed(lambda: functional.forward([np.ones(3), np.ones(2)], *FIVE), lambda: functional.forward(T, *FIVE)),
    Followed(lambda: functional.backward(T, P, dict(enumerate(H)), [0, 1], *FIVE),
             lambda: functional.backward(T, P, {t - 1: h for t, h in enumerate(H)}, [0, 1], *FIVE)),
    Followed(lambda: functional.backward(T, P, [*H[1:], H[0]], [0, 1], *FIVE),
             lambda: functional.backward(T, P, list(H), [0, 1], *FIVE)),
    Followed(lambda: refuse_assumptions([Notice("a", "b")]), lambda: None),
    Followed(lambda: refuse_assumptions([Notice("a", "b", "--c")]), lambda: None),
    Followed(lambda: told("x.csv --decimal dot"), lambda: told("x.csv --decimal point")),
    Followed(lambda: told("x.csv --header yes --hidden 3"), lambda: told("x.csv --header yes --window 3")),
    Followed(lambda: told("x.csv --features 'a"), lambda: told("x.csv --features 'a'")),
    Followed(lambda: Sequence(X, y=np.zeros(3)), lambda: Sequence(X, y=np.zeros(3, dtype=int))),
    Followed(lambda: Sequence(X, y=np.full(3, -5)), lambda: Sequence(X, y=np.full(3, -1))),
    Followed(lambda: Sequence(X, tokens=("a",)), lambda: Sequence(X, tokens=("a", "b", "c"))),
    Followed(lambda: Dataset(()), lambda: Dataset((Sequence(X),))),
    Followed(lambda: Sequence(X, y=np.array([[0.5, np.nan]] * 3)),
             lambda: Sequence(X, y=np.array([[np.nan, np.nan]] * 3))),
    Followed(lambda: Dataset((Sequence(X), Sequence(X, y=np.ones((3, 1))))),
             lambda: Dataset((Sequence(X, y=np.ones((3, 1))), Sequence(X, y=np.ones((3, 1)))))),
    Followed(lambda: _named("a", "b").as_values(), lambda: demo_dataset().as_values()),
    Followed(lambda: class_count(Dataset((Sequence(X, y=np.ones((3, 2))),)), 3),
             lambda: class_count(Dataset((Sequence(X, y=np.ones((3, 2))),)), 2)),
    Followed(lambda: Dataset((Sequence(X), Sequence(X[:, :1]))), lambda: Dataset((Sequence(X), Sequence(X)))),
    Followed(lambda: made.text_sequence("a", made.Vocabulary.of("a")),
             lambda: made.text_sequence("ab", made.Vocabulary.of("ab"))),
    Followed(lambda: made.in_chunks(made.text_dataset("abc"), 0), lambda: made.in_chunks(made.text_dataset("abc"), 1)),
)  # fmt: skip

TEXTS = made.text_dataset("ab")
UNEQUAL = Dataset((Sequence(X), Sequence(X[:2])))
SAVED = (
    Followed(lambda: saving.to_bytes(TEXTS, "f.npy"), lambda: saving.to_bytes(TEXTS, "f.npz")),
    Followed(lambda: saving.to_bytes(UNEQUAL, "f.npy"), lambda: saving.to_bytes(UNEQUAL, "f.npz")),
    Followed(lambda: saving.to_bytes(demo_dataset(), "f.txt"), lambda: saving.to_bytes(demo_dataset(), "f.json")),
    Followed(lambda: saving.to_bytes(TEXTS, "f.doc"), lambda: saving.to_bytes(TEXTS, "f.csv")),
    seq("w.json", '{"tokens": ["a", "c"], "features": ["a", "b"]}', '{"tokens": ["a", "c"], "features": ["a", "c"]}'),
    seq("w.json", '{"tokens": ["a", "c"], "features": ["a", "b"]}', '{"tokens": ["a", "c"]}'),
)

BAD = tuple(Followed(bad.load, bad.good) for bad in BAD_MODELS if bad.good)
FOLLOWED = (*BAD, *ARRAYS, *FILES, *NUMBERS, *TABLES, *JSON, *STACKED, *TARGETS, *FIT, *TEXT, *MODELS, *OTHERS, *SAVED)
