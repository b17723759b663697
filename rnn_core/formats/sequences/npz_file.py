"""Sequences as named NumPy arrays.

    inputs or x     (T,I) or (N,T,I)
    targets or y    (T,) or (N,T), if wanted
    lengths         (N,) for padded sequences, or for sequences one after the other
    h0, s0          (H,) or (N,H)

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
from rnn_core.formats.files import WEIGHTS, Content
from rnn_core.formats.models.names import looks_like_weights
from rnn_core.formats.registry import Format
from rnn_core.formats.sequences.asked import Asked, listed
from rnn_core.formats.sequences.assemble import check_axes
from rnn_core.formats.sequences.stacked import Given, from_arrays

INPUTS, TARGETS, LENGTHS = ("inputs", "x"), ("targets", "y"), ("lengths",)
SPELLED = {
    INPUTS: ("X", "X_train", "x_train"),
    TARGETS: ("Y", "y_train", "Y_train", "labels"),
    LENGTHS: ("seq_lengths", "cumlen", "ends", "offsets", "cu_seqlens"),
}
"""What else they are called; taken with a notice."""
_PARTNERS = ("_test", "_val", "_valid", "_dev")
_KNOWN = (*INPUTS, *TARGETS, *LENGTHS, "h0", "s0")

sniff = arrays.is_npz


def load(content: Content, asked: Asked) -> Dataset:
    """The dataset in an NPZ file. Raises RnnError naming the array."""
    archive = Archive(content, objects=arrays.RAGGED)
    names = {known: _one_of(archive, known, asked) for known in (INPUTS, TARGETS, LENGTHS)}
    x_name, y_name, lengths_name = names.values()
    exported = "meta" in archive
    if not x_name:
        held = one_line(", ".join(archive.headers), 80)
        fix = WEIGHTS if looks_like_weights(archive.headers) else "save the inputs as one of them"
        raise content.error(f"no array inputs or x; it holds {held}", fix=fix)
    left_out = _check_names(content, archive, set(names.values()), exported)
    if left_out:
        asked.note(f"{listed(left_out)} left out", f"{x_name} is opened", "save them as inputs in another file")
    shape, kind = archive.headers[x_name].shape, archive.headers[x_name].dtype.kind
    if len(shape) != 1 or kind not in "iu":
        check_axes(content, shape, x_name)
    given = Given(
        x=archive.array(x_name),
        y=archive.array(y_name, words=True) if y_name else None,
        lengths=archive.array(lengths_name) if lengths_name else None,
        h0=_initial(archive, "h", exported),
        s0=_initial(archive, "s", exported),
        x_name=x_name,
        y_name=y_name or TARGETS[0],
        lengths_name=lengths_name or LENGTHS[0],
    )
    return from_arrays(content, given, asked)


def _check_names(content: Content, archive: Archive, taken: set[str], exported: bool) -> list[str]:
    """The arrays for testing beside those for training, which are left out. Raises InputError for any other."""
    left_out = []
    for name in archive.headers:
        if name in taken or name in {"h0", "s0"} or exported:
            continue
        if name.endswith(_PARTNERS) and any(other.endswith("_train") for other in taken):
            left_out.append(name)
            continue
        near = difflib.get_close_matches(name[:100], _KNOWN, n=1)
        fix = f"did you mean {near[0]}?" if near else f"known are {', '.join(_KNOWN)}"
        raise content.error(f"unknown array {quoted(name)}", fix=fix)
    return left_out


def _initial(archive: Archive, state: str, exported: bool) -> NDArray[Any] | None:
    """h0 or s0; that of a trace is also the first row of its h or s.

    One of zeros in a trace is left out: it would only fix the size.
    """
    if f"{state}0" in archive:
        start = archive.array(f"{state}0")
    elif exported and state in archive and len(archive.headers[state].shape) == 2:
        start = archive.array(state)[:1]
    else:
        return None
    return start if not exported or start.any() else None


def _one_of(archive: Archive, names: tuple[str, ...], asked: Asked) -> str:
    found = [name for name in (*names, *SPELLED[names]) if name in archive]
    if len(found) > 1:
        raise archive.content.error(f"both {found[0]} and {found[1]}", fix="keep one of them")
    if found and found[0] in SPELLED[names]:
        asked.note(f"{found[0]} is taken as {names[0]}", "its name", f"save it as {names[0]}")
    return found[0] if found else ""


FORMAT = Format("NPZ", (".npz",), sniff, load, "arrays inputs, targets, lengths, h0", binary=True)
