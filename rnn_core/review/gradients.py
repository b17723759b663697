"""The gradients as their code would hold them, and whether they stand among its values."""

from __future__ import annotations

import numpy as np

from rnn_core.model import Array
from rnn_core.review.found import Found, Judged


def assembled(found: Found, judged: Judged, totals: dict[str, Array]) -> dict[str, Array]:
    """The gradients as they would stand in arrays like their parameters'; stacked ones are one array.

    A stacked matrix stands under the names of all that it holds, as "UW" or "UWb".
    """
    out: dict[str, Array] = {}
    stacks: dict[int, list[str]] = {}
    for name, piece in found.pieces.items():
        if piece.stacked:
            stacks.setdefault(piece.site, []).append(name)
            continue
        total = totals[name]
        out[name] = (total.T if piece.turned else total) if total.ndim == 2 else total
    for names in stacks.values():
        whole = np.zeros(judged.stored[names[0]].shape)
        for name in names:
            piece, total = found.pieces[name], totals[name]
            part = total.reshape(-1, 1) if total.ndim == 1 else total
            whole[piece.cut] = part.T if piece.turned else part
        out["".join(names)] = whole
    return out


def present(found: Found, wanted: dict[str, Array], factor: float, judged: Judged | None = None) -> dict[str, bool]:
    """Which of the gradients stand among the values; one that is all zeros is there unseen.

    In the sequence `judged` a value that a store goes on from is a sum on its way, and not the gradient.
    """
    out = {}
    for name, array in wanted.items():
        numbers = found.values.same(array * factor)
        out[name] = not array.any() or (
            bool(numbers) if judged is None else any(_stays(found, judged, n) for n in numbers)
        )
    return out


def _stays(found: Found, judged: Judged, number: int) -> bool:
    """Whether a value is still there at the end: the place that showed it last does not show another one later."""
    recording, episode = found.recording, judged.episode
    events = np.flatnonzero(recording.values == number)
    inside = events[(events >= episode.steps[0].at) & (events < episode.stop)]
    if not len(inside):
        return bool(len(events))
    last = int(inside[-1])
    after = found.events.next(int(recording.sites[last]), last + 1)
    return not (0 <= after < episode.stop) or judged.net.T < 2 or not _grows(found, last, after)


def _grows(found: Found, event: int, after: int) -> bool:
    """Whether the same store went on to another value of the same shape in the loop that it stands in."""
    recording = found.recording
    site = found.code.sites[int(recording.sites[event])]
    one, two = recording.array(event), recording.array(after)
    return (
        bool(site.loops)
        and site.kind in {"after", "effect", "base", "store"}
        and one is not None
        and two is not None
        and one.shape == two.shape
        and not found.values.close(one, two)
    )
