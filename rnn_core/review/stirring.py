"""What coincidence hides: which numbers hide mistakes, and other ones of the same shapes to put in their place.

A bias of zeros, a symmetric matrix and an initial state of zeros let a wrong line make the right numbers. The code runs
again with other numbers, put in where theirs were made, and everything that follows is theirs.

Rules this file keeps:
- Only what hides something is replaced, only where it was made once, before the first sequence, and is nothing else.
- A run in which the network does not show exactly the numbers that were put in says nothing.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

import numpy as np

from rnn_core.model import Array
from rnn_core.review import remains
from rnn_core.review.found import Found
from rnn_core.review.proof import Swaps

ZERO, SYMMETRIC = "theirs are 0", "theirs is symmetric"


@dataclass
class Stirring:
    """Other numbers for a run, by our names of what they replace."""

    swaps: Swaps = field(default_factory=dict)
    numbers: dict[str, Array] = field(default_factory=dict)
    """What was put in, whole arrays as they stand in theirs."""
    hides: dict[str, str] = field(default_factory=dict)
    """Why each of them hides mistakes."""
    fixed: dict[str, str] = field(default_factory=dict)
    """The same of those that cannot be replaced."""

    def told(self) -> str:
        """`W (theirs is symmetric), b, c (theirs are 0)`."""
        return grouped({name: self.hides[name] for name in self.numbers})


def grouped(hides: dict[str, str]) -> str:
    """Names by the reason that they share."""
    reasons = dict.fromkeys(hides.values())
    return ", ".join(f"{', '.join(name for name in hides if hides[name] == why)} ({why})" for why in reasons)


def hiding(found: Found) -> dict[str, str]:
    """What hides mistakes in every sequence judged, by our names, each with its reason; h[0] where it is 0."""
    out: dict[str, str] = {}
    for name in ("U", "W", "V", "b", "c"):
        if name in found.pieces:
            parts = [found.pieces[name].of(judged.stored[name]) for judged in found.sequences]
            if all(not part.any() for part in parts):
                out[name] = ZERO
            elif name not in {"b", "c"} and all(_symmetric(part) for part in parts):
                out[name] = SYMMETRIC
    if "W" not in found.pieces and any(judged.net.T > 1 for judged in found.sequences):  # what it makes is 0
        out["W"] = ZERO
    if all(not judged.episode.h0.any() for judged in found.sequences):
        out["h[0]"] = ZERO
    return out


def turns(found: Found) -> bool:
    """Whether a matrix of the first sequence is symmetric, so that which way round it stands was a guess."""
    first = found.sequences[0].stored
    return any(
        name in found.pieces and _symmetric(part := found.pieces[name].of(first[name])) and bool(part.any())
        for name in ("U", "W", "V")
    )


def _symmetric(matrix: Array) -> bool:
    return matrix.ndim == 2 and matrix.shape[0] > 1 and np.array_equal(matrix, matrix.T)


def stir(found: Found, hides: dict[str, str]) -> Stirring:
    """Other numbers for what hides something, as far as it can be replaced."""
    made = Stirring()
    random = np.random.default_rng(20)
    by_origin: dict[int, Array] = {}
    for name, why in hides.items():
        origin = _state(found) if name == "h[0]" else _parameter(found, name)
        if origin is None:
            if name != "h[0]":  # zeros that no one can choose are a constant of the program, and hide nothing
                made.fixed[name] = why
            continue
        theirs = found.recording.array(origin)
        assert theirs is not None
        new = by_origin.setdefault(origin, theirs.copy())
        cut = found.pieces[name].cut if name in found.pieces and new.ndim == 2 else ...
        shape = new[cut].shape
        new[cut] = random.normal(size=shape) * (0.7 / np.sqrt(shape[-1]) if min(shape) > 1 else 0.4)
        if found.recording.narrow[found.recording.values[origin]]:
            new[cut] = new[cut].astype(np.float32)
        site = int(found.recording.sites[origin])
        made.swaps[site, int(np.searchsorted(found.events.of_site[site], origin))] = new
        made.numbers[name], made.hides[name] = new, why
    return made


def took(found: Found, other: Found, made: Stirring) -> bool:
    """Whether the network of another run is the same one with exactly the numbers that were put in."""
    if other.missing or not other.sequences or other.recording.ended == "error":
        return False
    before, after = found.sequences[0], other.sequences[0]
    if (
        set(other.pieces) != {*found.pieces, *(name for name in made.numbers if name != "h[0]")}
        or after.net.x.shape != before.net.x.shape
    ):
        return False
    for name in other.pieces:
        wanted = made.numbers[name] if name in made.numbers else before.stored[name]
        if not any(name in made.numbers and found.pieces[name].stacked for name in found.pieces):
            if not np.array_equal(np.sort(after.stored[name], axis=None), np.sort(wanted, axis=None)):
                return False
        elif after.stored[name].shape != wanted.shape:
            return False
    state = made.numbers.get("h[0]", before.episode.h0)
    return bool(np.array_equal(np.sort(after.episode.h0, axis=None), np.sort(state, axis=None)))


def _parameter(found: Found, name: str) -> int | None:
    """The event that made a parameter."""
    recording, judged = found.recording, found.sequences[0]
    if name not in found.pieces:
        return _unseen(found)
    piece = found.pieces[name]
    episode = judged.episode
    for event in found.events.of_site[piece.site]:
        array = recording.array(int(event))
        if episode.steps[0].start <= event < episode.stop and array is not None:
            same = np.array_equal(array, judged.stored[name])
            return _made(found, int(event)) if same and not _summed(found, int(event), found.name(piece.site)) else None
    return None


def _unseen(found: Found) -> int | None:
    """The event that made a W of zeros: a square matrix that the forward pass reads, and makes nothing of."""
    recording, sites = found.recording, found.code.sites
    first = found.sequences[0]
    hidden = first.net.W.shape[0]
    for event in range(first.episode.steps[0].start, first.episode.steps[-1].done):
        site, array = sites[int(recording.sites[event])], recording.array(event)
        if array is None or array.shape != (hidden, hidden) or array.any() or site.kind != "see" or site.parent < 0:
            continue
        around = sites[site.parent].node
        product = isinstance(around, ast.Call) or (isinstance(around, ast.BinOp) and isinstance(around.op, ast.MatMult))
        if product and isinstance(site.node, ast.Name | ast.Attribute | ast.Subscript):
            return _made(found, event)
    return None


def _state(found: Found) -> int | None:
    """The event that made h[0], where it is an argument of what runs over a sequence."""
    recording, sites = found.recording, found.code.sites
    episode = found.sequences[0].episode
    size = episode.h0.size
    biases = {
        int(recording.objects[event])
        for name in ("b", "c")
        if name in found.pieces
        for event in found.events.of_site[found.pieces[name].site]
    }
    for event in range(episode.steps[0].at, -1, -1):
        site, array = sites[int(recording.sites[event])], recording.array(event)
        if site.kind != "param" or array is None or array.size != size or array.any():
            continue
        again = found.events.next(site.id, episode.steps[0].at + 1)
        if int(recording.objects[event]) in biases or 0 <= again < episode.steps[-1].done:
            continue
        origin = _made(found, event, again=True)
        if origin is not None and _named(found, origin, event) and not _summed(found, event):
            return origin
    return None


def _named(found: Found, origin: int, event: int) -> bool:
    """Whether an array is stored under a name between two events: then it is a variable, and no constant."""
    recording = found.recording
    for each in range(origin, event):
        site = found.code.sites[int(recording.sites[each])]
        if recording.objects[each] == recording.objects[event] and site.kind == "store":
            return True
    return False


def _made(found: Found, event: int, again: bool = False) -> int | None:
    """The event in which the array that an event shows was made, once unless `again` is allowed; None else.

    What is made anew wherever it is wanted would be one array in the forward pass and another in the backward pass.
    """
    recording, sites = found.recording, found.code.sites
    episode = found.sequences[0].episode
    mine = np.flatnonzero(recording.objects[: episode.stop] == recording.objects[event])
    others = mine[(recording.values[mine] != recording.values[event]) & (mine < event)]
    mine = mine[(mine > (others[-1] if len(others) else -1)) & (recording.values[mine] == recording.values[event])]
    first = int(mine[0])
    origin = sites[int(recording.sites[first])]
    fresh = origin.kind == "store" or (origin.kind == "see" and isinstance(origin.node, ast.Call | ast.BinOp))
    stop = next((judged.episode.stop for judged in found.sequences[1:]), episode.stop)
    later = found.events.of_site[origin.id]
    later = later[(later >= episode.steps[0].start) & (later < stop) & (later != first)]
    shape = recording.arrays[int(recording.values[first])].shape
    shapes = (array.shape for each in later if (array := recording.array(int(each))) is not None)
    renewed = not again and shape in shapes
    return first if fresh and first < episode.steps[0].at and not renewed else None


def _summed(found: Found, event: int, own: str = "") -> bool:
    """Whether an array is added to something in the backward pass under a name not its own: it begins dh_next, too."""
    recording, sites = found.recording, found.code.sites
    judged = found.sequences[0]
    for each in range(judged.episode.steps[-1].done, remains.loop_end(found, judged, judged.right)):
        if recording.objects[each] == recording.objects[event]:
            site = sites[int(recording.sites[each])]
            around = sites[site.parent].node if site.parent >= 0 else None
            if own and site.name.rpartition(".")[2] == own.rpartition(".")[2]:
                continue
            if site.kind == "add" or (isinstance(around, ast.BinOp) and isinstance(around.op, ast.Add)):
                return True
    return False
