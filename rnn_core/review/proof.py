"""Proof by substitution: the code runs again with the right value put in at the suspected store.

If every gradient comes right, that store was the fault. What was right without it proves nothing, so only the gradients
that were missing count, and those that were there must stay.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from rnn_core.model import Array
from rnn_core.review.found import Found, Judged
from rnn_core.review.gradients import assembled
from rnn_core.review.one_by_one import put_together
from rnn_core.review.process import Process
from rnn_core.review.recording import Recording
from rnn_core.review.values import Values

RUNS = 60
"""Runs that a review spends on proofs, at most."""

Swaps = dict[tuple[int, int], Array]


@dataclass
class Prover:
    """Runs with values put in."""

    process: Process
    seconds: float
    kept: Swaps = field(default_factory=dict)
    """What earlier proofs have put right already."""
    spent: int = 0
    last: Recording | None = None
    """The run that was judged last."""

    def run(self, swaps: Swaps, events: int) -> Recording | None:
        """The code with these values put in, on top of those kept; None when there were enough runs."""
        if self.spent >= RUNS:
            return None
        self.spent += 1
        return self.process.run(events, self.seconds, {**self.kept, **swaps})

    def mended(self, found: Found, judged: Judged, swaps: Swaps, *factors: float) -> tuple[bool, set[str]]:
        """(whether every gradient of the sequence comes right, which of them do); any factor may be theirs."""
        places = {site.id for site in found.code.gathered.values()}
        if not swaps or any(site in places for site, _ in swaps):  # nothing can be put in where no code stands
            return False, set()
        recording = self.run(found.put_in(swaps), judged.episode.stop + 200)
        if recording is None or not len(recording):
            return False, set()
        values = Values(put_together(recording, found.code))
        values.tolerance = max(values.tolerance, found.values.tolerance)
        self.last = recording
        wanted = assembled(found, judged, judged.right.totals)
        elsewhere = set(recording.values[~np.isin(recording.sites, [site for site, _ in swaps])].tolist())
        right: set[str] = set()
        for factor in factors:  # what was put in proves nothing where it stands
            now = {n for n, a in wanted.items() if not a.any() or elsewhere.intersection(values.same(a * factor))}
            right = max(right, now, key=len)
        return len(right) == len(wanted), right

    def reaches(self, judged: Judged, name: str) -> bool:
        """Whether what was put in last has changed what a parameter becomes; True where that cannot be told."""
        if self.last is None or judged.later is None or name not in judged.later:
            return True
        became = judged.later[name]
        return np.array_equal(became, judged.stored[name]) or not Values(self.last).same(became)

    def follows(self, found: Found, value: Array, swaps: Swaps, stop: int) -> bool:
        """Whether a value that did not show before shows now."""
        recording = self.run(found.put_in(swaps), stop + 400)
        return recording is not None and bool(len(recording)) and bool(Values(recording).same(value))


def rows_right(found: Found, rows: Array) -> bool:
    """Whether every row shows among the values."""
    return all(found.values.alike(row) for row in rows if np.any(row))
