"""Bytes from the terminal become keys, mouse events and pastes, whatever bytes they are.

Rules this file keeps:
- No byte ends the program: what is no text of the terminal's encoding, and what is no known report, is no key.
- A paste is taken whole, up to `LONGEST` characters; what comes after them is dropped with its end.
- A paste whose end does not come is over once nothing has come for a while: keys are keys again.
"""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from collections.abc import Iterator
from time import monotonic

from textual import events
from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.constants import ESCAPE_DELAY
from textual.keys import Keys
from textual.message import Message

from rnn_core.debugger.commands.lines import LONGEST

REPLACED = "�"
"""What stands for bytes that are no text."""
PATIENCE = 1.0
"""Seconds without a byte after which a paste counts as over."""
LARGEST = 2000
"""The most columns or rows that a terminal may say it has."""

_REPORT = re.compile(r"\x1b\[(?!\[\Z|M|<?[-\d;]+[mM]\Z|\?\d+;\d\$y\Z)[0-?]*[ -/]*[@-~]")
"""A report that is complete; not those that Textual reads after it has looked for keys."""


class Parser(XTermParser):
    """Textual's parser; a report that it cannot make sense of is dropped where Textual would fail or type it."""

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterator[events.Key]:
        if sequence == REPLACED:
            yield events.Key(Keys.Ignore, sequence)
            return
        try:
            found = list(super()._sequence_to_key_events(sequence, alt))
        except (ValueError, OverflowError):  # a code that is no character, or no number
            found = [events.Key(Keys.Ignore, sequence)]
        if not found and _REPORT.fullmatch(sequence) and sequence not in (BRACKETED_PASTE_START, BRACKETED_PASTE_END):
            found = [events.Key(Keys.Ignore, sequence)]
        yield from found

    def parse_mouse_code(self, code: str) -> Message | None:
        try:
            return super().parse_mouse_code(code)
        except (ValueError, OverflowError, ZeroDivisionError):  # a place that cannot be
            return None


class Reader:
    """What one terminal sends, decoded."""

    def __init__(self, encoding: str = "utf-8") -> None:
        self._decode = getincrementaldecoder(encoding)("replace").decode
        self._parser = Parser()
        self._paste: list[str] | None = None
        self._pasted = 0
        """Characters of the paste so far; `LONGEST` + 1 once it has been given out because it is too long."""
        self._tail = ""
        """The end of what came, where the mark of a paste's beginning or end may have begun in it."""
        self._last = 0.0

    def feed(self, data: bytes) -> Iterator[Message]:
        """The events in these bytes, and in what had come before them."""
        self._last = monotonic()
        text = self._tail + self._decode(data)
        self._tail = ""
        while text:
            if self._paste is None:
                keys, begins, text = text.partition(BRACKETED_PASTE_START)
                if begins:
                    self._paste, self._pasted = [], 0
                elif (keep := _begun(keys, BRACKETED_PASTE_START)) > 1:  # a lone Esc is a key more often than not
                    keys, self._tail = keys[:-keep], keys[-keep:]
                yield from self._parsed(keys)
                continue
            pasted, ends, text = text.partition(BRACKETED_PASTE_END)
            if not ends:
                keep = _begun(pasted, BRACKETED_PASTE_END)
                pasted, self._tail = pasted[: len(pasted) - keep], pasted[len(pasted) - keep :]
            yield from self._add(pasted)
            if ends:
                yield from self._finish()

    def tick(self) -> Iterator[Message]:
        """What is due because time has gone by; to be called some ten times a second."""
        waited = monotonic() - self._last
        if self._paste is not None and waited > PATIENCE:
            pasted, self._tail = self._tail, ""
            yield from self._add(pasted)
            yield from self._finish()
        elif self._paste is None and self._tail and waited > ESCAPE_DELAY:
            keys, self._tail = self._tail, ""
            yield from self._parsed(keys)
        try:
            yield from filter(_possible, self._parser.tick())
        except Exception:  # as in `_parsed`
            self._parser = Parser()

    def _parsed(self, text: str) -> Iterator[Message]:
        try:
            yield from filter(_possible, self._parser.feed(text) if text else ())
        except Exception:  # a report that nobody has thought of: what came with it is lost, the program is not
            self._parser = Parser()

    def _add(self, text: str) -> Iterator[Message]:
        assert self._paste is not None
        if self._pasted > LONGEST:
            return
        self._paste.append(text)
        self._pasted += len(text)
        if self._pasted > LONGEST:
            yield from self._given()

    def _finish(self) -> Iterator[Message]:
        if self._pasted <= LONGEST:
            yield from self._given()
        self._paste = None

    def _given(self) -> Iterator[Message]:
        assert self._paste is not None
        yield events.Paste("".join(self._paste).replace("\0", ""))
        self._paste = []


def _begun(text: str, wanted: str) -> int:
    """How many characters at the end of `text` are the beginning of `wanted`."""
    return next((n for n in range(min(len(wanted) - 1, len(text)), 0, -1) if text.endswith(wanted[:n])), 0)


def _possible(message: Message) -> bool:
    """Whether a terminal can have meant this: not a size that no terminal has."""
    return not isinstance(message, events.Resize) or all(0 < n <= LARGEST for n in message.size)
