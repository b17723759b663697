"""Sequences as JSON: an object for one, {"sequences": [ … ]} for several of different lengths.

    {"inputs": [[0.1, -0.3], [0.0, 1.0]], "targets": [0, null], "tokens": ["a", "b"],
     "classes": ["no", "yes"], "features": ["x1", "x2"], "h0": [0.0, 0.0, 0.0]}

Only "inputs" is needed. `classes` and `features` stand at the top, or in each sequence and then the same in all. A
sequence may have a "name". A bare list of rows is read as "inputs". What is optional may be null.
"""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np

from rnn_core.data import Dataset, Sequence
from rnn_core.formats import strict_json
from rnn_core.formats.files import Content, counted
from rnn_core.formats.sequences.assemble import dataset, inside
from rnn_core.formats.strict_json import Json
from rnn_core.model import Array

_NAMES = ("classes", "features")
_ONE = ("inputs", "targets", "tokens", *_NAMES, "h0", "name")
_MANY = ("sequences", *_NAMES)


def sniff(head: bytes) -> bool:
    """Whether these first bytes begin an object or a list."""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"["))


def load(content: Content, tokens: str = "chars") -> Dataset:
    """The dataset in a JSON file; `tokens` is for text files. Raises RnnError naming the field."""
    top = strict_json.parse(content)
    if isinstance(top, list):
        top = {"inputs": top}
    if not isinstance(top, dict):
        raise strict_json.wrong(content, "", top, "an object", 'write {"inputs": [[0.1, 0.2]], "targets": [0]}')
    if "sequences" not in top:
        sequence, names = _sequence(content, "", top)
        return dataset(content, [sequence], names["classes"], names["features"])
    strict_json.check_keys(content, "", top, _MANY if "inputs" not in top else (*_MANY, "inputs"))
    if "inputs" in top:
        raise content.error('both "inputs" and "sequences"', fix="put every sequence into the list")
    return _several(content, top)


def _several(content: Content, top: dict[str, Json]) -> Dataset:
    listed = top["sequences"]
    if not isinstance(listed, list):
        raise strict_json.wrong(content, "sequences", listed, "a list", 'write [{"inputs": …}, …]')
    if not listed:
        raise content.error("no sequences", at="sequences", fix="give at least one")
    names = _names(content, "", top)
    sequences = []
    for i, entry in enumerate(listed):
        at = f"sequences[{i}]"
        if not isinstance(entry, dict):
            raise strict_json.wrong(content, at, entry, "an object", 'write {"inputs": [[0.1, 0.2]]}')
        sequence, own = _sequence(content, at, entry)
        for kind, found in own.items():
            if found and found != names[kind] and (i or names[kind]):
                raise content.error("not the same as before", at=f"{at}.{kind}", fix=f"give {kind} once, at the top")
            names[kind] = names[kind] or found
        sequences.append(sequence)
    return dataset(content, sequences, names["classes"], names["features"])


def _names(content: Content, at: str, value: dict[str, Json]) -> dict[str, tuple[str, ...]]:
    given = {kind: value[kind] for kind in _NAMES if value.get(kind) is not None}
    found = {kind: strict_json.labels(content, _path(at, kind), given[kind], unique=True) for kind in given}
    for kind, labels in found.items():
        if not labels:
            raise content.error(f"no {kind}", at=_path(at, kind), fix="leave it out, or name them all")
    return {kind: found.get(kind, ()) for kind in _NAMES}


def _sequence(content: Content, at: str, value: dict[str, Json]) -> tuple[Sequence, dict[str, tuple[str, ...]]]:
    strict_json.check_keys(content, at, value, _ONE)
    if "inputs" not in value:
        raise content.error('no "inputs"', at=at, fix='write {"inputs": [[0.1, 0.2]], "targets": [0]}')
    x = _rows(content, _path(at, "inputs"), value["inputs"])
    value = {key: entry for key, entry in value.items() if entry is not None}
    given: dict[str, Any] = {}
    if "targets" in value:
        given["y"] = np.array(strict_json.targets(content, _path(at, "targets"), value["targets"]), dtype=np.int64)
        _check_length(content, _path(at, "targets"), len(given["y"]), len(x), ", null where there is none")
    if "tokens" in value:
        given["tokens"] = strict_json.labels(content, _path(at, "tokens"), value["tokens"], unique=False)
        _check_length(content, _path(at, "tokens"), len(given["tokens"]), len(x))
    if "h0" in value:
        given["h0"] = np.array(strict_json.vector(content, _path(at, "h0"), value["h0"]))
        if not len(given["h0"]):
            raise content.error("no numbers", at=_path(at, "h0"), fix="leave it out for zeros")
    if "name" in value:
        given["name"] = strict_json.label(content, _path(at, "name"), value["name"])
    names = _names(content, at, value)
    if names["features"]:
        _check_features(content, _path(at, "features"), len(names["features"]), x.shape[1])
    return inside(content, Sequence, x, **given), names


def _rows(content: Content, at: str, value: Json) -> Array:
    if not isinstance(value, list):
        raise strict_json.wrong(content, at, value, "a list of rows", "write [[0.1, 0.2], [0.3, 0.4]]")
    if not value:
        raise content.error("no timesteps", at=at, fix="give at least one row of features")
    numbers = array("d")
    width = 0
    for t, row in enumerate(value):
        place = f"{at}[{t}]"
        if not isinstance(row, list):
            fix = f"write [{row}]" if type(row) in {int, float} else ""
            raise strict_json.wrong(content, place, row, "a row of features", fix)
        width = width if t else len(row)
        if not row:
            raise content.error("no features", at=place, fix="give at least one number for each timestep")
        if len(row) != width:
            what = f"{counted(len(row), 'number')}, where {at}[0] has {width}"
            raise content.error(what, at=place, fix="give every row the same features")
        numbers.extend(strict_json.vector(content, place, row))
    return np.frombuffer(numbers, dtype=np.float64).reshape(len(value), width)


def _check_length(content: Content, at: str, found: int, timesteps: int, more: str = "") -> None:
    if found != timesteps:
        raise content.error(
            f"{found} for {counted(timesteps, 'timestep')}", at=at, fix=f"give one for each timestep{more}"
        )


def _check_features(content: Content, at: str, found: int, width: int) -> None:
    if found != width:
        raise content.error(
            f"{counted(found, 'name')} for {counted(width, 'feature')}", at=at, fix="name every feature"
        )


def _path(at: str, key: str) -> str:
    return f"{at}.{key}" if at else key
