"""What becomes of the gradients: the values that are left when the backward loop has ended."""

from __future__ import annotations

import ast

import numpy as np

from rnn_core.mistakes import Mistake
from rnn_core.mistakes.oracle import Ran
from rnn_core.review.found import Found, Judged
from rnn_core.review.gradients import assembled
from rnn_core.review.instrument import Site
from rnn_core.review.verdict import factors


def finals(found: Found, judged: Judged, run: Ran) -> set[int]:
    """The values that are seen after the backward loop has ended: what becomes of the gradients."""
    end = loop_end(found, judged, run)
    numbers = found.recording.values[end : judged.episode.stop]
    return set(numbers.tolist())


def loop_end(found: Found, judged: Judged, run: Ran) -> int:
    """The event after the last one of the loop in which the gradients are made."""
    recording = found.recording
    start, stop = judged.episode.steps[-1].done, judged.episode.stop
    last = _last_gradient(found, judged)
    if last <= start:
        for line in ("da", "dh", "dz"):
            if not run.rows[line][run.times[-1]].any():
                continue
            for number in found.values.alike(run.rows[line][run.times[-1]]):
                events = np.flatnonzero(recording.values[start:stop] == number) + start
                last = max(last, int(events[0])) if len(events) else last
    loops = found.code.sites[int(recording.sites[last])].loops
    if not loops:
        return last
    inside = [site.id for site in found.code.sites if loops[-1] in site.loops and site.kind != "enter"]
    events = np.flatnonzero(np.isin(recording.sites[last:stop], inside)) + last
    return int(events[-1]) + 1 if len(events) else last


def _last_gradient(found: Found, judged: Judged) -> int:
    """The event at which the last right gradient is whole."""
    last = judged.episode.steps[-1].done
    for array in assembled(found, judged, judged.right.totals).values():
        if not array.any():
            continue
        scaled = [array * factor for factor, _ in factors(judged, 1)[::2]]
        firsts = [found.recording.first[number] for one in scaled for number in found.values.same(one)]
        inside = [first for first in firsts if judged.episode.steps[-1].done <= first < judged.episode.stop]
        last = max(last, min(inside, default=last))
    return last


def left_at_zero(found: Found, judged: Judged, mistake: Mistake, run: Ran) -> int | None:
    """The event that reads a gradient that is still 0 after the backward pass; None where there is none."""
    name = mistake.line[1:]
    piece = found.pieces.get(name)
    if piece is None or piece.stacked:
        return None
    recording = found.recording
    later = _moved(found, judged, name)
    if later:
        return None
    shape = judged.stored[name].shape
    end = loop_end(found, judged, run)
    zeros = {site.name for site in found.code.sites if site.kind == "store"}
    for event in range(end, judged.episode.stop):
        array = recording.array(event)
        site = found.code.sites[int(recording.sites[event])]
        if (
            array is not None
            and array.shape == shape
            and not array.any()
            and site.kind == "see"
            and isinstance(site.node, ast.Name | ast.Attribute | ast.Subscript)
            and site.id != piece.site
            and ((len(shape) == 2 and min(shape) > 1) or found.name(site.id) in zeros)
        ):
            value = judged.stored[name]
            if not value.any() and _reads_parameter(found, name, site):
                continue
            return event
    return None


def _reads_parameter(found: Found, name: str, site: Site) -> bool:
    """Whether a site reads the parameter itself, which may be 0 as well."""
    return found.name(site.id) == found.name(found.pieces[name].site)


def _moved(found: Found, judged: Judged, name: str) -> bool:
    k = found.sequences.index(judged)
    if k + 1 >= len(found.sequences):
        return False
    return not np.array_equal(judged.stored[name], found.sequences[k + 1].stored[name])
