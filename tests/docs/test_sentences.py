"""Docstrings are read by people who learn: their sentences are short."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.documents import ROOT

LONGEST = 25
"""Words of a sentence; long ones hide two thoughts, of which a learner loses one."""
PACKAGES = ("rnn_core", "rnn_tui", "tests", "benchmarks", "docs")
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def docstrings(source: str) -> Iterator[tuple[int, str]]:
    """Every string that stands as a statement: of a module, a class, a function, or behind an attribute."""
    for node in ast.walk(ast.parse(source)):
        body = getattr(node, "body", None)
        for statement in body if isinstance(body, list) else ():
            value = getattr(statement, "value", None)
            if isinstance(statement, ast.Expr) and isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield statement.lineno, value.value


def sentences(text: str) -> Iterator[str]:
    """The sentences of a docstring; tables and formulas, which are indented, are none."""
    prose = re.sub(r"(?m)^ {4,}.*$", "\n", inspect.cleandoc(text))
    for paragraph in re.split(r"\n\s*\n|\n(?=- )", prose):
        yield from re.split(r"(?<=[.!?])\s+", " ".join(paragraph.split()))


def words(sentence: str) -> int:
    """What is between blanks and has a letter or a digit in it."""
    return sum(bool(re.search(r"\w", word)) for word in sentence.split())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_sentence_of_a_docstring_has_more_than_25_words(path: Path) -> None:
    found = docstrings(path.read_text(encoding="utf-8"))
    long = [f"line {line}: {each}" for line, text in found for each in sentences(text) if words(each) > LONGEST]
    assert not long, "\n".join(long)


def test_what_is_measured_is_what_a_reader_sees() -> None:
    text = "One two. Three\n\n    a  table = of words\n\n- four five\n- six (seven)? Yes"
    assert [words(each) for each in sentences(text) if each] == [2, 1, 2, 2, 1]
    assert [*docstrings('"""M."""\nclass A:\n    """C."""\n    x = 1\n    """X."""\n')] == [
        (1, "M."),
        (3, "C."),
        (5, "X."),
    ]
