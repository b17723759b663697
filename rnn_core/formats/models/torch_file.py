"""What torch.save writes, read without PyTorch and without running anything of it: .pt, .pth, .ckpt, in both formats.

Since 1.6 it is a zip that holds a pickle (`data.pkl`) and the storages; before that, five pickles and then the storages
one after another. Both are followed by `pickled.Machine`.

Source: torch/serialization.py.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from rnn_core.errors import one_line
from rnn_core.formats import files
from rnn_core.formats.files import Content, human
from rnn_core.formats.models.asked import ModelAsked
from rnn_core.formats.models.held import Held, Stored
from rnn_core.formats.models.magic import TORCH_LEGACY
from rnn_core.formats.models.pickled import Inert, Machine
from rnn_core.formats.models.torch_tensors import CALLS, Storage, Tensor, storage

PICKLE = "data.pkl"
MOST_PICKLED = 32 * 2**20
"""The most bytes of `data.pkl`; the numbers stand elsewhere."""
MEMBERS, DEEPEST, MOST_VALUES = 100_000, 50, 500_000
AGAIN = "copy it again, or save it again with torch.save"
_ACTIVATIONS = {"RNN_TANH": "tanh", "RNN_RELU": "relu", "tanh": "tanh", "relu": "relu"}


def read(content: Content, _asked: ModelAsked) -> Held:
    """The tensors in a checkpoint. Raises InputError."""
    if content.data.startswith(b"PK"):
        return _Zip(content).held()
    if content.data.startswith(TORCH_LEGACY):
        return _legacy(content)
    if content.data[257:262] == b"ustar":
        raise content.error("holds a tar archive, PyTorch's format before 0.1.10", fix="save it again with torch.save")
    if content.data[:1] == b"\x80":
        raise content.error(
            "holds a bare pickle, not what torch.save writes", fix="save its state dict with torch.save"
        )
    what = files.foreign(content.data[: files.HEAD])[0]
    raise content.error(f"holds {what or 'other data'}, not a PyTorch checkpoint", fix="save it with torch.save")


class _Zip:
    """The newer format."""

    def __init__(self, content: Content) -> None:
        self.content = content
        try:
            members = zipfile.ZipFile(io.BytesIO(content.data)).infolist()
        except Exception:  # zipfile parses hostile bytes: BadZipFile is the usual exception, not the only one
            raise content.error("is damaged or cut short", fix=AGAIN) from None
        if len(members) > MEMBERS:
            raise content.error(f"holds {len(members)} members, more than {MEMBERS}", fix="save only the state dict")
        self.members = {member.filename: member for member in members}
        if len(self.members) < len(members):
            names = [member.filename for member in members]
            twice = next(name for name in names if names.count(name) > 1)
            raise content.error("is in it twice", at=one_line(twice, 60), fix=AGAIN)
        pickles = [name for name in self.members if name == PICKLE or name.endswith(f"/{PICKLE}")]
        if len(pickles) != 1:
            raise content.error(f"holds {len(pickles) or 'no'} {PICKLE}, not a PyTorch checkpoint", fix=AGAIN)
        self.root = pickles[0].removesuffix(PICKLE)
        if any(name.startswith(f"{self.root}code/") for name in self.members):
            fix = "save its state dict: torch.save(model.state_dict(), …)"
            raise content.error("holds TorchScript, a program and its weights", fix=fix)
        self.swapped = f"{self.root}byteorder" in self.members and bytes(self.bytes("byteorder", 16)) == b"big"
        self._known: dict[str, memoryview] = {}

    def held(self) -> Held:
        pickle = self.bytes(PICKLE, MOST_PICKLED)
        root = Machine(self.content, pickle, 0, CALLS, lambda found: storage(found, self.content)).run()
        return collected(self.content, root, self._numbers)

    def _numbers(self, wanted: Storage) -> memoryview:
        """The bytes of a storage; one that several tensors share is read once."""
        if wanted.key not in self._known:
            data = self.bytes(f"data/{wanted.key}", files.ARRAY_FILE_LIMIT)
            self._known[wanted.key] = _little(data, wanted.dtype) if self.swapped else data
        return self._known[wanted.key]

    def bytes(self, name: str, most: int) -> memoryview:
        """The bytes of one member, straight from the file where it is not compressed. Raises InputError."""
        member = self.members.get(self.root + name)
        if member is None:
            raise self.content.error(f"has no {one_line(name, 60)}", fix=AGAIN)
        if member.flag_bits & 1:
            raise self.content.error("is encrypted", at=name, fix="save it without a password")
        if member.file_size > most:
            what = f"has {human(member.file_size)}, more than the {human(most)} that are read"
            raise self.content.error(what, at=name, fix="save only the state dict")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise self.content.error("is compressed in an unusual way", at=name, fix=AGAIN)
        data = self._unpacked(member, name)
        if len(data) != member.file_size or zlib.crc32(data) != member.CRC:
            raise self.content.error("is damaged: its checksum differs", at=name, fix=AGAIN)
        return data

    def _unpacked(self, member: zipfile.ZipInfo, name: str) -> memoryview:
        start, view = member.header_offset, memoryview(self.content.data)
        header = self.content.data[start : start + 30]
        if header[:4] != b"PK\x03\x04" or len(header) < 30:
            raise self.content.error("is damaged: it is not where the zip says", at=name, fix=AGAIN)
        start += 30 + int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
        packed = view[start : start + member.compress_size]
        if member.compress_type == zipfile.ZIP_STORED:
            return packed
        try:
            return memoryview(zlib.decompressobj(-15).decompress(packed, member.file_size + 1))
        except zlib.error:
            raise self.content.error("is damaged: it does not unpack", at=name, fix=AGAIN) from None


def _legacy(content: Content) -> Held:
    """The older format: magic number, version, system, the object, the keys of its storages; then their bytes."""
    seen: dict[str, Storage] = {}

    def persistent(found: Any) -> Any:
        made = storage(found, content)
        return seen.setdefault(made.key, made) if isinstance(made, Storage) else made

    at, values = 0, []
    for _ in range(5):
        machine = Machine(content, content.data, at, CALLS, persistent)
        values.append(machine.run())
        at = machine.at
    _, _, system, root, keys = values
    if not isinstance(keys, list) or any(not isinstance(key, str) for key in keys):
        raise content.error("has no list of its storages", fix=AGAIN)
    swapped = isinstance(system, dict) and system.get("little_endian") is False
    numbers: dict[str, memoryview] = {}
    view = memoryview(content.data)
    for key in keys:
        if key not in seen or key in numbers:
            raise content.error(f"has a storage {one_line(key, 30)} that no tensor names", fix=AGAIN)
        count = int.from_bytes(view[at : at + 8], "big" if swapped else "little")
        size = count * _itemsize(seen[key].dtype)
        if count != seen[key].count or at + 8 + size > len(view):
            raise content.error("is cut short: a storage has fewer numbers than it says", fix=AGAIN)
        data = view[at + 8 : at + 8 + size]
        numbers[key] = _little(data, seen[key].dtype) if swapped else data
        at += 8 + size

    def raw(wanted: Storage) -> memoryview:
        if wanted.key not in numbers:
            raise content.error(f"has no numbers for the storage {one_line(wanted.key, 30)}", fix=AGAIN)
        return numbers[wanted.key]

    return collected(content, root, raw)


_SIZES = {"float64": 8, "float32": 4, "int64": 8, "int32": 4, "qint32": 4, "complex64": 8, "complex128": 16}
_BYTES = {"int8": 1, "uint8": 1, "bool": 1, "qint8": 1, "quint8": 1}


def _itemsize(dtype: str) -> int:
    return _SIZES.get(dtype, _BYTES.get(dtype, 2))


def _little(data: memoryview, dtype: str) -> memoryview:
    """Numbers that a machine with the other byte order wrote."""
    size = _itemsize(dtype)
    whole = data[: len(data) // size * size]
    return memoryview(np.frombuffer(whole, f">u{min(size, 8)}").astype(f"<u{min(size, 8)}").tobytes())


# -- what a checkpoint holds -----------------------------------------------------------------------------------


def collected(content: Content, root: Any, raw: Any) -> Held:
    """The tensors in `root` by their paths, those of whole modules as well; everything else is named as left out."""
    arrays: dict[str, Stored] = {}
    left_out: list[str] = []
    inert: list[str] = []
    activations: set[str] = set()
    for count, (path, value) in enumerate(_leaves(root)):
        if count > MOST_VALUES:
            raise content.error(f"holds more than {MOST_VALUES} values", fix="save only the state dict")
        if isinstance(value, Tensor):
            arrays[path] = value.stored(content, path, raw)
        elif isinstance(value, Inert):
            inert.append(value.name)
            left_out.append(f"{path} ({value.name}, not loaded)" if path else value.name)
        elif path.endswith((".nonlinearity", ".mode")) or path in ("nonlinearity", "mode"):
            activations.add(_ACTIVATIONS.get(str(value), ""))
        else:
            left_out.append(path or type(value).__name__)
    if not arrays:
        if inert:
            fix = "nothing of it is run: save a state dict, torch.save(model.state_dict(), …)"
            raise content.error(f"holds {inert[0]}, which is no tensor", fix=fix)
        raise content.error("holds no tensors", fix="save a state dict: torch.save(model.state_dict(), …)")
    known = activations - {""}
    return Held(arrays, "pytorch", activation=known.pop() if len(known) == 1 else "", left_out=_in_short(left_out))


_MODULE = ("_parameters", "_buffers", "_modules")


def _leaves(root: Any) -> Iterator[tuple[str, Any]]:
    """Everything that is no container, and its path. Of a whole module: its parameters, and its settings."""
    open_now: list[tuple[str, Any, int]] = [("", root, 0)]
    while open_now:
        path, value, depth = open_now.pop()
        inside: list[tuple[Any, Any]] | None = None
        if isinstance(value, Inert):
            state = value.state if isinstance(value.state, dict) else {}
            if "_parameters" in state and isinstance(state["_parameters"], dict):
                settings = [(key, state[key]) for key in ("nonlinearity", "mode") if key in state]
                parts = [part for part in _MODULE if isinstance(state.get(part), dict)]
                inside = [*settings, *(pair for part in parts for pair in state[part].items() if pair[1] is not None)]
        elif isinstance(value, dict):
            inside = list(value.items())
        elif isinstance(value, list | tuple):
            inside = list(enumerate(value))
        if inside is None or depth >= DEEPEST:
            yield path, value
            continue
        for key, entry in reversed(inside):
            name = one_line(key if isinstance(key, str) else str(key)[:60], 200)
            open_now.append((f"{path}.{name}" if path and name else path or name, entry, depth + 1))


def _in_short(left_out: list[str]) -> tuple[str, ...]:
    """The paths, those inside one another as the outermost: `optimizer_states`, not each of its numbers."""
    return tuple(dict.fromkeys(path if path.endswith(")") else path.partition(".")[0] for path in left_out))
