"""What the core advises works: each `fix` of models, runs, traces and saved runs has a way out that succeeds."""

from __future__ import annotations

import ast
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_core.cells import cell
from rnn_core.data import Sequence, in_chunks, text_dataset
from rnn_core.debugger.persistence import opening, run_file, session_file
from rnn_core.debugger.session import Session
from rnn_core.editing.columns import Number
from rnn_core.errors import RnnError
from rnn_core.formats import models, traces
from rnn_core.formats.files import Content
from rnn_core.formats.numbers import NumberError
from rnn_core.model import Params, Sizes, initialise
from rnn_core.optimisers import Optimiser
from rnn_core.recipe import Recipe
from rnn_core.recorder import record
from rnn_core.training.order import Order
from rnn_core.training.run import Run
from rnn_core.training.sampling import sample
from rnn_core.updates import Options
from tests.debugger.sessions import demo, fresh
from tests.formats.test_advice import advice, fits

ROOT = Path(__file__).parents[2] / "rnn_core"
SOURCES = (
    *(ROOT / "formats/traces").glob("*.py"),
    *(ROOT / "debugger/persistence").glob("*.py"),
    *(ROOT / "training").glob("*.py"),
    *(ROOT / "optimisers").glob("*.py"),
    *(ROOT / f"{name}.py" for name in ("model", "program", "recorder", "trace", "interpreter", "arrays")),
    ROOT / "editing/columns.py",
)  # fmt: skip

U, W, V, B, C = np.ones((2, 3)), np.ones((2, 2)), np.ones((4, 2)), np.zeros(2), np.zeros(4)
X = np.ones((3, 3))
SMALL = Params(U, W, V, B, C)
TEXT = text_dataset("hello")
WRITER = initialise("normal", Sizes(4, 3, 4))
SYMBOLS = TEXT.classes


def opened(**recipe: Any) -> Session:
    return opening.open_session(Recipe(**recipe))


def drawn(text: str = "hello", *, symbols: tuple[str, ...] = SYMBOLS, **how: Any) -> object:
    return sample(WRITER, symbols, **{"count": 3, "temperature": 1.0, "seed": 0, "prime": (0,), **how})


def exported(**how: Any) -> int:
    return traces.export(demo().trace, io.BytesIO(), **{"format": "jsonl", **how})


def found(path: str) -> object:
    return traces.find_format(path=path)


def read_back(change: Callable[[dict[str, Any]], object]) -> object:
    value = json.loads(session_file.to_bytes(demo()))
    change(value)
    return session_file.read(Content("s.json", json.dumps(value).encode()))


def with_checksum(value: dict[str, Any]) -> None:
    value["view"]["speed"] = 2


def without_checksum(value: dict[str, Any]) -> None:
    with_checksum(value)
    del value[session_file.CHECKSUM]


def run_bytes(folder: Path, session: Session | None = None) -> bytes:
    run_file.save(session or fresh(), str(folder / "run.npz"), overwrite=True)
    return (folder / "run.npz").read_bytes()


def repacked(folder: Path, **changes: Any) -> object:
    """A run file with arrays replaced, or left out where they are None."""
    held = dict(np.load(io.BytesIO(run_bytes(folder))))
    held = {name: array for name, array in (held | changes).items() if array is not None}
    stream = io.BytesIO()
    np.savez(stream, **held)
    return run_file.read(Content("run.npz", stream.getvalue()))


FOLLOWED: dict[str, tuple[Callable[[Path], object], Callable[[Path], object]]] = {
    "give {} numbers": (lambda _: Params(U, W, V, np.zeros(3), C), lambda _: SMALL),
    "give floats or integers": (
        lambda _: Params(U.astype(complex), W, V, B, C), lambda _: Params(U.astype(int), W, V, B, C),
    ),
    "it takes {}": (lambda _: Params(U, W, V, B, C, Q=B), lambda _: SMALL),
    "give {} times the hidden units": (
        lambda _: Params(U, W, V, B, C, cell=cell("lstm")),
        lambda _: Params(np.ones((8, 3)), np.ones((8, 2)), V, np.zeros(8), C, cell=cell("lstm")),
    ),
    "U is {}, so there are {} hidden units": (lambda _: Params(U, np.ones((3, 3)), V, B, C), lambda _: SMALL),
    "one of {}": (lambda _: initialise("zeros", Sizes(2, 2, 2)), lambda _: initialise("uniform", Sizes(2, 2, 2))),
    "1 to {}": (lambda _: demo().trace.program.place(99, 3), lambda _: demo().trace.program.place(42, 3)),
    "0 to {}": (lambda _: demo().trace.value("h", 99), lambda _: demo().trace.value("h", 42)),
    "{} does": (
        lambda _: demo().trace.value("mU", 3),
        lambda _: record(SMALL, Sequence(X), Options(optimiser=Optimiser("adam"))).value("mU", 3),
    ),
    "--classes {}, or another model": (
        lambda _: record(SMALL, Sequence(X, y=np.array([9, 0, 0]))),
        lambda _: record(initialise("normal", Sizes(3, 2, 10)), Sequence(X, y=np.array([9, 0, 0]))),
    ),
    "--loss squared-error": (
        lambda _: record(SMALL, Sequence(X, y=np.ones((3, 4)))),
        lambda _: record(SMALL, Sequence(X, y=np.ones((3, 4))), Options(loss="squared-error")),
    ),
    "--loss cross-entropy": (
        lambda _: record(SMALL, Sequence(X, y=np.array([0, 1, 2])), Options(loss="squared-error")),
        lambda _: record(SMALL, Sequence(X, y=np.array([0, 1, 2])), Options(loss="cross-entropy")),
    ),
    "begin with a fresh state": (
        lambda _: record(SMALL, Sequence(X), Options(optimiser=Optimiser("adam")), state=demo().trace.state),
        lambda _: record(SMALL, Sequence(X), Options(optimiser=Optimiser("adam"))),
    ),
    "use --cell lstm or leave it out": (
        lambda _: record(SMALL, Sequence(X, s0=B)),
        lambda _: record(initialise("normal", Sizes(3, 2, 4), cell=cell("lstm")), Sequence(X, s0=B)),
    ),
    "use a model made for this data, or none": (
        lambda _: record(SMALL, Sequence(np.ones((3, 5)))),
        lambda _: record(initialise("normal", Sizes(5, 2, 4)), Sequence(np.ones((3, 5)))),
    ),
    "use a shorter sequence or fewer units": (
        lambda _: record(initialise("normal", Sizes(1, 500, 1)), Sequence(np.ones((2_000_000, 1)))),
        lambda _: record(initialise("normal", Sizes(1, 4, 1)), Sequence(np.ones((6, 1)))),
    ),
    "their hidden state is carried over": (
        lambda _: Run(in_chunks(TEXT, 2), WRITER, order=Order(shuffled=True)),
        lambda _: Run(in_chunks(TEXT, 2), WRITER),
    ),
    "they count from 0": (lambda _: demo().run.trace(-1), lambda _: demo().run.trace(0)),
    "a number such as 0.7; 0 takes the likeliest symbol": (
        lambda _: drawn(temperature=-1.0), lambda _: (drawn(temperature=0.7), drawn(temperature=0.0)),
    ),
    "ask for 0 to {}": (lambda _: drawn(count=-1), lambda _: drawn(count=0)),
    "indices go from 0 to {}": (lambda _: drawn(prime=(4,)), lambda _: drawn(prime=(3,))),
    "only a text's network is sampled": (lambda _: drawn(symbols=("a",)), lambda _: drawn()),
    "the weights are too large or not numbers: go back to an earlier update": (
        lambda _: sample(WRITER.replaced(c=np.full(4, np.nan)), SYMBOLS, count=1, temperature=1.0, seed=0, prime=(0,)),
        lambda _: drawn(),
    ),
    "0.9 is usual; 1 is too much": (lambda _: Optimiser("momentum", 1.0), lambda _: Optimiser("momentum", 0.9)),
    "{} or {}": (lambda _: Optimiser.parse("rmsprop"), lambda _: Optimiser.parse("momentum:0.9")),
    "line or timestep": (lambda _: exported(every="update"), lambda _: exported(every="timestep")),
    "use {}": (
        lambda _: exported(format="npz", every="timestep"), lambda _: exported(format="csv", every="timestep"),
    ),
    "end the name in {}, or say one of {}": (lambda _: found("trace.doc"), lambda _: found("trace.npz")),
    "leave it out": (lambda _: opened(targets="y.npy"), lambda _: opened()),
    "leave out --seq-length": (lambda _: opened(seq_length=3), lambda _: opened()),
    "use fewer": (lambda _: opened(hidden=20_000), lambda _: opened(hidden=20)),
    "leave one of them out": (
        lambda folder: opened(model=saved_model(folder), hidden=3),
        lambda folder: (opened(model=saved_model(folder)), opened(hidden=3)),
    ),
    "save it to a file and open that": (
        lambda _: session_file.to_bytes(replace(demo(), recipe=Recipe(path="-"))),
        lambda folder: session_file.to_bytes(opened(path=written(folder))),
    ),
    "save-session FILE writes one": (
        lambda _: session_file.read(Content("s.json", b"{}")), lambda _: read_back(lambda value: None),
    ),
    'save it again; whoever has changed it on purpose leaves out its "{}"': (
        lambda _: read_back(with_checksum), lambda _: read_back(without_checksum),
    ),
    "at most {}": (
        lambda _: session_file.to_bytes(replace(demo(), displays=("é" * 4_000,) * 800)),
        lambda _: session_file.to_bytes(replace(demo(), displays=("h",))),
    ),
    "give a file name": (
        lambda _: run_file.save(fresh(), "-"), lambda folder: run_bytes(folder),
    ),
    "save it again": (
        lambda folder: repacked(folder, row_0=None), lambda folder: run_file.read(Content("r", run_bytes(folder))),
    ),
    "train -o FILE and save-session FILE.npz write one; --model FILE reads a model": (
        lambda folder: run_file.load(saved_model(folder)),
        lambda folder: (run_file.read(Content("r", run_bytes(folder))), opened(model=saved_model(folder))),
    ),
    "write a number, a name in quotes, or null": (
        lambda _: Number("x", "target", True).from_json([1]),
        lambda _: [Number("x", "target", True).from_json(value) for value in (1, "1", None)],
    ),
}  # fmt: skip

ELSEWHERE = {
    "the update does not run": "it says what happens, and asks for nothing",
    "no update is made": "it says what happens, and asks for nothing",
    "rnn-tui my_rnn.py opens it": "a person's own code, which tests/theirs open",
    "rnn-tui {} begins it anew": "a hunt, which its own tests begin",
    "rnn-tui {} runs it": "a session of a person's own code, which tests/theirs run",
    "save-model writes the parameters alone, train needs fewer --epochs or no -o": "a run of more than a gigabyte",
}
"""Advice that no entry can follow here, and why."""


def saved_model(folder: Path) -> str:
    path = folder / "model.npz"
    models.save(fresh().params, str(path), overwrite=True)
    return str(path)


def written(folder: Path) -> str:
    path = folder / "mine.json"
    path.write_text('{"inputs": [[1, 2]]}')
    return str(path)


@pytest.mark.parametrize("fix", FOLLOWED)
def test_what_is_advised_works(fix: str, tmp_path: Path) -> None:
    wrong, right = FOLLOWED[fix]
    with pytest.raises((RnnError, NumberError)) as caught:
        wrong(tmp_path)
    assert fits(fix, caught.value.fix)
    right(tmp_path)


def test_every_piece_of_advice_is_followed() -> None:
    collected = {text for path in SOURCES for text in advice(ast.parse(path.read_text("utf-8")))}
    collected = {text for text in collected if text.strip("{} ;")}
    assert collected - {*FOLLOWED, *ELSEWHERE} == set()
    assert {*FOLLOWED, *ELSEWHERE} - collected == set()
