"""Sequences as named NumPy arrays.

    inputs or x     (T,I) or (N,T,I)
    targets or y    (T,) or (N,T), if wanted
    lengths         (N,) for padded sequences
    h0              (H,) or (N,H)

A trace that this program exported has a `meta` array and many more; it is read as the sequence it was recorded from.
"""

from __future__ import annotations

import difflib
from typing import Any

from numpy.typing import NDArray

from rnn_core.data import Dataset
from rnn_core.errors import one_line, quoted
from rnn_core.formats import arrays
from rnn_core.formats.arrays import Archive
from rnn_core.formats.files import Content
from rnn_core.formats.sequences.assemble import Given, check_axes, from_arrays
from rnn_core.model import PARAMETERS

INPUTS, TARGETS = ("inputs", "x"), ("targets", "y")
_KNOWN = (*INPUTS, *TARGETS, "lengths", "h0")

sniff = arrays.is_npz


def load(content: Content, tokens: str = "chars") -> Dataset:
    """The dataset in an NPZ file; `tokens` is for text files. Raises RnnError naming the array."""
    archive = Archive(content)
    x_name = _one_of(archive, INPUTS)
    y_name = _one_of(archive, TARGETS)
    exported = "meta" in archive
    if not x_name:
        held = one_line(", ".join(archive.headers), 80)
        weights = any(name in archive for name in PARAMETERS) or any("weight" in name for name in archive.headers)
        fix = "these look like weights, not a sequence" if weights else "save the inputs as one of them"
        raise content.error(f"no array inputs or x; it holds {held}", fix=fix)
    for name in archive.headers:
        if name not in _KNOWN and not exported:
            near = difflib.get_close_matches(name[:100], _KNOWN, n=1)
            fix = f"did you mean {near[0]}?" if near else f"known are {', '.join(_KNOWN)}"
            raise content.error(f"unknown array {quoted(name)}", fix=fix)
    check_axes(content, archive.headers[x_name].shape, x_name)
    given = Given(
        x=archive.array(x_name),
        y=archive.array(y_name) if y_name else None,
        lengths=archive.array("lengths") if "lengths" in archive else None,
        h0=_initial(archive, exported),
        x_name=x_name,
        y_name=y_name or TARGETS[0],
    )
    return from_arrays(content, given)


def _initial(archive: Archive, exported: bool) -> NDArray[Any] | None:
    """h0; that of a trace is also the first row of its h. One of zeros is left out: it would only fix the size."""
    if "h0" in archive:
        h0 = archive.array("h0")
    elif exported and "h" in archive and len(archive.headers["h"].shape) == 2:
        h0 = archive.array("h")[:1]
    else:
        return None
    return h0 if not exported or h0.any() else None


def _one_of(archive: Archive, names: tuple[str, ...]) -> str:
    found = [name for name in names if name in archive]
    if len(found) > 1:
        raise archive.content.error(f"both {names[0]} and {names[1]}", fix="keep one of them")
    return found[0] if found else ""
