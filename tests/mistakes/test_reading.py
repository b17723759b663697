"""Reading the listing's language: what it writes is read as what it is, and what is none is refused in a line."""

from __future__ import annotations

import contextlib
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core.cells import CELLS, cell
from rnn_core.errors import UsageError
from rnn_core.language.expressions import evaluate
from rnn_core.language.reading import read, read_line
from rnn_core.program import program
from rnn_core.updates import Options

READ_BACK = [
    "outer(da, h[t-1])", "Wᵀ·da", "Vᵀ·dz + dh_next", "U·x + W·h[t-1] + b", "f ⊙ s[t-1] + i ⊙ g", "-dz", "2·da",
    "½·Wᵀ·da", "da / T", "exp(z) / Σ exp(z)", "(1 - h²) ⊙ dh", "h³", "Wᵀ·Vᵀ·dz", "W·(a + b)", "Σ (a + b)",
]  # fmt: skip


@pytest.mark.parametrize("text", READ_BACK)
def test_what_was_read_is_written_as_it_was(text):
    assert read(text).text() == text
    assert read(read(text).text()) == read(text)


@pytest.mark.parametrize("name", CELLS)
def test_the_lines_of_every_cell_that_are_plain_arithmetic_are_read_as_they_stand(name):
    listing = program(Options(), cell(name))
    not_arithmetic = re.compile(r"onehot|softmax|log|\[[a-su-z]")  # targets, and the blocks of gates
    plain = [line for line in (*listing.forward, *listing.backward) if not not_arithmetic.search(line.text)]
    assert len(plain) > 8
    for line in plain:
        made = read_line(str(line))
        assert (made.name, made.op) == (line.name, line.op)
        assert made.expression.text(line.timed) == line.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1 - h²", 0.75), ("-h²", -0.25), ("2h", None), ("h(1 - h)", 0.25), ("6 / h / 3", 4.0), ("2(h + 1)", 3.0),
     ("½h", None), ("h - 1 - 1", -1.5), ("(1 - h)²", 0.25), ("exp(h - max h)", 1.0), ("log exp(h)", 0.5),
     ("clip(8h, 1)", None), ("clip(8·h, 1)", 1.0), ("[h > 0] + h", 1.5), ("h[0]", 7.0), ("1 - h² ⊙ h", 0.875)],
)  # fmt: skip
def test_operations_bind_as_in_mathematics(text, expected):
    values = {"h": np.array([0.5]), "h0": np.array([7.0])}
    if expected is None:
        with pytest.raises(UsageError, match="cannot be read"):
            read(text)
    else:
        assert evaluate(read(text), lambda name: values[name.name]) == pytest.approx(expected)


@pytest.mark.parametrize("text", ["", "da +", "outer(da", "da)", "⊙ da", "h[t", "h[x]", "da $ 2", "outer()", "[h > 0"])
def test_what_is_no_expression_is_refused_in_one_line(text):
    with pytest.raises(UsageError) as refused:
        read(text)
    assert "\n" not in str(refused.value)


TOO_MUCH = ["(" * 100, "(" * 21 + "h" + ")" * 21, "h + " * 60 + "h", "outer(outer(h, outer(h, h)), h)"]


@pytest.mark.parametrize("text", TOO_MUCH)
def test_what_would_take_forever_or_the_stack_is_refused(text):
    with pytest.raises(UsageError, match="too m"):
        read(text)


@given(st.text("hWda[]t+-1()ᵀ·⊙²/½0, Σouter", max_size=40))
def test_any_text_is_an_expression_or_is_refused(text):
    with contextlib.suppress(UsageError):
        again = read(read(text).text())
        assert again.text() == read(again.text()).text()


def test_what_is_no_line_is_refused():
    with pytest.raises(UsageError, match="is no line"):
        read_line("outer(da, h)")


def test_a_matrix_and_its_transpose_are_two_expressions():
    assert read("W·da") != read("Wᵀ·da")
    assert len({read("W·da"), read("Wᵀ·da")}) == 2
