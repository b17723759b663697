"""The formats of weights, the one way in, and the one way out. A new format is one file and one line in the table."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rnn_core.formats import archives, registry, writing
from rnn_core.formats.files import Content, Source
from rnn_core.formats.models import json_file, npz_file
from rnn_core.formats.models.asked import ModelAsked
from rnn_core.formats.registry import Format
from rnn_core.model import Params
from rnn_core.notices import Notice
from rnn_core.reading import ModelReading

ModelFormat = Format[Callable[[Content, ModelAsked], Params]]

MODEL_FORMATS: tuple[ModelFormat, ...] = (
    Format(
        "NPZ",
        (".npz",),
        npz_file.sniff,
        npz_file.load,
        "arrays U, W, V, b, c, h0 or their aliases; of an LSTM or a GRU, too",
        binary=True,
    ),
    Format("JSON", (".json",), json_file.sniff, json_file.load, '{"U": [[…], …], …}, or their aliases'),
)
_AS_IT_IS = ModelReading()


def load(
    source: Source,
    reading: ModelReading = _AS_IT_IS,
    notices: list[Notice] | None = None,
    *,
    cell: str = "",
    activation: str = "",
) -> Params:
    """The parameters in the file `source`; non-finite ones too. Raises RnnError: what is wrong, where, what to do.

    `reading`, `cell` and `activation` say what the content leaves open; what was assumed all the same is added to
    `notices`.
    """
    chosen, content = registry.read(source, MODEL_FORMATS)
    return chosen.load(content, ModelAsked(reading, [] if notices is None else notices, cell, activation))


def save(params: Params, target: writing.Target, *, overwrite: bool = False) -> None:
    """Write the parameters as NPZ, whole or not at all. Raises OutputError."""
    with writing.opened(target, overwrite=overwrite) as stream:
        archives.write(stream, {**npz_file.named(params), "meta": np.array(npz_file.described(params))})
