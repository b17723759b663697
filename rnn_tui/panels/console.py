"""The console: what was typed and answered, and the line that is being typed."""

from __future__ import annotations

import os

from textual import events
from textual.binding import Binding
from textual.message import Message
from textual.widgets import Input

from rnn_core.debugger.completion import completions
from rnn_core.debugger.session import Session
from rnn_core.debugger.transcript import PROMPT
from rnn_tui import history
from rnn_tui.panels.base import Panel, heading
from rnn_tui.render.canvas import Canvas, clean

KEPT = 2000
"""Lines of the transcript that are kept."""


class ConsolePanel(Panel):
    """The latest lines of the transcript above the prompt; the wheel scrolls back."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._back = 0

    def add(self, text: str) -> None:
        """Write lines under those that are there."""
        self.lines = [*self.lines, *text.split("\n")][-KEPT:]
        self._back = 0

    def paint(self, canvas: Canvas, session: Session) -> None:
        """Title, transcript, prompt."""
        colours = self.colours
        heading(canvas, colours, "console", "Enter runs · Tab completes · ↑ ↓ history · Ctrl+R searches · Esc folds")
        rows = canvas.height - 2
        stop = len(self.lines) - self._back
        for y, line in enumerate(self.lines[max(0, stop - rows) : stop], start=1):
            if line.startswith(PROMPT):
                x = canvas.put(y, 1, PROMPT, colours.style("accent"))
                canvas.put(y, x, clean(line[len(PROMPT) :]), colours.style("text"))
            else:
                canvas.put(y, 1, clean(line), colours.style("dim"))
        canvas.put(canvas.height - 1, 1, PROMPT, colours.style("accent", bold=True))

    def _scrolled(self, event: events.MouseEvent, *, down: bool) -> None:
        event.stop()
        most = max(0, len(self.lines) - self.size.height + 2)
        self._back = min(max(0, self._back + (-3 if down else 3)), most)
        if self.session:
            self.show(self.session, self.message)


class ConsoleInput(Input):
    """One line of typing: history, completion, search. What is entered goes to the screen."""

    BINDINGS = [
        Binding("escape", "fold", show=False),
        Binding("up", "older", show=False),
        Binding("down", "newer", show=False),
        Binding("ctrl+r", "search", show=False),
    ]

    class Entered(Message):
        """A line to run."""

        def __init__(self, line: str) -> None:
            super().__init__()
            self.line = line

    class Folded(Message):
        """The console is to be folded away."""

    class Candidates(Message):
        """Several ways to complete what is typed."""

        def __init__(self, candidates: tuple[str, ...]) -> None:
            super().__init__()
            self.candidates = candidates

    def __init__(self) -> None:
        super().__init__(id="prompt", compact=True, select_on_focus=False)
        self._history: tuple[str, ...] = ()
        self._at = 0
        self._draft = ""
        self._searched: tuple[str, str] | None = None
        """What is searched for, and the line that was found."""

    def on_focus(self) -> None:
        """Read the history of earlier runs, once the console is wanted."""
        if not self._history:
            self._history = history.load()
            self._at = len(self._history)

    async def _on_key(self, event: events.Key) -> None:
        """Leave every key to the app, which calls `replace_selected`: here characters would overtake an Enter."""
        event.prevent_default()

    def replace_selected(self, text: str) -> None:
        """Put text in place of what is selected, or at the cursor."""
        self.replace(text, *self.selection)

    async def action_submit(self) -> None:
        """Enter: hand the line on and remember it, before the next key is looked at."""
        line = self.value.strip()
        self.value = ""
        if line:
            self._history = history.added(self._history, line)
            self._at = len(self._history)
            history.keep(line)
            self.post_message(self.Entered(line))

    def action_fold(self) -> None:
        """Esc: the next key is no longer typed here."""
        self.screen.set_focus(None)
        self.post_message(self.Folded())

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
        found = history.search(self._history, wanted, self._at if again else None)
        if found is not None:
            if not again:
                self._draft = self.value
            self._show(found)
            self._searched = wanted, self.value

    def complete(self, session: Session) -> None:
        """Tab: finish the word before the cursor as far as it is certain, and name the ways to go on."""
        before, after = self.value[: self.cursor_position], self.value[self.cursor_position :]
        start, candidates = completions(session, before)
        if not candidates:
            return
        word = os.path.commonprefix(candidates)  # noqa: RUF071  # character by character is what is wanted
        closed = len(candidates) == 1 and not word.endswith(("(", "=", "[")) and not after
        if len(word) >= len(before) - start:
            before = before[:start] + word + (" " if closed else "")
            self.value = before + after
            self.cursor_position = len(before)
        if len(candidates) > 1:
            self.post_message(self.Candidates(candidates))

    def _show(self, at: int) -> None:
        self._at = at
        self.value = self._history[at] if at < len(self._history) else self._draft
        self.cursor_position = len(self.value)
