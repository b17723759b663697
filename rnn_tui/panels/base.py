"""What every panel is: a box that paints one view-model and turns clicks into command lines.

Rules this file keeps:
- A panel computes nothing and keeps nothing but what it last painted.
- A new session is painted at once, and only the rows that differ are sent to the terminal.
- A panel that fails shows its error in its own box; the others go on.
"""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from rnn_core.debugger.session import Session
from rnn_core.debugger.whatif.compared import differing, missing
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
        self._strips: list[Strip] = []
        self._canvas: Canvas | None = None
        self._painted: tuple[object, ...] = ()

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
        theme = self.session.view.theme if self.session else "dark"
        return palette("plain" if getattr(self.app, "plain", False) else theme)

    # -- painting --------------------------------------------------------------------------------------------

    def show(self, session: Session, message: str = "") -> None:
        """Take a session and repaint the rows that it changes."""
        self.session, self.message = session, message
        size = self.size
        if not (size.width and size.height):
            return
        before, resized = self._strips, self._painted[2:] != (size.width, size.height)
        self._prepare()
        if resized:
            self.refresh()
            return
        changed = []
        for y, (old, new) in enumerate(zip(before, self._strips, strict=True)):
            if old is new:
                continue
            if old == new:
                self._strips[y] = old  # the strip painted before keeps its rendering
            else:
                changed.append(_difference(old, new, y))
        if changed:
            self.refresh(*changed)

    def _prepare(self) -> None:
        size = self.size
        canvas = Canvas(size.width, size.height, self.colours.base)
        try:
            if self.session:
                self._painting(canvas, self.session)
        except Exception as error:  # a panel must not take the screen with it
            canvas = Canvas(size.width, size.height, self.colours.base)
            canvas.put(0, 1, clean(f"{type(error).__name__}: {error}"), self.colours.style("bad"))
        self._strips, self._canvas = canvas.strips(self._canvas), canvas
        self._painted = (self.session, self.message, size.width, size.height)

    def _painting(self, canvas: Canvas, session: Session) -> None:
        why = missing(session) if self.COMPARES else ""
        if not why:
            self.paint(canvas, self.seen or session)
            return
        heading(canvas, self.colours, f"{self.id} · minus {clean(session.compared)}")
        for y, line in enumerate(wrap(clean(why), max(1, canvas.width - 2))[: canvas.height - 1], start=1):
            canvas.put(y, 1, line, self.colours.style("dim"))

    def render_lines(self, crop: Region) -> list[Strip]:
        """The prepared strips; prepared anew where the size has changed since."""
        size = self.size
        if self._painted != (self.session, self.message, size.width, size.height):
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


def _difference(old: Strip, new: Strip, y: int) -> Region:
    """The columns of row y in which two strips of one width differ, as far as whole segments tell."""
    left = right = 0
    for before, after in zip(old, new, strict=False):
        if before != after:
            break
        left += after.cell_length
    for before, after in zip(reversed(list(old)), reversed(list(new)), strict=False):
        if before != after:
            break
        right += after.cell_length
    return Region(left, y, max(1, new.cell_length - left - right), 1)
