"""The pictures in the README: the real screen, driven headless to a place worth looking at.

`python -m docs.generate` does it together with everything else that the documents take from the program.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections import defaultdict
from html import unescape
from pathlib import Path

from rnn_core.debugger.persistence import opening
from rnn_core.recipe import Recipe
from rnn_tui.app import RnnApp

COMMAND = "rnn-tui --demo hello --init xavier --scale 1.5 --seed 51"
"""What a reader types to have the same run before them; a test holds it against `RECIPE`."""

RECIPE = Recipe(demo="hello", init="xavier", scale=1.5, seed=51)
LINES = ("display norm(dh)", "break da if norm(dh_next) > 1", "goto dh t=2", "step")
OWN = Recipe(path=str(Path(__file__).with_name("examples") / "my_rnn.py"))
"""A person's own program, which the second picture shows."""
OWN_LINES = ("fault",)
LONG = Recipe(
    path=str(Path(__file__).with_name("examples") / "long.csv"), init="xavier", hidden=8, classes=2, quiet=True
)
"""Sixty timesteps with a target at the end: how its gradient travels back, in the third picture."""
LONG_LINES = ("goto dh t=40", "panel flow")
SIZE = 120, 40
FONTS = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace"


async def _shot(recipe: Recipe, lines: tuple[str, ...]) -> str:
    os.environ.pop("NO_COLOR", None)  # the picture is in colour, wherever it is made
    app = RnnApp(opening.open_session(recipe))
    app.plain = False
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        for line in lines:
            app.screen.run_line(line)  # type: ignore[attr-defined]  # the debugger's screen
        here = f"position {app.screen.session.k} "  # type: ignore[attr-defined]  # as above
        for _ in range(100):  # painting follows a moment later
            await pilot.pause(0.02)
            shot = app.export_screenshot()
            if here in text(shot):
                return shot
        raise RuntimeError(f'the timeline never said "{here}"')


def svg(recipe: Recipe = RECIPE, lines: tuple[str, ...] = LINES) -> str:
    """The screen as SVG in the reader's own fixed-width font: a page that shows a picture need not load one."""
    before = dict(os.environ)
    try:
        picture = asyncio.run(_shot(recipe, lines))
    finally:
        os.environ.update(before)
    picture = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)
    picture = re.sub(r"font-family: [^;]+;", f"font-family: {FONTS};", picture)
    return re.sub(r"terminal-\d+", "screen", picture)  # a name by content would change every line of the file


def text(picture: str) -> str:
    """What stands in a picture, as lines of text: what is compared, for renderers differ in everything else."""
    rows: dict[float, dict[float, str]] = defaultdict(dict)
    for x, y, words in re.findall(r'<text [^>]*?x="([\d.]+)" y="([\d.]+)"[^>]*>(.*?)</text>', picture):
        rows[float(y)][float(x)] = unescape(words).replace("\xa0", " ")
    return "\n".join("".join(words for _, words in sorted(row.items())).rstrip() for _, row in sorted(rows.items()))
