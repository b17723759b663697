"""The recurrent layers that a file has, told by names, and which of them a person wants to debug.

PyTorch numbers its layers and names a direction, `rnn.weight_hh_l1_reverse`; Keras and cells have a prefix for each.
A *stack* is what runs one layer on top of the other; a *part* is one layer of it in one direction.

Rules this file keeps:
- Nothing is chosen silently: several stacks, layers or directions are listed with the options that choose.
- What an optimiser keeps of the weights is no stack of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rnn_core.errors import Undecided, one_line
from rnn_core.formats.files import Content
from rnn_core.formats.models.asked import ModelAsked
from rnn_core.formats.models.guesses import path_of

Shapes = Mapping[str, tuple[int, ...]]
Part = tuple[str, ...]
"""The names of its arrays."""

_TORCH = re.compile(
    r"(?P<prefix>.*?)(?P<role>(?:weight|bias)_(?:ih|hh|hr))(?:_l(?P<layer>[0-9]{1,3})(?P<back>_reverse)?)?"
)
_BOTH = re.compile(r"(?P<outer>.*)[./](?P<way>forward|backward)_[^./]*([./].*)?")
"""The two directions of a layer of Keras."""
_MEMORIES = re.compile(r"(^|[./_])(opt\w*|optim\w*|mu|nu|exp_avg\w*|momentum\w*|slots?|vars)([./]|$)")
"""Parts of paths under which optimisers keep arrays with the shapes of the weights."""


@dataclass
class Stack:
    """The layers under one prefix, from the input up; each has its forward part, then its backward one."""

    prefix: str
    layers: dict[int, dict[bool, list[str]]] = field(default_factory=dict)

    def add(self, layer: int, back: bool, name: str) -> None:
        """Take in an array."""
        self.layers.setdefault(layer, {}).setdefault(back, []).append(name)

    @property
    def names(self) -> set[str]:
        """Every array of it."""
        return {name for layer in self.layers.values() for part in layer.values() for name in part}


@dataclass(frozen=True)
class Chosen:
    """The part that is debugged, and the layers that run before it."""

    part: Part
    below: tuple[tuple[Part, ...], ...] = ()
    layer: int = 1
    layers: int = 1
    backward: bool = False
    directions: int = 1

    @property
    def is_top(self) -> bool:
        """Whether the head stands on this layer."""
        return self.layer == self.layers


def stacks(shapes: Shapes, in_order: Iterable[str] = ()) -> list[Stack]:
    """The stacks of a file; `in_order` are prefixes that are known to run one on top of the other."""
    found: dict[str, Stack] = {}
    for name in shapes:
        if made := _TORCH.fullmatch(name):
            outer, back = _direction(made["prefix"])
            stack = found.setdefault(outer, Stack(outer))
            stack.add(int(made["layer"] or 0), back or bool(made["back"]), name)
    cells = [prefix for prefix, tail in map(path_of, shapes) if tail == "recurrent_kernel"]
    for name in shapes:
        prefix, tail = path_of(name)
        if tail and prefix in cells:
            outer, back = _direction(prefix)
            found.setdefault(outer, Stack(outer)).add(0, back, name)
    found = {prefix: stack for prefix, stack in found.items() if _is_whole(stack)}
    kept = [stack for prefix, stack in found.items() if not is_memory(prefix)] or list(found.values())
    return _joined(kept, tuple(in_order))


def _direction(prefix: str) -> tuple[str, bool]:
    """The prefix of a layer without the part that says a direction, and whether that is backward."""
    both = _BOTH.fullmatch(prefix)
    return (both["outer"], both["way"] == "backward") if both else (prefix, False)


def is_memory(path: str) -> bool:
    """Whether an optimiser keeps what stands under this path."""
    return _MEMORIES.search(path) is not None


def _is_whole(stack: Stack) -> bool:
    """Whether it has matrices for the inputs and for the hidden units, under the names of one tool."""
    return any("weight_hh" in name or "recurrent_kernel" in name for name in stack.names) and any(
        "weight_ih" in name or path_of(name)[1] == "kernel" for name in stack.names
    )


def _joined(found: list[Stack], in_order: tuple[str, ...]) -> list[Stack]:
    """Stacks that are layers of one: those in an order that is known, and those whose prefixes differ by a number."""
    if len(found) < 2:
        return found
    by_prefix = {stack.prefix.rstrip("./"): stack for stack in found}
    in_order = tuple(prefix.rstrip("./") for prefix in in_order)
    if not (in_order and set(by_prefix) <= set(in_order)):
        numbers = [re.findall(r"[0-9]+", prefix) for prefix in by_prefix]
        if len({re.sub(r"[0-9]+", "#", prefix) for prefix in by_prefix}) > 1 or not all(numbers):
            return found
        in_order = tuple(sorted(by_prefix, key=lambda prefix: [int(each) for each in re.findall("[0-9]+", prefix)]))
    if any(len(stack.layers) > 1 for stack in found):
        return found
    joined = Stack(one_line(" and ".join(in_order), 60))
    for at, prefix in enumerate(prefix for prefix in in_order if prefix in by_prefix):
        joined.layers[at] = next(iter(by_prefix[prefix].layers.values()))
    return [joined]


def chosen(content: Content, found: list[Stack], shapes: Shapes, asked: ModelAsked) -> Chosen:
    """The part that a person asked for, or the only one. Raises Undecided, InputError."""
    stack = _stack(content, found, asked)
    numbers = sorted(stack.layers)
    if numbers != list(range(len(numbers))):
        missing = next(i for i in range(len(numbers) + 1) if i not in numbers)
        raise content.error(f"has no layer {missing + 1} of {numbers[-1] + 1}", fix="save all of its layers")
    layer = asked.reading.layer or (1 if len(numbers) == 1 else 0)
    if not layer:
        last = len(numbers)
        what = f"{_first(stack, last - 1)}: one of several layers, {last} of them"
        choices = (("--layer 1", "the lowest"), (f"--layer {last}", "the top one, with what the others make of x"))
        raise Undecided(what, where=content.name, choices=choices)
    if layer > len(numbers):
        raise content.error(f"has {len(numbers)} recurrent layers, and no layer {layer}", fix=f"--layer {len(numbers)}")
    here = stack.layers[layer - 1]
    for each in stack.layers.values():
        if False not in each:
            raise content.error(f"{each[True][0]} without its forward direction", fix="save both directions")
    backward = _backward(content, here, asked)
    below = tuple(
        tuple(tuple(each[back]) for back in (False, True) if back in each)
        for each in (stack.layers[at] for at in range(layer - 1))
    )
    part = here[backward and True in here]
    return Chosen(tuple(part), below, layer, len(numbers), backward, len(here))


def _stack(content: Content, found: list[Stack], asked: ModelAsked) -> Stack:
    wanted = asked.reading.part.rstrip("./")
    if wanted:
        fitting = [stack for stack in found if stack.prefix.rstrip("./") == wanted]
        if not fitting:
            listed = " or ".join(f"--part {stack.prefix.rstrip('./')}" for stack in found[:4])
            raise content.error(f"has no recurrent layer under {one_line(wanted, 60)}", fix=listed)
        return fitting[0]
    if len(found) > 1:
        choices = tuple(
            (f"--part {stack.prefix.rstrip('./')}", _first(stack, min(stack.layers))) for stack in found[:6]
        )
        raise Undecided(f"has {len(found)} recurrent networks", where=content.name, choices=choices)
    return found[0]


def _first(stack: Stack, layer: int = 0) -> str:
    return next(iter(stack.layers[layer].values()))[0]


def _backward(content: Content, here: dict[bool, list[str]], asked: ModelAsked) -> bool:
    said = asked.reading.direction
    if True in here and not said:
        choices = (("--direction forward", "from t = 1 on"), ("--direction backward", "from the last timestep back"))
        raise Undecided(f"{here[True][0]}: the layer runs in both directions", where=content.name, choices=choices)
    if said == "backward" and True not in here:
        asked.note("the sequence runs reversed", "--direction backward was said, and the layer has one direction")
    return said == "backward"
