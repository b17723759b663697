"""Flax's cells, whose gates are matrices of their own: put together under PyTorch's names.

    SimpleCell  i h                  LSTMCell  ii if ig io · hi hf hg ho            GRUCell  ir iz in · hr hz hn

Kernels are stored (inputs, units). A GRU's candidate has its recurrent bias inside the product with the reset gate, as
PyTorch's; the other gates have one bias, beside the input.

Source: flax/linen/recurrent.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_core.formats.models.held import Held, Stored

_CELLS = {"rnn": ("",), "lstm": tuple("ifgo"), "gru": tuple("rzn")}
"""The suffixes of a cell's gates, in PyTorch's order."""
_NAME = re.compile(r"(?P<prefix>(?:.*?[./])?)(?P<gate>[ih][ifgorzn]?)[./](?P<kind>kernel|bias)")
Gates = dict[tuple[str, str], Stored]


def translated(held: Held) -> Held:
    """The same arrays, those of Flax's cells as weight_ih_l0, weight_hh_l0, bias_ih_l0 and bias_hh_l0."""
    groups: dict[str, Gates] = {}
    for name, stored in held.arrays.items():
        if found := _NAME.fullmatch(name):
            groups.setdefault(found["prefix"], {})[found["gate"], found["kind"]] = stored
    made: dict[str, Stored] = {}
    taken: set[str] = set()
    for prefix, gates in groups.items():
        cell = next((cell for cell in _CELLS if _has_all(gates, _CELLS[cell])), "")
        if cell:
            made |= {f"{prefix}{name}": stored for name, stored in _together(gates, _CELLS[cell]).items()}
            taken |= {name for name in held.arrays if (m := _NAME.fullmatch(name)) and m["prefix"] == prefix}
    if not made:
        return held
    rest = {name: stored for name, stored in held.arrays.items() if name not in taken}
    return replace(held, arrays={**rest, **made}, framework="flax")


def _has_all(gates: Gates, suffixes: tuple[str, ...]) -> bool:
    kernels = {gate for gate, kind in gates if kind == "kernel"}
    return kernels == {f"{side}{suffix}" for side in "ih" for suffix in suffixes}


def _together(gates: Gates, suffixes: tuple[str, ...]) -> Mapping[str, Stored]:
    made = {}
    for side, name in (("i", "ih"), ("h", "hh")):
        kernels = [gates[f"{side}{suffix}", "kernel"] for suffix in suffixes]
        biases = [gates.get((f"{side}{suffix}", "bias")) for suffix in suffixes]
        units = kernels[0].shape[-1] if kernels[0].shape else 0
        rows = len(suffixes) * units
        made[f"weight_{name}_l0"] = _joined((rows, *kernels[0].shape[:1]), kernels, lambda array: array.T)
        zeros = Stored((units,), kernels[0].dtype, lambda units=units: np.zeros(units))  # type: ignore[misc]
        made[f"bias_{name}_l0"] = _joined((rows,), [bias or zeros for bias in biases], lambda array: array)
    return made


def _joined(shape: tuple[int, ...], parts: list[Stored], turned: Callable[[NDArray[Any]], NDArray[Any]]) -> Stored:
    return Stored(shape, parts[0].dtype, lambda: np.concatenate([turned(part.load()) for part in parts]))
