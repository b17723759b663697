"""The head of a network: the matrix from its hidden units to its outputs, found by its shape whatever it is called.

Rules this file keeps:
- A name that says it is the output (V, Why, fc.weight) wins over a shape.
- Several matrices that fit are listed, and `--head NAME` picks; a head of several layers is not run in part.
- What stands elsewhere in the file than the recurrent weights, an optimiser's memories above all, is no candidate.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from rnn_core.errors import Undecided, one_line, quoted
from rnn_core.formats.files import Content
from rnn_core.formats.models.asked import ModelAsked
from rnn_core.formats.models.parts import is_memory
from rnn_core.outputs import output
from rnn_core.records import dataclass

Shapes = Mapping[str, tuple[int, ...]]
NONE = "none"
_WEIGHT = re.compile(r"(?P<module>.*?)[./_]?(?P<tail>weight|kernel|w)?(:0)?", re.IGNORECASE)
_NO_HEAD = re.compile(r"embed|\bemb\b|position|norm|attention|attn", re.IGNORECASE)
"""What is never from hidden units to outputs."""
MORE = {"V": ("Wya", "W_hq", "h2o.weight"), "c": ("b_q", "h2o.bias")}
"""Names of courses and books, beside those of the listing's table."""


@dataclass(frozen=True, eq=False)
class Head:
    """Which arrays are V and c, whether V is stored (hidden, outputs), and whether the name says so."""

    V: str
    c: str = ""
    """Empty where the network has no output bias."""
    turned: bool = False
    sure: bool = False


def found(content: Content, rest: Shapes, beside: str, hidden: int, asked: ModelAsked) -> Head | None:
    """The head among the arrays `rest`, whose path is most like that of `beside`; None for none at all.

    Raises Undecided for several, InputError for a name that is asked for and does not fit.
    """
    fitting = {name: shape for name, shape in rest.items() if len(shape) == 2 and hidden in shape and 0 not in shape}
    if asked.reading.head:
        return _made(content, _named(content, asked.reading.head, fitting, rest, hidden), rest, hidden)
    near = nearest({name: shape for name, shape in fitting.items() if may_be(name)}, beside)
    likely = [name for name in near if _fits(name, near[name], hidden)]
    known = [name for name in likely if is_known(name, "V")]
    candidates = known if len(known) == 1 else likely
    if not candidates:
        return None
    if len(candidates) > 1:
        raise _undecided(content, f"{len(candidates)} matrices may be the head", candidates, rest)
    head = _made(content, candidates[0], rest, hidden)
    outputs = rest[head.V][0 if rest[head.V][1] == hidden and not head.turned else 1]
    upper = [name for name, shape in nearest(rest, beside).items() if _follows(name, shape, head.V, outputs)]
    if upper and not known:
        what = (
            f"{head.V} {rest[head.V]} is followed by {upper[0]} {rest[upper[0]]}: a head of several layers is not run"
        )
        raise _undecided(content, what, candidates, rest)
    if not known:
        because = f"{head.V} {rest[head.V]} is the only matrix with {hidden} hidden units on its side"
        asked.note(f"the head is {_module(head.V) if _tail(head.V) else head.V}", because, f"--head {NONE}")
    return head


def is_known(name: str, ours: str) -> bool:
    """Whether a name is one that the tables have for V or c."""
    every = {ours, *MORE[ours], *(alias.name for alias in output().aliases[ours])}
    parts = re.split(r"[./]", name.removesuffix(":0"))
    return any(".".join(parts[i:]) in every for i in range(len(parts)))


def may_be(name: str) -> bool:
    """Whether a name is not that of an embedding, a norm or an optimiser's memory."""
    return not _NO_HEAD.search(name) and not is_memory(name)


def _fits(name: str, shape: tuple[int, ...], hidden: int) -> bool:
    """Whether it may be V: the axis of hidden units is where its tool has it, where the name tells the tool."""
    tail = _tail(name)
    return shape[0] == hidden if tail == "kernel" else shape[1] == hidden if tail == "weight" else True


def _follows(name: str, shape: tuple[int, ...], head: str, outputs: int) -> bool:
    return (
        name != head and len(shape) == 2 and _tail(name) in ("weight", "kernel") and not _NO_HEAD.search(name)
        and shape[0 if _tail(name) == "kernel" else 1] == outputs
    )  # fmt: skip


def _tail(name: str) -> str:
    found = _WEIGHT.fullmatch(name)
    return (found["tail"] or "").lower() if found else ""


def _module(name: str) -> str:
    found = _WEIGHT.fullmatch(name)
    return found["module"] if found else name


def nearest(rest: Shapes, beside: str) -> dict[str, tuple[int, ...]]:
    """Those that share most of the path of `beside`."""

    def shared(name: str) -> int:
        theirs, ours = re.split(r"[./]", name)[:-1], re.split(r"[./]", beside)[:-1]
        return next(
            (i for i, (a, b) in enumerate(zip(theirs, ours, strict=False)) if a != b), min(len(theirs), len(ours))
        )

    most = max(map(shared, rest), default=0)
    return {name: shape for name, shape in rest.items() if shared(name) == most}


def _named(content: Content, wanted: str, fitting: Shapes, rest: Shapes, hidden: int) -> str:
    """The array that a person means: its name, its module's, or the end of either."""
    means = [name for name in rest if wanted in (name, _module(name))]
    means = means or [name for name in rest if any(f"{part}".endswith(f".{wanted}") for part in (name, _module(name)))]
    fits = [name for name in means if name in fitting]
    if len(fits) == 1:
        return fits[0]
    if means and not fits:
        what = f"shape {rest[means[0]]}, and the head has {hidden} hidden units on one side"
        raise content.error(what, at=means[0], fix=_or_none(fitting))
    what = f"{len(fits)} arrays are called {quoted(wanted)}" if fits else f"has no head {quoted(wanted)}"
    raise content.error(what, fix=_or_none(fits or fitting))


def _or_none(names: object) -> str:
    listed = [f"--head {name}" for name in list(names)[:4]]  # type: ignore[call-overload]  # names of a table or a list
    return " or ".join([*listed, f"--head {NONE}"])


def _made(content: Content, V: str, rest: Shapes, hidden: int) -> Head:
    shape, tail = rest[V], _tail(V)
    turned = tail == "kernel" if hidden in (shape[0], shape[1]) and shape[0] == shape[1] else shape[1] != hidden
    outputs = shape[1] if turned else shape[0]
    return Head(V, _bias(content, V, rest, outputs), turned, sure=tail in ("weight", "kernel") or turned)


def _bias(content: Content, V: str, rest: Shapes, outputs: int) -> str:
    """The array that is c: the sibling of V, one that is known, or the only vector of that size."""
    vectors = [name for name, shape in rest.items() if shape in ((outputs,), (outputs, 1), (1, outputs))]
    siblings = [name for name, shape in rest.items() if len(shape) == 1 and _sibling(name) == _module(V)]
    if len(siblings) == 1:
        return siblings[0]
    if _tail(V) in ("weight", "kernel"):
        return ""
    known = [name for name in vectors if is_known(name, "c")]
    likely = known or vectors
    if len(likely) > 1:
        names = one_line(", ".join(likely), 60)
        raise content.error(f"{names} may all be the bias of {V}", fix="save the one that is it as c")
    return likely[0] if likely else ""


def _sibling(name: str) -> str:
    """The module that a bias belongs to."""
    found = re.fullmatch(r"(.*?)[./_]?(bias|b)(:0)?", name, re.IGNORECASE)
    return found[1] if found else ""


def _undecided(content: Content, what: str, names: list[str], rest: Shapes) -> Undecided:
    choices = [(f"--head {_module(name) if _tail(name) else name}", f"{rest[name]}") for name in names[:6]]
    return Undecided(what, where=content.name, choices=(*choices, (f"--head {NONE}", "run without outputs")))
