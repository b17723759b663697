"""Long series cut into windows: each a sequence of its own, of one length, starting a stride after the one before."""

from __future__ import annotations

from dataclasses import replace

from rnn_core.data import Dataset
from rnn_core.errors import UsageError
from rnn_core.formats.files import counted
from rnn_core.formats.sequences.asked import Asked
from rnn_core.formats.sequences.assemble import SEQUENCE_LIMIT


def cut(dataset: Dataset, asked: Asked) -> Dataset:
    """`dataset` in the windows asked for; nothing is copied. Raises UsageError where none fits, or too many."""
    window, stride = asked.reading.window, asked.reading.stride
    if window is None:
        asked.refuse(("stride",), "--window", dataset.name)
        return dataset
    step = window if stride is None else stride
    shortest = min(map(len, dataset.sequences))
    if window > shortest:
        what = f"--window {window}, and a sequence has {counted(shortest, 'timestep')}"
        raise UsageError(what, where=dataset.name, fix=f"1 to {shortest}")
    count = sum((len(sequence) - window) // step + 1 for sequence in dataset.sequences)
    if count > SEQUENCE_LIMIT:
        what = f"{count} windows, more than {SEQUENCE_LIMIT}"
        raise UsageError(what, where=dataset.name, fix="a larger --stride makes fewer")
    made, left = [], 0
    for sequence in dataset.sequences:
        starts = range(0, len(sequence) - window + 1, step)
        made += [sequence.part(at, at + window, f"{sequence.name} {at + 1}–{at + window}".strip()) for at in starts]
        left += max(0, len(sequence) - (starts[-1] + window))
    said = f"cut into {counted(count, 'window')} of {counted(window, 'timestep')}"
    asked.note(said, plain=True)
    if left:
        what = f"{counted(left, 'timestep')} at the end left out"
        asked.note(what, "no whole window fits there", "--stride 1 leaves none")
    return replace(dataset, sequences=tuple(made))
