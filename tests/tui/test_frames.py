"""What is sent in place of Textual's frames shows the same, cell by cell; pyte is the judge."""

from __future__ import annotations

import pyte
from hypothesis import given
from hypothesis import strategies as some
from rich.cells import cell_len

from rnn_tui.terminal.frames import FORGET, RESET, Frames

COLUMNS, ROWS = 24, 4
CODES = ("", "1", "2", "3", "4", "7", "9", "31", "97", "44", "38;5;200", "48;5;17", "38;2;1;2;3", "48;2;9;8;7",
         "1;38;2;1;2;3;48;2;9;8;7", "2;38;2;1;2;3", "1;4;48;2;9;8;7", "22", "38;9", "58;5;1")  # fmt: skip


def shown(*frames: str) -> list[list[object]]:
    """The cells of a terminal; of a blank only what can be seen."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.Stream(screen)
    for frame in frames:
        stream.feed(frame)
    rows = [[screen.buffer[y][x] for x in range(COLUMNS)] for y in range(ROWS)]
    plain = {"fg": "default", "bold": False, "italics": False}
    return [[c._replace(**plain) if c.data == " " and not c.reverse else c for c in row] for row in rows]


@some.composite
def pieces(draw):
    """A piece of a row with its style, as Rich sends it, which stays within the row."""
    text = draw(some.text("ab ─é日", min_size=1, max_size=10))
    x = draw(some.integers(1, COLUMNS - cell_len(text) + 1))
    style = draw(some.sampled_from(CODES))
    at = f"\x1b[{draw(some.integers(1, ROWS))};{x}H"
    return f"{at}\x1b[{style}m{text}{RESET if draw(some.booleans()) else chr(27) + '[0m'}" if style else at + text


FRAME = some.lists(pieces(), max_size=8).map(lambda parts: "\x1b[?2026h" + "".join(parts) + "\x1b[1;2H\x1b[?2026l")


@given(some.lists(FRAME, max_size=6))
def test_frames_show_the_same_in_fewer_bytes(frames):
    sender = Frames()
    sent = [sender.sent(frame) for frame in frames]
    assert shown(*sent) == shown(*frames)


@given(some.lists(FRAME, min_size=1, max_size=4), FRAME)
def test_what_the_terminal_shows_by_now_does_not_matter_where_all_is_painted(frames, last):
    sender = Frames()
    for frame in frames:
        sender.sent(frame)
    blank = "\x1b[2J"  # somebody else has been there
    assert shown(blank, sender.sent(FORGET + last)) == shown(blank, last)


def test_a_frame_that_changes_nothing_paints_nothing():
    sender = Frames()
    frame = "\x1b[2;3H\x1b[1;38;2;1;2;3mabc\x1b[0m\x1b[1;1H"
    assert "abc" in sender.sent(frame)
    assert sender.sent(frame) == ""


def test_of_a_row_only_the_cells_that_change_are_sent():
    sender = Frames()
    sender.sent("\x1b[1;1H\x1b[34mposition 10 of 47 and so on\x1b[0m")
    frame = "\x1b[1;1H\x1b[34mposition 11 of 47 and so on\x1b[0m"
    assert sender.sent(frame) == "\x1b[1;11H\x1b[34m1" + RESET + "\x1b[16C"


def test_what_is_not_understood_goes_as_it_is_and_is_not_relied_on():
    sender = Frames()
    sender.sent("\x1b[1;1Habc")
    for strange in ("\x1b[2J", "\x1b]52;c;aGk=\x07", "\a"):
        assert sender.sent(strange) == strange
        assert "abc" in sender.sent("\x1b[1;1Habc")
