"""What a mistake is: the line of the listing that it replaces, what is computed then, what is right, and why.

Each mistake is data and arithmetic. It says in words what is wrong, and in one sentence of calculus why; it makes its own
numbers through `oracle.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from rnn_core.mistakes.oracle import Moment, Net, Ran, Rule
from rnn_core.model import Array
from rnn_core.program import program

MATHS = "docs/maths.md#where-the-lines-come-from"

_PROGRAM = program()
_NAMES = ("dz", "dV", "dc", "local", "dh", "slope", "da", "db", "dU", "dW", "dh_next", "a", "h", "z", "p")
_LINE_OF = {"local": "dh", "slope": "da"}
_TIMED = frozenset({"x", *(line.name for line in (*_PROGRAM.forward, *_PROGRAM.backward))})

LISTING = {name: str(_PROGRAM.instruction(_LINE_OF.get(name, name))) for name in _NAMES}
"""The line of the listing that each of our quantities stands in."""


def _right(name: str) -> str:
    """What a quantity is, every name with its timestep."""
    expression = _PROGRAM.instruction(_LINE_OF.get(name, name)).expression
    if name in _LINE_OF:
        return expression.operands[0].text(_TIMED)
    text = expression.text(_TIMED)
    carried = _PROGRAM.instruction("dh_next").expression.text(_TIMED).replace("[t]", "[t+1]")
    return text.replace("dh_next[t]", carried)


RIGHT = {name: _right(name) for name in _NAMES}

WHY = {
    "dz": "the derivative of -log softmax(z)[y] by z is p - onehot(y)",
    "dV": "z[t] = V·h[t] + c, so timestep t adds outer(dz[t], h[t]) to dV",
    "dc": "z[t] = V·h[t] + c, so timestep t adds dz[t] to dc",
    "local": "z[t] = V·h[t] + c, so h[t] gets Vᵀ·dz[t] from its own timestep",
    "dh": "h[t] is used twice, by z[t] and by a[t+1], and the two gradients add up",
    "slope": "the derivative of h = tanh(a) by a is 1 - h²",
    "da": "h[t] = tanh(a[t]), so the gradient passes through 1 - h[t]²",
    "db": "a[t] = U·x[t] + W·h[t-1] + b, so timestep t adds da[t] to db",
    "dU": "a[t] = U·x[t] + W·h[t-1] + b, so timestep t adds outer(da[t], x[t]) to dU",
    "dW": "a[t] = U·x[t] + W·h[t-1] + b, so timestep t adds outer(da[t], h[t-1]) to dW",
    "dh_next": "a[t] depends on h[t-1] through W, so what is carried back is Wᵀ·da[t]",
    "a": "the state carries over: a[t] = U·x[t] + W·h[t-1] + b",
    "h": "the state is h[t] = tanh(a[t]), and the gradient counts on it",
    "z": "the outputs are read off the new state: z[t] = V·h[t] + c",
    "p": "probabilities are exp(z) over its sum over the classes",
}
GRADIENTS = ("dU", "dW", "dV", "db", "dc")
Gather = Callable[[Array, int], Array]
"""(the parts over time, the size of the batch) → what becomes of them."""
Forward = Callable[[Net, dict[str, Array]], Array]


@dataclass(frozen=True, eq=False)
class Mistake:
    """One mistake, as data and as arithmetic."""

    name: str
    line: str
    """Our quantity that comes out wrong first: a key of LISTING."""
    computes: str
    """What stands there in place of RIGHT[line], in the listing's words; t is the timestep."""
    cause: str
    """The mistake in a few words."""
    replaced: str = ""
    """The line of the listing as the mistake has it, in its language; empty where no single line says it."""
    rule: Rule | None = None
    gathered: Gather | None = None
    times: Callable[[int], tuple[int, ...]] | None = None
    forward: Forward | None = None
    left: Callable[[Moment], Array] | None = None
    """What stands on the left of an outer product, where only that is wrong: stacked matrices have it in common."""
    operand: Callable[[Moment], Array] | None = None
    """The one operand that is not the right one, where the rest of the line is."""
    start: Callable[[Ran], Array] | None = None
    """What the backward loop begins with in place of zeros, from the run that went before."""
    into: str = ""
    """The backward line that `rule` replaces, where that is not `line`."""
    more: Mapping[str, Rule] = field(default_factory=dict)
    """Other backward lines that go wrong by the same slip, as all that is read out of a wrong cache does."""
    is_other: bool = False
    """Whether what is computed is right for another name: then the store is wrong that hands it on, not that made it."""

    @property
    def replaces(self) -> str:
        return self.into or self.line

    @property
    def right(self) -> str:
        return RIGHT.get(self.line, "")

    @property
    def why(self) -> str:
        return WHY.get(self.line, "")

    @property
    def link(self) -> str:
        return MATHS


def replacing(
    line: str, name: str, text: str, cause: str, rule: Rule, is_other: bool = False,
    operand: Callable[[Moment], Array] | None = None, left: Callable[[Moment], Array] | None = None,
    said: str | None = None,
) -> Mistake:  # fmt: skip
    """A mistake that replaces a line. `said` is the right-hand side in the listing's language where `text` is prose;
    empty where no line says it."""
    said = text if said is None else said
    return Mistake(name, line, text, cause, written(line, said) if said else "", rule, operand=operand,
                   is_other=is_other, left=left)  # fmt: skip


def written(line: str, text: str, op: str = "") -> str:
    """The line of the listing that one of our quantities stands in, with `text` in the place of that quantity."""
    target, sign, _ = LISTING[line].split(maxsplit=2)
    whole = {"local": f"{text} + dh_next", "slope": f"({text}) ⊙ dh"}.get(line, text)
    return f"{target} {op or sign} {whole}"
