"""Which array is which parameter, whatever it is called; every format of weights ends here.

Rules this file keeps:
- A name says one thing: two arrays for one parameter are refused, except PyTorch's pair of hidden biases, which add up.
- Which of several layers and directions is meant is settled before, in `parts`. Gated cells are read in `gated`.
- Values are taken as they are, non-finite ones too: a training run that diverged is worth debugging.
- Whether a matrix is stored the other way round is told in `orientation`, by all matrices together.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_core.cells import cell
from rnn_core.errors import ShapeError, one_line, quoted
from rnn_core.formats.files import Content
from rnn_core.formats.models import concatenated, gated, guesses, orientation
from rnn_core.formats.models.asked import ModelAsked
from rnn_core.formats.models.gated import Assigned, Gated
from rnn_core.formats.models.heads import MORE as OUTPUTS
from rnn_core.formats.models.heads import Head
from rnn_core.model import ALIASES, MEANINGS, PARAMETERS, Alias, Params, as_vector

Shapes = Mapping[str, tuple[int, ...]]
Found = dict[str, list[str]]

_BIAS_PAIRS = ({"bias_ih_l0", "bias_hh_l0"}, {"bias_ih", "bias_hh"})
MORE: Mapping[str, tuple[Alias, ...]] = {
    "U": (Alias("Wax"),),
    "W": (Alias("Waa"),),
    "V": tuple(Alias(name, transposed=name == "W_hq") for name in OUTPUTS["V"]),
    "b": (Alias("ba"), Alias("i2h.bias")),
    "c": tuple(map(Alias, OUTPUTS["c"])),
}
"""Names of courses and books, beside those of the listing's table."""

_OURS = {
    **{name: (name, False) for name in MEANINGS},
    **{
        alias.name: (name, alias.transposed)
        for table in (ALIASES, MORE)
        for name, aliases in table.items()
        for alias in aliases
    },
}
"""Every name we know: whose it is, and whether the matrix is stored the other way round."""

_AMBIGUOUS = frozenset({"W_xh", "W_hh", "W_hy", "W_ih", "Wx", "Wh", "Wy"})
"""Names under which matrices are stored both ways round."""

LAYER = re.compile(r"_l[0-9]+(_reverse)?$")
"""How PyTorch numbers a layer and names its direction; which of them is meant is settled in `parts`."""


def looks_like_weights(names: Iterable[str]) -> bool:
    """Whether names of arrays are those of weights."""
    names = list(names)
    return any(_known(name) in _OURS and name not in {"h0", "h_0"} for name in names) or any(
        word in name for name in names for word in ("weight", "kernel")
    )


def _known(name: str) -> str:
    """The name in `_OURS` that `name` is, prefixes such as `rnn.` left out; "" for none."""
    parts = re.split(r"[./]", LAYER.sub("_l0", name.removesuffix(":0")))
    return next((tail for i in range(len(parts)) if (tail := ".".join(parts[i:])) in _OURS), "")


def role(name: str) -> str:
    """The parameter or initial state that a name says, of any cell; "" where it is unknown."""
    known = _known(name)
    states = {"s0": "s0", "c_0": "s0", "c0": "s0", "c_init": "s0"}
    return _OURS[known][0] if known else states.get(re.split(r"[./]", name)[-1], "")


def without_bias(recurrent: list[str]) -> bool:
    """Whether a layer without biases may have none: a module's are there, or it has none."""
    return any(name.endswith(("weight_hh", "recurrent_kernel")) or "weight_hh_l" in name for name in recurrent)


@dataclass(kw_only=True)
class Wanted(Assigned):
    """Those of an rnn."""

    unsure: set[str] = field(default_factory=set)
    """The arrays whose names do not say how they are stored."""
    both: str = ""
    """One matrix that holds U and W side by side."""

    def may_lack(self, ours: str, head: Head | None) -> bool:
        """Whether the network is known to have no such parameter: no head, or a module that was made without bias."""
        if ours in "Vc" and self.headless:
            return True
        return head is not None if ours == "c" else ours == "b" and without_bias(self.found.get("W", []))


def wanted(
    content: Content,
    shapes: Shapes,
    asked: ModelAsked,
    *,
    unknown_allowed: bool = False,
    head: Head | None = None,
    headless: bool = False,
) -> Wanted | Gated:
    """Which arrays are which parameters. Raises InputError.

    `shapes` are those of the layer and of its `head`; `unknown_allowed` is for files that hold more than weights.
    """
    name = gated.cell_of(content, shapes, asked)
    if name != "rnn":
        return gated.wanted(content, shapes, name, asked, head=head, headless=headless)
    found: Found = {}
    unknown = []
    keras = guesses.keras(shapes)
    numbered, turned_too = guesses.numbered(shapes, asked)
    concatenated.refuse_outputs_from_both(content, shapes)
    both = "" if unknown_allowed else concatenated.name_of(shapes)
    told: dict[str, bool] = {}
    for name in shapes:
        if head and name in (head.V, head.c):
            continue
        known = _known(name)
        ours = keras.get(name) or numbered.get(name) or (_OURS[known][0] if known else "")
        if name == both:
            found.update({"U": [name], "W": [name]})
        elif ours:
            found.setdefault(ours, []).append(name)
            told[name] = name in keras or (turned_too if name in numbered else _OURS[known][1])
        else:
            unknown.append(name)
    d2l = any(_known(name) == "W_hq" for name in shapes)
    turned = {name for name, is_turned in told.items() if is_turned or (d2l and _known(name) in {"W_xh", "W_hh"})}
    unsure = {name for name in told if _known(name) in _AMBIGUOUS and not d2l}
    if head:
        found.update({"V": [head.V], **({"c": [head.c]} if head.c else {})})
        turned |= {head.V} if head.turned else set()
        unsure |= set() if head.sure else {head.V}
    made = Wanted(found=found, turned=turned, unsure=unsure, both=both, headless=headless)
    for ours, names in found.items():
        if (len(names) > 1 and {_known(name) for name in names[:2]} not in _BIAS_PAIRS and not numbered) or len(
            names
        ) > 2:
            what = f"{' and '.join(names)} are all {ours} ({MEANINGS[ours]})"
            raise content.error(what, fix="keep one of them")
    held = one_line(", ".join(shapes), 80)
    if not found.keys() & {"U", "W", "V"}:
        sequence = "it looks like a sequence, not weights" if {"x", "inputs"} & shapes.keys() else ""
        suggested = guesses.by_shape(shapes)
        fix = f"by their shapes {suggested}: save them so" if suggested else f"save them as {', '.join(PARAMETERS)}"
        raise content.error(f"no weights; it holds {held}", fix=sequence or fix)
    missing = [name for name in PARAMETERS if name not in found and not made.may_lack(name, head)]
    if missing and unknown:
        raise content.error(f"unknown array {quoted(unknown[0])}", fix=_unknown_fix(unknown[0], shapes))
    if missing:
        raise content.error(f"no {missing[0]} ({MEANINGS[missing[0]]}); it holds {held}", fix=_missing_fix(missing[0]))
    _refuse_half_a_pair(content, found.get("b", []))
    if not (unknown_allowed or asked.activation or asked.said_activation):
        because = "names and shapes do not say which activation it was trained with"
        asked.note("the cell is h = tanh(a)", because, "--activation relu")
    return made


def _unknown_fix(name: str, shapes: Shapes) -> str:
    if not any(map(_known, shapes)) and (suggested := guesses.by_shape(shapes)):
        return f"by their shapes {suggested}: save them so"
    generic = re.split(r"[./]", name)[-1] in {"bias", "weight", "kernel"}
    near = [] if generic else difflib.get_close_matches(name[:100], _OURS, n=1)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(MEANINGS)} and their aliases"


def _missing_fix(name: str) -> str:
    others = ", ".join(alias.name for alias in ALIASES[name][:3])
    zeros = "; zeros if the network has none" if name in "bc" else ""
    return f"save it as {name}, {others}{zeros}"


def _refuse_half_a_pair(content: Content, biases: list[str]) -> None:
    for pair in _BIAS_PAIRS:
        have = {_known(name) for name in biases}
        if len(have) == 1 and have < pair:
            (other,) = pair - have
            raise content.error(f"{biases[0]} without {other}", fix="PyTorch adds them up: save both, or b")


def parameters(content: Content, made: Wanted | Gated, given: Mapping[str, NDArray[Any]], asked: ModelAsked) -> Params:
    """The parameters made of the arrays `given`, turned, taken apart and added up. Raises RnnError."""
    if isinstance(made, Gated):
        return gated.parameters(content, made, given, asked)
    found, matrices = made.found, dict[str, NDArray[Any]]()
    if made.headless:
        return _headless(content, made, given, asked)
    for ours in ("U", "W", "V"):
        name = found[ours][0]
        matrices[ours] = given[name].T if name in made.turned else given[name]
    names = {ours: found[ours][0] for ours in "UWV"}
    if made.both:
        matrices |= concatenated.split(content, made.both, given[made.both], asked)
    unsure = {ours for ours, name in names.items() if name in made.unsure}
    _note_tools(made, names, asked)
    parts: dict[str, NDArray[Any]] = dict(orientation.settled(content, matrices, names, unsure, asked))
    try:
        for ours in ("b", "c", "h0"):
            several = found.get(ours, [])
            if len(several) == 1:
                parts[ours] = given[several[0]]
            elif several:  # as vectors first: (n,1) and (n,) would broadcast to a matrix
                parts[ours] = np.sum([as_vector(given[name], parts["U"].shape[0], name) for name in several], axis=0)
                asked.note(f"{' and '.join(several)} are added up", "they are two biases of the same units", plain=True)
        for ours, axis in (("b", "U"), ("c", "V")):
            if ours not in parts:
                parts[ours] = np.zeros(parts[axis].shape[0])
                asked.note(f"{ours} is zeros", f"{names[axis]} has no bias beside it", plain=True)
        activation = asked.activation or asked.said_activation
        params = Params(cell=cell("rnn", activation), **parts)
    except ShapeError as error:
        raise error.inside(content.name) from None
    return params


def _headless(content: Content, made: Wanted, given: Mapping[str, NDArray[Any]], asked: ModelAsked) -> Params:
    """The same with a V that stands the way round that W does, for there is none to tell."""
    W = given[made.found["W"][0]]
    ones, zeros = "ones, for want of a head", "zeros, for want of a head"
    found = {**made.found, "V": [ones], "c": [zeros]}
    turned = made.turned | ({ones} if made.found["W"][0] in made.turned else set())
    width = W.shape[0 if made.found["W"][0] in made.turned else 1] if W.ndim == 2 else 0
    V = np.ones((width, 1) if ones in turned else (1, width))
    unsure = made.unsure | ({ones} if made.found["W"][0] in made.unsure else set())
    made_up = {ones: V, zeros: np.zeros(1)}
    return parameters(
        content, Wanted(found=found, turned=turned, unsure=unsure, both=made.both), {**given, **made_up}, asked
    )


def _note_tools(made: Wanted, names: Mapping[str, str], asked: ModelAsked) -> None:
    turned = [name for name in names.values() if name in made.turned]
    if turned:
        asked.note(f"{', '.join(turned)} are turned", "that tool stores them input-major", plain=True)
