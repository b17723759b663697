"""Weights as named NumPy arrays; an exported trace is read as the parameters it was recorded with."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from rnn_core.formats import arrays
from rnn_core.formats.arrays import Archive
from rnn_core.formats.files import Content
from rnn_core.formats.models.asked import ModelAsked
from rnn_core.formats.models.names import parameters, wanted
from rnn_core.model import Params

sniff = arrays.is_npz


def load(content: Content, asked: ModelAsked | None = None) -> Params:
    """The parameters in an NPZ file. Raises RnnError naming the array."""
    asked = asked or ModelAsked()
    archive = Archive(content)
    shapes = {name: header.shape for name, header in archive.headers.items()}
    made = wanted(content, shapes, asked, unknown_allowed="meta" in archive)
    return parameters(content, made, {name: archive.array(name) for name in made.arrays}, asked)


def named(params: Params) -> dict[str, NDArray[Any]]:
    """The parameters as arrays under our names, as a file holds them; h0 where there is one."""
    return {**params, **params.start}
