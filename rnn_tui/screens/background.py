"""What goes on while keys are answered: training, and the review of a person's own code when they save it.

Rules this file keeps:
- It runs in a thread, and what it makes is taken over whole or not at all.
- A command line that is being performed comes first.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual.timer import Timer

from rnn_core.debugger.outcome import Outcome, Train
from rnn_core.errors import RnnError
from rnn_tui.screens.turns import Turn
from rnn_tui.training import Training
from rnn_tui.work import in_thread

if TYPE_CHECKING:
    from rnn_tui.screens.debugger import DebuggerScreen
    from rnn_tui.watching import Watching

LOOKS = 5
"""Times a second that the screen looks at how far training has come."""


class Background:
    """The training and the reviews of a screen."""

    def __init__(self, screen: DebuggerScreen) -> None:
        self._screen = screen
        self.training: Training | None = None
        """What is being trained while the screen goes on."""
        self.reviewing = False
        """Whether the person's own code is being run again."""
        self._watched: Watching | None = None
        self._look: Timer | None = None

    def train(self, effect: Train, turn: Turn) -> None:
        """Train in a thread, while everything else goes on: keys, stepping, looking at what is known already."""
        screen = self._screen
        if self.training is not None:
            said = "training goes on: Esc stops it"
            screen.take(Outcome(screen.session, said, failed=True), typed=turn.typed)
            return
        self.training = Training(screen.session, effect)
        screen.run_worker(self._trained(self.training, turn), group="training")
        self._look = screen.set_interval(1 / LOOKS, screen.painting.show_training)

    async def _trained(self, training: Training, turn: Turn) -> None:
        screen = self._screen
        try:
            outcome = await training.run()
        except RnnError as error:
            outcome = Outcome(training.before, str(error), failed=True)
        finally:
            self.training = None
            if self._look is not None:
                self._look.stop()
        await self._turn_of_commands()
        moved = screen.session.cursor != training.before.cursor
        arrived = training.arrived(screen.session, outcome)
        way = ("goto update {} {}".format(*arrived.session.cursor),) if moved else ()
        screen.turns.ended(turn, arrived, *way)

    def stop_training(self) -> bool:
        """Ask training to stop where it is; whether any was going on."""
        if self.training is None:
            return False
        self.training.cancel()
        return True

    def watch(self) -> None:
        """Look at the person's own file now and then, where the session has one beside it."""
        session = self._screen.session
        if session.alongside is None:
            return
        from rnn_core.debugger.persistence.digests import digests
        from rnn_tui import watching

        fresh = digests(session.recipe) == session.sha256
        self._watched = watching.Watching(session.alongside.path, fresh=fresh)
        self._screen.set_interval(watching.LOOKS, self._glance)

    def _glance(self) -> None:
        """Review the file again where it was saved anew, as soon as nothing else is going on."""
        if self.reviewing or self._screen.working or self.training is not None or self._watched is None:
            return
        if self._watched.changed():
            self.reviewing = True
            self._screen.run_worker(self._review(), group="review")

    async def _review(self) -> None:
        """Run the file in a thread, and take over what comes of it; keys are answered meanwhile."""
        from rnn_core.debugger.persistence import anew

        self._screen.painting.soon()
        before = self._screen.session
        try:
            made = await in_thread(lambda: anew.opened_anew(before))
        finally:
            self.reviewing = False
        await self._turn_of_commands()
        self._screen.take(Outcome(*anew.taken_over(self._screen.session, made)))

    async def _turn_of_commands(self) -> None:
        """Until no command line is being performed: what changes the session meanwhile comes first."""
        while self._screen.working:
            await asyncio.sleep(0.02)
