"""Seeking the place whose values are a line's, timestep after timestep.

The values of a line are known from our runs. The place that shows most of them has the role. Its other executions have
it too, whatever they show.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import permutations

import numpy as np

from rnn_core.mistakes.oracle import Ran, backward, ran
from rnn_core.model import Array
from rnn_core.review.found import Found, Judged
from rnn_core.review.role import FORWARD, ROWS, Form, Role
from rnn_core.review.values import canonical


class Seeker:
    """Looks for the lines that have a row for each timestep."""

    def __init__(self, found: Found, judged: Judged, runs: tuple[Ran, ...], factor: float) -> None:
        self.found, self.judged, self.runs = found, judged, runs
        self.scales = (factor,) if factor == 1.0 else (factor, 1.0)
        recording, episode = found.recording, judged.episode
        self.start, self.stop = episode.start, episode.stop
        self.done = episode.steps[-1].done
        self.values = recording.values[self.start : self.stop]
        self.sites = recording.sites[self.start : self.stop]
        self.order = np.argsort(self.values, kind="stable")
        self.sorted = self.values[self.order]
        self.T, self.batch = judged.net.T, judged.net.batch
        self.hidden, self.classes = judged.net.W.shape[0], judged.net.V.shape[0]

    # -- what a line's values may be ----------------------------------------------------------------------------

    def forms(self, name: str) -> Iterator[list[Form]]:
        """The forms of a line, those of one kind together: they may stand in for each other at single rows."""
        scales = self.scales if name in ROWS else (1.0,)
        if name == "loss":
            each = [np.asarray(run.loss.sum(axis=1)) for run in self.runs]
            yield [Form([np.asarray(v) for v in np.cumsum(rows)], running=True) for rows in each]
            yield [Form([np.asarray(v) for v in rows]) for rows in each]
            return
        runs = [run for run in self.runs if name in FORWARD or name in run.rows]
        for scale in scales:
            yield [Form([row * scale if row.any() else None for row in self._rows(run, name)], scale) for run in runs]

    def following(self, known: Mapping[str, Role]) -> list[Ran]:
        """The numbers that follow from theirs, where a line is known to be wrong in a way of its own."""
        right, found = self.judged.right, []
        for name, role in known.items():
            if name not in ROWS or len(role.numbers) < self.T:
                continue
            passed = ran(self.judged.net, right.a, right.states, right.z, right.p)
            numbers = role.numbers
            found.append(backward(passed, {name: lambda moment, numbers=numbers: numbers[moment.r]}))  # type: ignore[misc]  # mypy sees no default
        return found

    def _rows(self, run: Ran, name: str) -> Array:
        return {"a": run.a, "h": run.states[1:], "z": run.z, "p": run.p}[name] if name in FORWARD else run.rows[name]

    def _times(self, name: str) -> list[int]:
        """The rows in the order in which they are usually visited."""
        times = next((run.times for run in self.runs if run.times), tuple(range(self.T - 1, -1, -1)))
        return list(range(self.T)) if name in FORWARD else list(times)

    # -- where they stand ---------------------------------------------------------------------------------------

    def _events(self, numbers: Iterable[int]) -> Iterator[int]:
        for number in numbers:
            low, high = np.searchsorted(self.sorted, [number, number + 1])
            for at in self.order[low:high]:
                yield self.start + int(at)

    def _numbers(self, wanted: Array) -> list[int]:
        values = self.found.values
        return values.same(wanted) or (values.alike(wanted) if self.batch > 1 and wanted.size > 1 else [])

    def role(self, name: str, kinds: Iterator[list[Form]]) -> Role | None:
        """The place whose values are a line's; None where none is."""
        best: tuple[tuple[int, int], Role] | None = None
        for forms in kinds:
            rows_of: dict[int, dict[int, int]] = {}
            for r in range(self.T):
                for number in {n for form in forms if (w := form.rows[r]) is not None for n in self._numbers(w)}:
                    for event in self._events([number]):
                        if name not in FORWARD and event < self.done and name != "dz":
                            continue
                        site = int(self.found.recording.sites[event])
                        rows_of.setdefault(site, {}).setdefault(r, event)
            for site, hits in rows_of.items():
                if name == "loss" and len(hits) < min(2, self.T):
                    continue
                rank = len(hits), -min(hits.values())
                if best is None or rank > best[0]:
                    site = self._around(site, rows_of)
                    best = rank, Role(site, rows_of[site], forms[0].scale, running=forms[0].running)
            if best is not None and best[0][0] == self.T:
                break
            if (
                name != "loss"
                and (whole := self._over_time(name, forms)) is not None
                and (best is None or self.T > 1 >= best[0][0])
            ):
                return whole
        if best is None:
            return None
        role = best[1]
        self._fill(name, role)
        self._read(name, role)
        return role

    def _around(self, site: int, rows_of: Mapping[int, dict[int, int]]) -> int:
        """The largest expression that shows the same: with a bias of zeros the sum without it has these values, too."""
        parent = self.found.code.sites[site].parent
        while parent in rows_of and len(rows_of[parent]) == len(rows_of[site]):
            site, parent = parent, self.found.code.sites[parent].parent
        return site

    def _fill(self, name: str, role: Role) -> None:
        """The other executions of a place that runs once a timestep."""
        events = [e for e in self.found.events.of_site[role.site].tolist() if self.start <= e < self.stop]
        times = self._times(name)
        if len(events) != len(times):
            return
        by_order, values = dict(zip(times, events, strict=True)), self.found.recording.values
        if all(values[by_order[r]] == values[e] for r, e in role.events.items() if r in by_order):
            role.events = by_order

    # -- what they are ------------------------------------------------------------------------------------------

    def _width(self, name: str) -> int:
        return int(self.classes if name in {"z", "p", "dz"} else self.hidden)

    def _read(self, name: str, role: Role) -> None:
        if name == "loss":
            return
        structure = self.found.structure
        assert structure is not None
        width = self._width(name)
        for r, event in role.events.items():
            array = self.found.recording.array(event)
            if array is None:
                continue
            like = canonical(array, width, structure.columns)
            like = canonical(array, width, not structure.columns) if like is None else like
            if like is not None and len(like) == self.batch:
                role.numbers[r] = like / role.scale

    def _over_time(self, name: str, forms: list[Form]) -> Role | None:
        """A line that is computed for all timesteps in one array."""
        for form in forms:
            if any(row is None for row in form.rows) or self.T < 2:
                continue
            rows = np.array(form.rows)
            first: tuple[int, int] | None = None
            for number in self.found.values.alike(rows):
                for event in self._events([number]):
                    if first is None or event < first[0]:
                        first = event, number
            if first is None:
                continue
            event, number = first
            array = self.found.recording.arrays[number].reshape(-1)
            for axes in permutations(range(3)):
                turned = rows.transpose(axes)
                if self.found.values.close(array, turned.reshape(-1)):
                    back = np.argsort(axes)
                    own = array.reshape(turned.shape).transpose(back)
                    role = Role(
                        int(self.found.recording.sites[event]), dict.fromkeys(range(self.T), event), form.scale, axes
                    )
                    role.numbers = {r: own[r] / form.scale for r in range(self.T)}
                    return role
        return None
