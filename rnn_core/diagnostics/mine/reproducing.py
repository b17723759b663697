"""Which mistake of the catalogue makes somebody's numbers: each is run, as a program with one line replaced.

Rules this file keeps:
- The interpreter runs a mistake that a line says; one that no line says is run by its rule.
- A mistake explains all that depends on its line, and what it leaves alone must be explained by another.
- Of several that fit, all are named; an array that was not given tells them apart, where one does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

import numpy as np

from rnn_core.arrays import Array
from rnn_core.diagnostics.mine.compared import Compared, Item
from rnn_core.errors import RnnError
from rnn_core.interpreter import execute, registers
from rnn_core.mistakes import GRADIENTS, MISTAKES, Mistake, numbers
from rnn_core.mistakes.oracle import Net, Ran
from rnn_core.mistakes.programs import program_of, right_line
from rnn_core.program import Program
from rnn_core.progress import Progress, silent
from rnn_core.records import dataclass
from rnn_core.trace import Trace

Numbers = Mapping[str, Array]
"""What a mistake computes, by the names of the listing: series in a trace's layout, and sums."""


@dataclass(frozen=True, eq=False)
class Fit:
    """A mistake that makes their numbers, and what it makes."""

    mistake: Mistake
    numbers: Numbers


@dataclass(frozen=True)
class Explained:
    """Some of their arrays, and the mistakes that make them; none where the catalogue has no such mistake."""

    names: tuple[str, ...]
    fits: tuple[Fit, ...]
    told_apart_by: str = ""
    """An array that is not among theirs and differs between the fits; empty where there is none."""

    @property
    def distinct(self) -> tuple[Fit, ...]:
        """One of each that can be told apart, the likeliest first."""
        found: list[Fit] = []
        for fit in self.fits:
            if not any(_same(fit.numbers, other.numbers) for other in found):
                found.append(fit)
        return tuple(found)

    def same_as(self, fit: Fit) -> tuple[Fit, ...]:
        """The others that make every number of this one."""
        return tuple(other for other in self.fits if other is not fit and _same(fit.numbers, other.numbers))


def explained(compared: Compared, progress: Progress = silent) -> tuple[Explained, ...]:
    """What differs, taken together as one mistake makes it, in the order of computing."""
    runs = _Runs(compared.trace)
    left = {item.ours: item for item in sorted(compared.items, key=lambda item: item.position) if not item.agrees}
    found: list[Explained] = []
    while left:
        first = next(iter(left))
        fits: list[tuple[int, Fit]] = []
        for at, mistake in enumerate(MISTAKES):
            if at % 20 == 0:
                progress(at / len(MISTAKES))
            reach = runs.reach(mistake)
            if first not in reach:
                continue
            made = runs.of(mistake)
            if made is not None and _fits(compared, made, [i for i in compared.items if i.ours in reach]):
                fits.append((len(set(left) & reach), Fit(mistake, made)))
        if not fits and compared.common is not None:
            return (Explained(tuple(left), ()),)  # one factor for all: it is not looked for in each of them
        most = max((count for count, _ in fits), default=0)
        best = [fit for count, fit in fits if count == most]
        names = [name for name in left if best and name in runs.reach(best[0].mistake)] or [first]
        found.append(Explained(tuple(names), tuple(best), _apart(compared, best)))
        if not best:
            names += [name for name in left if name in runs.follows(first)]
        left = {name: item for name, item in left.items() if name not in names}
    return tuple(found)


def _fits(compared: Compared, made: Numbers, items: Iterable[Item]) -> bool:
    """Whether these are their numbers, all of them, up to the loss's factor."""
    for item in items:
        wanted = made.get(item.ours)
        if wanted is None:
            continue
        rows = wanted if item.fitted.rows is None else wanted[item.fitted.rows]
        if rows.shape != item.fitted.array.shape or not item.fitted.agrees(compared.scale(item.ours) * rows):
            return False
    return True


def _apart(compared: Compared, fits: list[Fit]) -> str:
    """The first array in the listing's order that they do not have and that tells the fits apart."""
    given = {item.ours for item in compared.items}
    for name in (*compared.trace.program.series, *compared.trace.program.sums):
        if name not in given and any(not _alike(fits[0].numbers, fit.numbers, name) for fit in fits[1:]):
            return name
    return ""


def _same(a: Numbers, b: Numbers) -> bool:
    return all(_alike(a, b, name) for name in a)


def _alike(a: Numbers, b: Numbers, name: str) -> bool:
    with np.errstate(all="ignore"):
        return (
            name not in a or name not in b or bool(np.allclose(a[name], b[name], rtol=1e-6, atol=1e-12, equal_nan=True))
        )


class _Runs:
    """Runs of the trace's listing with a mistake in it; the forward pass is run once for all mistakes behind it."""

    def __init__(self, trace: Trace) -> None:
        self.trace, self.listing = trace, trace.program
        self._reach: dict[str, frozenset[str]] = {}

    def reach(self, mistake: Mistake) -> frozenset[str]:
        """The names that can come out wrong; none where this listing cannot have the mistake."""
        if mistake.line == "loop":
            backward = [line.name for line in self.listing.backward]
            return frozenset(backward) if self.net is not None else frozenset()
        line = right_line(mistake, self.listing)
        return self.follows(line.name) if line is not None else frozenset()

    def follows(self, name: str) -> frozenset[str]:
        """A name and all that depends on it."""
        if name not in self._reach:
            reached = {name}
            lines = (*self.listing.forward, *self.listing.backward)
            while more := {line.name for line in lines if reached & set(line.reads)} - reached:
                reached |= more
            self._reach[name] = frozenset(reached)
        return self._reach[name]

    def of(self, mistake: Mistake) -> Numbers | None:
        """What the mistake computes; None where it does not fit the sizes."""
        listing = program_of(mistake, self.listing)
        try:
            with np.errstate(all="ignore"):
                return self._of_program(listing, mistake) if listing is not None else self._of_rule(mistake)
        except (RnnError, ValueError, IndexError, TypeError):
            return None

    # -- by the interpreter --------------------------------------------------------------------------------------

    def _of_program(self, listing: Program, mistake: Mistake) -> Numbers | None:
        """The lines that the mistake reaches are run; what the others compute stands in the trace already."""
        trace, T, reach = self.trace, len(self.trace), self.reach(mistake)
        r = registers(trace.params, trace.sequence, trace.options, trace.state, trace.start, listing)
        kept: dict[str, dict[int, Array]] = {name: {} for name in listing.series if name in reach}
        steps = [(t, line) for t in range(1, T + 1) for line in listing.forward if line.op == "="]
        steps += [(t, line) for t in range(T, 0, -1) for line in listing.backward]
        for t, line in steps:
            name = line.name
            if name in reach:
                execute(line, r, t)
                if name in kept:
                    kept[name][t] = r.latest(name)
            elif name in listing.series:
                r.write(name, t, trace.rows[name][self._row(name, t)])
        return self._laid_out(kept, {name: np.asarray(r.latest(name)) for name in listing.sums if name in reach})

    def _row(self, name: str, t: int) -> int:
        """The row that a series' line writes at timestep t."""
        register = self.listing.series[name]
        return t - 1 if register.backward else t - register.first_timestep

    def _laid_out(self, kept: Mapping[str, Mapping[int, Array]], sums: Mapping[str, Array]) -> Numbers | None:
        """The rows of every series as a trace has them, and the sums; None where their shapes are others."""
        trace = self.trace
        made: dict[str, Array] = {name: trace.rows[name] for name in self.listing.series}
        made |= {name: trace.gradients[name[1:]] for name in self.listing.sums}
        for name, written in kept.items():
            rows = np.array(trace.rows[name], dtype=np.float64)
            for t, row in written.items():
                at = self._row(name, t)
                if np.shape(row) not in ((), rows[at].shape):
                    return None
                rows[at] = row
            made[name] = rows
        for name, total in sums.items():
            shape = trace.gradients[name[1:]].shape
            if np.shape(total) not in ((), shape):
                return None
            made[name] = np.broadcast_to(np.asarray(total, dtype=np.float64), shape)
        return made

    # -- by the rule -----------------------------------------------------------------------------------------------

    @cached_property
    def net(self) -> Net | None:
        """The run as the rules know it; None for what they do not know."""
        trace = self.trace
        plain = str(self.listing.cell) == "rnn tanh" and self.listing.output.name == "classes"
        if not plain or self.listing.truncation or trace.options.reduction == "mean":
            return None
        p = trace.params
        return Net(p["U"], p["W"], p["V"], p["b"], p["c"], trace.x[:, None], trace.y[:, None], trace.start["h0"][None])

    @cached_property
    def _good(self) -> Ran:
        assert self.net is not None
        return numbers.right(self.net)

    def _of_rule(self, mistake: Mistake) -> Numbers | None:
        if self.net is None:
            return None
        ran = numbers.wrong(mistake, self.net, self._good)
        if ran is None:
            return None
        made = {name: np.array(self.trace.rows[name]) for name in self.listing.series}
        if mistake.forward is not None:
            made |= {"h": ran.states[:, 0], "a": ran.a[:, 0], "z": ran.z[:, 0], "p": ran.p[:, 0]}
        if mistake.line not in GRADIENTS:
            for name in ("dz", "dh", "da"):
                made[name] = ran.rows[name][:, 0]
            made["dh_next"][:-1] = ran.rows["dh_next"][:, 0]
        return {**made, **{f"d{name}": total for name, total in ran.totals.items()}}
