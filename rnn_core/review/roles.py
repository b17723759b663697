"""Which event of a recording computed which line of ours, at which timestep: the role of each place in their code.

A place has a role when the values that it shows are a line's values, timestep after timestep. Once that is learned, its
other executions have that role, too, whatever wrong number they show.

Rules this file keeps:
- Values come first: those of the right run, and of the run that the mistake makes where it is known.
- Of several places with the same role the one counts that shows its values first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import permutations

import numpy as np

from rnn_core.mistakes.oracle import PARAMETERS, Ran, backward, ran, running
from rnn_core.model import Array
from rnn_core.review.found import Found, Judged
from rnn_core.review.gradients import assembled
from rnn_core.review.values import canonical

FORWARD = ("a", "h", "z", "p", "loss")
ROWS = ("dz", "dh", "da", "dh_next")
SUMS = tuple(f"d{name}" for name in PARAMETERS)


@dataclass(eq=False)
class Role:
    """Where a line of ours is computed: an event for each row (t - 1), and the number its values are multiplied by."""

    site: int
    events: dict[int, int]
    scale: float = 1.0
    whole: tuple[int, ...] = ()
    """How an array over all of time has its axes, out of (T, batch, units); empty where a value is one row."""
    running: bool = False
    """Whether its values are sums so far."""
    numbers: dict[int, Array] = field(default_factory=dict)
    """What stands at each row, as our rows (batch, units) or our matrix."""


def roles(
    found: Found, judged: Judged, runs: Iterable[Ran], factor: float, blamed: Mapping[str, int]
) -> dict[str, Role]:
    """The role of each line that shows. `runs` are what the values may be of, the likeliest first.

    `blamed` are sites that the review has found to be a line of ours, by its name.
    """
    seeker = _Seeker(found, judged, tuple(runs), factor)
    known = {name: role for name, site in blamed.items() if (role := seeker.at_site(name, site)) is not None}
    seeker.runs = (*seeker.following(known), *seeker.runs)
    out: dict[str, Role] = {}
    for name in (*FORWARD, *ROWS):
        role = seeker.role(name, seeker.forms(name))
        if role is not None:
            out[name] = role
    return {**out, **seeker.sums(), **known}


@dataclass(eq=False)
class _Form:
    """The values of a line by row, in one of the ways in which code may hold them."""

    rows: list[Array | None]
    scale: float = 1.0
    running: bool = False


class _Seeker:
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

    # -- what a line's values may be -------------------------------------------------------------------------

    def forms(self, name: str) -> Iterator[list[_Form]]:
        """The forms of a line, those of one kind together: they may stand in for each other at single rows."""
        scales = self.scales if name in ROWS else (1.0,)
        if name == "loss":
            each = [np.asarray(run.loss.sum(axis=1)) for run in self.runs]
            yield [_Form([np.asarray(v) for v in np.cumsum(rows)], running=True) for rows in each]
            yield [_Form([np.asarray(v) for v in rows]) for rows in each]
            return
        runs = [run for run in self.runs if name in FORWARD or name in run.rows]
        for scale in scales:
            yield [_Form([row * scale if row.any() else None for row in self._rows(run, name)], scale) for run in runs]

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

    # -- where they stand ------------------------------------------------------------------------------------

    def _events(self, numbers: Iterable[int]) -> Iterator[int]:
        for number in numbers:
            low, high = np.searchsorted(self.sorted, [number, number + 1])
            for at in self.order[low:high]:
                yield self.start + int(at)

    def _numbers(self, wanted: Array) -> list[int]:
        values = self.found.values
        return values.same(wanted) or (values.alike(wanted) if self.batch > 1 and wanted.size > 1 else [])

    def role(self, name: str, kinds: Iterator[list[_Form]]) -> Role | None:
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

    # -- what they are ---------------------------------------------------------------------------------------

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

    def _over_time(self, name: str, forms: list[_Form]) -> Role | None:
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

    # -- gradients -------------------------------------------------------------------------------------------

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
