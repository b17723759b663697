"""The program being debugged: the listing of one gradient computation, and the arithmetic of its positions.

A position k means "k lines have run", 0 ≤ k ≤ N. The forward lines run for t = 1 … T, the backward lines for
t = T … 1, the update lines once, so a position and a place (phase, t, line) are turned into each other by
division: nothing is stored for each timestep.

Rules this file keeps:
- The listing is data; whoever shows it or runs it walks the tuple.
- An instruction's `compute` is the line itself in NumPy, written so that it also runs on complex numbers.
- Time counts from 1. The update has no timestep: t = 0 there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, lru_cache
from typing import Any, NamedTuple
from typing import Literal as OneOf

import numpy as np

from rnn_core.data import NO_TARGET
from rnn_core.errors import RnnError, UsageError
from rnn_core.model import PARAMETERS
from rnn_core.optimisers import Optimiser, corrections
from rnn_core.records import dataclass
from rnn_core.updates import Clip, Gradients, Options, clip_gradients

Phase = OneOf["forward", "backward", "update"]
PHASES: tuple[Phase, ...] = ("forward", "backward", "update")

Registers = Any
"""The interpreter's memory (`interpreter.Registers`): names as attributes, time series indexed by t."""


@dataclass(frozen=True)
class Instruction:
    """One line: `target op expression`, what it reads and writes, and how to run it."""

    name: str
    phase: Phase
    target: str
    op: OneOf["=", "+=", "-="]
    expression: str
    reads: tuple[str, ...]
    compute: Callable[[Registers, int], Any]
    writes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "writes", self.writes or (self.name,))

    def __str__(self) -> str:
        return f"{self.target} {self.op} {self.expression}"


class Place(NamedTuple):
    """Where a line stands in the run: its phase, its timestep (0 in the update) and its instruction."""

    phase: Phase
    t: int
    instruction: Instruction


class NonFiniteNorm(RnnError):  # noqa: N818  # named for what was met, as the others of its family are
    """Clipping met gradients whose norm is not a number to clip by."""


def softmax(z: Any) -> Any:
    """exp(z - max z) / sum; the maximum by real part, so that complex steps pass through."""
    e = np.exp(z - z[np.argmax(z.real)])
    return e / np.sum(e)


def cross_entropy(z: Any, y: int) -> Any:
    """logsumexp(z) - z[y], and 0 where there is no target."""
    if y == NO_TARGET:
        return 0.0
    top = z[np.argmax(z.real)]
    return np.log(np.sum(np.exp(z - top))) - (z[y] - top)


def error_at_logits(p: Any, y: int) -> Any:
    """p - onehot(y), and zeros where there is no target."""
    return np.zeros_like(p) if y == NO_TARGET else p - np.eye(len(p))[y]


def _cut(t: int, truncation: int) -> bool:
    """Whether timestep t is the first of a truncation window that is not the first window."""
    return 0 < truncation < t and (t - 1) % truncation == 0


def _forward(divisor: str, truncation: int) -> tuple[Instruction, ...]:
    def line(*parts: Any) -> Instruction:
        name, target, op, expression, reads, compute = parts
        return Instruction(name, "forward", target, op, expression, reads, compute)

    def before(r: Registers, t: int) -> Any:
        """h[t-1]; where a window begins it counts as a number that no gradient goes through."""
        return np.real(r.h[t - 1]) if _cut(t, truncation) else r.h[t - 1]

    return (
        line("a", "a", "=", "U·x[t] + W·h[t-1] + b", ("U", "x", "W", "h", "b"),
             lambda r, t: r.U @ r.x[t] + r.W @ before(r, t) + r.b),
        line("h", "h[t]", "=", "tanh(a)", ("a",), lambda r, t: np.tanh(r.a)),
        line("z", "z", "=", "V·h[t] + c", ("V", "h", "c"), lambda r, t: r.V @ r.h[t] + r.c),
        line("p", "p[t]", "=", "softmax(z)", ("z",), lambda r, t: softmax(r.z)),
        line("loss", "loss", "+=", f"-log p[t][y[t]]{divisor}", ("z", "y"),
             lambda r, t: r.weight * cross_entropy(r.z, r.y[t])),
    )  # fmt: skip


def _backward(divisor: str, truncation: int) -> tuple[Instruction, ...]:
    def line(*parts: Any) -> Instruction:
        name, op, expression, reads, compute = parts
        return Instruction(name, "backward", name, op, expression, reads, compute)

    dz = f"(p[t] - onehot(y[t])){divisor}" if divisor else "p[t] - onehot(y[t])"
    return (
        line("dz", "=", dz, ("p", "y"), lambda r, t: r.weight * error_at_logits(r.p[t], r.y[t])),
        line("dV", "+=", "outer(dz, h[t])", ("dz", "h"), lambda r, t: np.outer(r.dz, r.h[t])),
        line("dc", "+=", "dz", ("dz",), lambda r, t: r.dz),
        line("dh", "=", "Vᵀ·dz + dh_next", ("V", "dz", "dh_next"), lambda r, t: r.V.T @ r.dz + r.dh_next),
        line("da", "=", "(1 - h[t]²) ⊙ dh", ("h", "dh"), lambda r, t: (1 - r.h[t] ** 2) * r.dh),
        line("db", "+=", "da", ("da",), lambda r, t: r.da),
        line("dU", "+=", "outer(da, x[t])", ("da", "x"), lambda r, t: np.outer(r.da, r.x[t])),
        line("dW", "+=", "outer(da, h[t-1])", ("da", "h"), lambda r, t: np.outer(r.da, r.h[t - 1])),
        line("dh_next", "=", "Wᵀ·da", ("W", "da"),
             lambda r, t: np.zeros_like(r.da) if _cut(t, truncation) else r.W.T @ r.da),
    )  # fmt: skip


def _clip(clip: Clip) -> Instruction:
    names = tuple(f"d{name}" for name in PARAMETERS)

    def compute(r: Registers, _t: int) -> tuple[Any, ...]:
        gradients = Gradients(*(getattr(r, name) for name in names))
        norm = gradients.norm()
        if not np.isfinite(norm):
            raise NonFiniteNorm(f"the gradient norm is {norm}", where="clip", fix="the update does not run")
        return (*clip_gradients(gradients, clip), np.float64(norm))

    expression = {
        "norm": f"min(1, {clip.limit:g}/(‖d‖+1e-6))·d…",
        "value": f"clamp(d…, ±{clip.limit:g})",
    }[clip.kind]
    return Instruction("clip", "update", "d…", "=", expression, names, compute, writes=(*names, "clip_norm"))


def _optimise(optimiser: Optimiser, name: str) -> tuple[Instruction, ...]:
    """The lines that update one parameter: first what the optimiser keeps of it, then the parameter itself."""
    d, m, v = f"d{name}", f"m{name}", f"v{name}"
    mu, beta1, beta2, epsilon = optimiser.momentum, optimiser.beta1, optimiser.beta2, optimiser.epsilon

    def line(target: str, op: OneOf["=", "+=", "-="], expression: str, reads: str, compute: Any) -> Instruction:
        return Instruction(target, "update", target, op, expression, tuple(reads.split()), compute)

    def adam(r: Registers, _t: int) -> Any:
        first, second = corrections(optimiser, r.steps + 1)
        return r.learning_rate * (getattr(r, m) / first) / (np.sqrt(getattr(r, v) / second) + epsilon)

    if optimiser.kind == "momentum":
        return (
            line(m, "=", f"{mu:g}·{m} + {d}", f"{m} {d}", lambda r, _t: mu * getattr(r, m) + getattr(r, d)),
            line(name, "-=", f"lr·{m}", f"{name} {m}", lambda r, _t: r.learning_rate * getattr(r, m)),
        )
    if optimiser.kind == "adagrad":
        return (
            line(v, "+=", f"{d}²", d, lambda r, _t: getattr(r, d) ** 2),
            line(name, "-=", f"lr·{d}/(√{v} + ε)", f"{name} {d} {v}",
                 lambda r, _t: r.learning_rate * getattr(r, d) / (np.sqrt(getattr(r, v)) + epsilon)),
        )  # fmt: skip
    if optimiser.kind == "adam":
        return (
            line(m, "=", f"{beta1:g}·{m} + {1 - beta1:g}·{d}", f"{m} {d}",
                 lambda r, _t: beta1 * getattr(r, m) + (1 - beta1) * getattr(r, d)),
            line(v, "=", f"{beta2:g}·{v} + {1 - beta2:g}·{d}²", f"{v} {d}",
                 lambda r, _t: beta2 * getattr(r, v) + (1 - beta2) * getattr(r, d) ** 2),
            line(name, "-=", f"lr·hat({m})/(√hat({v}) + ε)", f"{name} {m} {v}", adam),
        )  # fmt: skip
    return (line(name, "-=", f"lr·{d}", f"{name} {d}", lambda r, _t: r.learning_rate * getattr(r, d)),)


@dataclass(frozen=True)
class Program:
    """A listing in its three phases, and where each of its lines stands in a run of T timesteps."""

    forward: tuple[Instruction, ...]
    backward: tuple[Instruction, ...]
    update: tuple[Instruction, ...]
    truncation: int = 0
    """Timesteps in a window of truncated BPTT; 0 where time is not cut."""

    def is_cut(self, line: str, t: int) -> bool:
        """Whether the line `line` does not run at timestep t: a window begins there, and nothing is carried past it."""
        return line == "dh_next" and _cut(t, self.truncation)

    def window(self, t: int, timesteps: int) -> tuple[int, int]:
        """The first and the last timestep of the truncation window that t is in."""
        if not self.truncation:
            return 1, timesteps
        first = (t - 1) // self.truncation * self.truncation + 1
        return first, min(first + self.truncation - 1, timesteps)

    def phase(self, name: Phase) -> tuple[Instruction, ...]:
        """The lines of one phase, in order."""
        lines: tuple[Instruction, ...] = getattr(self, name)
        return lines

    def __iter__(self) -> Iterator[Instruction]:
        """The lines in order."""
        return iter((*self.forward, *self.backward, *self.update))

    @cached_property
    def _standing(self) -> Mapping[str, tuple[Phase, int]]:
        """Where each name is first written: the phase, and how many of its lines come before."""
        backwards = [(line.name, (phase, at)) for phase in PHASES for at, line in enumerate(self.phase(phase))][::-1]
        return dict(backwards)

    def _stands(self, name: str) -> tuple[Phase, int]:
        found = self._standing.get(name)
        if found is None:
            raise UsageError(f'no line "{name}"', fix="one of " + " ".join(line.name for line in self))
        return found

    def instruction(self, name: str) -> Instruction:
        """The line that writes `name`. Raises UsageError."""
        phase, at = self._stands(name)
        return self.phase(phase)[at]

    def length(self, timesteps: int) -> int:
        """N: how many lines one run over T timesteps has."""
        return timesteps * (len(self.forward) + len(self.backward)) + len(self.update)

    def borders(self, timesteps: int) -> tuple[int, int, int, int]:
        """The positions where forward, backward and update begin, and N."""
        backward = timesteps * len(self.forward)
        update = backward + timesteps * len(self.backward)
        return 0, backward, update, update + len(self.update)

    def place(self, line: int, timesteps: int) -> Place:
        """Where the line numbered `line` (1 … N: the one run last at position `line`) stands."""
        _, backward, update, end = self.borders(timesteps)
        if not 1 <= line <= end:
            raise UsageError(f"no line number {line}", fix=f"1 to {end}")
        index = line - 1
        if index < backward:
            passed, at = divmod(index, len(self.forward))
            return Place("forward", passed + 1, self.forward[at])
        if index < update:
            passed, at = divmod(index - backward, len(self.backward))
            return Place("backward", timesteps - passed, self.backward[at])
        return Place("update", 0, self.update[index - update])

    def number(self, phase: Phase, t: int, name: str, timesteps: int) -> int:
        """The number of a line in the run, the inverse of `place`. Raises UsageError."""
        start = self.borders(timesteps)[PHASES.index(phase)]
        lines = self.phase(phase)
        names = [line.name for line in lines]
        if name not in names:
            raise UsageError(f'no line "{name}" in the {phase} phase', fix="one of " + " ".join(names))
        at = names.index(name) + 1
        if phase == "update":
            return start + at
        if not 1 <= t <= timesteps:
            raise UsageError(f"no timestep {t}", fix=f"1 to {timesteps}")
        passed = t - 1 if phase == "forward" else timesteps - t
        return start + passed * len(lines) + at

    def times_run(self, name: str, k: int, timesteps: int) -> int:
        """How often the line `name` has run at position k."""
        phase, at = self._stands(name)
        backward = timesteps * len(self.forward)
        if phase == "forward":
            start, lines, most = 0, len(self.forward), timesteps
        elif phase == "backward":
            start, lines, most = backward, len(self.backward), timesteps
        else:
            start, lines, most = backward + timesteps * len(self.backward), len(self.update), 1
        return min(max(0, (k - start - at - 1) // lines + 1), most)


@lru_cache(maxsize=64)
def program(options: Options = Options()) -> Program:
    """The listing of the vanilla RNN under these options."""
    divisor = " / M" if options.reduction == "mean" else ""
    clip = (_clip(options.clip),) if options.clip else ()
    update = [line for name in PARAMETERS for line in _optimise(options.optimiser, name)]
    cut = options.truncation
    return Program(_forward(divisor, cut), _backward(divisor, cut), (*clip, *update), cut)
