"""The one writer: what is on the disk before a file appears under its name, and after."""

from __future__ import annotations

import os
import stat
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
