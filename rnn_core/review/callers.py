"""One function, called from many places: each of its callers makes other sites of it.

A layer of a library multiplies by U at one call and by V at the next, in the same line. Told apart by who called, each
line holds one parameter again, as it would if every call were written out.

A function that calls itself is one and the same, however deep.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rnn_core.review.instrument import Code
from rnn_core.review.recording import Recording

Swaps = dict[tuple[int, int], np.ndarray]


def apart(recording: Recording, code: Code) -> tuple[Recording, Code] | None:
    """The recording and the code with a site for each caller; None where no function has two."""
    several = int(recording.contexts.max(initial=0)) + 1
    pairs = recording.sites.astype(np.int64) * several + recording.contexts
    kinds, where = np.unique(pairs, return_inverse=True)
    if len(kinds) == len(np.unique(recording.sites)):
        return None
    sites = [replace(site, context=-1) for site in code.sites]
    origins = list(range(len(sites)))
    numbers: dict[tuple[int, int], int] = {}
    for pair in kinds.tolist():
        old, context = divmod(pair, several)
        if sites[old].context < 0:
            sites[old].context = context
            numbers[old, context] = old
            continue
        numbers[old, context] = len(sites)
        origins.append(old)
        sites.append(replace(sites[old], id=len(sites), context=context))
    for (old, context), number in numbers.items():
        around = code.sites[old].parent
        sites[number].parent = numbers.get((around, context), around)
    made = np.array([numbers[divmod(pair, several)] for pair in kinds.tolist()], np.int32)
    return replace(recording, sites=made[where]), replace(code, sites=sites, origins=tuple(origins))


def together(recording: Recording, code: Code, swaps: Swaps) -> Swaps:
    """Swaps at the sites of the text itself, counted over all of their callers, as the run wants them."""
    if not code.origins:
        return swaps
    own = np.asarray(code.origins)[recording.sites]
    out: Swaps = {}
    for (site, count), value in swaps.items():
        event = np.flatnonzero(recording.sites == site)[count]
        out[code.origins[site], int((own[:event] == code.origins[site]).sum())] = value
    return out
