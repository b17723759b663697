"""Keras: the .keras archive (config.json beside HDF5), and HDF5 alone; read by h5py, the extra `keras`.

Keras 3 numbers the arrays of a layer, `layers/lstm/cell/vars/0`; Keras 2 and files of `save_weights` name them,
`lstm/lstm_cell/kernel:0`. Both become kernel, recurrent_kernel and bias here. What the config says of activations is
taken; weights alone do not say it.

Rules this file keeps:
- Only data sets in the file itself are read: none that live in another file, none that are made of others.

Source: keras/src/saving/saving_lib.py and legacy_h5_format.py.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_core.errors import InputError, one_line, quoted
from rnn_core.formats import files
from rnn_core.formats.files import Content, human
from rnn_core.formats.models import held, magic
from rnn_core.formats.models.asked import ModelAsked
from rnn_core.formats.models.held import Held, Stored

INSTALL = "pip install 'rnn-tui[keras]'"
MEMBERS, MOST_CONFIG = 1000, 16 * 2**20
AGAIN = "copy it again, or save it again with Keras"
_CELLS = {"SimpleRNN": "rnn", "LSTM": "lstm", "GRU": "gru"}
_ACTIVATIONS = {"tanh": "tanh", "relu": "relu", "linear": "identity"}
_NUMBERED = re.compile(r"(?P<layer>.*?)(?P<cell>/cell)?/vars/(?P<at>[0-9]+)")
_OF_CELL = ("kernel", "recurrent_kernel", "bias")


def read(content: Content, asked: ModelAsked) -> Held:
    """The arrays of a Keras model, and what its config says. Raises InputError."""
    data, config = content.data, None
    if data.startswith(b"PK"):
        data, config = _unzipped(content)
    if not data.startswith(magic.HDF5):
        what = files.foreign(data[: files.HEAD])[0]
        raise content.error(f"holds {what or 'other data'}, not a Keras model", fix="save it with model.save")
    try:
        import h5py  # late: who opens no such file does not wait for it
    except ImportError:
        raise content.error("HDF5 is read by h5py, which is not installed", fix=INSTALL) from None
    try:
        with h5py.File(io.BytesIO(data), "r") as file:
            if config is None and isinstance(file.attrs.get("model_config"), str | bytes):
                config = file.attrs["model_config"]
            arrays = _arrays(content, file, h5py)
    except InputError:
        raise
    except Exception:  # the library parses hostile bytes: OSError is the usual exception, not the only one
        raise content.error("is damaged or cut short", fix=AGAIN) from None
    return _described(content, arrays, config, asked)


def _unzipped(content: Content) -> tuple[bytes, str | bytes | None]:
    """The HDF5 and the config in a .keras archive. Raises InputError."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content.data))
        members = {member.filename: member for member in archive.infolist()}
    except Exception:  # as above
        raise content.error("is damaged or cut short", fix=AGAIN) from None
    if len(members) > MEMBERS or "model.weights.h5" not in members:
        raise content.error("holds no model.weights.h5, not a Keras model", fix="save it with model.save")
    found: list[bytes | None] = []
    for name, most in (("model.weights.h5", files.ARRAY_FILE_LIMIT), ("config.json", MOST_CONFIG)):
        member = members.get(name)
        if member is None:
            found.append(None)
            continue
        if member.flag_bits & 1:
            raise content.error("is encrypted", at=name, fix="save it without a password")
        ratio = member.file_size > 500 * max(member.compress_size, 1) and member.file_size > 2**24
        if member.file_size > most or ratio:
            raise content.error(f"would unpack to {human(member.file_size)}", at=name, fix="save a smaller model")
        try:
            with archive.open(member) as stream:
                found.append(stream.read(member.file_size + 1))
        except Exception:  # as above, and zlib's own
            raise content.error("is damaged or cut short", at=name, fix=AGAIN) from None
    return found[0] or b"", found[1]


def _arrays(content: Content, file: Any, h5py: Any) -> dict[str, Stored]:
    """Every data set by its path, read now: the file is closed afterwards."""
    found: dict[str, Stored] = {}
    total = 0

    def take(path: str, item: Any) -> None:
        nonlocal total
        if not isinstance(item, h5py.Dataset) or path.startswith("optimizer") or item.shape is None:
            return
        if item.external or item.is_virtual:
            raise content.error("has numbers in another file", at=one_line(path, 60), fix="save it in one file")
        total += item.size * item.dtype.itemsize
        if total > files.DENSE_LIMIT or len(found) > MEMBERS:
            raise content.error(f"holds more than {human(files.DENSE_LIMIT)}", fix="save the model alone")
        dtype = str(item.dtype)
        if dtype in ("float64", "float32", "float16"):
            found[path] = held.plain(np.asarray(item))
        else:
            found[path] = Stored(item.shape, dtype, _refused(content, path, dtype))

    file.visititems(take)
    return found


def _refused(content: Content, path: str, dtype: str) -> Any:
    def load() -> NDArray[Any]:
        held.stored_as(content, path, dtype, 0)
        raise content.error(f"holds {dtype}, not floats", at=path, fix="save it as float32")

    return load


def _described(content: Content, arrays: dict[str, Stored], config: Any, asked: ModelAsked) -> Held:
    named = {_name(path, arrays): stored for path, stored in arrays.items()}
    layers = _layers(content, config)
    recurrent = [each for each in layers if each["class"] in _CELLS]
    activation, backward = "", False
    for each in recurrent:
        said = each["config"].get("activation", "tanh")
        if each["class"] == "SimpleRNN":
            if said not in _ACTIVATIONS or (activation and activation != _ACTIVATIONS[said]):
                what = f"the activation {quoted(said)} of {one_line(str(each['name']), 40)}"
                raise content.error(what, fix=f"known are {', '.join(_ACTIVATIONS)}, one for all layers")
            activation = _ACTIVATIONS[said]
        elif (said, each["config"].get("recurrent_activation", "sigmoid")) != ("tanh", "sigmoid"):
            what = f"{one_line(str(each['name']), 40)} with other activations than tanh and sigmoid"
            raise content.error(what, fix="train it with Keras's defaults")
        elif each["class"] == "GRU" and each["config"].get("reset_after") is False:
            what = "a GRU with reset_after=False, whose candidate is another one"
            raise content.error(what, fix="train it with reset_after=True, Keras's default")
        backward = backward or bool(each["config"].get("go_backwards"))
    for each in layers:
        said = each["config"].get("activation")
        if each["class"] == "Dense" and said not in (None, "linear", "softmax"):
            asked.note(f"{one_line(str(each['name']), 40)} runs without its {one_line(str(said), 40)}")
    order = _order([each for each in layers if each["around"] or each["class"] in _CELLS], named)
    return Held(named, "keras", "", activation, order, backward=backward)


def _name(path: str, arrays: dict[str, Stored]) -> str:
    """`layers/lstm/kernel` for `layers/lstm/cell/vars/0`; a named array's path without what repeats in it."""
    found = _NUMBERED.fullmatch(path)
    if not found:
        plain = path.removesuffix(":0").removeprefix("model_weights/")
        return re.sub(r"/[^/]*cell[^/]*/(kernel|recurrent_kernel|bias)$", r"/\1", plain)
    at, axes = int(found["at"]), len(arrays[path].shape)
    if found["cell"] and at < len(_OF_CELL):
        return f"{found['layer']}/{_OF_CELL[at]}"
    tail = {(0, 2): "kernel", (1, 1): "bias"}.get((at, axes))
    return f"{found['layer']}/{tail}" if tail and not found["cell"] else path


def _layers(content: Content, config: Any) -> list[dict[str, Any]]:
    """The layers of a config in order, each with its class and its own config; that inside of a Bidirectional."""
    if config is None:
        return []
    try:
        top = json.loads(config)
        listed = top["config"]["layers"] if isinstance(top["config"], dict) else top["config"]
        found = []
        for layer in listed:
            around = layer["class_name"] == "Bidirectional"
            inner = layer["config"]["layer"] if around else layer
            name = layer["config"].get("name", "")
            found.append(
                {"class": inner["class_name"], "config": dict(inner["config"]), "name": name, "around": around}
            )
        return found
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise content.error("has a config that cannot be read", fix=AGAIN) from None


def _order(layers: list[dict[str, Any]], named: dict[str, Stored]) -> tuple[str, ...]:
    """The prefixes of the recurrent layers in the order of the config: by their names, or by class and number."""
    prefixes = {name.removesuffix("/recurrent_kernel") for name in named if name.endswith("/recurrent_kernel")}
    counts: dict[str, int] = {}
    order = []
    for layer in layers:
        kind = "Bidirectional" if layer["around"] else layer["class"]
        snake = {"SimpleRNN": "simple_rnn", "Bidirectional": "bidirectional"}.get(kind, kind.lower())
        at = counts[snake] = counts.get(snake, -1) + 1
        numbered = f"{snake}_{at}" if at else snake
        fits = [p for p in prefixes if {numbered, layer["name"]} & set(p.split("/"))]
        order += [re.sub(r"/(forward|backward)_.*", "", prefix) for prefix in sorted(fits)[:1]]
    return tuple(order)
