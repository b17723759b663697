"""Whole screens painted without an app: each panel in the box that the arrangement gives it, read back as text."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from textual.geometry import Size

from rnn_core.cells import cell
from rnn_core.data import Dataset, Sequence
from rnn_core.debugger.session import Session
from rnn_core.model import Params, Sizes, shapes
from rnn_core.training.run import Run
from rnn_core.updates import Options
from rnn_tui.arrangement import Box, arrangement
from rnn_tui.panels.base import Panel
from rnn_tui.render.palette import palette
from rnn_tui.screens.debugger import PANELS


class Painted(NamedTuple):
    """A panel, and where it stands."""

    panel: Panel
    box: Box

    @property
    def rows(self) -> list[str]:
        return [strip.text for strip in self.panel._strips]

    @property
    def text(self) -> str:
        return "\n".join(self.rows)


def alone(kind: type[Panel], session: Session, width: int, height: int, theme: str = "dark") -> Panel:
    """A panel painted at a size; a size and a theme are all that it needs of a screen."""
    fixed = {"size": property(lambda _: Size(width, height)), "colours": property(lambda _: palette(theme))}
    panel: Panel = type(kind.__name__, (kind,), fixed)()
    panel.session = session
    panel._prepare()
    return panel


def painted(session: Session, width: int, height: int, theme: str = "dark") -> dict[str, Painted]:
    """Every panel that a screen of this size shows, by its id."""
    boxes = arrangement(session, width, height)
    kinds = {kind.__name__.removesuffix("Panel").lower(): kind for kind in PANELS}
    return {
        name: Painted(alone(kinds[name], session, box.width, box.height, theme), box)
        for name, box in boxes.items()
        if name in kinds and box.height
    }


def picture(shown: dict[str, Painted], width: int, height: int) -> list[str]:
    """The whole screen as rows of text."""
    screen = [[" "] * width for _ in range(height)]
    for panel, box in shown.values():
        for y, strip in enumerate(panel._strips):
            screen[box.y + y][box.x : box.x + box.width] = list(strip.text)
    return ["".join(row) for row in screen]


@cache
def sized(
    timesteps: int, hidden: int, inputs: int, classes: int, power: int = 0, names: bool = False, kind: str = "rnn"
) -> Session:
    """A random session whose inputs and weights are 10**power times as large as usual.

    `kind` is a cell, or "values" for an rnn that answers with numbers."""
    rng = np.random.default_rng(hidden)
    of = cell("rnn" if kind == "values" else kind)
    arrays = shapes(of, Sizes(inputs, hidden, classes))
    params = Params(cell=of, **{name: 0.5 * 10.0**power * rng.standard_normal(arrays[name]) for name in arrays})
    x = 10.0 ** (power / 2) * rng.standard_normal((timesteps, inputs))
    y = rng.standard_normal((timesteps, classes)) if kind == "values" else rng.integers(0, classes, timesteps)
    named = {"features": tuple(f"feature {i}" for i in range(inputs))} if names else {}
    named |= {"classes": tuple(f"class {i}" for i in range(classes))} if names and kind != "values" else {}
    data = Dataset((Sequence(x=x, y=y),), name="random", **named)
    options = Options(loss="squared-error") if kind == "values" else Options()
    return Session.of(Run(data, params, options))
