"""safetensors: a header of JSON, then the numbers of all tensors one after another; judged by its own library."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_core.errors import one_line
from rnn_core.formats import files
from rnn_core.formats.files import Content
from rnn_core.formats.models import held
from rnn_core.formats.models.asked import ModelAsked
from rnn_core.formats.models.held import Held, Stored
from rnn_core.formats.models.magic import is_safetensors

_DTYPES = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "I64": "int64", "I32": "int32",
    "I16": "int16", "I8": "int8", "U8": "uint8", "BOOL": "bool",
}  # fmt: skip
AGAIN = "copy it again, or save it again with safetensors"


def read(content: Content, _asked: ModelAsked) -> Held:
    """The tensors of the file. Raises InputError."""
    if not is_safetensors(content.data):
        what = files.foreign(content.data[: files.HEAD])[0]
        raise content.error(f"holds {what or 'other data'}, not safetensors", fix=AGAIN)
    import safetensors  # late: who opens no such file does not wait for it

    length = int.from_bytes(content.data[:8], "little")
    try:
        order = _names(content, content.data[8 : 8 + length])
        found = safetensors.deserialize(content.data)  # type: ignore[no-untyped-call]  # it has no types
    except (safetensors.SafetensorError, ValueError, TypeError, RecursionError) as error:
        if hasattr(error, "fix"):
            raise
        said = one_line(str(error).removeprefix("Error while deserializing header: "), 80)
        raise content.error(f"is damaged or cut short: {said}", fix=AGAIN) from None
    by_name = dict(found)  # in no order of its own: that of the header is the same each time
    return Held({name: _stored(content, name, by_name[name]) for name in order if name in by_name})


def _stored(content: Content, name: str, found: dict[str, Any]) -> Stored:
    dtype = _DTYPES.get(found["dtype"], found["dtype"])
    shape = held.shape_of(content, name, found["shape"])

    def load() -> NDArray[Any]:
        kind, _ = held.stored_as(content, name, dtype, held.counted(shape))
        return held.widened(np.frombuffer(found["data"], kind).reshape(shape), dtype)

    return Stored(shape, dtype, load)


def _names(content: Content, header: bytes) -> list[str]:
    """The names in a header. Raises InputError for one that stands twice, of which the library takes the last."""

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(found)
        if len(made) < len(found):
            names = [name for name, _ in found]
            twice = next(name for name in names if names.count(name) > 1)
            raise content.error("is in it twice", at=one_line(twice, 60), fix=AGAIN)
        return made

    return list(json.loads(header, object_pairs_hook=pairs))
