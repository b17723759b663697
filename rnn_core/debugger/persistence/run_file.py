"""Run files: a session together with all that was computed of its runs, so that reopening it computes nothing.

    U W V b c [h0]                              the parameters at the cursor: the file is a model, too
    meta                                        a JSON text, what a session file says
    updates_i checkpoints_i row_i               what is remembered of branch i (`training.memory`)
    metrics_i normed_i norms_i

They are NPZ: `--model FILE` and `np.load` open them, without pickles.

Rules this file keeps:
- Whatever a file holds, it is read, or refused in one line that says what is wrong with it and where.
- What is remembered is a cache: the session that a file says is the same without it.
"""

from __future__ import annotations

import os
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnn_core.debugger.persistence import session_file
from rnn_core.debugger.persistence.session_file import Saved
from rnn_core.debugger.session import Session
from rnn_core.errors import UsageError
from rnn_core.formats import archives, arrays, files, models, writing
from rnn_core.formats.arrays import Archive
from rnn_core.formats.files import Content
from rnn_core.formats.models.npz_file import describes_a_model
from rnn_core.training.checkpoints import MOST_BYTES
from rnn_core.training.memory import Memory
from rnn_core.training.thinned import MOST_ROWS

SUFFIX = ".npz"
"""What the name of a run file ends in, where the name decides."""
_MEMBERS = {"updates": ("i", 1), "checkpoints": ("f", 2), "row": ("f", 1), "metrics": ("f", 2)}
"""The arrays of a memory: kind of number and axes."""
_NORMS = {"normed": ("i", 1), "norms": ("f", 2)}
"""The others; files from before norms were thinned have them among the metrics."""


class Stored(NamedTuple):
    """What a file says, and what is remembered of each branch: of none where it is a session file."""

    saved: Saved
    memories: tuple[Memory, ...] = ()


# -- writing ---------------------------------------------------------------------------------------------------


def save(session: Session, path: str, *, overwrite: bool = False) -> int:
    """Write a run file, whole or not at all, and return its size. Raises RnnError."""
    if path == "-":
        raise UsageError("standard output is the screen", fix="give a file name")
    meta = session_file.to_bytes(session).decode("ascii")
    members: dict[str, NDArray[Any]] = {**models.named(session.parameters), "meta": np.array(meta)}
    for i, branch in enumerate(session.branches):
        for name, array in zip(_MEMBERS | _NORMS, branch.run.history.memory(), strict=True):
            members[f"{name}_{i}"] = array
    _check_size(sum(array.nbytes for array in members.values()))
    with writing.opened(path, overwrite=overwrite) as stream:
        archives.write(stream, members)
    return os.stat(path).st_size


def check_savable(session: Session, updates: int) -> None:
    """Raise UsageError where a run could not be saved once it has come this far: ask before long work."""
    session_file.to_bytes(session)
    memory = session.run.history.memory()
    numbers = memory.metrics.shape[1] * updates + (1 + memory.norms.shape[1]) * min(updates, MOST_ROWS)
    most = max(MOST_BYTES, 8 * len(memory.row))
    _check_size(8 * numbers + min(most, 8 * len(memory.row) * updates) + 2 * 8 * len(memory.row))


def _check_size(size: int) -> None:
    if size > files.ARRAY_FILE_LIMIT:
        what = f"the run would take {files.human(size)}, at most {files.human(files.ARRAY_FILE_LIMIT)} are read again"
        raise UsageError(what, fix="save-model writes the parameters alone, train needs fewer --epochs or no -o")


# -- reading ---------------------------------------------------------------------------------------------------


def load(path: str) -> Stored:
    """What a session file or a run file says, distinguished by content. Raises InputError."""
    with files.opened(path) as (file, size):
        head = file.read(files.HEAD)
        limit = files.ARRAY_FILE_LIMIT if arrays.is_npz(head) else session_file.LIMIT
        files.check_size(path, size, limit)
        data = head + file.read(limit + 1 - len(head))
        files.check_size(path, len(data), limit)
    content = Content(path, data)
    return read(content) if arrays.is_npz(head) else Stored(session_file.read(content))


def read(content: Content) -> Stored:
    """What the bytes of a run file say. Raises InputError."""
    archive = Archive(content)
    text = archive.text("meta", session_file.LIMIT) if "meta" in archive else ""
    if not text or describes_a_model(text):
        fix = "train -o FILE and save-session FILE.npz write one; --model FILE reads a model"
        raise content.error("holds no run", fix=fix)
    if not text.isascii():
        raise content.error("is not a session of rnn-tui", at="meta", fix="save-session FILE writes one")
    saved = session_file.read(Content(content.name, text.encode("ascii")))
    return Stored(saved, tuple(_memory(archive, i) for i in range(len(saved.branches))))


def _memory(archive: Archive, branch: int) -> Memory:
    thinned = f"norms_{branch}" in archive
    found: dict[str, Any] = {}
    for name, (kind, axes) in (_MEMBERS | _NORMS if thinned else _MEMBERS).items():
        member = f"{name}_{branch}"
        if member not in archive:
            raise archive.content.error(f"no {member}", fix="save it again")
        header = archive.headers[member]
        if header.dtype.kind != kind or header.dtype.itemsize != 8 or len(header.shape) != axes:
            what = f"holds {header.dtype} of shape {header.shape}"
            raise archive.content.error(what, at=member, fix="save it again")
        found[name] = archive.array(member).astype(np.int64 if kind == "i" else np.float64, copy=False)
    return Memory(*found.values()) if thinned else Memory.of_every_norm(*found.values())
