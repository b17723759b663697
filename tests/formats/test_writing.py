"""The one writer: what is on the disk before a file appears under its name, and after."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest

from rnn_core.formats import writing


@pytest.mark.parametrize("overwrite", [False, True])
def test_the_bytes_are_on_the_disk_before_the_name_and_the_name_after_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, overwrite: bool
) -> None:
    """fsync of the file, then the file under its name, then fsync of the folder: a power cut leaves old or new."""
    target, happened = tmp_path / "m.npz", list[str]()
    if overwrite:
        target.write_bytes(b"old")
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        happened.append(f"{kind}, named: {target.exists() and target.read_bytes() == b'new'}")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    with writing.opened(target, overwrite=overwrite) as stream:
        stream.write(b"new")
    assert happened == ["file, named: False", "folder, named: True"]


@pytest.mark.parametrize(("mode", "expected"), [(0o666, 0o640), (0o600, 0o600)])
def test_a_new_file_is_for_those_whom_the_mode_and_the_umask_let_in(tmp_path: Path, mode: int, expected: int) -> None:
    before = os.umask(0o027)
    try:
        with writing.opened(tmp_path / "m", mode=mode) as stream:
            stream.write(b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "m").stat().st_mode) == expected


# -- leftovers -------------------------------------------------------------------------------------------------------

DAYS = {"old": 2 * 24 * 3600, "young": 12 * 3600}


def leftover(folder: Path, name: str, seconds: float) -> Path:
    path = folder / name
    path.write_bytes(b"half")
    os.utime(path, (time.time() - seconds,) * 2)
    return path


def test_what_a_killed_program_left_is_swept_by_the_next_write_a_day_later(tmp_path: Path) -> None:
    old = leftover(tmp_path, ".rnn-tui-0123456789ab.part", DAYS["old"])
    young = leftover(tmp_path, ".rnn-tui-0123456789ac.part", DAYS["young"])
    with writing.opened(tmp_path / "m.npz") as stream:
        stream.write(b"x")
    assert (old.exists(), young.exists()) == (False, True)


def test_a_leftover_that_somebody_still_writes_stays_whatever_its_age(tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl", reason="this system has no file locks to test with")
    old = leftover(tmp_path, ".rnn-tui-0123456789ab.part", DAYS["old"])
    with old.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        writing.sweep(str(tmp_path))
        assert old.exists()
    writing.sweep(str(tmp_path))
    assert not old.exists()


@pytest.mark.parametrize("name", ["notes.part", ".rnn-tui-0123456789ab.part.npz", ".rnn-tui-0123456789AB.part"])
def test_other_people_s_files_are_never_swept(tmp_path: Path, name: str) -> None:
    kept = leftover(tmp_path, name, DAYS["old"])
    writing.sweep(str(tmp_path))
    assert kept.exists()


def test_neither_folders_nor_links_of_such_a_name_are_swept(tmp_path: Path) -> None:
    (tmp_path / ".rnn-tui-0123456789ab.part").mkdir()
    target = leftover(tmp_path, "data.npz", DAYS["old"])
    (tmp_path / ".rnn-tui-0123456789ac.part").symlink_to(target)
    writing.sweep(str(tmp_path))
    assert len(list(tmp_path.iterdir())) == 3
