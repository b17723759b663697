"""The corpus: a style is a program, and its mistakes are fragments of it that are replaced.

A style's file holds the program, a line `=== mistakes`, and a line `kind: fragment -> replacement` for each mistake.
A line `=== bait` begins replacements after which the program is still right. ` ⏎ ` in a fragment stands for a line's
end; `-> @fragment` after a replacement says that the fault is on another line than the replaced one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

STYLES = Path(__file__).with_name("styles")


HARD = frozenset(
    {
        "attributes: integers",
        "augmented: next in",
        "autograd: carry forgotten",
        "autograd: label untouched",
        "autograd: not zeroed",
        "autograd: order before the parents",
        "autograd: order not reversed",
        "batchlast: p",
        "buffers: P",
        "buffers: carry",
        "buffers: norm",
        "buffers: not zeroed",
        "buffers: slope product",
        "cells: carry one too late",
        "cells: loop begins at one",
        "charrnn: next a at h",
        "classifier: axis",
        "closures: order",
        "cs231n: cached too late",
        "cs231n: db one number",
        "cs231n: normalised over axis 0",
        "d2l: labels in batch order",
        "deltas: one short",
        "descend: probs shared",
        "descend: start of last",
        "flat: up",
        "flatviews: sign",
        "gates: W dadd",
        "gates: dx",
        "gates: not carried",
        "gates: order",
        "gates: prev_s",
        "gates: short",
        "generators: labels",
        "generators: preds",
        "generators: yield",
        "german: kept e",
        "helpers: states of the last",
        "helpers: tanh without the two",
        "histories: kept",
        "jiafa: errors forwards",
        "learner: scores of the earlier",
        "logits: dz shifted",
        "manytoone: carry missing",
        "minchar: p unnormalised",
        "modules: bias over units",
        "modules: not zeroed",
        "modules: oldest slope first",
        "modules: tanh keeps its input",
        "momentum: not zeroed",
        "momentum: velocity",
        "mulgates: probs",
        "names: softmax",
        "names: x t",
        "online: h lost",
        "parameters: adam v",
        "parameters: not carried",
        "parity: loop leaves the last",
        "preallocated: unnormalised",
        "privates: targets not turned",
        "pullbacks: pop",
        "purelists: no carry",
        "recursion: not kept",
        "regression: slope",
        "rmsprop: t",
        "scalarloops: h of t + 1",
        "scalarloops: indices of wh swapped",
        "scalarloops: j for o",
        "scalarloops: one array for two",
        "scalarloops: one unit left out",
        "scalarloops: state at the wrong row",
        "scalarloops: sum not begun anew",
        "scalarloops: total of the last only",
        "scalarloops: whole numbers",
        "sentences: dU",
        "sentences: inner short",
        "sentiment: db assigned",
        "sequences: W",
        "sequences: d",
        "sequences: no tanh",
        "stacked: new h",
        "stepbystep: derivative of da",
        "surnames: step twice",
        "tape: not zeroed",
        "timelayers: wrong layer",
        "timemajor: pair",
        "toylanguage: integer states",
        "toylanguage: labels all rows",
        "trask: deltas from the front",
        "truncated: dU of t",
        "truncated: inner short",
        "typed: saved swapped",
        "typed: scale late",
        "waves: buffer over delta",
        "waves: outputs of the earlier",
        "wildml: inner",
    }
)
"""Mistakes that are not named on their line yet, by the name of their case."""


@dataclass(frozen=True)
class Case:
    """A program, and on which lines its mistake may be named: none for a right one."""

    style: str
    kind: str
    text: str
    lines: tuple[int, ...]

    @property
    def name(self) -> str:
        return f"{self.style}: {self.kind}"


def style(name: str) -> list[Case]:
    """The right program of a style, its bait, and its mistakes."""
    text = (STYLES / f"{name}.txt").read_text(encoding="utf-8")
    program, _, rest = text.partition("=== mistakes\n")
    mistakes, _, bait = rest.partition("=== bait\n")
    cases = [Case(name, "right", program, ())]
    for block, wrong in ((bait, False), (mistakes, True)):
        for line in filter(None, block.splitlines()):
            kind, _, change = line.partition(": ")
            old, *new = change.split(" -> ")
            old = old.replace(" ⏎ ", "\n")
            if program.count(old) != 1:
                raise ValueError(f"{name}: {kind}: the fragment stands there {program.count(old)} times: {old}")
            changed = program.replace(old, new[0].replace(" ⏎ ", "\n"))
            first = program[: program.index(old)].count("\n") + 1
            lines = {
                first + k
                for k, text in enumerate(new[0].split(" ⏎ "))
                if text.strip() != old.split("\n")[min(k, old.count("\n"))].strip()
            }
            for other in new[1:]:
                lines |= {i for i, text in enumerate(changed.split("\n"), 1) if other.removeprefix("@") in text}
            cases.append(Case(name, kind, changed, tuple(sorted(lines)) if wrong else ()))
    return cases


BLIND = ("biascolumn", "coursework", "french", "functional", "italian")
"""The last batch of styles that was written, and run, before the engine had seen anything like them."""


def styles() -> list[str]:
    """All of them."""
    return sorted(path.stem for path in STYLES.glob("*.txt"))


def large(I: int, H: int, O: int, T: int) -> str:
    """A right program of a given size, in plain loops."""
    text = style("attributes")[0].text
    sizes = {
        "RNN(4, 6, 4)": f"RNN({I}, {H}, {O})",
        "rng.normal(size=4)": f"rng.normal(size={I}) * 0.1",
        "range(6)]": f"range({T})]",
        "np.argmax(x)": f"np.argmax(x[:{O}])",
        "0.3,": "0.05,",
    }
    for old, new in sizes.items():
        text = text.replace(old, new)
    return text
