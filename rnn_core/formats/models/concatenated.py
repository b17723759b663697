"""One matrix for both inputs and hidden units, `[x, h]` or `[h, x]` side by side: taken apart into U and W.

PyTorch's tutorial calls it i2h and begins with the inputs. `Wa`, of the course that has Waa and Wax, is written in both
orders: a person is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from rnn_core.errors import Undecided
from rnn_core.formats.files import Content
from rnn_core.formats.models.asked import ModelAsked

Shapes = Mapping[str, tuple[int, ...]]
_NAMES = {"i2h.weight": "xh", "Wa": "", "i2h": "xh", "W_xh_hh": ""}
"""The names of such a matrix, and the order that its tool has."""
_OUTPUT = ("i2o.weight", "i2o")


def name_of(shapes: Shapes) -> str:
    """The name of the matrix for both; "" where there is none."""
    return next((name for name in shapes if _tail(name) and len(shapes[name]) == 2), "")


def _tail(name: str) -> str:
    return next((known for known in _NAMES if name == known or name.endswith(f".{known}")), "")


def refuse_outputs_from_both(content: Content, shapes: Shapes) -> None:
    """Raise InputError where the outputs, too, are computed from inputs and hidden units side by side."""
    both = name_of(shapes)
    for name, shape in shapes.items():
        if both and name.endswith(_OUTPUT) and len(shape) == 2 and shape[1] == shapes[both][1]:
            hidden = shapes[both][0]
            what = f"shape {shape}: outputs from x[t] and h[t-1] together, where here they come from h[t]"
            fix = f"train it with h2o from the new hidden state: ({shape[0]}, {hidden})"
            raise content.error(what, at=name, fix=fix)


def split(content: Content, name: str, matrix: NDArray[Any], asked: ModelAsked) -> dict[str, NDArray[Any]]:
    """U and W out of one (H, I + H). Raises InputError, Undecided where their order is not known."""
    hidden, width = matrix.shape
    if width <= hidden:
        fix = "save U (hidden, inputs) and W (hidden, hidden)"
        raise content.error(f"shape {matrix.shape}, expected (hidden, inputs + hidden)", at=name, fix=fix)
    inputs = width - hidden
    order = asked.reading.concatenated or _NAMES[_tail(name)]
    if not order:
        raise Undecided(
            f"{name} {matrix.shape} holds U ({hidden}, {inputs}) and W ({hidden}, {hidden}) side by side",
            where=content.name,
            choices=(("--concatenated xh", "U comes first"), ("--concatenated hx", "W comes first")),
        )
    if not asked.reading.concatenated:
        other = "hx" if order == "xh" else "xh"
        because = f"PyTorch's tutorial calls the matrix of [x, h] {name}"
        asked.note(f"{name} is taken apart into U, then W", because, f"--concatenated {other}")
    if order == "xh":
        return {"U": matrix[:, :inputs], "W": matrix[:, inputs:]}
    return {"U": matrix[:, hidden:], "W": matrix[:, :hidden]}
