"""Weights as named NumPy arrays; an exported trace is read as the parameters it was recorded with."""

from __future__ import annotations

import json
from typing import Any

from numpy.typing import NDArray

from rnn_core.cells import CELLS
from rnn_core.formats.arrays import Archive, Header
from rnn_core.formats.files import Content
from rnn_core.formats.models.asked import ModelAsked
from rnn_core.formats.models.held import Held, Stored
from rnn_core.language.functions import ACTIVATIONS
from rnn_core.model import Params

FORMAT = "rnn-tui model"
MOST_META = 2**24
"""The most bytes of `meta` that are looked at."""


def read(content: Content, _asked: ModelAsked) -> Held:
    """The arrays in an NPZ file. Raises RnnError naming the array."""
    archive = Archive(content)
    cell, activation = _said(archive)
    arrays = {name: _stored(archive, name, header) for name, header in archive.headers.items()}
    return Held(arrays, cell=cell, activation=activation, more="meta" in archive)


def _stored(archive: Archive, name: str, header: Header) -> Stored:
    return Stored(header.shape, str(header.dtype), lambda: archive.array(name))


def _said(archive: Archive) -> tuple[str, str]:
    """The cell and the activation that the file itself names, in `meta`; empty in older files."""
    if "meta" not in archive:
        return "", ""
    held = _held(archive.text("meta", MOST_META))
    cell, activation = held.get("cell"), held.get("activation")
    return cell if cell in CELLS else "", activation if activation in ACTIVATIONS else ""


def _held(text: str) -> dict[str, Any]:
    """What a `meta` says by name, the recipe of a session as well; empty where it is no such text."""
    try:
        meta = json.loads(text)
        return {**meta.get("recipe", {}), **meta}
    except (ValueError, AttributeError, TypeError):
        return {}


def describes_a_model(text: str) -> bool:
    """Whether a `meta` belongs to weights alone, not to a run."""
    return _held(text).get("format") == FORMAT


def described(params: Params) -> str:
    """What a file of weights says of itself, as JSON."""
    cell = params.cell
    return json.dumps({"format": FORMAT, "version": 1, "cell": cell.name, "activation": cell.activation})


def named(params: Params) -> dict[str, NDArray[Any]]:
    """The parameters as arrays under our names, as a file holds them; h0 where there is one."""
    return {**params, **params.start}
