"""PyTorch's tensors as a pickle names them: a storage, and a view of it by offset, shape and strides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from rnn_core.formats.files import Content
from rnn_core.formats.models import held
from rnn_core.formats.models.held import Stored
from rnn_core.formats.models.pickled import Global
from rnn_core.records import dataclass

_STORAGES = {
    "Double": "float64", "Float": "float32", "Half": "float16", "BFloat16": "bfloat16", "Long": "int64",
    "Int": "int32", "Short": "int16", "Char": "int8", "Byte": "uint8", "Bool": "bool",
    "QInt8": "qint8", "QUInt8": "quint8", "QInt32": "qint32",
    "ComplexFloat": "complex64", "ComplexDouble": "complex128",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Storage:
    """A run of numbers in the file."""

    key: str
    dtype: str
    """Empty for one that has bytes only: the tensor says what they are."""
    count: int


@dataclass(frozen=True, eq=False)
class Tensor:
    """A view of a storage; nothing of it is checked yet."""

    storage: Any
    offset: Any
    shape: Any
    strides: Any
    dtype: str

    def stored(self, content: Content, name: str, raw: Callable[[Storage], memoryview]) -> Stored:
        """The array, where `raw` gives the bytes of a storage. Raises InputError, also where it is loaded."""
        shape = held.shape_of(content, name, self.shape)
        return Stored(shape, self.dtype, lambda: self._loaded(content, name, shape, raw))

    def _loaded(
        self, content: Content, name: str, shape: tuple[int, ...], raw: Callable[[Storage], memoryview]
    ) -> NDArray[Any]:
        kind, needed = held.stored_as(content, name, self.dtype, held.counted(shape))
        size = np.dtype(kind).itemsize
        if not isinstance(self.storage, Storage):
            raise held.damaged(content, name, "a tensor without its numbers")
        data = raw(self.storage)
        strides = held.shape_of(content, name, self.strides)
        offset = held.shape_of(content, name, [self.offset])[0]
        if len(strides) != len(shape):
            raise held.damaged(content, name, f"the shape {shape} with {len(strides)} strides")
        if not needed:
            return np.zeros(shape, kind)
        last = offset + sum((extent - 1) * stride for extent, stride in zip(shape, strides, strict=True))
        if (last + 1) * size > len(data):
            what = f"the shape {shape} from {offset} on, in a storage of {len(data) // size} numbers"
            raise held.damaged(content, name, what)
        flat = np.frombuffer(data, kind, len(data) // size)
        view = as_strided(flat[offset:], shape, [stride * size for stride in strides], writeable=False)
        return held.widened(view, self.dtype)


def storage(persistent: Any, content: Content) -> Any:
    """The storage of a persistent id, ("storage", type, key, device, count …)."""
    if isinstance(persistent, tuple) and len(persistent) > 1 and persistent[0] == "module":
        return persistent[1]  # a class, and the text of its source
    if not (isinstance(persistent, tuple) and len(persistent) >= 5 and persistent[0] == "storage"):
        raise content.error("a reference in it that is no storage", fix="save a state dict with torch.save")
    _, kind, key, _, count = persistent[:5]
    name = kind.name.rpartition(".")[2] if isinstance(kind, Global) else ""
    if not (isinstance(key, str) and type(count) is int and 0 <= count < 2**48 and name.endswith("Storage")):
        raise held.damaged(content, "", "a storage without a kind, a name or a size")
    dtype = "" if name == "UntypedStorage" else _STORAGES.get(name.removesuffix("Storage"), name)
    return Storage(key, dtype, count)


def _tensor(found: Any, offset: Any, shape: Any, strides: Any, *_others: Any) -> Tensor:
    return Tensor(found, offset, shape, strides, getattr(found, "dtype", ""))


def _tensor_with_dtype(
    found: Any, offset: Any, shape: Any, strides: Any, _grad: Any, _hooks: Any, dtype: Any, *_others: Any
) -> Tensor:
    return Tensor(found, offset, shape, strides, str(getattr(dtype, "name", "")).removeprefix("torch."))


def _quantised(found: Any, offset: Any, shape: Any, strides: Any, *_others: Any) -> Tensor:
    return Tensor(found, offset, shape, strides, "qint8")


def _first(first: Any, *_others: Any) -> Any:
    return first


def _ordered(pairs: Any = ()) -> dict[Any, Any]:
    if isinstance(pairs, dict):
        return dict(pairs)
    return {key: value for key, value in pairs if isinstance(key, str | int)}


CALLS: dict[str, Callable[..., Any]] = {
    "collections.OrderedDict": _ordered,
    "collections.defaultdict": lambda *_factory: {},
    "torch._utils._rebuild_tensor": _tensor,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_tensor_v3": _tensor_with_dtype,
    "torch._utils._rebuild_qtensor": _quantised,
    "torch._utils._rebuild_parameter": _first,
    "torch._utils._rebuild_parameter_with_state": _first,
    "torch.nn.parameter.Parameter": _first,
    "torch.Size": lambda sizes=(): tuple(sizes),
    "builtins.set": lambda items=(): list(items),
    "builtins.dict": _ordered,
    "builtins.list": lambda items=(): list(items),
}
"""All that a call in such a file may make."""
