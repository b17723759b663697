"""NumPy's own files, read without trusting them: headers first, data afterwards, pickles never.

Rules this file keeps:
- No array's data is touched before the headers of all have been judged: kind of number, size, object arrays.
- A zip's declared sizes are judged before anything large is unpacked, and no more than declared is unpacked.
- What is cut short or longer than its header says is refused: there are no partial loads.
"""

from __future__ import annotations

import io
import math
import warnings
import zipfile
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from rnn_core.errors import InputError, quoted
from rnn_core.formats import files
from rnn_core.formats.files import Content, human
from rnn_core.records import dataclass

NPY_MAGIC = b"\x93NUMPY"
ZIP_MAGIC = b"PK\x03\x04"

MEMBER_LIMIT = 10_000
"""The most arrays an NPZ may hold."""

RATIO_LIMIT, RATIO_FREE = 500, 16 * 2**20
"""A zip member above RATIO_FREE bytes that shrank by more than RATIO_LIMIT is taken for a zip bomb."""

RAGGED = "pad sequences to one (N,T,I) array and save lengths (N,), too, or write them as lists in JSON"
"""The two ways for sequences of unequal length, which NumPy keeps as objects."""

_HEADER_BYTES = 70_000
_KINDS = {
    "c": ("complex numbers", "save the real part"),
    "U": ("text", "save numbers"),
    "S": ("text", "save numbers"),
    "V": ("records", "save one plain array of numbers"),
    "M": ("dates", "save numbers"),
    "m": ("time spans", "save numbers"),
}


def is_npy(head: bytes) -> bool:
    """Whether these first bytes begin an NPY file."""
    return head.startswith(NPY_MAGIC)


def is_npz(head: bytes) -> bool:
    """Whether these first bytes begin a zip whose first member is an array, or that has no member."""
    if head.startswith(b"PK\x05\x06"):
        return True
    length = int.from_bytes(head[26:28], "little")
    return head.startswith(ZIP_MAGIC) and head[30 : 30 + length].endswith(b".npy")


@dataclass(frozen=True)
class Header:
    """What an NPY header says: shape, dtype, order, and where the data begins."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran: bool
    offset: int

    @property
    def count(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)

    @property
    def end(self) -> int:
        """The number of bytes of header and data."""
        return self.offset + self.count * self.dtype.itemsize


def read_header(content: Content, head: bytes, at: str = "", *, objects: str = "") -> Header:
    """The header at the beginning of `head`; object arrays are refused here, with what to do. Raises InputError."""
    if not is_npy(head):
        what = files.foreign(head)[0]
        raise content.error(f"holds {what}, not an array" if what else "not NPY data", at=at, fix="save it with NumPy")
    stream = io.BytesIO(head[:_HEADER_BYTES])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about headers that Python 2 wrote, which are read all the same
            version = npy.read_magic(stream)
            reader = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, fortran, dtype = reader(stream)
    except Exception:  # NumPy parses hostile bytes as a Python literal: no list of what may come out is complete
        raise content.error("the NPY header is damaged or cut short", at=at, fix="save it again with NumPy") from None
    if dtype.hasobject:
        fix = objects or "save it with a numeric dtype; pickles are never loaded"
        if objects and shape == ():
            fix = "save what is in it as arrays: np.savez('data.npz', inputs=…, targets=…)"
        raise content.error("an array of Python objects, which would have to be unpickled", at=at, fix=fix)
    if any(size < 0 for size in shape):
        raise content.error(f"the NPY header has the shape {shape}", at=at, fix="save it again with NumPy")
    return Header(shape, dtype, fortran, stream.tell())


def check_real(content: Content, header: Header, at: str = "") -> None:
    """Raise InputError unless the array holds real numbers that float64 can hold, and fit the memory."""
    kind, dtype = header.dtype.kind, header.dtype
    if kind not in "fiub":
        what, fix = _KINDS.get(kind, (str(dtype), "save numbers"))
        raise content.error(f"holds {what} ({dtype}), not real numbers", at=at, fix=fix)
    if kind == "f" and dtype.itemsize > 8:
        raise content.error(f"holds {dtype}, which float64 would cut", at=at, fix="save it as float64")
    files.check_dense(content, header.count, f"{header.count} numbers", at=at)


def read_array(content: Content, data: bytes, header: Header, at: str = "") -> NDArray[Any]:
    """The array in `data` (header and all), read-only, its dtype as saved. Raises InputError."""
    if len(data) < header.end:
        what = f"cut short: {human(len(data))} of {human(header.end)}"
        raise content.error(what, at=at, fix="copy or save it again")
    if len(data) > header.end:
        what = f"{len(data) - header.end} bytes more than its header says"
        raise content.error(what, at=at, fix="save one array in it")
    if header.count == 0:
        return np.zeros(header.shape, header.dtype)
    flat = np.frombuffer(data, header.dtype, header.count, header.offset)
    return flat.reshape(header.shape, order="F" if header.fortran else "C")


class Archive:
    """An NPZ: its arrays' headers by name, their data on demand. Raises InputError from the start."""

    def __init__(self, content: Content, *, objects: str = "") -> None:
        self.content = content
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content.data))
            members = self._zip.infolist()
        except Exception:  # zipfile parses hostile bytes: BadZipFile is the usual exception, not the only one
            raise self._damaged() from None
        self._check(members)
        self._members = {member.filename.removesuffix(".npy"): member for member in members}
        self.headers = {
            name: read_header(content, self._unpack(name, _HEADER_BYTES), name, objects=objects)
            for name in self._members
        }

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def array(self, name: str, *, words: bool = False) -> NDArray[Any]:
        """The array of real numbers called `name`; with `words`, also of texts. Raises InputError."""
        header = self.headers[name]
        if words and header.dtype.kind in "US":
            files.check_dense(self.content, header.end // 8, f"{header.count} texts", at=name)
        else:
            check_real(self.content, header, name)
        return read_array(self.content, self._unpack(name, self._members[name].file_size), header, name)

    def text(self, name: str, most: int) -> str:
        """The one text, of at most `most` characters, in the array called `name`. Raises InputError."""
        header = self.headers[name]
        if header.dtype.kind != "U" or header.shape != ():
            raise self.content.error("is not a single text", at=name, fix="save np.array(text)")
        if header.dtype.itemsize > 4 * most:
            raise self.content.error(f"is a text of {human(header.dtype.itemsize)}, at most {human(4 * most)} are read")
        data = self._unpack(name, self._members[name].file_size)
        try:
            return str(read_array(self.content, data, header, name).item())
        except ValueError as error:
            if isinstance(error, InputError):
                raise
            raise self.content.error("holds what is no character", at=name, fix="save np.array(text)") from None

    def _unpack(self, name: str, most: int) -> bytes:
        try:
            with self._zip.open(self._members[name]) as stream:
                return stream.read(most)
        except Exception:  # as above, and zlib's own
            raise self._damaged(name) from None

    def _damaged(self, at: str = "") -> InputError:
        if not self.content.data.startswith(b"PK"):
            what = "a single NPY array" if is_npy(self.content.data) else files.foreign(self.content.data)[0]
            return self.content.error(f"holds {what or 'other data'}, not NPZ", fix="save it with np.savez")
        return self.content.error("is damaged or cut short", at=at, fix="copy it or save it again with np.savez")

    def _check(self, members: list[zipfile.ZipInfo]) -> None:
        if not members:
            raise self.content.error("holds no arrays", fix="save them with np.savez")
        if len(members) > MEMBER_LIMIT:
            raise self.content.error(f"holds {len(members)} arrays, more than {MEMBER_LIMIT}", fix="save fewer")
        seen: set[str] = set()
        for member in members:
            name = member.filename
            if not name.endswith(".npy"):
                what, fix = files.foreign(self.content.data)
                if what != "a PyTorch checkpoint":
                    what, fix = f"{quoted(name)}, which is not an array", "save the arrays with np.savez"
                raise self.content.error(f"holds {what}", fix=fix)
            if name in seen:
                raise self.content.error(f"holds {quoted(name)} twice", fix="save it again with np.savez")
            seen.add(name)
            self._check_bomb(member)
        total = sum(member.file_size for member in members)
        if total > files.DENSE_LIMIT:
            what = f"would unpack to {human(total)}, more than {human(files.DENSE_LIMIT)}"
            raise self.content.error(what, fix="save less in it")

    def _check_bomb(self, member: zipfile.ZipInfo) -> None:
        if member.flag_bits & 1 or member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            what = "is encrypted or compressed in an unusual way"
            raise self.content.error(what, at=member.filename, fix="save it with np.savez")
        if member.file_size > RATIO_FREE and member.file_size > RATIO_LIMIT * max(member.compress_size, 1):
            what = f"would unpack to {human(member.file_size)}, over {RATIO_LIMIT} times its size, like a zip bomb"
            raise self.content.error(what, at=member.filename, fix="save it with np.savez, not savez_compressed")


def check_finite(content: Content, array: NDArray[Any], name: str) -> None:
    """Raise InputError naming the first element of `array` that is not finite."""
    if array.dtype.kind != "f" or np.isfinite(array).all():
        return
    index = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
    at = name + "".join(f"[{i}]" for i in index)
    raise content.error(f"{array[index]} is not a finite number", at=at, fix="inputs must be finite: fill the gap")
