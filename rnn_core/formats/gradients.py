"""Somebody's own gradients from a file, whatever they are called: NPZ, JSON, safetensors.

    dW   d_Whh   grad_W_hh   dL_dW   weight_hh_l0.grad   Whh_grad   →   dW
    dh   dhnext  delta       dy      hs   probs                    →   dh  dh_next  da  dz  h  p

Rules this file keeps:
- A name says whose gradient it is. Where no name says that it is a gradient, those of parameters are taken for it.
- Non-finite numbers are read: they are what somebody may be looking for.
- What is no name of the run's listing is left out, and said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_core.cells import Cell
from rnn_core.cells.cell import Alias
from rnn_core.errors import one_line
from rnn_core.formats import arrays, registry, strict_json
from rnn_core.formats.arrays import Archive
from rnn_core.formats.files import Content, Source
from rnn_core.formats.models.names import MORE
from rnn_core.formats.registry import Format
from rnn_core.formats.strict_json import Json, Refused
from rnn_core.language.derivation import gradient_of
from rnn_core.model import aliases
from rnn_core.notices import Notice
from rnn_core.program import Program
from rnn_core.records import dataclass

Arrays = dict[str, NDArray[Any]]

INSTALL = "pip install safetensors"


@dataclass(frozen=True, eq=False)
class Given:
    """One of their arrays."""

    theirs: str
    """What they call it."""
    ours: str
    """The name of the listing that it stands for."""
    array: NDArray[Any]
    """As it is stored."""
    turned: bool = False
    """Whether its name is a tool's that stores the matrix the other way round."""


def load(
    source: Source, listing: Program, notices: list[Notice] | None = None, *, data: bytes | None = None
) -> tuple[Given, ...]:
    """The arrays of the file, or of `data`, that are names of the listing. Raises RnnError: what is wrong, where, what
    to do."""
    chosen, content = registry.read(source, GRADIENT_FORMATS, data=data)
    held = chosen.load(content)
    found, left = matched(held, listing, [] if notices is None else notices)
    if not found:
        names = one_line(", ".join(held), 80)
        wanted = ", ".join(listing.sums)
        raise content.error(f"no gradients; it holds {names or 'nothing'}", fix=f"save them as {wanted}")
    if left and notices is not None:
        notices.append(Notice(f"left out: {one_line(', '.join(left), 80)}", "no names of this listing", plain=True))
    return found


# -- names -------------------------------------------------------------------------------------------------------

_GRADIENT = (
    re.compile(r"^(?:dL|dloss|dl|dE|dJ)_?d_?(?P<of>.+)$"),
    re.compile(r"^(?:gradients?|grads?|nabla|∇|∂L?_?∂?)[_.]?(?P<of>.+)$"),
    re.compile(r"^(?P<of>.+?)[_.]?(?:gradient|grad)$"),
    re.compile(r"^d_?(?P<of>.+)$"),
    re.compile(r"^g_?(?P<of>.+)$"),
)
"""How a name says that it is the gradient by another one."""
_IS_GRADIENTS = re.compile(r"d|grads?|gradients?")
"""What an object of gradients is called."""

_ROWS = {
    "dz": ("dy", "dlogits", "dscores", "dout", "do_", "dlogit", "error"),
    "da": ("delta", "deltas", "dtanh", "dhraw", "dpre", "d_pre", "dpreact", "da_"),
    "dh_next": ("dhnext", "dh_carried", "dnext_h", "dprev_h", "dh_prev", "dhprev"),
    "h": ("hs", "hidden", "states", "hidden_states", "h_all"),
    "p": ("ps", "probs", "probabilities", "softmax", "y_pred", "yhat", "y_hat"),
    "z": ("zs", "logits", "scores", "ys"),
    "a": ("pre", "preact", "preactivation", "preactivations"),
}
"""Other names of what is computed at each timestep."""


def matched(
    held: Mapping[str, NDArray[Any]], listing: Program, notices: list[Notice]
) -> tuple[tuple[Given, ...], list[str]]:
    """Which array is which name of the listing, in the listing's order; and those that are none."""
    parameters = _parameters(listing.cell)
    found: list[Given] = []
    left: list[str] = []
    for name, array in held.items():
        ours, turned = _named(name, listing, parameters)
        if ours:
            found.append(Given(name, ours, array, turned))
        else:
            left.append(name)
    if not any(given.ours in listing.sums or listing.registers[given.ours].backward for given in found):
        weights = [given for given in found if given.ours in listing.parameters]
        if weights:
            names = one_line(", ".join(given.theirs for given in weights), 80)
            notices.append(Notice(f"{names}: taken as gradients", "no name says that it is one", "call them dU, dW …"))
        found = [
            Given(each.theirs, gradient_of(each.ours), each.array, each.turned) if each in weights else each
            for each in found
        ]
        found = found if weights else []
    order = list(listing.registers)
    return tuple(sorted(found, key=lambda given: order.index(given.ours))), left


def _parameters(cell: Cell) -> dict[str, Alias]:
    """Every name of a parameter, and whose it is; names in small letters, too, where they are nobody else's."""
    every = {name: Alias(name) for name in aliases(cell)}
    for table in (aliases(cell), MORE):
        for ours, others in table.items():
            if ours in every:
                every |= {alias.name: Alias(ours, alias.transposed) for alias in others if alias.name not in every}
    small: dict[str, Alias] = {}
    for name, alias in every.items():
        small.setdefault(name.lower(), alias)
    return {**small, **every}


def _named(name: str, listing: Program, parameters: Mapping[str, Alias]) -> tuple[str, bool]:
    """The name of the listing that an array's name is, and whether its matrix is stored turned; "" for none."""
    plain = re.sub(r"\[['\"]?(\w+)['\"]?\]", r".\1", name.removesuffix(":0"))
    *path, last = re.split(r"[./]", plain)
    if any(_IS_GRADIENTS.fullmatch(part) for part in path) and gradient_of(last) in listing.registers:
        return gradient_of(last), False
    for tail in _tails(plain):
        row = next((ours for ours, others in _ROWS.items() if tail in others), tail)
        if row in listing.registers and row not in listing.parameters:
            return row, False
    for pattern in _GRADIENT:
        for tail in _tails(plain):
            by = pattern.match(tail)
            alias = next((parameters[each] for each in _tails(by["of"]) if each in parameters), None) if by else None
            if alias is not None and gradient_of(alias.name) in listing.registers:
                return gradient_of(alias.name), alias.transposed
            if by and gradient_of(by["of"]) in listing.registers:
                return gradient_of(by["of"]), False
    alias = next((parameters[tail] for tail in _tails(plain) if tail in parameters), None)
    return (alias.name, alias.transposed) if alias is not None else ("", False)


def _tails(name: str) -> Iterable[str]:
    """The name, and what is left of it behind each dot or slash."""
    parts = re.split(r"[./]", name)
    return (".".join(parts[i:]) for i in range(len(parts)))


# -- formats -----------------------------------------------------------------------------------------------------


def _npz(content: Content) -> Arrays:
    archive = Archive(content)
    return {name: archive.array(name) for name, header in archive.headers.items() if header.dtype.kind in "fiub"}


def _json(content: Content) -> Arrays:
    top = strict_json.parse(content)
    if not isinstance(top, dict):
        raise strict_json.wrong(content, "", top, "an object", 'write {"dU": [[0.1]], "dW": …}')
    held: Arrays = {}
    _collect(content, "", top, held)
    return held


def _collect(content: Content, at: str, value: dict[str, Json], held: Arrays) -> None:
    for key, entry in value.items():
        path = f"{at}.{key}" if at else key
        if isinstance(entry, dict):
            _collect(content, path, entry, held)
        elif isinstance(entry, Refused):
            raise strict_json.wrong(content, path, entry, "a list of numbers")
        elif isinstance(entry, list | int | float) and not isinstance(entry, bool):
            held[path] = _numbers(content, path, entry)


def _numbers(content: Content, at: str, value: Json, depth: int = 0) -> NDArray[np.float64]:
    """Nested lists of numbers as an array. Raises InputError for what is none, and for rows of different lengths."""
    if not isinstance(value, list):
        return np.array(float(value))
    if not any(isinstance(entry, list) for entry in value):
        return np.array(strict_json.vector(content, at, value))
    if depth > 2:
        raise content.error("lists in lists in lists in lists", at=at, fix="a gradient is a list of rows")
    parts = [
        _numbers(content, f"{at}[{i}]", entry, depth + 1)
        if isinstance(entry, list)
        else _refused(content, f"{at}[{i}]", entry)
        for i, entry in enumerate(value)
    ]
    if len({part.shape for part in parts}) > 1:
        raise content.error("rows of different lengths", at=at, fix="give every row the same number")
    return np.array(parts)


def _refused(content: Content, at: str, entry: Json) -> NDArray[np.float64]:
    raise strict_json.wrong(content, at, entry, "a list of numbers")


def _safetensors(content: Content) -> Arrays:
    try:
        from safetensors import SafetensorError
        from safetensors.numpy import load as read
    except ImportError:
        raise content.error("safetensors is not installed", fix=INSTALL) from None
    try:
        held: Arrays = read(content.data)
    except (SafetensorError, KeyError, ValueError, TypeError) as error:
        raise content.error(f"not to be read: {one_line(str(error), 80)}", fix="save it as float32 or NPZ") from None
    return held


def is_safetensors(head: bytes) -> bool:
    """Whether these first bytes begin a header of JSON with its length before it."""
    length = int.from_bytes(head[:8], "little")
    return len(head) > 9 and 2 <= length < 10**8 and head[8:9] == b"{" and not head.startswith(b"{")


def _is_object(head: bytes) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")


GRADIENT_FORMATS: tuple[Format[Callable[[Content], Arrays]], ...] = (
    Format("NPZ", (".npz",), arrays.is_npz, _npz, "arrays dU, dW, dV, db, dc", binary=True),
    Format("JSON", (".json",), _is_object, _json, '{"dW": [[…], …], …}'),
    Format("safetensors", (".safetensors",), is_safetensors, _safetensors, "tensors by name", binary=True),
)
