"""Whatever bytes a terminal sends become keys, mouse events and pastes, or nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some
from textual import events

from rnn_core.debugger.scripts.script import LONGEST
from rnn_tui.terminal import reading
from rnn_tui.terminal.reading import Reader

START, END = b"\x1b[200~", b"\x1b[201~"


def read(*parts: bytes, encoding: str = "utf-8") -> list:
    reader = Reader(encoding)
    return [event for part in parts for event in reader.feed(part)]


def keys(*parts: bytes, encoding: str = "utf-8") -> list[str | None]:
    return [event.character for event in read(*parts, encoding=encoding) if isinstance(event, events.Key)]


NO_KEYS = {
    "half a character": b"\xe9", "no UTF-8 at all": b"\xff", "cut short": b"\xc3",
    "a kitty report of a release": b"\x1b[1;1:3A",
    "a code beyond Unicode": b"\x1b[1114112u", "a code of many digits": b"\x1b[99999999999u",
    "device attributes": b"\x1b[?1;2c", "an unknown report": b"\x1b[?997;1n",
}  # fmt: skip


@pytest.mark.parametrize("data", NO_KEYS.values(), ids=NO_KEYS)
def test_what_is_no_key_is_dropped_and_the_next_key_is_read(data):
    assert keys(data + b"s", b"n") == ["s", "n"]


def test_a_terminal_of_another_encoding_has_its_own_letters():
    assert keys(b"\xe9", encoding="latin-1") == ["é"]
    assert keys("é".encode()) == ["é"]
    assert keys(b"\xc3", b"\xa9") == ["é"]  # its bytes may come apart


@given(some.lists(some.binary(max_size=40), max_size=8))
def test_no_bytes_end_the_reading(parts):
    reader = Reader()
    for part in parts:
        list(reader.feed(part))
        list(reader.tick())
    reader.feed(b"s")


def test_a_mouse_on_a_terminal_that_says_it_has_no_size_is_nowhere():
    assert [type(event) for event in read(b"\x1b[48;40;120;0;0t", b"\x1b[<0;5;5M", b"s")][-1] is events.Key


@pytest.mark.parametrize("size", [b"0;0", b"0;80", b"99999;99999"])
def test_a_size_that_no_terminal_has_is_not_taken(size):
    assert not [event for event in read(b"\x1b[48;" + size + b";10;10t") if isinstance(event, events.Resize)]


@given(some.text(max_size=60), some.lists(some.integers(0, 90), max_size=5))
def test_a_paste_is_one_event_however_it_is_cut(text, cuts):
    text = text.replace("\0", "").replace("\x1b", "")
    data = START + text.encode("utf-8", "replace") + END + b"s"
    edges = sorted({min(cut, len(data)) for cut in cuts} - {1})  # a lone Esc first is the Esc key
    parts = [data[a:b] for a, b in zip([0, *edges], [*edges, len(data)], strict=True)]
    found = read(*parts)
    assert [event.text for event in found if isinstance(event, events.Paste)] == [
        text.encode("utf-8", "replace").decode()
    ]
    assert [event.character for event in found if isinstance(event, events.Key)] == ["s"]


def test_too_long_a_paste_is_handed_on_at_once_and_its_rest_dropped():
    reader = Reader()
    first = list(reader.feed(START + b"x" * (LONGEST + 1)))
    assert [len(event.text) for event in first] == [LONGEST + 1]
    assert list(reader.feed(b"more" * 1000)) == []
    assert [event.character for event in reader.feed(END + b"s")] == ["s"]


def test_a_paste_whose_end_never_comes_is_over_after_a_while(monkeypatch):
    reader, now = Reader(), 100.0
    monkeypatch.setattr(reading, "monotonic", lambda: now)
    assert list(reader.feed(START + b"abc")) == []
    assert list(reader.tick()) == []
    now += reading.PATIENCE * 1.1
    assert [event.text for event in reader.tick()] == ["abc"]
    assert [event.character for event in reader.feed(b"s")] == ["s"]
