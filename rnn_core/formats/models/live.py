"""Modules and arrays that are in memory, as a file of weights would hold them.

They are a torch module, its state dict, Flax's nested parameters, or `Params`.

PyTorch is never imported here: a module is what has a `state_dict`, a tensor what can `detach`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_core.data import NO_TARGET, Sequence
from rnn_core.errors import ShapeError, UsageError, quoted
from rnn_core.formats.files import Content
from rnn_core.formats.models import network
from rnn_core.formats.models.asked import ModelAsked
from rnn_core.formats.models.held import Held, plain
from rnn_core.formats.models.network import Network
from rnn_core.model import Params
from rnn_core.notices import Notice
from rnn_core.reading import ModelReading


def from_torch(module: Any, *, activation: str = "", **reading: Any) -> Params:
    """The parameters of a torch module, or of its state dict, as float64.

    `reading` are `head`, `part`, `layer`, `direction` and the others of `--model`, by name. A layer above others is
    read without these: `rnn_tui.debug` runs them. Raises RnnError: what is wrong, and what to do.
    """
    return network_of(module, ModelReading(**reading), activation=activation).params


def network_of(
    model: Any, reading: ModelReading, notices: list[Notice] | None = None, *, activation: str = ""
) -> Network:
    """The network that a module, named arrays or `Params` are. Raises RnnError."""
    if isinstance(model, Params):
        return Network(model)
    name = type(model).__name__ if hasattr(model, "state_dict") else "the arrays"
    held = model.state_dict() if hasattr(model, "state_dict") else model
    if not isinstance(held, Mapping):
        what = f"{quoted(type(model).__name__)} is no module and no mapping of arrays"
        raise UsageError(what, fix="give a torch module, its state dict, or Params")
    arrays = {path: plain(array) for path, value in _leaves("", held) if (array := _array(value)) is not None}
    asked = ModelAsked(reading, [] if notices is None else notices, activation=activation)
    said = Held(arrays, "pytorch" if hasattr(model, "state_dict") else "", activation=_activation(model))
    return network.made(Content(name, b""), said, asked)


def sequence_of(model: Any, x: Any, y: Any = None, *, element: int = 0, batch_first: bool | None = None) -> Sequence:
    """One element of a batch: x (T,I), or (T,N,I), or (N,T,I) where the module or `batch_first` says so.

    y is one target a timestep, or a single one for the last. Raises ShapeError.
    """
    first = _batch_first(model) if batch_first is None else batch_first
    batch = _known(x, "x")
    rows = _rows(batch, element, first)
    return Sequence(rows, _targets(y, len(rows), element, first, batch.ndim == 3))


def _rows(x: NDArray[Any], element: int, first: bool) -> NDArray[Any]:
    if x.ndim == 2:
        return x
    if x.ndim != 3:
        raise ShapeError(f"x has shape {x.shape}, expected (T, features), or such a batch", fix="give one sequence")
    count = x.shape[0 if first else 1]
    if not -count <= element < count:
        raise ShapeError(f"no element {element} in a batch of {count}", fix=f"0 to {count - 1}")
    return x[element] if first else x[:, element]


def _targets(y: Any, timesteps: int, element: int, first: bool, of_batch: bool) -> Any:
    if y is None:
        return None
    found = np.asarray(_known(y, "y"))
    is_value = found.dtype.kind == "f"
    if found.ndim == (3 if is_value else 2):
        found = found[element] if first else found[:, element]
    elif of_batch and found.ndim and len(found) != timesteps and element < len(found):
        found = found[element][None]  # one target for each sequence of the batch
    found = np.atleast_1d(found)
    if len(found) == timesteps:
        return found.reshape(timesteps, -1) if is_value else found
    if len(found) != 1:
        raise ShapeError(f"y has shape {np.shape(y)} for {timesteps} timesteps", fix="give one target a timestep")
    width = found.reshape(1, -1).shape[1]
    whole = np.full((timesteps, width), np.nan) if is_value else np.full(timesteps, NO_TARGET)
    whole[-1] = found.reshape(-1) if is_value else found[0]
    return whole


def _known(value: Any, name: str) -> NDArray[Any]:
    array = _array(value)
    if array is None:
        raise ShapeError(f"{name} is no array", fix="give a tensor, an array, or a list of numbers")
    return array


def _array(value: Any) -> NDArray[Any] | None:
    """A tensor or an array as NumPy has it; None for what is none. bfloat16, which NumPy lacks, becomes float32."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        value = (value.float() if "bfloat16" in str(value.dtype) else value).numpy()
    try:
        array = np.asarray(value)
    except (ValueError, TypeError):
        return None
    return array if array.dtype.kind in "fiub" else None


def _leaves(at: str, value: Mapping[Any, Any]) -> Iterator[tuple[str, Any]]:
    for key, entry in value.items():
        path = f"{at}/{key}" if at else str(key)
        if isinstance(entry, Mapping):
            yield from _leaves(path, entry)
        else:
            yield path, entry


def _modules(model: Any) -> list[Any]:
    return list(model.modules()) if hasattr(model, "modules") else []


def _activation(model: Any) -> str:
    """The activation of the RNNs in a module, where all have one."""
    found = {str(each.nonlinearity) for each in _modules(model) if hasattr(each, "nonlinearity")}
    return found.pop() if len(found) == 1 and found <= {"tanh", "relu"} else ""


def _batch_first(model: Any) -> bool:
    return any(getattr(each, "batch_first", False) is True for each in _modules(model))
