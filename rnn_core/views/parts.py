"""The pieces of which an explanation is written: parts, rows, and sums that fit a width.

Rule this file keeps: a row never outgrows its width; a sum shows all its terms, or the largest and the rest as one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal as OneOf
from typing import NamedTuple

import numpy as np

from rnn_core.model import Array
from rnn_core.views.numbers import plain, short, signed

Role = OneOf["name", "result", "value", "dim", "text", "good", "bad"]


class Part(NamedTuple):
    """A piece of text and what it is: a name, the result, a value, a word in between, right or wrong."""

    text: str
    role: Role = "text"


Row = tuple[Part, ...]


def width_of(row: Row) -> int:
    """How many columns a row takes."""
    return sum(len(part.text) for part in row)


def fitted(row: Row, width: int) -> Row:
    """The row without the remarks at its end that do not fit."""
    while width_of(row) > width and row[-1].role == "dim":
        row = row[:-1]
    return row


def value(number: float) -> Part:
    """A number, with a sign unless it is zero."""
    return Part(short(float(number)), "value")


def addend(number: float) -> Part:
    """A term of a sum, with its sign; two blanks part it from the term before."""
    return Part(signed(float(number)), "value")


def terms(label: str, left: Array, right: Array, names: Callable[[int], str], width: int) -> Row:
    """`label = Σ left·right`: every product where they fit, else the largest by name and the rest as one number."""
    start: Row = (Part(f"{label} = ", "dim"),)
    row = start
    for i in range(len(left)):
        plus = Part(" + ", "dim") if i else Part("")
        row = (
            *row,
            plus,
            Part(plain(float(left[i])), "value"),
            Part("·", "dim"),
            Part(plain(float(right[i])), "value"),
        )
        if width_of(row) > width:
            return largest(start, left * right, names, width)
    return row


def largest(start: Row, products: Array, names: Callable[[int], str], width: int) -> Row:
    """`start`, then the largest products by name as far as they fit, and the rest as one number."""
    with np.errstate(all="ignore"):
        size = np.where(np.isnan(products), np.inf, np.abs(products))
        most = min(len(products), 12)
        order = np.argpartition(-size, most - 1)[:most] if most < len(products) else np.arange(len(products))
        order = order[np.argsort(-size[order], kind="stable")]
        total = float(np.sum(products))
    row, counted = start, 0.0
    for shown, i in enumerate(order):
        gap = Part("  " if shown else "")
        term = (gap, addend(products[i]), Part(f" {names(int(i))}", "dim"))
        left = len(products) - shown - 1
        rest = (Part("  "), addend(total - counted - float(products[i])), Part(f" {left} more", "dim"))
        if width_of((*row, *term, *(rest if left else ()))) > width and shown:
            break
        row, counted = (*row, *term), counted + float(products[i])
    left = len(products) - (len(row) - len(start)) // 3
    return (*row, Part("  "), addend(total - counted), Part(f" {left} more", "dim")) if left else row
