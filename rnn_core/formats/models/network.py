"""From named arrays to a network: the one interpreter that every format of weights ends in.

    arrays → the recurrent layer (parts) and its head (heads) → which array is which parameter (names, gated) → Params

Rules this file keeps:
- What is not part of the network that is debugged is left out, and named in a notice.
- A layer above others keeps these: its inputs are what they make of the sequence.
- Only the top layer has the head. A lower one, and a file without a head, runs without outputs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from rnn_core.errors import one_line
from rnn_core.formats.files import Content
from rnn_core.formats.models import flax, guesses, heads, keras_gates, names, parts
from rnn_core.formats.models.asked import ModelAsked
from rnn_core.formats.models.heads import NONE, Head
from rnn_core.formats.models.held import WIDE, Held
from rnn_core.formats.models.parts import Chosen
from rnn_core.model import Params
from rnn_core.records import dataclass

Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, eq=False)
class Network:
    """The layer that is debugged, and what runs before it."""

    params: Params
    below: tuple[tuple[Params, ...], ...] = ()
    """The layers below, the lowest first; each has its forward direction, then its backward one."""
    backward: bool = False
    """Whether the layer runs from the last timestep to the first."""
    headless: bool = False
    """Whether there are no outputs: V is a row of ones, so that z is the sum of h."""


def made(content: Content, held: Held, asked: ModelAsked) -> Network:
    """The network in a file. Raises RnnError naming the array; Undecided where a person must choose."""
    held = keras_gates.translated(content, flax.translated(held))
    asked = replace(asked, said_cell=held.cell, said_activation=held.activation)
    shapes = held.shapes
    found = parts.stacks(shapes, held.layers)
    if not found:
        return _unstacked(content, held, asked)
    stacked = {name for stack in found for name in stack.names}
    chosen = parts.chosen(content, found, shapes, asked)
    rest = {name: shape for name, shape in shapes.items() if name not in stacked}
    mine = [*chosen.part, *_of_the_layer(chosen.part, rest)]
    head = _head(content, chosen, held, {name: shape for name, shape in rest.items() if name not in mine}, asked)
    params = _params(content, held, mine, head, asked)
    below = tuple(tuple(_lower(content, held, part, asked) for part in layer) for layer in chosen.below)
    used = {*mine, *((head.V, head.c) if head else ())}
    _note_left_out(held, [name for name in rest if name not in used], chosen.part[0], asked)
    if chosen.below:
        asked.note(f"layer {chosen.layer} of {chosen.layers}: its inputs are what the layers below make of x")
    backward = chosen.backward or (held.backward and asked.reading.direction != "forward")
    if held.backward and backward:
        asked.note("the sequence runs reversed", "the file says so", "--direction forward", plain=True)
    return Network(params, below, backward, head is None)


def _unstacked(content: Content, held: Held, asked: ModelAsked) -> Network:
    """A file whose names are those of teaching code, one for each parameter."""
    shapes, reading = held.shapes, asked.reading
    if reading.layer not in (None, 1) or reading.part:
        raise content.error("has one recurrent layer without a prefix", fix="leave out --layer and --part")
    unknown = [name for name in shapes if not names.role(name)]
    hidden = next((max(shape) for name, shape in shapes.items() if names.role(name) == "W" and len(shape) == 2), 0)
    head = None
    rest = {name: shape for name, shape in shapes.items() if name in unknown or names.role(name) in ("V", "c")}
    has_head = any(names.role(name) == "V" for name in shapes)
    if hidden and not held.more and reading.head != NONE and (reading.head or not has_head):
        head = heads.found(content, rest, "", hidden, asked)
    headless = reading.head == NONE
    used = [name for name in shapes if name not in rest] if head or headless else list(shapes)
    params = _params(content, held, used, head, asked, headless=headless)
    left = [name for name in unknown if not held.more and not (head and name in (head.V, head.c))]
    if not guesses.numbered(shapes, ModelAsked())[0]:
        _note_left_out(held, left, "", asked)
    return Network(params, backward=reading.direction == "backward", headless=headless)


def _head(content: Content, chosen: Chosen, held: Held, rest: Shapes, asked: ModelAsked) -> Head | None:
    if asked.reading.head == NONE:
        return None
    if not chosen.is_top:
        if asked.reading.head:
            what = f"the head stands on layer {chosen.layers}, and layer {chosen.layer} was asked for"
            raise content.error(what, fix=f"--head {NONE}")
        because = f"the head stands on layer {chosen.layers}, above layer {chosen.layer}"
        asked.note("no outputs: the loss is the sum of h", because, "--seed-gradient last or sum")
        return None
    first = chosen.part[0]
    hidden = _hidden(content, held.shapes, chosen.part)
    if chosen.directions == 2:
        fitting = [name for name, shape in rest.items() if len(shape) == 2 and 2 * hidden in shape]
        if fitting:
            what = f"{fitting[0]} {rest[fitting[0]]} takes both directions of h, and one of them is debugged"
            raise content.error(what, fix=f"--head {NONE}")
    head = heads.found(content, rest, first, hidden, asked)
    if head is None:
        holding = one_line(", ".join(held.arrays), 80)
        fix = f"save it as V, W_hy, Why; or run without outputs: --head {NONE}"
        raise content.error(f"no V (hidden → output); it holds {holding}", fix=fix)
    return head


def _params(
    content: Content,
    held: Held,
    mine: Iterable[str],
    head: Head | None,
    asked: ModelAsked,
    *,
    headless: bool | None = None,
) -> Params:
    headless = head is None if headless is None else headless
    if headless and asked.reading.head == NONE:
        where = "at every timestep" if asked.reading.seed_gradient == "sum" else "at the last timestep"
        asked.note(f"no outputs: the loss is the sum of h {where}", f"--head {NONE} was said", plain=True)
    wanted = [*mine, *([head.V, *([head.c] if head.c else [])] if head else [])]
    shapes = {name: held.arrays[name].shape for name in wanted}
    made = names.wanted(content, shapes, asked, unknown_allowed=held.more, head=head, headless=headless)
    given = {name: held.arrays[name].load() for name in made.arrays}
    dtypes = sorted({held.arrays[name].dtype for name in made.arrays} & {"float32", "float16", "bfloat16"})
    params = names.parameters(content, made, given, asked)
    if dtypes:
        asked.note(
            f"the weights are widened to {WIDE}", f"they are saved as {', '.join(dtypes)}", f"save them as {WIDE}"
        )
    _note_not_finite(params, asked)
    return params


def _lower(content: Content, held: Held, part: parts.Part, asked: ModelAsked) -> Params:
    return _params(content, held, part, None, replace(asked, notices=[]))


def _of_the_layer(part: parts.Part, rest: Shapes) -> list[str]:
    """Initial states, and arrays under our names beside a layer that has no prefix."""
    plain = not any(mark in part[0] for mark in "./")
    ours = {name for name in rest if plain and name.isidentifier() and names.role(name) in ("U", "W", "b", "bh")}
    return [name for name in rest if name in ours or names.role(name) in ("h0", "s0")]


def _hidden(content: Content, shapes: Shapes, part: parts.Part) -> int:
    """The hidden units by the recurrent matrix. Raises InputError for one that is of no cell."""
    recurrent = next(name for name in part if "weight_hh" in name or "recurrent_kernel" in name)
    shape = shapes[recurrent]
    rows, units = (0, 0) if len(shape) != 2 else shape if "weight_hh" in recurrent else shape[::-1]
    if not units or rows not in (units, 3 * units, 4 * units):
        what = f"shape {shape}, which is of no cell: rows are as many as columns, or 3 or 4 times as many"
        raise content.error(what, at=recurrent, fix="save the state dict of an RNN, an LSTM or a GRU")
    return units


def _note_left_out(held: Held, arrays: list[str], beside: str, asked: ModelAsked) -> None:
    near = heads.nearest({name: held.arrays[name].shape for name in arrays}, beside)
    layers = [name for name in arrays if name in near and held.arrays[name].shape and not parts.is_memory(name)]
    others = [*(name for name in arrays if name not in layers), *held.left_out]
    if layers:
        listed = one_line(", ".join(f"{name} {held.arrays[name].shape}" for name in layers), 120)
        asked.note(f"left out: {listed}", "only a recurrent layer and its head are run")
    if others:
        asked.note(f"left out: {one_line(', '.join(others), 120)}", "no weights of the network", plain=True)


def _note_not_finite(params: Params, asked: ModelAsked) -> None:
    """Weights of a training that diverged are worth debugging: they are kept, and that is said."""
    for name, array in params.items():
        if not np.isfinite(array).all():
            at = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
            index = "".join(f"[{i}]" for i in at)
            asked.note(f"{name}{index} is {array[at]}, and is kept", "a training that diverged ends so", plain=True)
