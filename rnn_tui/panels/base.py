"""What every panel is: a box that paints one view-model and turns clicks into command lines.

Rules this file keeps:
- A panel computes nothing and keeps nothing but what it last painted, and from what.
- What it shows is a function of its size, the session as of a position, and what it shows besides. How that position
  was reached does not matter. While these stay, nothing is painted again.
- Of a new painting only what differs is sent to the terminal.
- A panel that fails shows its error in its own box; the others go on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from textwrap import wrap
from typing import NamedTuple

from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from rnn_core.debugger.session import Session
from rnn_core.debugger.whatif.compared import differing, missing
from rnn_core.remembering import Lately, remembered
from rnn_core.views.difference import Difference
from rnn_core.views.options import Cell
from rnn_core.views.words import Word, fitting, titled
from rnn_tui.render.canvas import Canvas, clean
from rnn_tui.render.palette import Palette, palette

SEPARATOR = " · "


class RunCommand(Message):
    """A panel asks the screen to run a command line."""

    def __init__(self, line: str) -> None:
        super().__init__()
        self.line = line


class Change(NamedTuple):
    """What is painted anew in one row of a panel, from column x on."""

    x: int
    y: int
    strip: Strip


class Panel(Widget):
    """A box on the debugger screen. Subclasses implement `paint` and, where clicks mean something, `click`."""

    can_focus = False
    ALLOW_SELECT = False
    BORDER_LABEL = ""
    COMPARES = False
    """Whether it shows the difference where the session is shown against another branch."""

    def __init__(self) -> None:
        super().__init__(id=type(self).__name__.removesuffix("Panel").lower())
        self.session: Session | None = None
        self.message = ""
        self.lately = Lately()
        self._strips: list[Strip] = []
        self._canvas: Canvas | None = None
        self._painted: tuple[object, ...] | None = None
        self._size_painted = (0, 0)

    @property
    def seen(self) -> Session | None:
        """The session as it is painted: its trace may be a difference."""
        return differing(self.session) if self.session and self.COMPARES else self.session

    def minus(self, session: Session) -> str:
        """What a title adds where a difference is shown, or their own code's numbers."""
        if session.difference is not None and session.beside is not None and not session.compared:
            return " · theirs" if session.side == "theirs" else " · theirs − ours"
        return f" · minus {clean(session.compared)}" if isinstance(session.shown, Difference) else ""

    def place_of(self, session: Session, cell: Cell) -> tuple[int, int] | None:
        """Where a cell is painted: its first column and its row; None where it is not to be seen."""
        return None

    @property
    def colours(self) -> Palette:
        """The palette of the session's theme, or the plain one where the terminal has no colour."""
        return palette("plain" if self._plain else self.session.view.theme if self.session else "dark")

    @cached_property
    def _plain(self) -> bool:
        return bool(getattr(self.app, "plain", False))

    # -- what it is painted from ------------------------------------------------------------------------------

    def moment(self, session: Session) -> int:
        """A position at which the panel looks as it does at the session's; it is painted as of then."""
        return session.k

    def besides(self) -> object:
        """What it shows besides the session; anything that can be compared."""
        return None

    def _inputs(self, session: Session) -> tuple[object, ...]:
        """All that the painting is a function of, but for the size."""
        other = session.compared or session.beside is not None  # which may change at lines of its own
        k = session.k if other else self.moment(session)
        return k, _but_for_k(session), self.besides()

    # -- painting --------------------------------------------------------------------------------------------

    def show(self, session: Session, message: str = "") -> None:
        """Take a session and have what it changes painted."""
        changes = self.changes(session, message)
        if changes is None:
            self.refresh()
        elif changes:
            self.refresh(*(Region(change.x, change.y, change.strip.cell_length, 1) for change in changes))

    def take(self, session: Session, message: str = "") -> None:
        """Take a session, and paint it once the panel is to be seen."""
        self.session, self.message, self._painted = session, message, None

    def changes(self, session: Session, message: str = "") -> list[Change] | None:
        """Take a session; what it changes of what is painted, None where that is everything."""
        self.session, self.message = session, message
        inputs = self._inputs(session)
        if inputs == self._painted:
            return []
        width, height = self.size
        if not (width and height):
            self._painted = None
            return []
        before, resized = self._strips, self._size_painted != (width, height)
        self._prepare(inputs)
        if resized:
            return None
        changed = []
        for y, (old, new) in enumerate(zip(before, self._strips, strict=True)):
            if old is new:
                continue
            if change := _difference(old, new, y):
                changed.append(change)
            else:
                self._strips[y] = old  # the strip painted before keeps its rendering
        return changed

    def _prepare(self, inputs: tuple[object, ...] | None = None) -> None:
        width, height = self.size
        canvas = Canvas(width, height, self.colours.base)
        if self.session and inputs is None:
            inputs = self._inputs(self.session)
        try:
            if self.session and inputs:
                self._painting(canvas, self.session, int(inputs[0]))  # type: ignore[call-overload]  # k is an int
        except Exception as error:  # a panel must not take the screen with it
            canvas = Canvas(width, height, self.colours.base)
            canvas.put(0, 1, clean(f"{type(error).__name__}: {error}"), self.colours.style("bad"))
        self._strips, self._canvas = canvas.strips(self._canvas), canvas
        self._painted, self._size_painted = inputs, (width, height)

    def _painting(self, canvas: Canvas, session: Session, k: int) -> None:
        why = missing(session) if self.COMPARES else ""
        if not why:
            if k != session.k:
                session = replace(session, cursor=session.cursor._replace(k=k))
            self.paint(canvas, differing(session) if self.COMPARES else session)
            return
        heading(canvas, self.colours, f"{self.id} · minus {clean(session.compared)}")
        for y, line in enumerate(wrap(clean(why), max(1, canvas.width - 2))[: canvas.height - 1], start=1):
            canvas.put(y, 1, line, self.colours.style("dim"))

    def render_lines(self, crop: Region) -> list[Strip]:
        """The prepared strips; prepared anew where the size has changed since."""
        size = self.size
        if self._painted is None or self._size_painted != (size.width, size.height):
            self._prepare()
        lines = self._strips[crop.y : crop.bottom]
        if crop.x or crop.width != size.width:
            lines = [line.crop(crop.x, crop.right) for line in lines]
        return lines

    def paint(self, canvas: Canvas, session: Session) -> None:
        """Write the panel's content."""
        raise NotImplementedError

    # -- clicks ----------------------------------------------------------------------------------------------

    def click(self, session: Session, x: int, y: int) -> str:
        """The command line that a click at (x, y) runs; empty for none."""
        return ""

    def wheel(self, session: Session, down: bool) -> str:
        """The command line that the mouse wheel runs; empty for none."""
        return ""

    def on_click(self, event: events.Click) -> None:
        """Run what a click means."""
        if self.seen and (line := self.click(self.seen, event.x, event.y)):
            event.stop()
            self.post_message(RunCommand(line))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Run what scrolling means."""
        self._scrolled(event, down=True)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Run what scrolling means."""
        self._scrolled(event, down=False)

    def _scrolled(self, event: events.MouseEvent, *, down: bool) -> None:
        if self.seen and (line := self.wheel(self.seen, down)):
            event.stop()
            self.post_message(RunCommand(line))


def heading(
    canvas: Canvas,
    colours: Palette,
    title: str | Sequence[Word],
    right: str | Sequence[Word] = "",
    *,
    focused: bool = False,
    x: int = 0,
    width: int | None = None,
) -> tuple[Word, ...]:
    """A quiet rule with a title on its left and remarks on its right, from column x on; the words that stand there.

    What does not fit is left out, the least important part first; a title in one text is parted at " · ".
    """
    width = canvas.width - x if width is None else width
    words = titled(title) if isinstance(title, str) else tuple(title)
    remarks = titled(right, 3) if isinstance(right, str) else tuple(right)
    kept = fitting((*words, *remarks), width - (0 if remarks else 2), len(SEPARATOR))
    left = [word for word in kept if word in words]
    beside = [word for word in kept if word not in words]
    rule = colours.style("accent" if focused else "faint")
    at = canvas.put(0, x, "─ ", rule)
    for i, word in enumerate(left):
        strong = not i
        style = colours.style("accent" if focused else "dim", bold=focused and strong)
        at = canvas.put(0, at, (SEPARATOR if i else "") + word.text, style)
    text = SEPARATOR.join(word.text for word in beside)
    stop = x + width - (len(text) + 1 if text else 0)
    if stop > at + 1:
        canvas.put(0, at + 1, "─" * (stop - at - 1), rule)
    canvas.put(0, stop + 1, text, colours.style("dim"))
    return kept


def _difference(old: Strip, new: Strip, y: int) -> Change | None:
    """The columns of row y in which two strips of one width differ, as far as whole segments tell."""
    before, after = list(old), list(new)
    first, last, most = 0, 0, min(len(before), len(after))
    while first < most and before[first] == after[first]:
        first += 1
    if first == len(before) == len(after):
        return None
    while last < most - first and before[-1 - last] == after[-1 - last]:
        last += 1
    x = sum(segment.cell_length for segment in after[:first])
    return Change(x, y, Strip(after[first : len(after) - last]))


@remembered
def _but_for_k(session: Session) -> tuple[object, ...]:
    """All of a session but its position, to be compared."""
    return session.cursor.u, *(value for name, value in vars(session).items() if name != "cursor")
