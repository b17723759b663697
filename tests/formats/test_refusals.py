"""Each kind of wrong file gets its one line: what, where, what to do. The kinds stand in bad_sequences.py."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path

import pytest

from rnn_core.errors import RnnError
from rnn_core.formats import files, models, sequences
from tests.formats.bad_sequences import BAD_SEQUENCES, Bad
from tests.formats.making import bomb, objects, zipped


def refusal(path: Path | str, **options: object) -> str:
    with pytest.raises(RnnError) as caught:
        sequences.load(path, **options)  # type: ignore[arg-type]  # the tests pass wrong ones too
    assert caught.value.exit_status == 1
    return str(caught.value)


@pytest.mark.parametrize("bad", BAD_SEQUENCES, ids=lambda bad: bad.kind)
def test_a_wrong_file_gets_one_line_that_says_what_where_and_what_to_do(bad: Bad, tmp_path: Path) -> None:
    path = tmp_path / bad.file
    path.write_bytes(bad.data)
    said = refusal(path)
    assert said == bad.says
    assert "\n" not in said


LIKE_TEXT = ("dat", "txt", "csv")
"""What these hold may be another text on standard input, where no suffix says what was meant."""


@pytest.mark.parametrize(
    "bad", [bad for bad in BAD_SEQUENCES if not bad.file.endswith(LIKE_TEXT)], ids=lambda b: b.kind
)
def test_a_wrong_content_on_standard_input_is_refused_too(bad: Bad) -> None:
    if "called" not in bad.kind and bad.kind not in {"JSON: a number on top", "NPZ: text", "NPZ: a single array"}:
        assert refusal("-", data=bad.data).startswith("standard input")


def test_the_table_knows_more_than_forty_kinds() -> None:
    assert len({bad.kind for bad in BAD_SEQUENCES}) == len(BAD_SEQUENCES) >= 40


def test_nothing_is_ever_unpickled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("something was unpickled")

    for name in ("load", "loads", "Unpickler"):
        monkeypatch.setattr(pickle, name, never)
    for name, data in (("a.npy", objects()), ("a.npz", zipped({"x.npy": objects()})), ("a.pkl", b"\x80\x04N.")):
        (tmp_path / name).write_bytes(data)
        refusal(tmp_path / name)
        with pytest.raises(RnnError):
            models.load(tmp_path / name)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("a member was opened")

    path = tmp_path / "s.npz"
    path.write_bytes(bomb())
    monkeypatch.setattr(zipfile.ZipFile, "open", never)
    assert "like a zip bomb" in refusal(path)
    monkeypatch.setattr(files, "DENSE_LIMIT", 1000)
    monkeypatch.setattr("rnn_core.formats.arrays.RATIO_LIMIT", 10**9)
    assert refusal(path) == "s.npz: would unpack to 64.0 MiB, more than 1000 bytes (save less in it)"
    monkeypatch.setattr("rnn_core.formats.arrays.MEMBER_LIMIT", 0)
    assert refusal(path) == "s.npz: holds 1 arrays, more than 0 (save fewer)"
