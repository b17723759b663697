"""What a listing's names are, read off its lines: what their indices count, which line writes them, from which row on.

From this follow the layout of a trace and of its files, what can be selected on the screen, and the order of searches.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal as OneOf
from typing import NamedTuple

from rnn_core.language.derivation import carried_to, gradient_of
from rnn_core.language.expressions import Name, Stack
from rnn_core.language.lines import Instruction, Phase

Kind = OneOf["given", "parameter", "series", "loss", "sum", "norm", "kept"]
Axes = tuple[str, ...]


class Register(NamedTuple):
    """A name of the listing."""

    name: str
    kind: Kind
    axes: Axes
    """What each index counts: t, hidden, column (hidden units of t-1), input, output, stack (gates x hidden)."""
    line: str = ""
    """The line that writes it; empty for what is given."""
    phase: Phase | None = None
    given: bool = False
    """Whether a series has a row before its first write: h[0], and the zeros that dh_next starts from."""
    factors: tuple[Name, Name | None] | None = None
    """A sum over time adds the outer product of these two; of the first alone where the second is None."""
    whole: str = ""
    """The stacked register that this one is a block of."""
    block: int = 0

    @property
    def backward(self) -> bool:
        """Whether its rows are written last timestep first."""
        return self.phase == "backward"

    @property
    def first_timestep(self) -> int:
        """The timestep of row 0 of a series."""
        return 0 if self.given else 1


def registers(
    forward: Sequence[Instruction],
    backward: Sequence[Instruction],
    update: Iterable[Instruction],
    parameters: Mapping[str, Axes],
    states: Sequence[str],
    stacked: Sequence[str],
    timestep_loss: str,
    values: bool,
) -> dict[str, Register]:
    """The names of a listing, in the order in which a trace keeps them."""
    target: Axes = ("t", "output") if values else ("t",)
    found = [Register("x", "given", ("t", "input")), Register("y", "given", target)]
    found += [Register(f"{state}0", "given", ("hidden",)) for state in states]
    found += [Register(name, "parameter", axes, name, "update") for name, axes in parameters.items()]
    found += _forward(forward, parameters, states, stacked)
    found.append(Register(timestep_loss, "series", ("t",), "loss", "forward"))
    axes = {register.name: register.axes[1:] for register in found if register.kind == "series"}
    found += _backward(backward, parameters, states, axes)
    found.append(Register("loss", "loss", (), "loss", "forward"))
    lines = {line.name: line for line in backward}
    for name, of in parameters.items():
        line = lines.get(gradient_of(name))
        factors = line.factors if line else None
        found.append(Register(gradient_of(name), "sum", of, gradient_of(name), "backward", factors=factors))
    found.append(Register("clip_norm", "norm", (), "clip", "update"))
    for line in update:
        if line.name[1:] in parameters and line.name not in parameters:
            found.append(Register(line.name, "kept", parameters[line.name[1:]], line.name, "update"))
    return {register.name: register for register in found}


def _forward(
    lines: Iterable[Instruction], parameters: Mapping[str, Axes], states: Sequence[str], stacked: Sequence[str]
) -> Iterable[Register]:
    known: dict[str, Axes] = {**parameters, "x": ("input",), **dict.fromkeys(states, ("hidden",))}
    for line in lines:
        if line.op == "+=":
            continue
        known[line.name] = ("stack",) if line.name in stacked else line.expression.axes(known)
        yield Register(line.name, "series", ("t", *known[line.name]), line.name, "forward", given=line.name in states)


def _backward(
    lines: Iterable[Instruction], parameters: Mapping[str, Axes], states: Sequence[str], forward: Mapping[str, Axes]
) -> Iterable[Register]:
    lines = list(lines)
    blocks: dict[str, tuple[str, int]] = {}
    for line in lines:
        if isinstance(line.expression, Stack):
            parts = [part.name for part in line.expression.operands if isinstance(part, Name)]
            blocks |= {part: (line.name, at) for at, part in enumerate(parts) if part not in blocks}
    axes = {gradient_of(name): of for name, of in forward.items()}
    carried = {carried_to(state): ("hidden",) for state in states}
    sums = set(map(gradient_of, parameters))
    for line in lines:
        if line.name in sums:
            continue
        whole, block = blocks.get(line.name, ("", 0))
        of = axes.get(line.name) or carried.get(line.name) or ("hidden",)
        given = line.name in carried
        yield Register(line.name, "series", ("t", *of), line.name, "backward", given=given, whole=whole, block=block)
    written = {line.name for line in lines}
    for name, of in carried.items():
        if name not in written:  # a listing without this line still reads the zeros that it starts from
            yield Register(name, "series", ("t", *of), name, "backward", given=True)
