"""`rnn-tui diff A B`: two models or two traces, array by array, without a screen."""

from __future__ import annotations

import json
import math
from argparse import Namespace
from dataclasses import replace
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, Any

from rnn_core.errors import UsageError
from rnn_core.run_options import NumberError
from rnn_tui.commandline.options import Option
from rnn_tui.commandline.progress import Bar
from rnn_tui.commandline.subcommand import Subcommand
from rnn_tui.commandline.tabled import tabled
from rnn_tui.commandline.terminal import check_output, print_line, read_data

if TYPE_CHECKING:  # they import NumPy, which --help does without
    from rnn_core.differences import Apart
    from rnn_core.recipe import Recipe
    from rnn_core.trace import Trace

_GROUP = "diff"


def _tolerance(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.0 <= value < math.inf:
        raise NumberError(f'"{text}" is not a number from 0 on')
    return value


OPTIONS = (
    Option(("--data",), "run both on these sequences, and compare every number of the runs", "FILE", group=_GROUP,
           name="file"),
    Option(("--tolerance",), "the largest difference that passes, as a share of the array's largest number (default 0)",
           "X", _tolerance, default=0.0, group=_GROUP),
    Option(("--json",), "print one JSON object", group=_GROUP),
)  # fmt: skip


def check(args: Namespace) -> None:
    """Raise UsageError without two files."""
    if len(args.operands) < 2:
        raise UsageError("diff takes two files", fix="rnn-tui diff A B")
    if args.model:
        raise UsageError("diff takes the models as A and B", fix="leave out --model")


def run(args: Namespace, recipe: Recipe) -> int:
    """Compare, print, and return 0 where nothing differs by more than the tolerance, else 1. Raises RnnError."""
    check_output()
    with Bar("comparing") as bar:
        found = _found(args, recipe, bar)
    if args.json:
        print_line(json.dumps(found.as_json(args.tolerance), ensure_ascii=False, allow_nan=False))
    else:
        for line in found.lines(args.tolerance):
            print_line(line)
    return 0 if found.passes(args.tolerance) else 1


class Found:
    """What was compared, and what came of it."""

    def __init__(self, names: tuple[str, str], rows: dict[str, tuple[int, Apart]], several: bool = False) -> None:
        self.names, self.rows, self.several = names, rows, several
        self.losses: tuple[float, float] | None = None
        """The mean loss of both over all targets."""
        self.parted: tuple[int, str] | None = None
        """The first sequence in which the two part, and where in it."""

    def passes(self, tolerance: float) -> bool:
        """Whether every array does."""
        return all(each.passes(tolerance) for _, each in self.rows.values())

    def lines(self, tolerance: float) -> list[str]:
        """A table for people, and the verdict."""
        rows = [("  array", "shape", "largest difference", "of its size", "at", *self.names)]
        rows += [self._row(number, each, tolerance) for number, each in self.rows.values()]  # type: ignore[misc]
        lines = tabled(rows)
        if self.losses is not None:
            lines.append(f"mean loss {self.losses[0]:.6g} in {self.names[0]}, {self.losses[1]:.6g} in {self.names[1]}")
        if self.parted is not None:
            sequence = f"sequence {self.parted[0] + 1}, " if self.several else ""
            lines.append(f"they part first at {sequence}{self.parted[1]}")
        beyond = sum(not each.passes(tolerance) for _, each in self.rows.values())
        allowed = f" by more than {tolerance:g} of their size" if tolerance else ""
        lines.append(f"{beyond} of {len(self.rows)} arrays differ{allowed}" if beyond else f"no array differs{allowed}")
        return lines

    def _row(self, number: int, each: Apart, tolerance: float) -> tuple[str, ...]:
        name = ("  " if each.passes(tolerance) else "≠ ") + each.name
        if each.why:
            return name, each.why
        shape = "×".join(map(str, each.shape or ())) or "1"
        if each.largest == 0.0:
            return name, shape, "0"
        place = self._at(number, each)
        return name, shape, f"{each.largest:.3g}", f"{each.relative:.3g}", place, f"{each.one:.6g}", f"{each.other:.6g}"

    def _at(self, number: int, each: Apart) -> str:
        place = "".join(f"[{i}]" for i in _named_index(each))
        return f"sequence {number + 1} {place}".rstrip() if self.several else place

    def as_json(self, tolerance: float) -> dict[str, Any]:
        """The same as plain values."""
        from rnn_core.json_values import spelled

        return {
            "equal": self.passes(tolerance),
            "tolerance": tolerance,
            "names": list(self.names),
            "arrays": [
                {
                    "name": each.name,
                    "passes": each.passes(tolerance),
                    "why": each.why or None,
                    "shape": None if each.shape is None else list(each.shape),
                    "largest": spelled(each.largest),
                    "relative": spelled(each.relative),
                    "at": list(_named_index(each)),
                    "sequence": number + 1 if self.losses is not None else None,
                    "values": [spelled(each.one), spelled(each.other)],
                }
                for number, each in self.rows.values()
            ],
            "loss": None if self.losses is None else [spelled(loss) for loss in self.losses],
            "parted": self.parted and {"sequence": self.parted[0] + 1, "place": self.parted[1]},
        }


def _named_index(each: Apart) -> tuple[int, ...]:
    """The element as the listing names it: time counts from 1, all else from 0."""
    first = _first_timesteps().get(each.name)
    return each.at if first is None or not each.at else (each.at[0] + first, *each.at[1:])


@lru_cache(maxsize=1)
def _first_timesteps() -> dict[str, int]:
    """The timestep of row 0 of whatever is a series in any listing."""
    from rnn_core.cells import CELLS, cell
    from rnn_core.outputs import LOSSES
    from rnn_core.program import program
    from rnn_core.updates import Options

    return {
        name: register.first_timestep
        for kind, loss in product(CELLS, LOSSES)
        for name, register in program(Options(loss=loss), cell(kind)).registers.items()
        if register.axes[:1] == ("t",)
    }


def _found(args: Namespace, recipe: Recipe, bar: Bar) -> Found:
    from rnn_core.differences import all_apart
    from rnn_core.formats import files, models, traces

    one, other = (files.dragged(word) for word in args.operands)
    names = _called(one, other)
    if recipe.path or recipe.text is not None or args.demo is not None:
        return _of_runs((one, other), names, recipe, bar, only=recipe.sequence if "--sequence" in args.given else None)
    if traces.is_trace(one) and traces.is_trace(other):
        sets = traces.held(one), traces.held(other)
    else:
        sets = tuple(  # type: ignore[assignment]  # a generator of two
            {**params, **params.start}
            for params in (models.load(path, recipe.model_reading, cell=recipe.cell) for path in (one, other))
        )
    return Found(names, {each.name: (0, each) for each in all_apart(*sets, names)})


def _called(one: str, other: str) -> tuple[str, str]:
    from rnn_core.formats import files

    names = files.base_name(one), files.base_name(other)
    return names if names[0] != names[1] else (one, other)


def _of_runs(paths: tuple[str, str], names: tuple[str, str], recipe: Recipe, bar: Bar, only: int | None) -> Found:
    from rnn_core.debugger.persistence import opening
    from rnn_core.differences import all_apart, worst
    from rnn_core.recorder import record

    sessions = [
        opening.open_session(replace(recipe, model=path), read_data(recipe.path), bar.part(i * 0.05, i * 0.05 + 0.05))
        for i, path in enumerate(paths)
    ]
    runs = [session.run for session in sessions]
    chosen = range(len(runs[0].dataset.sequences)) if only is None else (only,)
    several: dict[str, tuple[int, Apart]] = {}
    losses, targets, parted = [0.0, 0.0], 0, None
    for done, i in enumerate(chosen, start=1):
        one, other = (record(run.params, run.dataset.sequences[i], run.options) for run in runs)
        several = worst((*several.values(), *((i, each) for each in all_apart(one.arrays(), other.arrays(), names))))
        targets += one.sequence.target_count
        for side, trace in enumerate((one, other)):
            losses[side] += trace.mean_loss * trace.sequence.target_count
        parted = parted or _parted(i, one, other)
        bar(0.1 + 0.9 * done / len(chosen))
    found = Found(names, several, len(chosen) > 1)
    found.losses = (losses[0] / max(targets, 1), losses[1] / max(targets, 1))
    found.parted = parted
    return found


def _parted(index: int, one: Trace, other: Trace) -> tuple[int, str] | None:
    from rnn_core.debugger.position.places import place_text
    from rnn_core.debugger.whatif.parting import first_difference

    if one.sizes != other.sizes or one.program is not other.program:
        return None
    found = first_difference(one, other)
    if found is None:
        return None
    k, which = found
    place = "the start" if k == 0 else place_text(one, k - 1)
    return index, f"{place}: {' '.join(which)}"


COMMAND = Subcommand(
    "diff",
    "Compare two models or traces, array by array.",
    "rnn-tui diff epoch-10.npz epoch-20.npz --data data.csv",
    OPTIONS,
    check,
    run,
    operands=("A", "B"),
)
