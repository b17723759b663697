"""What one run of the program computed, frozen, and what any register held at any position of it.

Rules this file keeps:
- Every array is read-only; a trace never changes after `recorder.record` returns it.
- `value(name, k)` and `series(name, k)` depend on the trace, the name and k alone, never on how k was reached.
- Nothing is stored for a position: rows are looked up, running sums are added up from the rows (`accumulate.py`).
- One number has one value: `value("dW", N)`, the update and an exported file hold the same bits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnn_core.accumulate import WHOLE, TimeSum
from rnn_core.data import Sequence, Targets
from rnn_core.errors import UsageError
from rnn_core.gradients import Gradients, norm
from rnn_core.model import PARAMETERS, Array, Params, Sizes
from rnn_core.optimisers import ALL_KEPT, State, not_kept
from rnn_core.program import Place, Program
from rnn_core.updates import Options


class SeriesLayout(NamedTuple):
    """Where a name's rows stand: the line that writes them, the row of its first write, and the row before it."""

    line: str
    backward: bool
    given: bool
    """Whether a row exists before the first write: h[0], and the zeros that dh_next starts from."""


SERIES: Mapping[str, SeriesLayout] = MappingProxyType(
    {
        "a": SeriesLayout("a", backward=False, given=False),
        "h": SeriesLayout("h", backward=False, given=True),
        "z": SeriesLayout("z", backward=False, given=False),
        "p": SeriesLayout("p", backward=False, given=False),
        "nll": SeriesLayout("loss", backward=False, given=False),
        "dz": SeriesLayout("dz", backward=True, given=False),
        "dh": SeriesLayout("dh", backward=True, given=False),
        "da": SeriesLayout("da", backward=True, given=False),
        "dh_next": SeriesLayout("dh_next", backward=True, given=True),
    }
)
GRADIENTS = tuple(f"d{name}" for name in PARAMETERS)
FACTORS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"dU": ("da", "x"), "dW": ("da", "h_prev"), "dV": ("dz", "h"), "db": ("da", "1"), "dc": ("dz", "1")}
)
"""Each gradient is Σ over time of outer(left, right) of these rows; the bias gradients multiply by 1."""
GIVEN = ("x", "y", "h0")
NAMES = (*GIVEN, *PARAMETERS, *SERIES, "loss", *GRADIENTS, "clip_norm")
"""What every trace has; `Trace.names` are these and what its optimiser keeps."""


class Series(NamedTuple):
    """The rows of a name over time, in the layout of a trace file, and which of them are written by now."""

    rows: NDArray[Any]
    mask: NDArray[np.bool_]


class Summary(NamedTuple):
    """The Euclidean norm of an array and its largest finite magnitude."""

    norm: float
    peak: float


class Sums(NamedTuple):
    """The five gradients as sums over time that can be read part-way; those of the biases are matrices (n,1)."""

    U: TimeSum
    W: TimeSum
    V: TimeSum
    b: TimeSum
    c: TimeSum

    def totals(self) -> Gradients:
        """The sums over all of time, those of the biases as vectors."""
        U, W, V, b, c = (sum_.total for sum_ in self)
        return Gradients(U, W, V, b[:, 0], c[:, 0])


@dataclass(frozen=True, eq=False)
class Trace:
    """One run over one sequence of T timesteps. Shapes: a, dh, da (T,H); h, dh_next (T+1,H); z, p, dz (T,O)."""

    params: Params
    sequence: Sequence
    options: Options
    program: Program
    h0: Array
    a: Array
    h: Array
    z: Array
    p: Array
    nll: Array
    running_loss: Array
    dz: Array
    dh: Array
    da: Array
    dh_next: Array
    sums: Sums
    gradients: Gradients
    """The final sums over time, before clipping."""
    clipped: Gradients | None
    clip_norm: float | None
    updated: Params
    state: State
    """What the optimiser kept before this update."""
    updated_state: State
    """… and after it."""
    halted: str = ""
    """Why the update did not run: clipping met a gradient norm that is not finite."""
    update: int = 0
    """Which update of a training run this is, counted from 0."""
    epoch: int = 0
    """The epoch that it belongs to, counted from 0."""
    _summaries: dict[tuple[str, int], Summary] = field(default_factory=dict, repr=False)

    # -- sizes and places ------------------------------------------------------------------------------------

    def __len__(self) -> int:
        """T, the number of timesteps."""
        return len(self.a)

    @cached_property
    def end(self) -> int:
        """N, the last position. A halted run ends where the update would begin."""
        start, end = self.program.borders(len(self))[2:]
        return start if self.halted else end

    @property
    def sizes(self) -> Sizes:
        """I, H and O."""
        return self.params.sizes

    @property
    def names(self) -> tuple[str, ...]:
        """All names that have values here: `NAMES`, and what this run's optimiser keeps (mU, vU, …)."""
        return (*NAMES, *self.options.optimiser.kept)

    def place(self, k: int) -> Place | None:
        """The line that ran last at position k; None at k = 0."""
        return self.program.place(self._checked(k), len(self)) if k else None

    def wrote(self, k: int) -> tuple[str, ...]:
        """The names that the last line at position k wrote."""
        place = self.place(k)
        return place.instruction.writes if place else ()

    # -- arrays ----------------------------------------------------------------------------------------------

    @property
    def x(self) -> Array:
        """(T,I) the inputs."""
        return self.sequence.x

    @property
    def y(self) -> Targets:
        """(T,) the targets."""
        return self.sequence.y

    @property
    def loss(self) -> float:
        """The loss of the whole sequence, as `reduction` defines it."""
        return float(self.running_loss[-1])

    @property
    def mean_loss(self) -> float:
        """The mean cross-entropy over the timesteps that have a target; NaN without any."""
        count = self.sequence.target_count
        if not count:
            return float("nan")
        return self.loss if self.options.reduction == "mean" else self.loss / count

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Every array under its listing name, as a trace file keeps them."""
        held: dict[str, Any] = {"x": self.x, "y": self.y, "h0": self.h0}
        held |= {name: getattr(self, name) for name in SERIES}
        held |= {"loss": np.float64(self.loss)}
        held |= {f"d{name}": gradient for name, gradient in zip(PARAMETERS, self.gradients, strict=True)}
        if self.clipped is not None:
            held |= {f"d{name}_clipped": clipped for name, clipped in zip(PARAMETERS, self.clipped, strict=True)}
        if self.clip_norm is not None:
            held["clip_norm"] = np.float64(self.clip_norm)
        held |= {name: getattr(self.params, name) for name in PARAMETERS}
        held |= {f"{name}_new": getattr(self.updated, name) for name in PARAMETERS}
        if kept := self.options.optimiser.kept:
            held |= {name: self.state.kept(name) for name in kept} | {"steps": np.int64(self.state.steps)}
            held |= {f"{name}_new": self.updated_state.kept(name) for name in kept}
        return {name: np.asarray(array) for name, array in held.items()}

    @property
    def nbytes(self) -> int:
        """The bytes held: rows over time, partial sums, parameters before and after."""
        held: list[NDArray[Any]] = [getattr(self, name) for name in SERIES]
        held += [self.x, self.y, self.running_loss, self.sums.b.right, *(self.clipped or ())]
        held += [getattr(params, name) for params in (self.params, self.updated) for name in PARAMETERS]
        kept = {id(state): state.nbytes for state in (self.state, self.updated_state)}
        return sum(array.nbytes for array in held) + sum(sum_.nbytes for sum_ in self.sums) + sum(kept.values())

    # -- any register at any position ------------------------------------------------------------------------

    def value(self, name: str, k: int) -> NDArray[Any] | None:
        """What the interpreter's register `name` holds after k lines; None before its first write.

        `x`, `y` and `h0` are given and whole. Raises UsageError for a name or a position that does not exist.
        """
        if name in SERIES:
            row = self._latest_row(name, k)
            return None if row is None else np.asarray(getattr(self, name)[row])
        if name in GRADIENTS:
            return self.window(name, k, WHOLE, WHOLE)
        self._checked(k)
        if name in PARAMETERS:
            parameter: Array = getattr(self.updated if self._ran(name, k) else self.params, name)
            return parameter
        if name == "loss":
            ran = self._ran("loss", k)
            return np.asarray(self.running_loss[ran - 1]) if ran else None
        if name == "clip_norm":
            clipped = self.options.clip is not None and self._ran("clip", k)
            return np.asarray(self.clip_norm) if clipped else None
        if name in GIVEN:
            given: NDArray[Any] = getattr(self, name)
            return given
        if name in self.options.optimiser.kept:
            return (self.updated_state if self._ran(name, k) else self.state).kept(name)
        if name in ALL_KEPT:
            what, fix = not_kept(self.options.optimiser, name)
            raise UsageError(f'no value "{name}": {what}', fix=fix)
        raise UsageError(f'no value "{name}"', fix="one of " + " ".join(self.names))

    def window(self, name: str, k: int, rows: slice = WHOLE, columns: slice = WHOLE) -> Array | None:
        """Part of a gradient at position k, bit for bit what the same part of the whole would be. Raises UsageError."""
        times = self._times_added(name, k)
        if times == 0:
            return None
        if times is None:
            clipped: Array = getattr(self.clipped, name[1:])
            return clipped[rows, columns] if clipped.ndim == 2 else clipped[rows]
        total: TimeSum = getattr(self.sums, name[1:])
        with np.errstate(all="ignore"):
            part = total.at(times, rows, columns if name[1:] in "UWV" else WHOLE)
        return _read_only(part[:, 0] if name in ("db", "dc") else part)

    def contribution(self, name: str, t: int, rows: slice = WHOLE, columns: slice = WHOLE) -> Array:
        """What timestep t alone adds to a gradient: outer(da[t], h[t-1]) and its like. Raises UsageError."""
        _gradient(name)
        if not 1 <= t <= len(self):
            raise UsageError(f"no timestep {t}", fix=f"1 to {len(self)}")
        left, right = (self._factor(factor, t) for factor in FACTORS[name])
        if name in ("db", "dc"):
            return left[rows]
        with np.errstate(all="ignore"):
            return _read_only(np.outer(left[rows], right[columns]))

    def written(self, name: str, k: int) -> slice:
        """The rows of a series that are written at position k."""
        layout, rows = SERIES[name], len(getattr(self, name))
        ran = self._ran(layout.line, k) + layout.given
        return slice(rows - ran, rows) if layout.backward else slice(0, ran)

    def series(self, name: str, k: int) -> Series:
        """The rows of `name` over time and which are written at position k; a name without time is one row."""
        if name in SERIES:
            rows = getattr(self, name)
            mask = np.zeros(len(rows), dtype=np.bool_)
            mask[self.written(name, k)] = True
            return Series(rows, mask)
        value = self.value(name, k)
        if name in ("x", "y") and value is not None:
            return Series(value, np.ones(len(value), dtype=np.bool_))
        row = np.full(self._shape(name), np.nan) if value is None else value
        return Series(_read_only(row[None]), np.full(1, value is not None))

    def summary(self, name: str, k: int) -> Summary:
        """Norm and largest finite magnitude of a gradient at position k; zeros before its first write.

        Raises UsageError.
        """
        times = self._times_added(name, k)
        key = name, -1 if times is None else times
        if key not in self._summaries:
            if len(self._summaries) > 4096:
                self._summaries.clear()
            value = self.value(name, k)
            self._summaries[key] = Summary(0.0, 0.0) if value is None else summarise(value)
        return self._summaries[key]

    # -- how it is done --------------------------------------------------------------------------------------

    def _checked(self, k: int) -> int:
        if not 0 <= k <= self.end:
            raise UsageError(f"no position {k}", fix=f"0 to {self.end}")
        return k

    def _ran(self, line: str, k: int) -> int:
        """How often a line has run at position k."""
        return self.program.times_run(line, self._checked(k), len(self))

    def _latest_row(self, name: str, k: int) -> int | None:
        written = self.written(name, k)
        if written.start == written.stop:
            return None
        row: int = written.start if SERIES[name].backward else written.stop - 1
        return row

    def _times_added(self, name: str, k: int) -> int | None:
        """How many timesteps are in a gradient at position k; None once it is clipped."""
        _gradient(name)
        if self.clipped is not None and self._ran("clip", k):
            return None
        return self._ran(name, k)

    def _factor(self, name: str, t: int) -> Array:
        if name == "1":
            return np.ones(1)
        if name == "h":
            row: Array = self.h[t]
        else:
            row = (self.h if name == "h_prev" else getattr(self, name))[t - 1]
        return row

    def _shape(self, name: str) -> tuple[int, ...]:
        return getattr(self.params, name[1:]).shape if name in (*GRADIENTS, *ALL_KEPT) else ()


def _gradient(name: str) -> None:
    """Raise UsageError for a name that is not a gradient's."""
    if name not in GRADIENTS:
        raise UsageError(f'no gradient "{name}"', fix="one of " + " ".join(GRADIENTS))


def _read_only(array: Array) -> Array:
    array.flags.writeable = False
    return array


def summarise(array: Array) -> Summary:
    """Norm and largest finite magnitude; the norm is infinite or NaN where an element is."""
    size, peak = norm(array), float(np.max(np.abs(array[np.isfinite(array)]), initial=0.0))
    return Summary(size, peak)
