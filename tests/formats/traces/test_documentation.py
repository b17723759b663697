"""docs/formats.md: its examples open, its tables are those of the code. Its readers are tested beside each format."""

from __future__ import annotations

import json
import re
import shlex

from rnn_core import recorder
from rnn_core.debugger.effects import on_disk
from rnn_core.debugger.persistence import opening
from rnn_core.formats import files, numbers, sequences
from rnn_core.formats.models.names import MORE
from rnn_core.formats.sequences import assemble
from rnn_core.formats.traces.request import Request, described
from rnn_core.model import ALIASES
from rnn_core.recipe import Recipe
from rnn_tui import cli
from rnn_tui.commandline import export
from tests.formats.traces.runs import DOCS, OPTIONS, a_trace

PAGE = DOCS.read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def section(title):
    return re.split(r"\n#+ ", PAGE.split(f" {title}\n", 1)[1])[0]


def test_the_examples_of_input_open(tmp_path):
    for suffix in ("json", "csv"):
        path = tmp_path / f"example.{suffix}"
        path.write_text(blocks(suffix)[0], encoding="utf-8")
        dataset = sequences.load(path)
        assert dataset.features == ("x1", "x2")
        assert dataset.sequences[0].y.tolist() == [0, -1]
        opening.open_session(Recipe(path=str(path)))


def test_the_commands_repeat_a_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for line in next(block for block in blocks("sh") if "again" in block).splitlines():
        program, *argv = shlex.split(line)
        assert (program, cli.main(argv)) == ("rnn-tui", 0)
    assert cli.main(["export", "--demo", "hello", "--hidden", "6", "-o", "first.csv"]) == 0
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "first.csv").read_bytes()


def test_every_option_of_export_is_in_its_table():
    assert all(option.flags[0] in section("Traces") for option in export.OPTIONS)


def test_every_array_is_in_its_table():
    table = section("NPZ")
    for name in a_trace(2, OPTIONS["norm"]).arrays():
        if not name.endswith(("_clipped", "_new")) or name in ("dU_clipped", "dc_clipped", "U_new", "c_new"):
            assert f"`{name}`" in table, name


def test_every_key_of_the_metadata_is_in_its_table():
    session = opening.open_session(Recipe(demo="hello"))
    keys = described(session.trace, Request(0, about=on_disk.described(session)))
    assert set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", section("Metadata"), re.M)))) == keys.keys()
    json.dumps(keys)


def test_the_other_names_of_the_weights_are_those_of_the_importer():
    for name, aliases in ALIASES.items():
        (row,) = re.findall(rf"^\| `{name}` \|.*$", section("Weights"), re.M)
        assert set(re.findall(r"`([^`]+)`", row)) == {name, *(alias.name for alias in aliases)}
    assert all(f"`{alias.name}`" in section("Weights") for aliases in MORE.values() for alias in aliases)


def test_the_limits_are_those_of_the_code():
    limits = PAGE.split("**Limits.**", 1)[1].split("##", 1)[0].replace("\n", " ")
    for number, text in {
        files.TEXT_FILE_LIMIT: "256 MiB for JSON",
        files.ARRAY_FILE_LIMIT: "1 GiB for NPY",
        files.DENSE_LIMIT: "2 GiB for the arrays",
        recorder.MOST_BYTES: "6 GiB",
    }.items():
        assert text in limits
        amount, unit = text.split()[:2]
        assert number == int(amount) * {"MiB": 2**20, "GiB": 2**30}[unit]
    assert assemble.SEQUENCE_LIMIT == 100_000
    assert "100 000 sequences" in limits
    assert numbers.CLASS_LIMIT == 1_000_000
    assert "below 1 000 000" in limits
