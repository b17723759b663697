"""Weights of an LSTM or a GRU: told by their rows, for the gates stand one below the other.

Rules this file keeps:
- W of shape (4H,H) is an LSTM, of shape (3H,H) a GRU; what the file or the person says must fit that.
- Gates stand in PyTorch's order: i f g o, and r z n. Keras has the same order for an LSTM; `keras_gates` puts a GRU's
  into ours.
- Two biases are added up where the cell has one, and kept apart where it has two.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_core.cells import Cell, cell
from rnn_core.errors import ShapeError, one_line
from rnn_core.formats.files import Content
from rnn_core.formats.models.asked import ModelAsked
from rnn_core.formats.models.heads import Head
from rnn_core.model import Params, aliases, as_vector, meanings, parameter_names

Shapes = Mapping[str, tuple[int, ...]]

BY_BLOCKS = {1: "rnn", 3: "gru", 4: "lstm"}
_RECURRENT = ("W", "weight_hh_l0", "weight_hh", "recurrent_kernel")


@dataclass(kw_only=True)
class Assigned:
    """For each parameter that a file has, the arrays it comes from, and which of them are stored input-major."""

    found: dict[str, list[str]] = field(default_factory=dict)
    turned: set[str] = field(default_factory=set)
    headless: bool = False
    """Whether it runs without outputs."""

    @property
    def arrays(self) -> list[str]:
        """The arrays that are needed."""
        return [name for names in self.found.values() for name in names]


@dataclass(kw_only=True)
class Gated(Assigned):
    """Those of a gated cell."""

    cell: Cell

    def may_lack(self, ours: str, head: Head | None) -> bool:
        """Whether the network is known to have no such parameter: no head, or a module that was made without bias."""
        if ours in "Vc" and self.headless:
            return True
        if ours == "c":
            return head is not None
        return ours in ("b", "bh") and not (self.found.keys() & {"b", "bh"}) and bool(head or self.headless)


def cell_of(content: Content, shapes: Shapes, asked: ModelAsked) -> str:
    """The name of the cell, by the rows of W and by what was said. Raises InputError where these do not fit."""
    name = next((name for name in shapes if _tail(name) in _RECURRENT and len(shapes[name]) == 2), "")
    shape = shapes.get(name, (1, 1))
    if _tail(name) == "recurrent_kernel":
        shape = shape[::-1]
    blocks = shape[0] // shape[1] if shape[1] and shape[0] % shape[1] == 0 else 0
    by_shape, said = BY_BLOCKS.get(blocks, ""), asked.cell or asked.said_cell
    if not name:
        return said or "rnn"
    if said in BY_BLOCKS.values() and by_shape and said != by_shape:
        what = f"shape {shapes[name]}: {blocks} × {shape[1]} hidden units, {_article(by_shape)}, not {_article(said)}"
        raise content.error(what, at=name, fix=f"--cell {by_shape}")
    if asked.activation and (said or by_shape) in ("gru", "lstm"):
        fix = f"leave out --activation {asked.activation}"
        raise content.error(f"{_article(said or by_shape)} has its own activations", at=name, fix=fix)
    if by_shape in ("gru", "lstm") and not said:
        because = f"{name} has {blocks} × {shape[1]} rows"
        asked.note(f"the cell is {_article(by_shape)}", because, plain=True)
    return said or by_shape or "rnn"


def wanted(
    content: Content,
    shapes: Shapes,
    name: str,
    asked: ModelAsked,
    *,
    head: Head | None = None,
    headless: bool = False,
) -> Gated:
    """Which arrays are which parameters. Raises InputError."""
    made = Gated(cell=cell(name), headless=headless)
    known = _known(made.cell)
    for array in shapes:
        if head and array in (head.V, head.c):
            made.found["V" if array == head.V else "c"] = [array]
            made.turned |= {array} if array == head.V and head.turned else set()
            continue
        last = re.split(r"[./]", array.removesuffix(":0"))[-1]
        ours, turned = known.get(_tail(array)) or known.get(last) or ("", False)
        if not ours:
            continue
        made.found.setdefault(ours, []).append(array)
        if turned:
            made.turned.add(array)
    held = one_line(", ".join(shapes), 80)
    for ours in parameter_names(made.cell):
        names = made.found.get(ours, [])
        if not names and made.may_lack(ours, head):
            continue
        if not names:
            known_as = ", ".join((ours, *(alias.name for alias in aliases(made.cell)[ours][:3])))
            what = f"no {ours} ({meanings(made.cell)[ours]}); it holds {held}"
            zeros = "; zeros if the network has none" if ours.startswith("b") or ours == "c" else ""
            raise content.error(what, fix=f"save it as {known_as}{zeros}")
        if len(names) > 2 or (len(names) == 2 and not _are_pair(names)):
            raise content.error(f"{' and '.join(names)} are all {ours}", fix="keep one of them")
    return made


def parameters(content: Content, made: Gated, given: Mapping[str, NDArray[Any]], asked: ModelAsked) -> Params:
    """The parameters made of the arrays `given`. Raises RnnError."""
    parts: dict[str, NDArray[Any]] = {}
    try:
        for ours, names in made.found.items():
            arrays = [given[name].T if name in made.turned else given[name] for name in names]
            if len(arrays) == 1:
                parts[ours] = arrays[0]
                continue
            length = len(np.ravel(arrays[0]))
            parts[ours] = np.sum([as_vector(a, length, n) for a, n in zip(arrays, names, strict=True)], axis=0)
            asked.note(f"{' and '.join(names)} are added up", "they are two biases of the same gates", plain=True)
        hidden = parts["W"].shape[1] if parts["W"].ndim == 2 else 0
        if made.headless:
            parts["V"] = np.ones((1, hidden))
        for ours, axis in (("b", "U"), ("bh", "W"), ("c", "V")):
            if ours not in parts and ours in parameter_names(made.cell):
                parts[ours] = np.zeros(parts[axis].shape[0])
        return Params(cell=made.cell, **parts)
    except ShapeError as error:
        raise error.inside(content.name) from None


def _known(of: Cell) -> dict[str, tuple[str, bool]]:
    """Every name we know for the parameters of a cell, and whether that tool stores the matrix the other way round."""
    table = {name: (name, False) for name in (*parameter_names(of), *of.initial)}
    for ours, others in aliases(of).items():
        table |= {alias.name: (ours, alias.transposed) for alias in others}
    return {**table, **({"bias": ("b", False)} if of.name == "lstm" else {})}


def _tail(name: str) -> str:
    """The last part of a name, or the last two for a head: rnn.weight_ih_l0, fc.weight."""
    parts = re.split(r"[./]", re.sub(r"_l[0-9]+(_reverse)?$", "_l0", name.removesuffix(":0")))
    return ".".join(parts[-2:]) if len(parts) > 1 and parts[-1] in ("weight", "bias") else parts[-1]


def _are_pair(names: list[str]) -> bool:
    return {_tail(name).removesuffix("_l0") for name in names} == {"bias_ih", "bias_hh"}


def _article(name: str) -> str:
    return {"lstm": "an LSTM", "gru": "a GRU", "rnn": "an RNN"}[name]
