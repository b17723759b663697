"""Where the panels stand on the screen: a pure function of its size and of what is to be shown.

Wide screens show everything at once. Narrow ones show the timeline, the current phase of the listing, this step, and
one panel at a time. That is the focused one, else the one that the current phase fills.
"""

from __future__ import annotations

from typing import NamedTuple

from rnn_core.debugger.session import Session
from rnn_core.views.options import TRAINING

LEAST_WIDTH, LEAST_HEIGHT = 80, 24
WIDE_WIDTH, WIDE_HEIGHT = 110, 34
LISTING_WIDTH = 39
CONSOLE_HEIGHT = 10
PROMPT_WIDTH = 7
INPUTS_HEIGHT = 6
CURVES_HEIGHT = 10
"""Rows that the curves want beside everything else."""
LISTING_HEIGHT = 26
"""Title, three phases with their headings and two blank rows, and one below."""


class Box(NamedTuple):
    """A rectangle on the screen."""

    x: int
    y: int
    width: int
    height: int


def too_small(width: int, height: int) -> bool:
    """Whether the screen cannot hold the debugger."""
    return width < LEAST_WIDTH or height < LEAST_HEIGHT


def arrangement(session: Session, width: int, height: int) -> dict[str, Box]:
    """The box of each panel that is shown, by the panel's id."""
    return (
        _wide(session, width, height)
        if width >= WIDE_WIDTH and height >= WIDE_HEIGHT
        else _narrow(session, width, height)
    )


def _wide(session: Session, width: int, height: int) -> dict[str, Box]:
    sizes = session.trace.sizes
    console = _console(session, width, height, CONSOLE_HEIGHT)
    top, bottom = 6, height - 2 - (CONSOLE_HEIGHT if console else 0)
    x = LISTING_WIDTH + 2
    right = width - x - 1
    step = 6 if bottom - top >= 34 else 5
    body = bottom - top - step
    wanted_hidden = max(sizes.hidden, min(len(session.trace), 12)) + 3
    wanted_gradients = max(sizes.hidden + 3, sizes.classes + 9)
    hidden = min(wanted_hidden, body // 2) if wanted_hidden + wanted_gradients > body else wanted_hidden
    if wanted_gradients < body - hidden:
        hidden = min(wanted_hidden, body - wanted_gradients)
    listing = min(LISTING_HEIGHT + len(session.trace.program.update) - 5, max(12, bottom - top - INPUTS_HEIGHT))
    outputs_width = min(max(40, right * 2 // 5), 64)
    y = top + step
    middle = _middle(session, Box(x, y, right, hidden), outputs_width, body - hidden - wanted_gradients)
    y = max(box.y + box.height for box in middle.values())
    return {
        "header": Box(0, 0, width, 1),
        "timeline": Box(0, 2, width, 4),
        "listing": Box(0, top, LISTING_WIDTH, listing),
        **_below_listing(session, top + listing, bottom - top - listing),
        "step": Box(x, top, right, step),
        **middle,
        **_tables(session, Box(x, y, right + 1, bottom - y)),
        "footer": Box(0, height - 2, width, 2),
        **console,
    }


def shows_curves(session: Session) -> bool:
    """Whether the training's curves are to be seen."""
    return session.view.training or session.view.panel == TRAINING


def _middle(session: Session, box: Box, outputs_width: int, spare: int) -> dict[str, Box]:
    """The hidden states and the outputs; the training's curves under them where rows are to spare, else instead."""
    under = spare >= CURVES_HEIGHT
    if shows_curves(session) and not under and session.view.panel not in ("hidden", "outputs"):
        return {"training": box}
    shown = {
        "hidden": box._replace(width=box.width - outputs_width - 2),
        "outputs": box._replace(x=box.x + box.width - outputs_width, width=outputs_width),
    }
    if shows_curves(session) and under:
        shown["training"] = box._replace(y=box.y + box.height, height=min(spare, 2 * CURVES_HEIGHT))
    return shown


def _tables(session: Session, box: Box) -> dict[str, Box]:
    """The gradients over the weights where both fit; else the gradients, or the weights while they have the focus."""
    sizes = session.trace.sizes
    rows = max(sizes.hidden + 2, sizes.classes + 8) + 1
    if box.height >= 2 * rows:
        return {
            "gradients": box._replace(height=rows),
            "weights": box._replace(y=box.y + rows, height=box.height - rows),
        }
    return {"weights" if session.view.panel == "weights" else "gradients": box}


def _below_listing(session: Session, y: int, height: int) -> dict[str, Box]:
    """The watches, when there are any, and the input where room is left for it."""
    wanted = watched(session) + 1 if watched(session) and session.view.watches else 0
    watches = min(wanted, height if height < 2 * INPUTS_HEIGHT else height - INPUTS_HEIGHT)
    boxes = {}
    if watches >= 2:
        boxes["watches"] = Box(0, y, LISTING_WIDTH, watches)
    if height - watches >= 3:
        boxes["inputs"] = Box(0, y + watches, LISTING_WIDTH, height - watches)
    return boxes


def watched(session: Session) -> int:
    """How many rows the watches have to say."""
    return len(session.displays) + len(session.breakpoints)


def _console(session: Session, width: int, height: int, rows: int) -> dict[str, Box]:
    """The console above the footer, when it is unfolded: its transcript, and its line of input."""
    if not session.view.console:
        return {}
    y = height - 2 - rows
    return {"console": Box(0, y, width, rows), "prompt": Box(PROMPT_WIDTH, y + rows - 1, width - PROMPT_WIDTH, 1)}


def shown_panel(session: Session) -> str:
    """The one panel of a narrow screen: the curves at the start of an update, where nothing else has begun yet."""
    if session.view.panel:
        return session.view.panel
    if session.view.training and session.k == 0:
        return TRAINING
    phase = (session.ran or session.following or session.trace.program.place(1, len(session.trace))).phase
    return "hidden" if phase == "forward" else "gradients"


def _narrow(session: Session, width: int, height: int) -> dict[str, Box]:
    top, bottom, step = 4, height - 2, 5
    x = LISTING_WIDTH
    boxes = {
        "header": Box(0, 0, width, 1),
        "timeline": Box(0, 1, width, 3),
        "step": Box(0, top, width, step),
        "footer": Box(0, bottom, width, 2),
    }
    if session.view.console:
        return boxes | _console(session, width, height, bottom - top - step)
    return boxes | {
        "listing": Box(0, top + step, LISTING_WIDTH - 1, bottom - top - step),
        shown_panel(session): Box(x, top + step, width - x, bottom - top - step),
    }
