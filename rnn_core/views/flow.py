"""How the gradient travels back, as the flow panel shows it: one axis of timesteps for everything.

    norms      ‖dh[t]‖: local and carried, on a grid of powers of ten that is the same for the whole run
    lattice    a row a loss L[t], a column a timestep k ≤ t: log10 ‖∂L[t]/∂h[k]‖
    strips     a factor for each timestep: what the activation, the matrix, a gate does to the gradient; shares of dW

Rules this file keeps:
- Columns are timesteps, never several in one: a long sequence is seen through a window that moves by halves.
- Losses are whole rows: where not all fit, some are left out, never the cursor's and the last.
"""

from __future__ import annotations

import math

import numpy as np

from rnn_core.arrays import Array
from rnn_core.flow import cause
from rnn_core.flow.horizon import SHARES, horizon
from rnn_core.flow.lattice import Lattice, lattice, sample, swept
from rnn_core.flow.norms import Norms, norms
from rnn_core.flow.shares import shares
from rnn_core.flow.spectrum import spectra
from rnn_core.flow.units import shut
from rnn_core.records import dataclass
from rnn_core.remembering import remembered
from rnn_core.trace import Trace
from rnn_core.views.numbers import exponent_for, magnitude, power, shown, times_ten
from rnn_core.views.scale import LEVELS

DECADES = 8
"""Powers of ten between the palest and the strongest colour."""
FURTHEST = 2000
"""The timestep up to which a last loss beyond the window has a row."""
FACTOR_DECADES = 1.0
"""Powers of ten at which a factor has the end's colour: ×0.1 and ×10."""


@dataclass(frozen=True, eq=False)
class Strip:
    """A number for each timestep of the window, and one for all of the run."""

    label: str
    kind: str
    """factor, share or units."""
    values: Array
    """(n,): NaN where there is none."""
    levels: np.ndarray
    """(n,) colours; the sign says on which side of 1, or of 0."""
    whole: str
    """What it comes to over all timesteps."""


@dataclass(frozen=True, eq=False)
class Flow:
    """The window first … last (0 is the initial state), the cursor's timestep in it, and what is shown of them."""

    first: int
    last: int
    t: int
    total: Array
    local: Array
    carried: Array
    """(n,) each."""
    top: int
    """The power of ten above every norm of the run."""
    losses: tuple[int, ...]
    lattice: Array
    """(losses,n) log10; -inf is zero, NaN is no pair."""
    lattice_top: int
    strips: tuple[Strip, ...]
    remarks: tuple[str, ...]


def window(timesteps: int, t: int, most: int) -> tuple[int, int]:
    """The first and last of at most so many timesteps, 0 … T, with t among them; it moves by halves of itself."""
    if timesteps + 1 <= most:
        return 0, timesteps
    step = max(1, most // 2)
    first = min(max(0, (t // step) * step - step // 2), timesteps + 1 - most)
    return first, first + most - 1


def chosen(trace: Trace, first: int, last: int, t: int, most: int) -> tuple[int, ...]:
    """At most so many losses that reach a window, evenly spread: t's among them, and the last of all, if it is near."""
    targets = np.flatnonzero(trace.sequence.has_target) + 1
    inside = targets[(targets >= first) & (targets <= last)]
    later = targets[-1:][(targets[-1:] > last) & (targets[-1:] <= FURTHEST)]
    room = max(most - len(later), 1)
    found = set(inside[np.linspace(0, len(inside) - 1, min(room, len(inside))).round().astype(int)].tolist())
    if t in inside and t not in found:
        others = found - {targets[-1]} or found
        found = (found - {min(others, key=lambda each: abs(each - t))}) | {t}
    return (*sorted(found), *later.tolist())


def flow(trace: Trace, t: int, columns: int, rows: int) -> Flow:
    """What the panel shows at timestep t in so many columns, with so many rows of losses."""
    first, last = window(len(trace), t, max(2, columns))
    sizes, span = norms(trace), slice(first, last + 1)
    losses = chosen(trace, first, last, t, rows) if rows else ()
    sizes_of_losses = pairs(trace, losses, first, last)
    return Flow(
        first, last, t, sizes.total[span], sizes.local[span], sizes.carried[span], top_of(sizes),
        losses, sizes_of_losses, _top(sizes_of_losses), strips(trace, first, last), remarks(trace),
    )  # fmt: skip


def pairs(trace: Trace, losses: tuple[int, ...], first: int, last: int) -> Array:
    """(losses,n) log10 ‖∂L[t]/∂h[k]‖ for these losses and k = first … last; NaN where t < k."""
    near, far = [t for t in losses if t <= last], [t for t in losses if t > last]
    found = [np.empty((0, last - first + 1))]
    if near:  # all of the window, so that moving in it computes nothing
        found.append(lattice(trace, max(1, first), last, last - first).pairs(near, first, last))
    if far:
        found.append(_far(trace, far[0]).pairs(far, first, last))
    return np.concatenate(found)


@remembered
def _far(trace: Trace, t: int) -> Lattice:
    return swept(trace, range(t, t + 1), FURTHEST)


def top_of(sizes: Norms) -> int:
    """The power of ten above every finite norm of the run."""
    with np.errstate(all="ignore"):
        return _top(np.log10(np.concatenate((sizes.total, sizes.local))))


def _top(log10: Array) -> int:
    finite = log10[np.isfinite(log10)]
    return math.floor(float(finite.max())) + 1 if finite.size else 0


def heights(sizes: Array, top: int) -> Array:
    """The share 0 … 1 of the grid's height that each norm has; 0 is exactly zero, NaN not finite."""
    with np.errstate(all="ignore"):
        share = 1.0 + (np.log10(sizes) - top) / DECADES
        share = np.where(sizes == 0.0, 0.0, np.clip(share, 1e-3, 1.0))
        found: Array = np.where(np.isfinite(sizes), share, np.nan)
    return found


def levels_of(log10: Array, top: int) -> np.ndarray:
    """Colours 1 … LEVELS of sizes by their powers of ten below `top`; 0 for zero, LEVELS + 1 for what is not finite."""
    with np.errstate(all="ignore"):
        steps = np.ceil((1.0 + (log10 - top) / DECADES) * LEVELS - 1e-9)
        steps = np.clip(steps, 1, LEVELS)
        steps = np.where(log10 == -np.inf, 0, np.where(np.isfinite(log10), steps, LEVELS + 1))
    found: np.ndarray = steps.astype(np.int64)
    return found


# -- strips ----------------------------------------------------------------------------------------------------------


def strips(trace: Trace, first: int, last: int) -> tuple[Strip, ...]:
    """The factors that say most, the shares of the recurrent gradient, and the units that are shut."""
    found = []
    main = {id(place) for place in cause.main(trace)}
    for factor in cause.over_time(trace):
        if id(factor.place) in main:
            found.append(_factor(factor, first, last))
    name = next((name for name, axes in trace.params.cell.parameters.items() if axes[-1] == "column"), "")
    if name:
        found.append(_share(trace, f"d{name}", first, last))
    for each in shut(trace):
        if each.name not in trace.program.cell.gates:
            found.append(_units(each.share, each.function.shut_word, first, last))
    return tuple(found)


def _row(values: Array, first: int, last: int) -> Array:
    """The window of a series that begins with t = 1."""
    padded: Array = np.concatenate(([np.nan], values))[first : last + 1]
    return padded


def _signed(values: Array) -> np.ndarray:
    """Colours of numbers -1 … 1, NaN as 0."""
    clipped = np.clip(np.nan_to_num(values, nan=0.0, posinf=1.0, neginf=-1.0), -1.0, 1.0) * LEVELS
    found: np.ndarray = (np.sign(clipped) * np.ceil(np.abs(clipped) - 1e-9)).astype(np.int64)
    return found


def _factor(factor: cause.Factor, first: int, last: int) -> Strip:
    log10 = _row(factor.log10, first, last)
    with np.errstate(all="ignore"):
        values = 10.0 ** np.minimum(log10, 300.0)
    whole_run = f"×{power(factor.total)} in all"
    return Strip(factor.place.label, "factor", values, _signed(log10 / FACTOR_DECADES), whole_run)


def _share(trace: Trace, name: str, first: int, last: int) -> Strip:
    every = shares(trace, name)
    values, peak = _row(every, first, last), float(np.max(np.abs(every)))
    most = f"most t={int(np.argmax(np.abs(every))) + 1}" if peak > 0.0 else f"{name} is 0"
    return Strip(f"{name} from", "share", values, _signed(values / (peak or 1.0)), most)


def _units(share: Array, word: str, first: int, last: int) -> Strip:
    values = _row(share, first, last)
    return Strip(word, "units", values, _signed(values), f"{float(share.mean()):.0%} on average")


@remembered
def remarks(trace: Trace) -> tuple[str, ...]:
    """The memory horizon, and the recurrent matrix by itself."""
    found, followed = [], sample(trace)
    for share in SHARES if followed else ():
        assert followed is not None
        reach = horizon(followed, share)
        if len(reach.steps):
            median, more = reach.quartiles[2], "+" if np.median(reach.open) else ""
            found.append(f"{magnitude(share)}: {median}{more} back")
    text = [f"horizon {' · '.join(found)}"] if found else []
    matrix = max(spectra(trace), key=lambda each: np.nan_to_num(each.radius, nan=np.inf))
    if len(matrix.singular):
        large, small = magnitude(float(matrix.singular[0]), 2), magnitude(float(matrix.singular[-1]), 2)
        text.append(f"{matrix.name} radius {magnitude(matrix.radius, 2)}, singular {large}…{small}")
    return tuple(text)


# -- as text ---------------------------------------------------------------------------------------------------------


def triangle_lines(trace: Trace, t: int, most: int) -> list[str]:
    """The lattice around t as a table, its factor in the first line: a loss a row, a timestep a column."""
    first, last = window(len(trace), t, most)
    losses = chosen(trace, first, last, t, most)
    if not losses:
        return [f"no loss of t={first}…{last} or near after it has a target"]
    log10 = pairs(trace, losses, first, last)
    factor = exponent_for(10.0 ** min(_top(log10) - 1, 300))
    header = [f"‖∂L[t]/∂h[k]‖ {times_ten(factor)}".rstrip(), *(f"k={k}" for k in range(first, last + 1))]
    table = [header]
    for row, loss in enumerate(losses):
        cells = [_number(value, factor) for value in log10[row].tolist()]
        table.append([f"L[{loss}]", *cells])
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return ["  ".join(map(str.rjust, row, widths)).rstrip() for row in table]


def _number(log10: float, factor: int) -> str:
    if math.isnan(log10):
        return ""
    if log10 == -math.inf:
        return "0"
    scaled = log10 - factor
    if scaled > 300 or scaled < -300:
        return f"1e{scaled:.0f}"
    return shown(10.0**scaled, 0, 6).text.removeprefix("+")


def row_lines(trace: Trace, t: int, k: int | None) -> list[str]:
    """One loss's gradient at the timesteps before it, at most 40; or at one of them."""
    held = swept(trace, range(t, t + 1), t)
    at = [k] if k is not None else list(range(t, max(-1, t - 40), -1))
    text = []
    for each in at:
        log10, share = held.at(t, each), held.at(t, each) - held.at(t, t)
        of = "" if each == t or not math.isfinite(share) else f"  {power(share, 3)} of that at h[{t}]"
        text.append(f"‖∂L[{t}]/∂h[{each}]‖ = {power(log10, 3)}{of}")
    return text if at[-1] in (0, k) else [*text, f"… {at[-1]} more: lattice t={t} k=K"]
