"""Command lines in their turn: each is run, and what it asks for is performed, before the next one is.

Rules this file keeps:
- Lines that come while one is being performed wait, and keep their order.
- A line that fails is the last of those that it came with.
- Many lines that are run one after another let the screen have its turn between them.
"""

from __future__ import annotations

from collections import deque
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.outcome import Effect, Outcome
from rnn_core.debugger.scripts.transcript import transcript
from rnn_core.debugger.session import Session
from rnn_tui.panels.console import ConsolePanel

if TYPE_CHECKING:
    from rnn_tui.screens.debugger import DebuggerScreen

SLICE = 0.03
"""Seconds after which command lines that are run one after another let the screen have its turn."""
PAUSE = 1 / 120
"""Seconds of that turn."""


class Lines(NamedTuple):
    """Command lines that are run one after another, up to the first that fails.

    `typed` says that a person typed them, `done` how many have been run.
    """

    lines: tuple[str, ...]
    typed: bool = False
    done: int = 0


class Turn(NamedTuple):
    """A command line that is being run: the session before it, what it asked for, and the lines that it is one of."""

    line: str
    typed: bool
    before: Session
    effects: tuple[Effect, ...]
    rest: Lines


class Turns:
    """The command lines of a screen: the one that is run, and those that wait."""

    def __init__(self, screen: DebuggerScreen) -> None:
        self._screen = screen
        self.working = False
        """Whether a command line is being performed that others wait for."""
        self._waiting: deque[Lines] = deque()
        self._left: Lines | None = None
        """What is left of command lines that have let the screen have its turn."""

    def run(self, lines: tuple[str, ...], *, typed: bool = False) -> None:
        """Run command lines up to the first that fails. While work is going on they wait for their turn."""
        if self.working:
            self._waiting.append(Lines(lines, typed))
        else:
            self._run_on(Lines(lines, typed))

    def ended(self, turn: Turn, outcome: Outcome, *also: str) -> None:
        """What a line asked for is done, later than the line: take it over, and run on.

        `also` are lines that a script needs besides, to come to the same place.
        """
        self._screen.take(outcome, typed=turn.typed)
        if outcome.failed:
            return
        self._screen.note(turn.line, turn.before, turn.effects)
        for line in also:
            self._screen.note(line, turn.before, ())
        self._run_on(turn.rest)

    def go_on(self) -> None:
        """Work is over: run what waits for it."""
        while self._waiting and not self.working:
            self._run_on(self._waiting.popleft())
        if not self.working:
            self._screen.app.call_later(self._screen.program.answer_keys)

    def forget(self) -> None:
        """Drop the command lines that wait for their turn."""
        left, self._left = self._left, None
        count = sum(len(lines.lines) for lines in self._waiting) + (len(left.lines) - left.done if left else 0)
        self._waiting.clear()
        if count:
            said = f"cancelled: {count:,} commands were not run"
            self._screen.take(Outcome(self._screen.session, said, failed=True), typed=True)

    def _run_on(self, at: Lines) -> None:
        """Run what is left of command lines; after a while the screen has its turn, and then they go on."""
        until = monotonic() + SLICE
        while at.done < len(at.lines):
            at = at._replace(done=at.done + 1)
            if not self._run(at):
                return
            if at.done < len(at.lines) and monotonic() > until:
                self.working = True
                self._left = at
                self._screen.set_timer(PAUSE, self._back_again)
                return

    def _back_again(self) -> None:
        at, self._left = self._left, None
        self.working = False
        if at is not None:
            self._run_on(at)
        self.go_on()

    def _run(self, at: Lines) -> bool:
        """Take over a command line's session and perform its effects; False where it failed, or goes on by itself."""
        screen, line, typed = self._screen, at.lines[at.done - 1], at.typed
        if typed:
            screen.query_one(ConsolePanel).add(transcript(line, ""))
        before, outcome = screen.session, COMMANDS.execute(screen.session, line)
        screen.take(outcome, typed=typed)
        turn = Turn(line, typed, before, outcome.effects, at)
        done = [screen.performer.perform(effect, turn) for effect in outcome.effects]
        if outcome.failed or not all(done):
            return False
        screen.note(turn.line, turn.before, turn.effects)
        return True
