"""Which array is which parameter, whatever it is called; every format of weights ends here.

Rules this file keeps:
- A name says one thing: two arrays for one parameter are refused, except PyTorch's pair of hidden biases, which add up.
- What is not a vanilla RNN of one layer is refused by what was found: layers, directions, GRU, LSTM.
- Values are taken as they are, non-finite ones too: a training run that diverged is worth debugging.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_core.errors import ShapeError, one_line, quoted
from rnn_core.formats.files import Content
from rnn_core.model import ALIASES, MEANINGS, PARAMETERS, RNN, Params, as_vector

Shapes = Mapping[str, tuple[int, ...]]
Found = dict[str, list[str]]

_BIAS_PAIRS = ({"bias_ih_l0", "bias_hh_l0"}, {"bias_ih", "bias_hh"})
_OURS = {
    **{name: (name, False) for name in MEANINGS},
    **{alias.name: (name, alias.transposed) for name, aliases in ALIASES.items() for alias in aliases},
}
"""Every name we know: whose it is, and whether the matrix is stored the other way round."""

_LAYER = re.compile(r"_l([1-9][0-9]*)(_reverse)?$")
_GATED = {3: "a GRU", 4: "an LSTM"}


def _known(name: str) -> str:
    """The name in `_OURS` that `name` is, prefixes such as `rnn.` left out; "" for none."""
    parts = name.split(".")
    return next((tail for i in range(len(parts)) if (tail := ".".join(parts[i:])) in _OURS), "")


def wanted(content: Content, shapes: Shapes, *, unknown_allowed: bool = False) -> Found:
    """For each parameter that the file has, the arrays it comes from. Raises InputError.

    `shapes` are those of every array in the file; `unknown_allowed` is for files that hold more than weights.
    """
    found: Found = {}
    unknown = []
    for name in shapes:
        _refuse_by_name(content, name)
        if known := _known(name):
            found.setdefault(_OURS[known][0], []).append(name)
        else:
            unknown.append(name)
    _refuse_gates(content, shapes, found)
    for ours, names in found.items():
        if (len(names) > 1 and {_known(name) for name in names[:2]} not in _BIAS_PAIRS) or len(names) > 2:
            what = f"{' and '.join(names)} are all {ours} ({MEANINGS[ours]})"
            raise content.error(what, fix="keep one of them")
    held = one_line(", ".join(shapes), 80)
    if not found.keys() & {"U", "W", "V"}:
        sequence = "it looks like a sequence, not weights" if {"x", "inputs"} & shapes.keys() else ""
        raise content.error(f"no weights; it holds {held}", fix=sequence or f"save them as {', '.join(PARAMETERS)}")
    if unknown and not unknown_allowed:
        near = difflib.get_close_matches(unknown[0][:100], _OURS, n=1)
        fix = f"did you mean {near[0]}?" if near else f"known are {', '.join(MEANINGS)} and their aliases"
        raise content.error(f"unknown array {quoted(unknown[0])}", fix=fix)
    missing = [name for name in PARAMETERS if name not in found]
    if missing:
        raise content.error(f"no {missing[0]} ({MEANINGS[missing[0]]}); it holds {held}", fix=_missing_fix(missing[0]))
    _refuse_half_a_pair(content, found["b"])
    return found


def _missing_fix(name: str) -> str:
    others = ", ".join(alias.name for alias in ALIASES[name][:3])
    zeros = "; zeros if the network has none" if name in "bc" else ""
    return f"save it as {name}, {others}{zeros}"


def _refuse_by_name(content: Content, name: str) -> None:
    if name.endswith("_reverse"):
        raise content.error(f"{name}: a bidirectional network", fix="only one direction is known: save the forward one")
    layer = _LAYER.search(name)
    if layer:
        what = f"{name}: layer {int(layer[1]) + 1} of a network with several"
        raise content.error(what, fix="only one layer is known: save one of them")


def _refuse_gates(content: Content, shapes: Shapes, found: Found) -> None:
    for name in found.get("W", []):
        shape = shapes[name][::-1] if _OURS[_known(name)][1] else shapes[name]
        if len(shape) == 2 and shape[1] and shape[0] % shape[1] == 0 and shape[0] // shape[1] in _GATED:
            gates = shape[0] // shape[1]
            what = f"shape {shapes[name]}: {gates} × {shape[1]} hidden units, {_GATED[gates]}"
            raise content.error(what, at=name, fix="only the vanilla tanh RNN is known")


def _refuse_half_a_pair(content: Content, biases: list[str]) -> None:
    for pair in _BIAS_PAIRS:
        have = {_known(name) for name in biases}
        if len(have) == 1 and have < pair:
            (other,) = pair - have
            raise content.error(f"{biases[0]} without {other}", fix="PyTorch adds them up: save both, or b")


def parameters(content: Content, found: Found, given: Mapping[str, NDArray[Any]]) -> Params:
    """The parameters made of the arrays `given`, transposed and added up as `found` names them. Raises RnnError."""
    made: dict[str, NDArray[Any]] = {}
    for ours in ("U", "W", "V"):
        (name,) = found[ours]
        made[ours] = given[name].T if _OURS[_known(name)][1] else given[name]
    _refuse_transposed(content, found, made)
    try:
        for ours in ("b", "c", "h0"):
            names = found.get(ours, [])
            if len(names) == 1:
                made[ours] = given[names[0]]
            elif names:  # as vectors first: (n,1) and (n,) would broadcast to a matrix
                made[ours] = np.sum([as_vector(given[name], made["U"].shape[0], name) for name in names], axis=0)
        return Params(cell=RNN, **made)
    except ShapeError as error:
        raise error.inside(content.name) from None


def _refuse_transposed(content: Content, found: Found, made: Mapping[str, NDArray[Any]]) -> None:
    """Matrices that fit only the other way round get that said, where W tells the number of hidden units."""
    W = made["W"]
    if W.ndim != 2 or W.shape[0] != W.shape[1]:
        return
    for ours, axis, expected in (("U", 0, f"({len(W)}, inputs)"), ("V", 1, f"(classes, {len(W)})")):
        shape = made[ours].shape
        if len(shape) == 2 and shape[axis] != len(W) and shape[1 - axis] == len(W):
            name = found[ours][0]
            what = f"shape {shape}, expected {expected}"
            raise content.error(what, at=name, fix=f"it looks transposed: save its .T as {ours}")
