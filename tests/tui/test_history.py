"""The console's history: kept across runs, bounded, private, and never a reason not to start."""

from __future__ import annotations

import os
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_tui import state, typed_lines


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "rnn-tui"


def test_lines_are_kept_across_runs_in_their_order(folder):
    assert typed_lines.load() == ()
    assert typed_lines.keep("step", "p h")
    assert typed_lines.keep("p h", "next", "")
    assert typed_lines.load() == ("step", "p h", "next")


def test_the_files_are_the_persons_own_and_nothing_else_is_left(folder):
    os.umask(os.umask(0o022))
    typed_lines.keep("step")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "history").stat().st_mode) == 0o600
    assert os.listdir(folder) == ["history"]


def test_only_the_newest_are_kept(folder):
    lines: tuple[str, ...] = ()
    for i in range(typed_lines.MOST + 10):
        lines = typed_lines.added(lines, f"step {i}")
    assert (len(lines), lines[0]) == (typed_lines.MOST, "step 10")
    typed_lines.keep(*lines, "last")
    assert (len(typed_lines.load()), typed_lines.load()[-1]) == (typed_lines.MOST, "last")


@pytest.mark.parametrize("line", ["", "   ", "x" * (typed_lines.LONGEST + 1), "a\x1bb", "a\nb"])
def test_what_no_console_could_show_is_not_kept(line):
    assert typed_lines.added(("step",), line) == ("step",)


@pytest.mark.parametrize("data", [b"\xff\xfe\0\x1b[31m\nstep\n", b"\n\n\r\n", b"x" * 5_000_000])
def test_a_damaged_file_is_read_as_far_as_it_goes(folder, data):
    folder.mkdir(parents=True)
    (folder / "history").write_bytes(data)
    assert typed_lines.load() in ((), ("step",))
    assert typed_lines.keep("next")
    assert typed_lines.load()[-1] == "next"


def test_a_folder_that_cannot_be_used_is_no_trouble(tmp_path, monkeypatch):
    (tmp_path / "state").write_text("a file")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert typed_lines.load() == ()
    assert not typed_lines.keep("step")


def test_what_is_no_file_is_not_waited_for(folder):
    folder.mkdir(parents=True)
    os.mkfifo(folder / "history")
    assert typed_lines.load() == ()


def test_the_state_folder_is_the_standards(monkeypatch):
    monkeypatch.setenv("HOME", "/home/someone")
    for value in ("", "relative"):
        monkeypatch.setenv("XDG_STATE_HOME", value)
        assert str(state.path("x")) == "/home/someone/.local/state/rnn-tui/x"
    monkeypatch.setenv("XDG_STATE_HOME", "/var/x")
    assert str(state.path("x")) == "/var/x/rnn-tui/x"


LINES = ("break dh", "p norm(dW)", "Next", "p dh", "step")


@pytest.mark.parametrize(
    ("text", "before", "found"),
    [
        ("dh", None, 3), ("dh", 3, 0), ("dh", 0, None), ("p ", None, 3), ("", None, 4), ("next", None, 2),
        ("Next", None, 2), ("NEXT", None, None), ("dw", None, 1), ("nothing", None, None), ("step", 99, 4),
    ],
)  # fmt: skip
def test_the_search_goes_back_to_what_contains_it(text, before, found):
    assert typed_lines.search(LINES, text, before) == found


@given(st.lists(st.text()).map(tuple), st.text())
def test_what_is_found_contains_what_was_sought(lines, text):
    found = typed_lines.search(lines, text)
    assert found is None or text.lower() in lines[found].lower()
