"""The backward lines, derived from the forward ones: reverse-mode differentiation of a listing.

The forward lines are gone through last first. What each operation hands on to its operands is said by the operation
itself (`Expression.pull`); here it is only collected:

- What reaches a register at one timestep is added up: `dh = Vᵀ·dz + dh_next`, its parts called local and carried.
- What reaches a register of the timestep before is carried there: `dh_next = Wᵀ·da`.
- What reaches a parameter is added up over time: `dW += outer(da, h[t-1])`.
- What reaches a block of a stacked register is a line of its own, and the blocks are joined: `da = [da[i] da[f] …]`.

Source: Werbos (1990), backpropagation through time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rnn_core.language.expressions import Expression, Name, Slice, Stack, Sum
from rnn_core.language.lines import Instruction, Op


def gradient_of(name: str) -> str:
    """The register that holds the derivative of the loss by `name`."""
    return f"d{name}"


def carried_to(state: str) -> str:
    """The register that holds what is carried to the timestep before."""
    return f"d{state}_next"


def part_of(register: str, gate: str) -> str:
    """The register of one block of a stacked one: da_f."""
    return f"{register}_{gate}"


def derived(
    forward: Sequence[Instruction],
    parameters: Iterable[str],
    states: Iterable[str],
    stacks: Mapping[str, tuple[str, ...]],
    order: Sequence[str] = (),
) -> tuple[Instruction, ...]:
    """The backward lines of these forward lines, whose last one is the loss.

    `parameters` are summed over time, `states` carried over it, `stacks` are the stacked registers with their gates.
    `order` names the lines in the order wanted; without it they stand in the order in which they come out.
    """
    derivation = _Derivation(frozenset(parameters), tuple(states), stacks, {line.name for line in forward})
    for line in reversed(forward):
        derivation.line(line)
    derivation.carry()
    lines = derivation.lines
    if order:
        by_name = {line.name: line for line in lines}
        assert set(order) == set(by_name), f"in `order` or derived, not both: {sorted(set(order) ^ set(by_name))}"
        lines = [by_name[name] for name in order]
    return tuple(lines)


class _Derivation:
    """What has been collected so far: errors by register and label, blocks of stacks, and the lines."""

    def __init__(
        self,
        parameters: frozenset[str],
        states: tuple[str, ...],
        stacks: Mapping[str, tuple[str, ...]],
        written: set[str],
    ) -> None:
        self.parameters, self.states, self.stacks, self.written = parameters, states, stacks, written
        self.local: dict[str, list[Expression]] = {}
        self.carried: dict[str, list[Expression]] = {state: [] for state in states}
        self.blocks: dict[str, dict[str, Name]] = {name: {} for name in stacks}
        self.lines: list[Instruction] = []

    def line(self, line: Instruction) -> None:
        """Hand the error at what a line writes on to what it reads."""
        if line.op == "+=":  # the loss: its error is 1
            for at, operand in enumerate(line.expression.operands):
                if isinstance(operand, Name) and operand.name in self.written:
                    self._reach(operand, line.expression.pull(at, operand, operand))
            return
        parts = _labelled(self.local.get(line.name, []))
        if self.blocks.get(line.name):
            gates = self.stacks[line.name]
            parts["local"] = Stack(*(self.blocks[line.name][gate] for gate in gates))
        if line.name in self.states:
            parts["carried"] = Name(carried_to(line.name))
        if not parts:
            return  # nothing that the loss depends on reads it
        d = gradient_of(line.name)
        self._add(d, "=", Sum.of(parts))
        self._descend(line.expression, Name(d), Name(line.name))

    def carry(self) -> None:
        """What goes to the timestep before, for each state."""
        for state in self.states:
            self._add(carried_to(state), "=", Sum.of(_labelled(self.carried[state])))

    def _descend(self, expression: Expression, d: Expression, output: Expression) -> None:
        """Hand the error `d` at an expression on to its operands."""
        if isinstance(expression, Name | Slice):
            self._reach(expression, d)
            return
        if isinstance(expression, Sum) and not isinstance(d, Name):
            # every part gets this error: it is computed once, in the register of the first that has one
            first = next(part for part in expression.operands if isinstance(part, Name | Slice))
            d = self._reach(first, d)
            rest = [part for part in expression.operands if part is not first]
        else:
            rest = list(expression.operands)
        for part in rest:
            at = next(i for i, operand in enumerate(expression.operands) if operand is part)
            self._descend(part, expression.pull(at, d, output), part)

    def _reach(self, reached: Expression, d: Expression) -> Expression:
        """Write down an error at a name or at a block; the answer is the name under which it is found."""
        if isinstance(reached, Slice):
            (stack,) = reached.operands
            assert isinstance(stack, Name)
            known = self.blocks[stack.name]
            assert reached.gate not in known, f"{reached} is used twice"
            if not isinstance(d, Name):
                whole = gradient_of(stack.name)
                name = part_of(whole, reached.gate)
                self._add(name, "=", d)
                d = Name(name)
            known[reached.gate] = d
            return d
        assert isinstance(reached, Name)
        if reached.name in self.parameters:
            self._add(gradient_of(reached.name), "+=", d)
        elif reached.shift:
            self.carried[reached.name].append(d)
        elif reached.name in self.written:
            self.local.setdefault(reached.name, []).append(d)
            return Name(gradient_of(reached.name))
        return d

    def _add(self, name: str, op: Op, expression: Expression) -> None:
        self.lines.append(Instruction(name, "backward", op, expression))


def _labelled(parts: list[Expression]) -> dict[str, Expression]:
    """One part is local; several are told apart by their text."""
    if len(parts) == 1:
        return {"local": parts[0]}
    return {part.text(): part for part in parts}
