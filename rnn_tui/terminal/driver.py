"""Textual's driver for Linux and macOS, made to bear whatever terminal it meets.

Rules this file keeps:
- Nothing that the terminal sends, and nothing that becomes of it, ends the program but in order: see `Leaver`.
- What comes goes to the app in one thread-safe call each, in its order; what is sent goes out frame by frame.
- A program that was stopped paints everything anew when it goes on, however it was stopped.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import termios
from typing import Any, Protocol

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from rnn_tui.terminal.frames import FORGET, Frames
from rnn_tui.terminal.glyphs import fitted
from rnn_tui.terminal.reading import Reader

READ = 1 << 16
TICK = 0.05
"""Seconds after which the reader is asked what is due."""
HANGUP = 128 + 1
"""The status of a program whose terminal has gone."""


class Leaver(Protocol):
    """What the driver asks of its app."""

    def leave(self, status: int) -> None:
        """End with this status; may be called from any thread, and from a signal handler."""

    def fail(self, error: BaseException) -> None:
        """End as a program that crashed; called on the app's thread."""


class Output:
    """The file that Textual's thread writes to: style differences, glyphs that the terminal has, whole frames."""

    def __init__(self, app: Leaver, file: Any) -> None:
        self._app, self._descriptor = app, file.fileno()
        self._encoding = file.encoding or "utf-8"
        self._pending: list[bytes] = []
        self._gone = False
        self._frames = Frames()

    def fileno(self) -> int:
        """The descriptor of the terminal."""
        return int(self._descriptor)

    def write(self, text: str) -> None:
        """Keep text for the next flush."""
        self._pending.append(self._frames.sent(fitted(text, self._encoding)).encode(self._encoding, "replace"))

    def flush(self) -> None:
        """Send what has been kept; once the terminal has gone there is nobody to send it to."""
        data, self._pending = memoryview(b"".join(self._pending)), []
        while data and not self._gone:
            try:
                data = data[os.write(self._descriptor, data) :]
            except BlockingIOError:  # somebody who shares the terminal has made it so
                select.select([], [self._descriptor], [])
            except OSError:
                self._gone = True
                self._app.leave(HANGUP)


class TerminalDriver(LinuxDriver):
    """Keys in, frames out."""

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        self._leaver: Leaver = app  # type: ignore[assignment]  # our app is one
        self._output = Output(self._leaver, sys.__stderr__)
        self._file = self._output  # type: ignore[assignment]  # it has all that the writing thread uses
        self._on = False

    # -- on and off ------------------------------------------------------------------------------------------

    def start_application_mode(self) -> None:
        """Take the terminal."""
        self._on = True
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual's own
        # A signal may come to any thread; the loop's own handlers wake the one that waits, Python's alone do not.
        self._loop.add_signal_handler(signal.SIGTSTP, self._stop)
        self._loop.add_signal_handler(signal.SIGCONT, self._go_on)

    def stop_application_mode(self) -> None:
        """Give it back as it was found."""
        super().stop_application_mode()
        self._on = False

    def restore(self) -> None:
        """Give the terminal back at once, from any thread and whatever else is stuck; nothing where that is done."""
        if not self._on:
            return
        self._on = False
        with contextlib.suppress(OSError, termios.error):
            if self.attrs_before is not None:
                termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)
            os.set_blocking(self._output.fileno(), False)  # a terminal that reads nothing must not keep us
            os.write(self._output.fileno(), RESTORING)
        with contextlib.suppress(OSError):
            os.set_blocking(self._output.fileno(), True)

    def paints_all(self) -> None:
        """Say that what is written next paints the whole screen, whatever the terminal shows by now."""
        self.write(FORGET)

    # -- reading ---------------------------------------------------------------------------------------------

    def send_message(self, message: Message) -> None:
        """Hand a message to the app, from any thread."""
        with contextlib.suppress(RuntimeError):  # the loop has been closed: nobody is there any more
            self._loop.call_soon_threadsafe(self._app.post_message, message)

    def _run_input_thread(self) -> None:
        try:
            self.run_input_thread()
        except BaseException as error:  # told by the app, once the terminal is as it was
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._leaver.fail, error)

    def run_input_thread(self) -> None:
        """Wait for what the terminal sends, until the driver is switched off or the terminal has gone."""
        reader = Reader(getattr(sys.__stdin__, "encoding", None) or "utf-8")
        while not self.exit_event.is_set():
            if select.select([self.fileno], [], [], TICK)[0]:
                try:
                    data = os.read(self.fileno, READ)
                except OSError:
                    data = b""
                if not data:
                    self._leaver.leave(HANGUP)
                    return
                for message in reader.feed(data):
                    self.process_message(message)
            for message in reader.tick():
                self.process_message(message)

    # -- stopping and going on -------------------------------------------------------------------------------

    def _sigtstp_application(self, *_: object) -> None:
        self._in_loop(self._stop)

    def _sigcont_application(self, *_: object) -> None:
        self._in_loop(self._go_on)

    def _in_loop(self, function: Any) -> None:
        """Not in the handler itself: it may have come while this very thread held what the function needs."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function)

    def _stop(self) -> None:
        if self._on and self._auto_restart:
            self.suspend_application_mode()
        os.kill(os.getpid(), signal.SIGSTOP)

    def _go_on(self) -> None:
        """After `_stop`, or after a SIGSTOP that left the terminal to others as it was."""
        if not self._auto_restart:
            return
        if self._on:
            self.suspend_application_mode()
        self._must_signal_resume = True
        self.resume_application_mode()


RESTORING = (
    b"\x1b[m\x1b[?2026l\x1b[?2004l\x1b[?7h\x1b[?2048l\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l\x1b[<u"
    b"\x1b[?1049l\x1b[?25h\x1b[?1004l"
)
"""All that the driver switches on, switched off."""
