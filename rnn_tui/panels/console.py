"""The console: what was typed and answered, and the line that is being typed."""

from __future__ import annotations

import os
import re

from rich.cells import set_cell_size
from textual import events
from textual.binding import Binding
from textual.message import Message
from textual.widgets import Input

from rnn_core.debugger.commands.lines import LONGEST
from rnn_core.debugger.scripts.transcript import PROMPT
from rnn_core.debugger.session import Session
from rnn_tui import typed_lines
from rnn_tui.panels.base import Panel, heading
from rnn_tui.render.canvas import Canvas, clean, width_of

KEPT = 2000
"""Lines of the transcript that are kept."""


class ConsolePanel(Panel):
    """The latest lines of the transcript above the prompt; the wheel scrolls back."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._back = 0
        self._said = 0
        """How many times something was added."""

    def add(self, text: str) -> None:
        """Write lines under those that are there."""
        self.lines += text.split("\n")
        del self.lines[:-KEPT]
        self._said += 1
        self._back = 0

    def moment(self, session: Session) -> int:
        """It shows nothing of the position."""
        return 0

    def besides(self) -> object:
        """The transcript, and how far it is scrolled back."""
        return self._said, self._back

    def paint(self, canvas: Canvas, session: Session) -> None:
        """Title, transcript, prompt."""
        colours = self.colours
        heading(canvas, colours, "console", "Enter runs · Tab completes · ↑ ↓ history · Ctrl+R searches · Esc folds")
        room, rows = canvas.height - 2, self._rows(canvas.width - 2)
        stop = len(rows) - min(self._back, max(0, len(rows) - room))
        for y, (text, command) in enumerate(rows[max(0, stop - room) : stop], start=1):
            x = 1
            if command and text.startswith(PROMPT):
                x, text = canvas.put(y, x, PROMPT, colours.style("accent")), text[len(PROMPT) :]
            canvas.put(y, x, text, colours.style("text" if command else "dim"))
        canvas.put(canvas.height - 1, 1, PROMPT, colours.style("accent", bold=True))

    def _rows(self, width: int) -> list[tuple[str, bool]]:
        """The transcript as rows of this width, each with whether it belongs to what was typed."""
        return [(row, line.startswith(PROMPT)) for line in self.lines for row in wrapped(clean(line), width)]

    def _scrolled(self, event: events.MouseEvent, *, down: bool) -> None:
        event.stop()
        most = max(0, len(self._rows(self.size.width - 2)) - self.size.height + 2)
        self._back = min(max(0, self._back + (-3 if down else 3)), most)
        if self.session:
            self.show(self.session, self.message)


def wrapped(line: str, width: int) -> list[str]:
    """A line in rows of at most `width` columns, broken at spaces where it has any."""
    rows = []
    while width_of(line) > width:
        row = set_cell_size(line, width)
        if not line.startswith(row):  # half of a wide character became a space
            row = row[:-1]
        if line[len(row)] != " " and " " in row.strip():
            row = row[: row.rindex(" ") + 1]
        rows.append(row.rstrip())
        line = line[len(row) :].lstrip()
    return [*rows, line]


class ConsoleInput(Input):
    """One line of typing: history, completion, search. What is entered goes to the screen."""

    BINDINGS = [
        Binding("up", "older", show=False),
        Binding("down", "newer", show=False),
        Binding("ctrl+r", "search", show=False),
    ]

    class Entered(Message):
        """A line to run."""

        def __init__(self, line: str) -> None:
            super().__init__()
            self.line = line

    def __init__(self) -> None:
        super().__init__(id="prompt", compact=True, select_on_focus=False)
        self._history: tuple[str, ...] = ()
        self._at = 0
        self._draft = ""
        self._typed: list[str] = []
        self._searched: tuple[str, str] | None = None
        """What is searched for, and the line that was found."""

    def remember(self) -> None:
        """Read the history of earlier runs, once the console is wanted."""
        if not self._history:
            self._history = typed_lines.load()
            self._at = len(self._history)

    def put(self, text: str) -> None:
        """Put text at the cursor, together with what else comes before the next frame: each time costs as much as the
        line is long."""
        if not self._typed:
            self.call_later(self.write)
        self._typed.append(text)

    def write(self) -> None:
        """Have in the line what has been typed by now."""
        text, self._typed = "".join(self._typed), []
        if text:
            self.replace_selected(text)

    def replace_selected(self, text: str) -> None:
        """Put text in place of what is selected, or at the cursor."""
        self.replace(text, *self.selection)

    async def action_submit(self) -> None:
        """Enter, by other ways than the keyboard."""
        if line := self.entered():
            self.post_message(self.Entered(line))

    def entered(self) -> str:
        """What was typed, which is remembered; the line is empty afterwards."""
        self.write()
        line = self.value.strip()
        self.value = ""
        self._keep(line)
        return line

    def pasted(self, text: str) -> str:
        """The whole lines of what is pasted, the first of them behind what was typed; the rest is not entered.

        A paste that is longer than any script is handed on as it is, to be refused.
        """
        if len(text) > LONGEST:
            return text
        self.write()
        *whole, last = re.sub("\r\n?", "\n", text).replace("\t", " ").split("\n")
        lines: list[str] = []
        if whole:
            self.replace_selected(clean(whole[0]))
            lines = [self.value.strip(), *(clean(line).strip() for line in whole[1:])]
            self.value = ""
            self._keep(*lines)
        self.replace_selected(clean(last))
        return "\n".join(lines)

    def _keep(self, *lines: str) -> None:
        lines = tuple(filter(None, lines))
        for line in lines[-typed_lines.MOST :]:
            self._history = typed_lines.added(self._history, line)
        self._at = len(self._history)
        if lines:
            typed_lines.keep(*lines[-typed_lines.MOST :])

    def _on_paste(self, event: events.Paste) -> None:
        """As the keyboard's pastes, by other ways."""
        event.stop()
        event.prevent_default()  # Input would take the first line and drop the others
        if lines := self.pasted(event.text):
            self.post_message(self.Entered(lines))

    def action_older(self) -> None:
        """The line before in the history."""
        if self._at == len(self._history):
            self._draft = self.value
        self._show(max(0, self._at - 1))

    def action_newer(self) -> None:
        """The line after in the history, at last what was being typed."""
        self._show(min(len(self._history), self._at + 1))

    def action_search(self) -> None:
        """The newest line that contains what is typed; pressed again, the one before it."""
        again = self._searched is not None and self._searched[1] == self.value
        wanted = self._searched[0] if again and self._searched else self.value
        found = typed_lines.search(self._history, wanted, self._at if again else None)
        if found is not None:
            if not again:
                self._draft = self.value
            self._show(found)
            self._searched = wanted, self.value

    def complete(self, session: Session) -> tuple[str, ...]:
        """Tab: finish the word before the cursor as far as it is certain; the ways to go on where there are several."""
        from rnn_core.debugger.commands.completion import completions  # the first Tab wants it

        self.write()
        before, after = self.value[: self.cursor_position], self.value[self.cursor_position :]
        start, candidates = completions(session, before)
        if not candidates:
            return ()
        word = os.path.commonprefix(candidates)  # noqa: RUF071  # character by character is what is wanted
        closed = len(candidates) == 1 and not word.endswith(("(", "=", "[")) and not after
        if len(word) >= len(before) - start:
            before = before[:start] + word + (" " if closed else "")
            self.value = before + after
            self.cursor_position = len(before)
        return candidates if len(candidates) > 1 else ()

    def _show(self, at: int) -> None:
        self._at = at
        self.value = self._history[at] if at < len(self._history) else self._draft
        self.cursor_position = len(self.value)
