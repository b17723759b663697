"""The watched file: when it counts as saved anew."""

from __future__ import annotations

import os

import pytest

from rnn_tui.watching import Watching


@pytest.fixture
def path(tmp_path):
    made = tmp_path / "my_rnn.py"
    made.write_text("x = 1\n", encoding="utf-8")
    return made


def test_a_file_that_stays_as_it_is_was_not_saved(path):
    watched = Watching(str(path))
    assert not any(watched.changed() for _ in range(3))


def test_a_saved_file_counts_once_and_only_when_it_has_stayed_so(path):
    watched = Watching(str(path))
    path.write_text("x = 12\n", encoding="utf-8")
    assert [watched.changed() for _ in range(4)] == [False, True, False, False]


def test_an_editor_may_put_another_file_in_its_place(path, tmp_path):
    watched = Watching(str(path))
    other = tmp_path / "new"
    other.write_text("x = 1\n", encoding="utf-8")
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    path.unlink()
    assert not watched.changed(), "for a moment there is none"
    other.rename(path)
    assert [watched.changed() for _ in range(3)] == [False, True, False]


def test_a_file_that_was_saved_while_it_was_opened_counts(path):
    watched = Watching(str(path), fresh=False)
    assert [watched.changed() for _ in range(3)] == [True, False, False]
