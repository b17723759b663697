"""Where the panels stand on the screen: a pure function of its size and of what is to be shown.

Wide screens show everything at once. Narrow ones show the timeline, the current phase of the listing, this step, and
one panel at a time. That is the focused one, else the one that the current phase fills. Zoomed, it is alone.

Rules this file keeps:
- The last column of the screen stays free: only the bars of header and footer reach it, with nothing written there.
- A panel that has the focus is shown: one that has no place beside the others stands right of the listing, alone.
- What is to spare goes to tables: first all their rows and columns, then larger cells.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from rnn_core.debugger.session import Session
from rnn_core.model import parameter_axes
from rnn_core.program import Program
from rnn_core.views.options import GATES, TRAINING
from rnn_core.views.outputs import wanted
from rnn_core.views.series import gated

LEAST_WIDTH, LEAST_HEIGHT = 80, 24
WIDE_WIDTH, WIDE_HEIGHT = 110, 34
LISTING_WIDTH, LINE_LEFT = 39, 16
"""Columns of the listing, and those of a line that are not its right-hand side."""
THEIR_WIDTH = 70
"""The most columns of a file of the person's own."""
CONSOLE_HEIGHT = 10
PROMPT_WIDTH = 7
INPUTS_HEIGHT = 6
CURVES_HEIGHT = 10
"""Rows that the curves want beside everything else."""
NUMBER = 6
"""Columns of a number in a table."""
LEAST_OUTPUTS, MOST_OUTPUTS = 34, 64
"""Columns of the outputs."""
LEAST_HIDDEN, LEAST_GATES, LEAST_GATE = 28, 50, 34
"""Columns of the hidden states and of the gates beside them; of one gate beside all numbers of the hidden states."""
BESIDE = 1
"""Columns between the hidden states and the outputs, which begin with a blank of their own."""
ROOMY = 115
"""Columns of everything right of the listing from which tables have larger cells."""


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
    wide = width >= WIDE_WIDTH and height >= WIDE_HEIGHT
    if session.view.zoom:
        return _zoomed(session, width, height, wide=wide)
    return _wide(session, width, height) if wide else _narrow(session, width, height)


def _frame(width: int, height: int, *, wide: bool) -> tuple[dict[str, Box], int, int]:
    """Header, timeline and footer, and the rows between which everything else stands."""
    top = 6 if wide else 4
    timeline = Box(0, 2, width, 4) if wide else Box(0, 1, width, 3)
    boxes = {"header": Box(0, 0, width, 1), "timeline": timeline, "footer": Box(0, height - 2, width, 2)}
    return boxes, top, height - 2


def _zoomed(session: Session, width: int, height: int, *, wide: bool) -> dict[str, Box]:
    """One panel, and the console over the footer while it is unfolded."""
    boxes, top, bottom = _frame(width, height, wide=wide)
    console = _console(session, width, height, CONSOLE_HEIGHT)
    bottom -= CONSOLE_HEIGHT if console else 0
    return {**boxes, shown_panel(session): Box(0, top, width - 1, bottom - top), **console}


def _wide(session: Session, width: int, height: int) -> dict[str, Box]:
    frame, top, bottom = _frame(width, height, wide=True)
    console = _console(session, width, height, CONSOLE_HEIGHT)
    bottom -= CONSOLE_HEIGHT if console else 0
    across = _listing_width(session, width)
    x = across + 1
    right = width - x - 1
    rows = _rows(session, right, bottom - top)
    listing = min(_listing_height(session), max(12, bottom - top - INPUTS_HEIGHT))
    left = {
        **frame,
        **console,
        "listing": Box(0, top, across, listing),
        **_below_listing(session, top + listing, across, bottom - top - listing),
    }
    y = top + rows.step
    middle = _middle(session, Box(x, y, right, rows.middle), rows.curves)
    y = max(box.y + box.height for box in middle.values())
    usual = {
        **left,
        "step": Box(x, top, right, rows.step),
        **middle,
        **_tables(session, Box(x, y, right, bottom - y), rows),
    }
    focused = session.view.panel
    if not focused or focused in usual or (focused == GATES and not gated(session.trace)):
        return usual
    return {**left, "step": Box(x, top, right, STEP), focused: Box(x, top + STEP, right, bottom - top - STEP)}


def _listing_width(session: Session, width: int) -> int:
    """As wide as the longest line, within reason: it can be written closer. A file of theirs has wider ones."""
    if session.beside is not None:
        return min(max(LISTING_WIDTH, width * 2 // 5), THEIR_WIDTH)
    longest = _longest(session.trace.program)
    return min(max(LISTING_WIDTH, longest + LINE_LEFT), max(LISTING_WIDTH, width // 4))


@lru_cache(maxsize=16)
def _longest(program: Program) -> int:
    """The characters of the longest right-hand side."""
    return max(len(line.text) for line in program)


def _listing_height(session: Session) -> int:
    """Title, three phases with their headings and two blank rows, and one below; a file has as much as there is."""
    if session.beside is not None:
        return len(session.beside.lines) + 2
    program = session.trace.program
    return 7 + len(program.forward) + len(program.backward) + len(program.update)


class Rows(NamedTuple):
    """The rows of what stands over each other right of the listing."""

    step: int
    middle: int
    curves: int = 0
    """0 where the curves have no rows of their own."""
    gradients: int = 0
    weights: int = 0
    """0 where the weights do not stand under the gradients."""


STEP = 5
HIGHER = ((5, 5, 5), (4, 4, 4), (3, 3, 3), (2, 2, 2), (2, 2, 1), (2, 1, 1), (1, 2, 1))
"""How high the cells of the hidden states, the gradients and the weights may be, the best first."""


def _rows(session: Session, width: int, height: int) -> Rows:
    """All units in the hidden states, all rows of the gradients, then the weights, then curves, then higher cells."""
    sizes, program = session.trace.sizes, session.trace.program
    stack, flat = (
        sizes.hidden * program.cell.blocks,
        sum(len(axes) == 1 for axes in parameter_axes(program.cell).values()),
    )

    def middle(tall: int) -> int:
        return max(sizes.hidden * tall, min(len(session.trace), 12)) + 2

    def tables(tall: int, caption: int = 2) -> int:
        return 1 + max(stack * tall + caption, (sizes.classes + flat) * tall + (flat + 1) * caption)

    wanted, least = middle(1) + 1, tables(1)
    if wanted + least > height - STEP - 1:
        body = height - STEP - (height >= 34)
        wanted = max(min(wanted, body // 2), min(wanted, body - least))
        return Rows(height - body, wanted, 0, body - wanted)
    height -= STEP
    curves = min(height - wanted - least, 2 * CURVES_HEIGHT) if shows_curves(session) else 0
    curves = curves if curves >= CURVES_HEIGHT else 0
    height -= curves
    for high in HIGHER if width >= ROOMY else ():
        rows = (middle(high[0]), tables(high[1]), tables(high[2], 1))
        if sum(rows) <= height:
            return _spread(STEP, curves, rows, height - sum(rows))
    if wanted + 2 * least <= height:
        return _spread(STEP, curves, (wanted, least, least), height - wanted - 2 * least)
    return Rows(STEP + 1, wanted, curves, height - 1 - wanted)


def _spread(step: int, curves: int, rows: tuple[int, int, int], spare: int) -> Rows:
    """A row more for each where there is one to spare; what is left comes last."""
    more = [min(1, max(0, spare - at)) for at in range(4)]
    middle, gradients, weights = rows
    left = spare - sum(more)
    return Rows(step + more[0], middle + more[1], curves, gradients + more[2], weights + more[3] + left)


def shows_curves(session: Session) -> bool:
    """Whether the training's curves are to be seen."""
    return session.view.training or session.view.panel == TRAINING


def _middle(session: Session, box: Box, curves: int) -> dict[str, Box]:
    """The hidden states and the outputs; the training's curves under them where rows are to spare, else instead."""
    if shows_curves(session) and not curves and session.view.panel not in ("hidden", "outputs"):
        return {"training": box}
    outputs = _outputs_width(session, box.width)
    left = box._replace(width=box.width - outputs - BESIDE)
    shown = {"outputs": box._replace(x=box.x + box.width - outputs, width=outputs), **_states(session, left)}
    if curves:
        shown["training"] = box._replace(y=box.y + box.height, height=curves)
    return shown


def _states(session: Session, box: Box) -> dict[str, Box]:
    """The hidden states, and beside them the gates where the cell has any.

    Without room for both, the gates stand there while they are looked at, or written.
    """
    if not gated(session.trace):
        return {"hidden": box}
    hidden = max(LEAST_HIDDEN, len(str(session.trace.sizes.hidden - 1)) + 2 + (len(session.trace) + 1) * NUMBER)
    if box.width < hidden + LEAST_GATE + 2:  # not all numbers of h, then
        hidden = max(LEAST_HIDDEN, box.width // 3)
    if box.width >= hidden + (LEAST_GATE if hidden > box.width // 3 else LEAST_GATES) + 2:
        return {
            "hidden": box._replace(width=hidden),
            GATES: box._replace(x=box.x + hidden + 2, width=box.width - hidden - 2),
        }
    return {GATES if _at_gates(session) else "hidden": box}


def _at_gates(session: Session) -> bool:
    """Whether the gates are looked at, or the last line wrote one of them."""
    if not gated(session.trace) or session.view.panel == "hidden":
        return False
    ran = session.ran
    wrote = ran is not None and ran.instruction.name in gated(session.trace)
    return session.view.panel == GATES or (wrote and not session.view.panel)


def _outputs_width(session: Session, width: int) -> int:
    """Two fifths of the width or what its numbers need, and beside gates no more than that.

    It is less where the hidden states' numbers need it and so much is left.
    """
    trace = session.trace
    needs = max(LEAST_OUTPUTS, min(wanted(trace), MOST_OUTPUTS))
    if gated(trace) and width >= ROOMY:
        return needs
    usual = min(max(40, width * 2 // 5, needs), MOST_OUTPUTS, width - LEAST_HIDDEN - BESIDE)
    fits = width - BESIDE - (len(str(trace.sizes.hidden - 1)) + 2 + (len(trace) + 1) * NUMBER)
    return min(usual, fits) if fits >= LEAST_OUTPUTS else usual


def _tables(session: Session, box: Box, rows: Rows) -> dict[str, Box]:
    """The gradients over the weights where both fit; else the gradients, or the weights while they have the focus."""
    if rows.weights:
        gradients = box.height - rows.weights
        return {
            "gradients": box._replace(height=gradients),
            "weights": box._replace(y=box.y + gradients, height=rows.weights),
        }
    return {"weights" if session.view.panel == "weights" else "gradients": box}


def _below_listing(session: Session, y: int, width: int, height: int) -> dict[str, Box]:
    """The watches, when there are any, and the input where room is left for it."""
    wanted = watched(session) + 1 if watched(session) and session.view.watches else 0
    watches = min(wanted, height if height < 2 * INPUTS_HEIGHT else height - INPUTS_HEIGHT)
    boxes = {}
    if watches >= 2:
        boxes["watches"] = Box(0, y, width, watches)
    if height - watches >= 3:
        boxes["inputs"] = Box(0, y + watches, width, height - watches)
    return boxes


def watched(session: Session) -> int:
    """How many rows the watches have to say."""
    return len(session.displays) + len(session.breakpoints)


def _console(session: Session, width: int, height: int, rows: int) -> dict[str, Box]:
    """The console above the footer, when it is unfolded: its transcript, and its line of input."""
    if not session.view.console:
        return {}
    y = height - 2 - rows
    return {
        "console": Box(0, y, width - 1, rows),
        "prompt": Box(PROMPT_WIDTH, y + rows - 1, width - PROMPT_WIDTH - 1, 1),
    }


def shown_panel(session: Session) -> str:
    """The one panel of a narrow screen: the curves at the start of an update, where nothing else has begun yet."""
    if session.view.panel and (session.view.panel != GATES or gated(session.trace)):
        return session.view.panel
    if session.view.training and session.k == 0:
        return TRAINING
    if _at_gates(session):
        return GATES
    phase = (session.ran or session.following or session.trace.program.place(1, len(session.trace))).phase
    return "hidden" if phase == "forward" else "gradients"


def _narrow(session: Session, width: int, height: int) -> dict[str, Box]:
    boxes, top, bottom = _frame(width, height, wide=False)
    step, x = 5, LISTING_WIDTH
    boxes["step"] = Box(0, top, width - 1, step)
    if session.view.console:
        return boxes | _console(session, width, height, bottom - top - step)
    return boxes | {
        "listing": Box(0, top + step, LISTING_WIDTH - 1, bottom - top - step),
        shown_panel(session): Box(x, top + step, width - x - 1, bottom - top - step),
    }
