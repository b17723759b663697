"""What cannot be opened, or not safely, is said in one line about the path."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

import pytest

from rnn_core.errors import InputError, UsageError
from rnn_core.formats import files, models, sequences
from tests.formats.making import npy


def said(path: Path | str, **options: object) -> str:
    with pytest.raises(InputError) as caught:
        sequences.load(path, **options)  # type: ignore[arg-type]
    return str(caught.value)


def test_a_missing_file_gets_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "inputs.json").write_text("{}")
    assert said(tmp_path / "inptus.json") == f"{tmp_path}/inptus.json: no such file (did you mean inputs.json?)"


def test_a_missing_file_without_neighbours_says_to_check_the_name(tmp_path: Path) -> None:
    assert said(tmp_path / "a.json").endswith("a.json: no such file (check the name)")


def test_a_missing_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert said("no/a.json") == 'no/a.json: no such file (there is no folder "no")'


def test_a_file_used_as_a_folder_is_no_such_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1,2\n")
    assert "no such file" in said(tmp_path / "a.csv" / "b.csv")


def test_a_folder_is_called_a_folder(tmp_path: Path) -> None:
    assert said(tmp_path) == f"{tmp_path}: is a folder (give a file in it)"


def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    assert "pipe.csv: is a pipe, not a file (save it to a file, or pipe it in and give -)" in said(
        tmp_path / "pipe.csv"
    )


def test_a_device_is_refused() -> None:
    assert said("/dev/zero") == "/dev/zero: is a device, not a file (give a file, or pipe the data in and give -)"


def test_a_socket_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path may not be long
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s.csv")
        assert said("s.csv") == "s.csv: is a socket, not a file (give a file)"


def test_a_file_that_may_not_be_read_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    (tmp_path / "a.csv").write_text("1,2\n")
    monkeypatch.setattr(files, "_without_blocking", denied)
    assert said(tmp_path / "a.csv").endswith("a.csv: may not be read (check its permissions)")


def test_a_failing_disk_gives_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> int:
        raise OSError(errno.EIO, "Input/output error")

    (tmp_path / "a.csv").write_text("1,2\n")
    monkeypatch.setattr(files, "_without_blocking", failing)
    assert "cannot be read: Input/output error" in said(tmp_path / "a.csv")


@pytest.mark.parametrize("name", ["a\0b.csv", "a\ud800.csv", "x" * 5000 + ".csv"])
def test_a_name_that_no_file_can_have_is_refused_in_one_line(name: str) -> None:
    line = said(name)
    assert "cannot be read" in line or "no such file" in line
    assert "\n" not in line


@pytest.mark.parametrize(("name", "limit"), [("a.csv", "TEXT_FILE_LIMIT"), ("a.npy", "ARRAY_FILE_LIMIT")])
def test_a_file_over_the_limit_states_both_sizes(
    name: str, limit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = npy([[1.0] * 200]) if name == "a.npy" else b"1,2\n" * 512
    (tmp_path / name).write_bytes(data)
    monkeypatch.setattr(files, limit, 1024)
    size = files.human(len(data))
    assert said(tmp_path / name) == f"{name}: has {size}, more than the 1.0 KiB that are read (give a part of it)"
    assert "more than the 1.0 KiB" in said("-", data=data)


def test_a_file_that_grows_while_it_is_read_is_still_held_to_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.csv").write_bytes(b"1,2\n" * 5000)
    monkeypatch.setattr(files, "TEXT_FILE_LIMIT", 8000)
    monkeypatch.setattr(os, "fstat", lambda _fd: os.stat(__file__))
    assert "more than the 7.8 KiB" in said(tmp_path / "a.csv")


def test_a_text_whose_one_hot_inputs_would_fill_the_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "DENSE_LIMIT", 64)
    with pytest.raises(InputError) as caught:
        sequences.from_text("abcdefg")
    assert str(caught.value) == (
        "text: 6 timesteps of 7 symbols would take 336 bytes, more than 64 bytes (give a part of it)"
    )


def test_more_sequences_than_can_be_shown_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rnn_core.formats.sequences.assemble.SEQUENCE_LIMIT", 1)
    (tmp_path / "a.csv").write_text("sequence,u\na,1\nb,2\n")
    assert said(tmp_path / "a.csv").startswith("a.csv: 2 sequences, more than 1 (is the order of the axes")


def test_a_string_with_half_a_character_is_refused() -> None:
    with pytest.raises(InputError, match=r"text: a character that is not Unicode \(give the text as UTF-8\)"):
        sequences.from_text("ab\udcff")


def test_standard_input_without_data_says_to_pipe_some_in() -> None:
    assert said("-") == "standard input: nothing was read from it (pipe data in, or give a file)"
    assert said("-", data=b"") == "standard input: is empty (give a file with data)"


def test_tokens_other_than_characters_and_words_are_a_usage_error() -> None:
    with pytest.raises(UsageError, match="chars or words"):
        sequences.from_text("abc", tokens="letters")  # type: ignore[arg-type]


def test_sizes_are_written_for_people() -> None:
    assert [files.human(n) for n in (1, 1023, 1024, 3 * 2**20, 2**50)] == [
        "1 bytes",
        "1023 bytes",
        "1.0 KiB",
        "3.0 MiB",
        "1024.0 TiB",
    ]


def test_weights_are_opened_as_carefully(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        models.load(tmp_path)
