"""Writing NPZ: stored, not compressed, with fixed timestamps, so that the same arrays give the same bytes."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

PIECE = 2**24
"""Bytes written at a time."""


def write(stream: BinaryIO, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays under their names, in their order."""
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            for _ in write_member(archive, name, array, PIECE):
                pass


def write_member(archive: zipfile.ZipFile, name: str, array: NDArray[Any], piece: int) -> Iterator[int]:
    """Write one array, as np.save does but without copying it; yields the bytes written, piece by piece."""
    member = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
    member.create_system, member.external_attr = 3, 0o644 << 16  # the same bytes on every system
    with archive.open(member, "w", force_zip64=True) as file:
        npy.write_array_header_1_0(file, npy.header_data_from_array_1_0(array))
        data = np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
        for start in range(0, len(data), piece):
            file.write(data[start : start + piece])
            yield len(data[start : start + piece])
