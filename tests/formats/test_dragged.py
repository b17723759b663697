"""Paths as a terminal writes them for a file that is dragged into it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest

from rnn_core.debugger.effects.performing import perform
from rnn_core.debugger.outcome import Open
from rnn_core.debugger.persistence.opening import open_session
from rnn_core.formats import files
from rnn_core.recipe import Recipe

WAYS = {
    "single quotes": lambda path: f"'{path}'",
    "double quotes": lambda path: f'"{path}"',
    "a space after it": lambda path: f"{path} ",
    "backslashes": lambda path: path.replace(" ", r"\ ").replace("(", r"\(").replace(")", r"\)"),
    "an address": lambda path: f"file://{quote(path)}",
    "an address with a host": lambda path: f"file://localhost{quote(path)}",
    "as it is": lambda path: path,
}


@pytest.mark.parametrize("way", WAYS)
def test_a_dragged_path_opens(way: str, tmp_path: Path) -> None:
    path = tmp_path / "my data (é).csv"
    path.write_text("u,target\n1,0\n2,1\n")
    assert files.dragged(WAYS[way](str(path))) == str(path)
    opened = perform(Open(WAYS[way](str(path))), open_session(Recipe()))
    assert opened.session.dataset.features == ("u",)


def test_a_quote_inside_single_quotes_is_written_as_shells_do(tmp_path: Path) -> None:
    path = tmp_path / "it's.csv"
    path.write_text("1,2\n")
    assert files.dragged(f"'{str(path).replace(chr(39), chr(39) + chr(92) + chr(39) + chr(39))}'") == str(path)


@pytest.mark.parametrize("text", ["", "no such file.csv", r"C:\data.csv", "-", "a\0b"])
def test_what_is_no_dragged_path_stays_as_it_is(text: str) -> None:
    assert files.dragged(text) == text


def test_a_file_whose_name_has_quotes_is_found_under_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("'odd'").write_text("1,2\n")
    assert files.dragged("'odd'") == "'odd'"
