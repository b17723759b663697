"""Weights as JSON: {"Wxh": [[…], …], …} under any name that is known, nested or not; recurrentjs's {n, d, w} as well.

recurrentjs multiplies an embedding into its inputs: one-hot inputs make `Wxh0·Wil·x`, so that U is `Wxh0·Wilᵀ`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_core.errors import quoted
from rnn_core.formats import strict_json
from rnn_core.formats.files import Content
from rnn_core.formats.models.asked import ModelAsked
from rnn_core.formats.models.held import Held, plain
from rnn_core.formats.models.names import looks_like_weights
from rnn_core.formats.strict_json import Json, Refused

Arrays = dict[str, NDArray[Any]]


def sniff(head: bytes) -> bool:
    """Whether these first bytes begin an object."""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")


def read(content: Content, asked: ModelAsked) -> Held:
    """The arrays in a JSON file. Raises RnnError naming the field."""
    top = strict_json.parse(content)
    if not isinstance(top, dict):
        raise strict_json.wrong(content, "", top, "an object", 'write {"U": [[0.1]], "W": …, "V": …, "b": …, "c": …}')
    held: Arrays = {}
    ignored: list[str] = []
    _collect(content, "", top, held, ignored)
    if any(name.endswith("Wil") for name in held):
        held = _recurrentjs(content, top, held, asked)
    return Held({name: plain(array) for name, array in held.items()}, left_out=tuple(ignored))


def _collect(content: Content, at: str, value: dict[str, Json], held: Arrays, ignored: list[str]) -> None:
    """The arrays in an object and in those inside it, under their paths; what else there is by its path."""
    for key, entry in value.items():
        path = f"{at}.{key}" if at else key
        if isinstance(entry, Refused):
            raise strict_json.wrong(content, path, entry, "a list of numbers")
        if isinstance(entry, dict):
            if {"n", "d", "w"} <= entry.keys():
                held[path] = _counted_out(content, path, entry)
            else:
                _collect(content, path, entry, held, ignored)
        elif isinstance(entry, list) and (looks_like_weights([key]) or _numbers(entry)) and key != "hidden_sizes":
            held[path] = _array(content, path, entry)
        else:
            ignored.append(path)


def _numbers(value: list[Json]) -> bool:
    """Whether a list holds numbers, or rows of them."""
    return bool(value) and all(
        type(entry) in {int, float} or (isinstance(entry, list) and _numbers(entry)) for entry in value
    )


def _array(content: Content, at: str, value: list[Json]) -> NDArray[np.float64]:
    if not value or not all(isinstance(row, list) for row in value):
        return np.array(strict_json.vector(content, at, value))
    rows = [strict_json.vector(content, f"{at}[{i}]", row) for i, row in enumerate(value)]
    widths = {len(row) for row in rows}
    if len(widths) > 1:
        what = f"rows of {min(widths)} and of {max(widths)} numbers"
        raise content.error(what, at=at, fix="give every row the same number")
    return np.array(rows)


def _counted_out(content: Content, at: str, value: dict[str, Json]) -> NDArray[np.float64]:
    """A matrix of recurrentjs: n rows, d columns, w by its index as text or as a list."""
    n, d, w = value["n"], value["d"], value["w"]
    if isinstance(w, dict):
        w = [w.get(str(i)) for i in range(len(w))]
    numbers = strict_json.vector(content, f"{at}.w", w)
    if type(n) is not int or type(d) is not int or n < 1 or n * d != len(numbers):
        what = f"n {quoted(n)} and d {quoted(d)} for {len(numbers)} numbers in w"
        raise content.error(what, at=at, fix="n rows of d numbers make w")
    return np.array(numbers).reshape(n, d)


def _recurrentjs(content: Content, top: dict[str, Json], held: Arrays, asked: ModelAsked) -> Arrays:
    named = {path.rpartition(".")[2]: array for path, array in held.items()}
    generator = top.get("generator", "rnn")
    if generator != "rnn":
        what = f"recurrentjs's generator {quoted(generator)}"
        raise content.error(what, at="generator", fix="save a model of its generator rnn")
    if "Wxh1" in named:
        raise content.error("Wxh1: layer 2 of a network with several", fix="train it with one entry in hidden_sizes")
    ours = {"W": "Whh0", "V": "Whd", "b": "bhh0", "c": "bd"}
    missing = [name for name in ("Wil", "Wxh0", *ours.values()) if name not in named]
    if missing:
        raise content.error(f"no {missing[0]}, which recurrentjs's rnn has", fix="save the whole model")
    embedding, W_xh = named["Wil"], named["Wxh0"]
    if embedding.shape[1] != W_xh.shape[1]:
        what = f"Wil {embedding.shape} and Wxh0 {W_xh.shape} do not fit"
        raise content.error(what, fix="both have letter_size columns")
    asked.note("U is Wxh0·Wilᵀ", "recurrentjs embeds its inputs with Wil", plain=True)
    asked.note("the cell is h = tanh(a)", "recurrentjs itself computes relu(a), so its numbers differ")
    return {"U": W_xh @ embedding.T, **{name: named[theirs] for name, theirs in ours.items()}}
