"""Bytes of small files, right and wrong, for the tests of the formats."""

from __future__ import annotations

import io
import json
import warnings
import zipfile
from typing import Any

import numpy as np


def as_json(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


def npy(array: Any, **options: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.asarray(array), **options)
    return stream.getvalue()


def npz(**arrays: Any) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def zipped(members: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w", compression) as archive:
        warnings.simplefilter("ignore")  # about the name that is given twice on purpose
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def objects() -> bytes:
    """An NPY of Python objects: loading it would unpickle."""
    return npy(np.array([{"a": 1}], dtype=object), allow_pickle=True)


def header_only(descr: str, shape: tuple[int, ...]) -> bytes:
    """An NPY header that promises data which does not follow."""
    text = repr({"descr": descr, "fortran_order": False, "shape": shape}).ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


def bomb() -> bytes:
    """A small zip that unpacks to 64 MiB of zeros."""
    zeros = header_only("|u1", (2**13, 2**13)) + bytes(2**26)
    return zipped({"x.npy": zeros}, zipfile.ZIP_DEFLATED)


def weights(hidden: int = 4, inputs: int = 3, classes: int = 2, seed: int = 0) -> dict[str, np.ndarray[Any, Any]]:
    rng = np.random.default_rng(seed)
    shapes = {"U": (hidden, inputs), "W": (hidden, hidden), "V": (classes, hidden), "b": (hidden,), "c": (classes,)}
    return {name: rng.standard_normal(shape) for name, shape in shapes.items()}
