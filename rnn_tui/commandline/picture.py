"""`rnn-tui picture`: the screen after some commands as a file, without a terminal."""

from __future__ import annotations

import asyncio
import os
import sys
from argparse import Namespace
from typing import TYPE_CHECKING

from rnn_core.errors import UsageError, one_line
from rnn_core.run_options import NumberError
from rnn_tui.commandline import scripts
from rnn_tui.commandline.options import Option
from rnn_tui.commandline.subcommand import Subcommand

if TYPE_CHECKING:  # they import NumPy, which --help does without
    from rnn_core.debugger.session import Session
    from rnn_core.recipe import Recipe

_GROUP = "picture"
LARGEST = 1000


def _size(text: str) -> tuple[int, int]:
    columns, _, rows = text.lower().replace("×", "x").partition("x")
    if not all(part.isascii() and part.isdigit() and 1 <= len(part) <= 4 for part in (columns, rows)):
        raise NumberError(f'"{text}" is not a size such as 120x40')
    size = int(columns), int(rows)
    if not (80 <= size[0] <= LARGEST and 24 <= size[1] <= LARGEST):
        raise NumberError(f"{text} is not from 80x24 to {LARGEST}x{LARGEST}")
    return size


OPTIONS = (
    *scripts.PLAYED,
    Option(("-o", "--output"), "where to: .svg, .png or .txt", "FILE", group=_GROUP),
    Option(("--size",), "columns and rows of the screen (default 120x40)", "SIZE", _size, default=(120, 40),
           group=_GROUP),
    Option(("--force",), "overwrite an existing file", group=_GROUP),
)  # fmt: skip


def check(args: Namespace) -> None:
    """Raise UsageError where there is nowhere to write to."""
    if not args.output:
        raise UsageError("picture needs -o FILE", fix="its suffix says .svg, .png or .txt")


def run(args: Namespace, recipe: Recipe) -> int:
    """Open, play, draw, write; 1 where a command was refused, and then nothing is written. Raises RnnError."""
    from rnn_core.formats import writing
    from rnn_tui import picture

    picture.check(args.output)
    writing.check_target(os.path.expanduser(args.output), overwrite=args.force)
    session, lines = scripts.opened(args, recipe)
    for done in lines:
        if done.failed:
            print(f"rnn-tui: {done.line.where}: {one_line(done.message)}", file=sys.stderr)
            return 1
        session = done.session
    asyncio.run(_draw(session, args))
    return 0


async def _draw(session: Session, args: Namespace) -> None:
    from rnn_tui import picture
    from rnn_tui.app import RnnApp

    app = RnnApp(session)
    app.plain = app.no_color
    async with app.run_test(size=args.size) as pilot:
        await pilot.pause()
        picture.write(app, args.output, overwrite=args.force)


COMMAND = Subcommand(
    "picture",
    "Draw the screen after some commands, as SVG, PNG or text.",
    "rnn-tui picture data.csv -e 'until backward' -o step.svg",
    OPTIONS,
    check,
    run,
    "-o FILE",
)
