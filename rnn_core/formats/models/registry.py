"""The formats of weights, the one way in, and the one way out. A new format is one file and one line in the table.

A reader is imported when a file of its format is opened, and so is the library that it needs.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from importlib import import_module

import numpy as np

from rnn_core.errors import InputError
from rnn_core.formats import archives, arrays, files, registry, writing
from rnn_core.formats.files import Content, Source
from rnn_core.formats.models import json_file, magic, network, npz_file
from rnn_core.formats.models.asked import ModelAsked
from rnn_core.formats.models.held import Held
from rnn_core.formats.models.network import Network
from rnn_core.formats.registry import Format
from rnn_core.model import Params
from rnn_core.notices import Notice
from rnn_core.reading import ModelReading

ModelFormat = Format[Callable[[Content, ModelAsked], Held]]


def _in(module: str) -> Callable[[Content, ModelAsked], Held]:
    """The reader of a module that is imported when it is wanted."""

    def read(content: Content, asked: ModelAsked) -> Held:
        held: Held = import_module(f"rnn_core.formats.models.{module}").read(content, asked)
        return held

    return read


def _extra(name: str) -> str:
    return f"pip install 'rnn-tui[{name}]'"


MODEL_FORMATS: tuple[ModelFormat, ...] = (
    Format(
        "NPZ", (".npz",), arrays.is_npz, npz_file.read,
        "arrays U, W, V, b, c, h0 or their aliases; of an LSTM or a GRU, too", binary=True,
    ),
    Format("JSON", (".json",), json_file.sniff, json_file.read, '{"U": [[…], …], …}, or their aliases'),
    Format(
        "PyTorch", (".pt", ".pth", ".ckpt", ".bin"), magic.is_torch, _in("torch_file"),
        "a state dict, bare or nested, of torch.save; nothing in it is run", binary=True,
    ),
    Format(
        "Keras", (".keras", ".h5", ".hdf5"), magic.is_keras, _in("keras_file"),
        f"SimpleRNN, LSTM, GRU; needs `{_extra('keras')}`", binary=True,
    ),
    Format(
        "ONNX", (".onnx",), magic.is_onnx, _in("onnx_file"),
        f"nodes RNN, LSTM, GRU; needs `{_extra('onnx')}`", binary=True,
    ),
    Format(
        "safetensors", (".safetensors",), magic.is_safetensors, _in("safetensors_file"), "a state dict", binary=True,
    ),
)  # fmt: skip
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
    return opened(source, reading, notices, cell=cell, activation=activation).params


def opened(
    source: Source,
    reading: ModelReading = _AS_IT_IS,
    notices: list[Notice] | None = None,
    *,
    cell: str = "",
    activation: str = "",
    data: bytes | None = None,
) -> Network:
    """The same with the layers that run before it. `data` is the file's content, where it is there already."""
    chosen, content = registry.read(source, MODEL_FORMATS, data=data, by_content=True)
    asked = ModelAsked(reading, [] if notices is None else notices, cell, activation)
    return network.made(content, chosen.load(content, asked), asked)


def is_weights(source: Source) -> bool:
    """Whether a file begins as a framework's file of weights does. One that cannot be opened is none."""
    with contextlib.suppress(InputError), files.opened(source) as (file, _):
        head = file.read(files.HEAD) or b""
        return any(sniff(head) for sniff in (magic.is_torch, magic.is_keras, magic.is_onnx, magic.is_safetensors))
    return False


def save(params: Params, target: writing.Target, *, overwrite: bool = False) -> None:
    """Write the parameters as NPZ, whole or not at all. Raises OutputError."""
    with writing.opened(target, overwrite=overwrite) as stream:
        archives.write(stream, {**npz_file.named(params), "meta": np.array(npz_file.described(params))})
