"""Everything in the documents that is taken from the program, so that it cannot go out of date unseen.

    python -m docs.generate            write it
    python -m docs.generate --check    say what is out of date, and exit with 1 if anything is

A document marks what is made with `<!-- made: NAME -->` and `<!-- end -->`; NAME is a key of `BLOCKS`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from docs import picture
from rnn_core.cells import cell
from rnn_core.debugger.commands import help as keys
from rnn_core.debugger.expressions.functions import FUNCTIONS, PREV, PREV_HELP
from rnn_core.program import PHASES, Phase, program
from rnn_core.updates import Options
from rnn_tui.commandline import arguments, check, export, hunt, scripts, train
from rnn_tui.commandline.options import Option

HERE = Path(__file__).resolve().parent
PICTURE = HERE / "screen.svg"
PICTURES = {
    PICTURE: lambda: picture.svg(),
    HERE / "own-code.svg": lambda: picture.svg(picture.OWN, picture.OWN_LINES),
    HERE / "flow.svg": lambda: picture.svg(picture.LONG, picture.LONG_LINES),
}
DOCUMENTS = (
    HERE.parent / "README.md",
    HERE / "guide.md",
    HERE / "training.md",
    HERE / "maths.md",
    HERE / "cells.md",
    HERE / "scripts.md",
    HERE / "expressions.md",
    HERE / "hunts.md",
)


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def bound() -> str:
    """The commands that have a key."""
    return "\n".join(row for row in keys.markdown().splitlines() if not row.startswith("|  |"))


def options(chosen: Iterable[Option]) -> str:
    """The command line's options, by group."""
    rows = []
    for option in chosen:
        takes = option.metavar or "|".join(option.choices)
        takes = f" [{takes}]" if option.implied else f" {takes}" if takes else ""
        rows.append((f"`{', '.join(option.flags)}{takes}`", option.help))
    return table(("option", "what it does"), rows)


def listing(of: str = "rnn", options: Options = Options(), phases: tuple[Phase, ...] = PHASES) -> str:
    """A program's lines, as the screen shows them."""
    rows = []
    for phase in phases:
        over = {"forward": "t = 1 … T", "backward": "t = T … 1"}.get(phase)
        rows += [
            f"{phase}, {over}" if over else phase,
            *(f"    {line}" for line in program(options, cell(of)).phase(phase)),
            "",
        ]
    return "\n".join(["```text", *rows[:-1], "```"])


def names() -> str:
    """What the names mean, and what others call them."""
    return table(("name", "what it is"), ((f"`{name}`", meaning) for name, meaning in keys.names()))


def names_of(name: str) -> str:
    """What the names of a cell mean, and what others call its parameters."""
    return table(("name", "what it is"), ((f"`{each}`", meaning) for each, meaning in keys.names_of(name)))


def values() -> str:
    """The lines that real targets change."""
    lines = [*program(Options(loss="squared-error")).forward[2:], program(Options(loss="squared-error")).backward[0]]
    return "\n".join(["```text", *map(str, lines), "```"])


def functions() -> str:
    """What an expression may call."""
    rows = [(f"`{name}`", function.help) for name, function in FUNCTIONS.items()]
    return table(("function", "what it is"), [*rows, (f"`{PREV}`", PREV_HELP)])


BLOCKS: dict[str, Callable[[], str]] = {
    "keys": bound,
    "commands": keys.markdown,
    "options": lambda: options(arguments.OPTIONS),
    "export options": lambda: options(export.OPTIONS),
    "check options": lambda: options(check.OPTIONS),
    "hunt options": lambda: options(hunt.OPTIONS),
    "train options": lambda: options(train.OPTIONS),
    "run options": lambda: options(scripts.OPTIONS),
    "functions": functions,
    "listing": listing,
    "names": names,
    "lstm listing": lambda: listing("lstm", phases=("forward", "backward")),
    "gru listing": lambda: listing("gru", phases=("forward", "backward")),
    "lstm names": lambda: names_of("lstm"),
    "gru names": lambda: names_of("gru"),
    "values": values,
}
_BLOCK = re.compile(r"(<!-- made: (?P<name>[a-z ]+) -->\n)(?:(?!<!--).*\n)*(<!-- end -->)")


def filled(text: str) -> str:
    """A document with its marked blocks made anew."""
    return _BLOCK.sub(lambda found: f"{found[1]}{BLOCKS[found['name']]()}\n{found[3]}", text)


def stale() -> list[Path]:
    """The files that say something else than the program does."""
    found = [path for path in DOCUMENTS if filled(path.read_text(encoding="utf-8")) != path.read_text(encoding="utf-8")]
    for path, made in PICTURES.items():
        drawn = path.read_text(encoding="utf-8") if path.exists() else ""
        found += [] if picture.text(drawn) == picture.text(made()) else [path]
    return found


def write() -> None:
    """Make everything anew."""
    for path in DOCUMENTS:
        path.write_text(filled(path.read_text(encoding="utf-8")), encoding="utf-8")
    for path, made in PICTURES.items():
        path.write_text(made(), encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Write, or check."""
    if arguments not in ([], ["--check"]):
        print("usage: python -m docs.generate [--check]", file=sys.stderr)
        return 2
    if not arguments:
        write()
        return 0
    names = [str(path.relative_to(HERE.parent)) for path in stale()]
    if names:
        print(f"out of date: {', '.join(names)} (python -m docs.generate writes them)", file=sys.stderr)
    return 1 if names else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
