"""What one run of the program computed, frozen, and what any register held at any position of it.

Rules this file keeps:
- Every array is read-only; a trace never changes after `recorder.record` returns it.
- `value(name, k)` and `series(name, k)` depend on the trace, the name and k alone, never on how k was reached.
- Nothing is stored for a position: rows are looked up, running sums are added up from the rows (`accumulate.py`).
- One number has one value: `value("dW", N)`, the update and an exported file hold the same bits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from functools import cached_property
from importlib import import_module
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from rnn_core.accumulate import WHOLE
from rnn_core.arrays import Array, Arrays, norm
from rnn_core.data import Sequence, Targets
from rnn_core.errors import UsageError
from rnn_core.language.derivation import gradient_of
from rnn_core.language.expressions import Name
from rnn_core.model import Params, Sizes
from rnn_core.optimisers import State, keepers
from rnn_core.program import Place, Program, Register
from rnn_core.records import dataclass
from rnn_core.updates import Options


class Series(NamedTuple):
    """The rows of a name over time, in the layout of a trace file, and which of them are written by now."""

    rows: NDArray[Any]
    mask: NDArray[np.bool_]


class Summary(NamedTuple):
    """The Euclidean norm of an array and its largest finite magnitude."""

    norm: float
    peak: float


class PartialSum(Protocol):
    """A sum over time that can be read part-way: an `accumulate.TimeSum`, or the results of a replaced line."""

    @property
    def total(self) -> Array:
        """The sum over all of time, a matrix."""

    @property
    def nbytes(self) -> int:
        """The bytes held beyond the rows."""

    def at(self, count: int, rows: slice = WHOLE, columns: slice = WHOLE) -> Array:
        """After the last `count` timesteps, or a window of it."""


@dataclass(frozen=True, eq=False)
class Trace:
    """One run over one sequence of T timesteps.

    `rows` are the series by name, and attributes: of an rnn a, dh, da (T,H); h, dh_next (T+1,H); z, p, dz (T,O).
    """

    params: Params
    sequence: Sequence
    options: Options
    program: Program
    start: Mapping[str, Array]
    """The initial states by name: h0 (H,), and s0 of an LSTM."""
    rows: Mapping[str, Array]
    running_loss: Array
    sums: Mapping[str, PartialSum]
    """The gradients by name, dU … dc, as sums over time; those of vectors are matrices (n,1)."""
    gradients: Arrays
    """The final sums over time, before clipping, by parameter."""
    clipped: Arrays | None
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

    def __getattr__(self, name: str) -> Any:
        """The rows of a series, or an initial state."""
        for held in () if name.startswith("_") else (self.__dict__.get("rows"), self.__dict__.get("start")):
            if held is not None and name in held:
                return held[name]
        raise AttributeError(name)

    # -- sizes and places ------------------------------------------------------------------------------------

    def __len__(self) -> int:
        """T, the number of timesteps."""
        return len(self.sequence)

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
        """All names that have values here."""
        return tuple(self.program.registers)

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
        """The mean loss over the timesteps that have a target; NaN without any."""
        count = self.sequence.target_count
        if not count:
            return float("nan")
        return self.loss if self.options.reduction == "mean" else self.loss / count

    def _repr_html_(self) -> str:
        """What a notebook shows: the loss, the gradient's flow through time, the size of each gradient."""
        shown: str = import_module("rnn_core.views.notebook").html(self)  # views stand above traces
        return shown

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Every array under its listing name, as a trace file keeps them."""
        held: dict[str, Any] = {"x": self.x, "y": self.y, **self.start}
        held |= {name: self.rows[name] for name, register in self.program.series.items() if not register.whole}
        held |= {"loss": np.float64(self.loss)}
        held |= {gradient_of(name): gradient for name, gradient in self.gradients.items()}
        if self.clipped is not None:
            held |= {f"{gradient_of(name)}_clipped": clipped for name, clipped in self.clipped.items()}
        if self.clip_norm is not None:
            held["clip_norm"] = np.float64(self.clip_norm)
        held |= self.params
        held |= {f"{name}_new": array for name, array in self.updated.items()}
        if kept := self.program.kept:
            held |= {name: self.state.kept(name) for name in kept} | {"steps": np.int64(self.state.steps)}
            held |= {f"{name}_new": self.updated_state.kept(name) for name in kept}
        return {name: np.asarray(array) for name, array in held.items()}

    @property
    def nbytes(self) -> int:
        """The bytes held: rows over time, partial sums, parameters before and after."""
        held: list[NDArray[Any]] = [self.rows[name] for name, of in self.program.series.items() if not of.whole]
        held += [self.x, self.y, self.running_loss, np.ones(len(self)), *(self.clipped or {}).values()]
        held += [*self.params.values(), *self.updated.values()]
        kept = {id(state): state.nbytes for state in (self.state, self.updated_state)}
        return (
            sum(array.nbytes for array in held) + sum(sum_.nbytes for sum_ in self.sums.values()) + sum(kept.values())
        )

    # -- any register at any position ------------------------------------------------------------------------

    def value(self, name: str, k: int) -> NDArray[Any] | None:
        """What the interpreter's register `name` holds after k lines; None before its first write.

        `x`, `y` and `h0` are given and whole. Raises UsageError for a name or a position that does not exist.
        """
        register = self._register(name)
        self._checked(k)
        if register.kind == "series":
            row = self._latest_row(register, k)
            return None if row is None else np.asarray(self.rows[name][row])
        if register.kind == "sum":
            return self.window(name, k, WHOLE, WHOLE)
        if register.kind == "given":
            given: NDArray[Any] = getattr(self, name)
            return given
        ran = self._ran(register.line, k)
        if register.kind == "parameter":
            return (self.updated if ran else self.params)[name]
        if register.kind == "kept":
            kept: NDArray[Any] = (self.updated_state if ran else self.state).kept(name)
            return kept
        if register.kind == "loss":
            return np.asarray(self.running_loss[ran - 1]) if ran else None
        return np.asarray(self.clip_norm) if ran and self.options.clip is not None else None

    def window(self, name: str, k: int, rows: slice = WHOLE, columns: slice = WHOLE) -> Array | None:
        """Part of a gradient at position k, bit for bit what the same part of the whole would be. Raises UsageError."""
        times = self._times_added(name, k)
        if times == 0:
            return None
        if times is None:
            assert self.clipped is not None
            clipped = self.clipped[name[1:]]
            window: Array = clipped[rows, columns] if clipped.ndim == 2 else clipped[rows]
            return window
        is_vector = len(self.program.registers[name].axes) == 1
        with np.errstate(all="ignore"):
            part = self.sums[name].at(times, rows, WHOLE if is_vector else columns)
        return _read_only(part[:, 0] if is_vector else part)

    def contribution(self, name: str, t: int, rows: slice = WHOLE, columns: slice = WHOLE) -> Array:
        """What timestep t alone adds to a gradient: outer(da[t], h[t-1]) and its like. Raises UsageError."""
        register = self._sum(name)
        if not 1 <= t <= len(self):
            raise UsageError(f"no timestep {t}", fix=f"1 to {len(self)}")
        if register.factors is None:
            return self._added(name, t, rows, columns)
        left, right = register.factors
        left_row: Array = self.over_time(left)[t - 1]
        if right is None:
            part: Array = left_row[rows]
            return part
        with np.errstate(all="ignore"):
            return _read_only(np.outer(left_row[rows], self.over_time(right)[t - 1][columns]))

    def over_time(self, name: Name) -> Array:
        """(T,·) what a name holds for the lines of timesteps 1 … T: x, h[t], h[t-1], da."""
        register = self.program.registers[name.name]
        held: Array = getattr(self, name.name)
        if register.given:
            held = held[: len(self)] if name.shift and not register.backward else held[1:]
        return held

    def written(self, name: str, k: int) -> slice:
        """The rows of a series that are written at position k."""
        register, rows = self.program.series[name], len(self.rows[name])
        ran = self._ran(register.line, k) + register.given
        return slice(rows - ran, rows) if register.backward else slice(0, ran)

    def series(self, name: str, k: int) -> Series:
        """The rows of `name` over time and which are written at position k; a name without time is one row."""
        if name in self.program.series:
            rows = self.rows[name]
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
        return self.program.times_run(line, self._checked(k), len(self)) if line in self.program.lines else 0

    def _latest_row(self, register: Register, k: int) -> int | None:
        written = self.written(register.name, k)
        if written.start == written.stop:
            return None
        row: int = written.start if register.backward else written.stop - 1
        return row

    def _register(self, name: str) -> Register:
        """Raises UsageError for a name that is not there."""
        found = self.program.registers.get(name)
        if found is not None:
            return found
        if name[1:] in self.program.parameters and (who := keepers(name)):
            what = f"the optimiser {self.options.optimiser.kind} keeps no {name}"
            raise UsageError(f'no value "{name}": {what}', fix=f"{who} does")
        raise UsageError(f'no value "{name}"', fix="one of " + " ".join(self.names))

    def _sum(self, name: str) -> Register:
        """Raises UsageError for a name that is not a gradient's."""
        if name not in self.program.sums:
            raise UsageError(f'no gradient "{name}"', fix="one of " + " ".join(self.program.sums))
        return self.program.sums[name]

    def _times_added(self, name: str, k: int) -> int | None:
        """How many timesteps are in a gradient at position k; None once it is clipped."""
        self._sum(name)
        if self.clipped is not None and self._ran("clip", k):
            return None
        return self._ran(name, k)

    def _added(self, name: str, t: int, rows: slice, columns: slice) -> Array:
        """What a line that is no outer product made of a sum at timestep t: the sum after it less the one before."""
        count = len(self) - t + 1
        after = self.sums[name].at(count, rows, columns)
        before = self.sums[name].at(count - 1, rows, columns) if count > 1 else np.zeros_like(after)
        added = np.subtract(after, before)
        return _read_only(added[:, 0] if len(self.program.registers[name].axes) == 1 else added)

    def _shape(self, name: str) -> tuple[int, ...]:
        register = self.program.registers[name]
        shape: tuple[int, ...] = self.params[name[1:]].shape if register.kind in ("sum", "kept") else ()
        return shape


def _read_only(array: Array) -> Array:
    array.flags.writeable = False
    return array


def summarise(array: Array) -> Summary:
    """Norm and largest finite magnitude; the norm is infinite or NaN where an element is."""
    size, peak = norm(array), float(np.max(np.abs(array[np.isfinite(array)]), initial=0.0))
    return Summary(size, peak)
