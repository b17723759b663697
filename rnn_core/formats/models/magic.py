"""How files of weights are told apart by their first bytes; nothing of the readers is imported for it."""

from __future__ import annotations

TORCH_LEGACY = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
"""A pickle of the magic number that PyTorch's older format begins with."""
HDF5 = b"\x89HDF\r\n\x1a\n"
LONGEST_HEADER = 100_000_000
"""The most bytes of a safetensors header, by its own library."""


def _first_member(head: bytes) -> bytes:
    """The name of the first member of a zip; empty for anything else."""
    length = int.from_bytes(head[26:28], "little")
    return head[30 : 30 + length] if head.startswith(b"PK\x03\x04") else b""


def is_torch(head: bytes) -> bool:
    """Whether a checkpoint of either format begins so."""
    return _first_member(head).endswith(b"data.pkl") or head.startswith(TORCH_LEGACY)


def is_keras(head: bytes) -> bool:
    """Whether Keras's archive begins so, or HDF5."""
    return head.startswith(HDF5) or _first_member(head) in (b"metadata.json", b"config.json", b"model.weights.h5")


def is_safetensors(head: bytes) -> bool:
    """Whether these are the length of a header and its brace."""
    return head[8:9] == b"{" and 2 <= int.from_bytes(head[:8], "little") <= LONGEST_HEADER


def is_onnx(head: bytes) -> bool:
    """Whether these are the version of a model and the name, or the graph, that follows it."""
    return (
        head[:1] == b"\x08"
        and 0 < int.from_bytes(head[1:2], "little") < 32
        and head[2:3] in (b"\x12", b"\x3a", b"\x1a")
    )
