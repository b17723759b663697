"""Advice works when it is followed: each `fix` of the readers has a mistake that gives it and a way out that succeeds.

The pieces of advice are collected from the source; one that nothing in advice.py follows fails here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from rnn_core.errors import RnnError
from tests.formats.advice import FOLLOWED, Followed

ROOT = Path(__file__).parents[2]
APART = ("keras_file.py", "onnx_file.py", "live.py")
"""Readers that need a library, and what is no file: tests/models has their mistakes, each with its advice."""
SOURCES = sorted(
    [
        *(path for path in (ROOT / "rnn_core/formats").rglob("*.py") if not {"traces", *APART} & set(path.parts)),
        *(ROOT / "rnn_core" / name for name in ("data.py", "functional.py", "notices.py")),
        ROOT / "rnn_core/debugger/commands/files.py",
    ]
)
NAMED = ("fix", "RAGGED", "WEIGHTS", "INSTALL", "_NEVER_UNPICKLED")
"""Variables that hold advice."""
TABLES = ("_KINDS", "_FOREIGN_FIX")
"""Tables whose last column is advice."""

ELSEWHERE = {
    "check its permissions": "root reads everything, so no test can be refused",
    "check the name and the disk": "a disk that fails, or no file name at all",
    "give a file": "block devices and sockets, which a test cannot make everywhere",
    "give another name": "writing a log, which its own tests follow",
    "--force overwrites": "writing, which its own tests follow",
    "choose another name": "writing, which its own tests follow",
    "name a file in it": "writing, which its own tests follow",
    "use another": "writing, which its own tests follow",
    "pip install 'rnn-tui[parquet]'": "installing it is not a test's to do; test_tables.py reads Parquet with it",
    "pip install safetensors": "installing it is not a test's to do; test_mine.py takes it away and reads the line",
    "copy it or save it again": "a damaged Parquet file, which test_tables.py has where pyarrow is installed",
    "save the framework's outputs, hidden states or gradients": "a proof, which tests/models/test_proof.py has",
    "known are {}, and grad.NAME of a parameter": "a proof, too",
    "save one sequence, and what belongs to this layer": "a proof, too",
    "save what the framework computed, as it is": "a proof, too",
    "-100 where none is": "a proof, too",
    "save more": "a proof, too",
    "save x[0]": "a proof, too",
    "1 to {}": "a sequence of the dataset, which test_effects.py goes to",
}
"""Advice that no entry can follow here, and why."""


def texts(node: ast.AST) -> Iterator[str]:
    """The texts that an expression may be, {} where a value stands in them."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    elif isinstance(node, ast.IfExp):
        yield from (*texts(node.body), *texts(node.orelse))
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from texts(value)
    elif isinstance(node, ast.Tuple):
        yield from texts(node.elts[-1])


def advice(tree: ast.Module) -> Iterator[str]:
    """Every piece of advice in a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            at = {"NumberError": 1, "Refused": 1, "wrong": 4}.get(name, len(node.args))
            for given in (*(k.value for k in node.keywords if k.arg == "fix"), *node.args[at : at + 1]):
                yield from texts(given)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                pairs = [(target, node.value)]
                if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    pairs = list(zip(target.elts, node.value.elts, strict=True))
                for name, value in pairs:
                    if isinstance(name, ast.Name) and name.id in NAMED:
                        yield from texts(value)
                    elif isinstance(name, ast.Name) and name.id in TABLES:
                        for row in ast.walk(value):
                            if isinstance(row, ast.Tuple):
                                yield from texts(row.elts[-1])
        elif isinstance(node, ast.FunctionDef) and (node.name.endswith("_fix") or node.name in ("_whole", "foreign")):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Return) and inner.value is not None:
                    yield from texts(inner.value)


def collected() -> set[str]:
    """The advice of all sources; what is nothing but a value stands in another one."""
    found = {text for path in SOURCES for text in advice(ast.parse(path.read_text("utf-8")))}
    return {text for text in found if text.strip("{} ;")}


def fits(text: str, fix: str) -> bool:
    """Whether `fix` is the advice `text` with values in it."""
    return re.fullmatch(".*".join(map(re.escape, text.split("{}"))), fix) is not None


def given(call: Followed) -> str:
    with pytest.raises(RnnError) as caught:
        call.wrong()
    return caught.value.fix


@pytest.mark.parametrize("followed", FOLLOWED, ids=lambda followed: f"{FOLLOWED.index(followed)}")
def test_what_an_error_advises_works(followed: Followed) -> None:
    assert given(followed)
    followed.right()


def test_every_piece_of_advice_is_followed_by_a_test() -> None:
    said = [given(followed) for followed in FOLLOWED]
    missing = {text for text in collected() if text not in ELSEWHERE and not any(fits(text, fix) for fix in said)}
    assert not missing


def test_what_is_followed_elsewhere_is_still_said() -> None:
    assert set(ELSEWHERE) <= collected()


def test_the_collector_finds_advice_wherever_it_is_written() -> None:
    tree = ast.parse("""
raise error(what, fix=f"use {x}")
raise error(what, fix="a" if x else "b")
fix = "c"
what, fix = "no", f"d {x}"
NumberError(what, "e")
def _some_fix(x):
    return "f" if x else ""
""")
    assert {"use {}", "a", "b", "c", "d {}", "e", "f"} <= set(advice(tree))
