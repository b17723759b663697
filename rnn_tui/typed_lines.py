"""What was typed into the console, kept across runs.

Rules this file keeps:
- The oldest line comes first; a line given twice in a row is kept once; only the newest `MOST` are kept.
- Each line is added to what the file holds by then, so that programs running side by side lose little of each other.
- A history that cannot be read is empty, and one that cannot be written is forgotten: neither is worth an error.
"""

from __future__ import annotations

from rnn_tui import state

FILE = "history"
MOST = 1_000
LONGEST = 1_000
"""The most characters of a line that is kept; a longer one is not."""
_BYTES = 4 * MOST * (LONGEST + 1)


def load() -> tuple[str, ...]:
    """The lines of earlier runs."""
    lines: tuple[str, ...] = ()
    for line in state.read(FILE, _BYTES).decode("utf-8", "replace").split("\n")[-2 * MOST :]:
        lines = added(lines, line)
    return lines


def added(lines: tuple[str, ...], line: str) -> tuple[str, ...]:
    """The history with one line more; without blank lines, repetitions and what no console could show."""
    line = line.strip()
    if not line or len(line) > LONGEST or not line.isprintable() or lines[-1:] == (line,):
        return lines
    return (*lines, line)[-MOST:]


def keep(*lines: str) -> bool:
    """Add lines to the file, in their order; whether that was possible."""
    now = load()
    for line in lines:
        now = added(now, line)
    return state.write(FILE, "".join(f"{line}\n" for line in now).encode("utf-8", "replace"))


def search(lines: tuple[str, ...], text: str, before: int | None = None) -> int | None:
    """Where the newest line that contains `text` stands, among those before index `before`; None where none does.

    Searching on is searching before what was found. Upper and lower case are told apart only where `text` has capitals.
    """
    exact = text != text.lower()
    for at in range(min(len(lines), len(lines) if before is None else before) - 1, -1, -1):
        if text in (lines[at] if exact else lines[at].lower()):
            return at
    return None
