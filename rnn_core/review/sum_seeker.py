"""Seeking the gradients: sums that grow timestep by timestep, in arrays like their parameters'.

Code shows the sum so far, or the part that each timestep adds. The one can be had from the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import numpy as np

from rnn_core.mistakes.oracle import Ran, running
from rnn_core.model import Array
from rnn_core.review.gradients import assembled
from rnn_core.review.role import FORWARD, SUMS, Role
from rnn_core.review.seeker import Seeker


class SumSeeker(Seeker):
    """Looks for dU … dc as well, and reads what stands at a place that is known."""

    def at_site(self, name: str, site: int) -> Role | None:
        """A line at a place that the review names, whatever it shows."""
        events = [
            e
            for e in self.found.events.of_site.get(site, np.zeros(0, np.int64)).tolist()
            if self.start <= e < self.stop
        ]
        times = self._times(name)
        if len(events) != len(times):
            return None
        kind = self.found.code.sites[site].kind
        role = Role(site, dict(zip(times, events, strict=True)), self.scales[0] if name not in FORWARD else 1.0)
        role.running = name in SUMS and kind in {"after", "base"}
        if name in SUMS:
            role.numbers = self._sums_at(name, role)
        else:
            self._read(name, role)
        return role

    def sums(self) -> dict[str, Role]:
        """dU … dc: where they stand in arrays like their parameters'."""
        out: dict[str, Role] = {}
        runs = [run for run in self.runs if run.rows]
        for group in assembled(self.found, self.judged, self.judged.right.totals):
            names = [f"d{n}" for n in group]
            role = self._summed(runs, group, self._running)
            if role is not None and (len(role.events) > 1 or self.T == 1):
                self._fill(names[0], role)
            if role is None or len(role.events) < self.T:
                parts = self._summed(runs, group, self._parts)
                if parts is not None and len(parts.events) > max(1, len(role.events) if role else 0):
                    self._fill(names[0], parts)
                    for name in names:
                        out[name] = replace(parts, running=False, numbers=self._added_up(name, parts, role))
                    continue
            if role is not None:
                for name in names:
                    out[name] = replace(role, numbers=self._sums_at(name, role))
        return out

    def _summed(
        self, runs: Iterable[Ran], group: str, wanted: Callable[[Ran, str], Iterator[tuple[int, Array]]]
    ) -> Role | None:
        """The place that shows most of these arrays, and of several the first."""
        best: tuple[tuple[int, int], Role] | None = None
        runs = tuple(runs)
        sites = self.found.code.sites
        vector = wanted == self._parts and set(group) <= {"b", "c"}  # these parts are da and dz themselves
        for scale in self.scales:
            rows_of: dict[int, dict[int, int]] = {}
            for run in runs:
                for r, array in wanted(run, group):
                    if not array.any():
                        continue
                    for event in self._events(self.found.values.same(array * scale)):
                        if event >= self.done:
                            rows_of.setdefault(int(self.found.recording.sites[event]), {}).setdefault(r, event)
            for site, hits in rows_of.items():
                rank = len(hits), -min(hits.values())
                if (best is None or rank > best[0]) and not (vector and sites[site].kind != "add"):
                    best = rank, Role(site, hits, scale, running=True)
        return best[1] if best is not None else None

    def _parts(self, run: Ran, group: str) -> Iterator[tuple[int, Array]]:
        """(row, what it adds) in their layout."""
        full = self.judged.right.totals
        for r in range(self.T):
            now = {n: run.rows[f"d{n}"][r] if n in group else np.zeros_like(full[n]) for n in full}
            yield r, assembled(self.found, self.judged, now)[group]

    def _added_up(self, name: str, parts: Role, total: Role | None) -> dict[int, Array]:
        """The sums that parts make, one after another; the last is the one that they have, where it shows."""
        mine = self._sums_at(name, parts)
        out: dict[int, Array] = {}
        sum_: Array | None = None
        for r in self._times(name):
            if r not in mine:
                break
            sum_ = out[r] = mine[r] if sum_ is None else sum_ + mine[r]
        last = self._sums_at(name, total) if total is not None else {}
        return {**out, **({0: last[0]} if 0 in last else {})}

    def _running(self, run: Ran, group: str) -> Iterator[tuple[int, Array]]:
        """(row, the sum after it) in their layout; the last one as the mistake gathers it."""
        order = run.times or tuple(range(self.T - 1, -1, -1))
        parts = {n: running(run.rows[f"d{n}"], order) for n in group}
        full = self.judged.right.totals
        for r in order:
            now = {n: parts[n][r] if n in parts else np.zeros_like(full[n]) for n in full}
            yield r, assembled(self.found, self.judged, now)[group]
        yield order[-1], assembled(self.found, self.judged, {**full, **{n: run.totals[n] for n in group}})[group]

    def _sums_at(self, name: str, role: Role) -> dict[int, Array]:
        """A gradient of ours at each row, out of an array of theirs."""
        piece, stored = self.found.pieces.get(name[1:]), self.judged.stored.get(name[1:])
        if piece is None or stored is None:
            return {}
        like: Array = getattr(self.judged.net, name[1:])
        out = {}
        for r, event in role.events.items():
            array = self.found.recording.array(event)
            if array is not None and array.size == stored.size:
                part = piece.of(array.reshape(stored.shape)) / role.scale
                if part.size == like.size:
                    out[r] = part.reshape(like.shape)
        return out
