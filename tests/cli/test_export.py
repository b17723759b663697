"""`rnn-tui export`, in-process: what is written is the trace, and what goes wrong is one line."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import sys

import numpy as np
import pytest

from rnn_core.debugger.effects import on_disk
from rnn_core.debugger.persistence import opening
from rnn_core.recipe import Recipe
from rnn_tui import cli
from rnn_tui.commandline import progress


def run(capsys, *argv, status=0):
    """What a command line wrote to standard error; on failure it must be one line."""
    assert cli.main(["export", *map(str, argv)]) == status
    err = capsys.readouterr().err
    if status:
        assert err.count("\n") == 1
        assert "\x1b" not in err
    return err


@pytest.fixture
def stdin(monkeypatch):
    def give(data):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    return give


def test_the_demo_is_exported_as_the_session_has_it(tmp_path, capsys):
    assert run(capsys, "-o", tmp_path / "t.npz", "--seed", "3", "--sequence", "2", "--clip", "norm:1") == ""
    session = opening.open_session(Recipe(seed=3, sequence=1))
    with np.load(tmp_path / "t.npz") as file:
        np.testing.assert_array_equal(file["h"], session.trace.h)
        meta = json.loads(file["meta"].item())
    assert meta["options"]["clip"] == "norm:1"
    assert (meta["recipe"]["sequence"], meta["dataset"]["sequence"]) == (2, 2)


def test_options_stand_before_and_after_the_subcommand(tmp_path, capsys):
    assert cli.main(["--demo", "hello", "export", "--hidden", "6", "-o", str(tmp_path / "a.csv")]) == 0
    assert cli.main(["-o", str(tmp_path / "b.csv"), "--hidden=6", "export", "--demo=hello"]) == 0
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_standard_output_streams(capfdbinary):
    assert cli.main(["export", "-o", "-", "--format", "jsonl", "--to", "5", "--every", "timestep"]) == 0
    header, record = map(json.loads, capfdbinary.readouterr().out.splitlines())
    assert (header["position"], record["k"], record["line"]) == (5, 5, "loss")


@pytest.mark.parametrize(
    ("data", "inputs"),
    [
        (b'{"inputs": [[1, 2], [3, 4]], "targets": [0, 1]}', 2),
        (b"x1,x2,x3,target\n1,2,3,0\n4,5,6,1\n", 3),
        (b"hello", 4),
    ],
)
def test_standard_input_is_told_by_its_content(stdin, tmp_path, capsys, data, inputs):
    stdin(data)
    run(capsys, "-", "-o", tmp_path / "t.npz")
    with np.load(tmp_path / "t.npz") as file:
        assert file["x"].shape[1] == inputs


def test_a_closed_standard_input_is_one_line(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(sys, "stdin", None)
    assert "standard input: cannot be read" in run(capsys, "-", "-o", tmp_path / "t.csv", status=1)


def test_an_empty_standard_input_is_one_line(stdin, tmp_path, capsys):
    stdin(b"")
    assert "standard input: is empty" in run(capsys, "-", "-o", tmp_path / "t.csv", status=1)


def test_a_file_called_export_is_opened_by_its_path(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "export").write_text('{"inputs": [[1, 2]]}')
    for word in ("./export", "export"):
        run(capsys, word, "-o", "t.csv", "--force")
        with open("t.csv", newline="") as file:
            assert sum(row["name"] == "x" for row in csv.DictReader(file)) == 2


def test_an_existing_file_needs_force(tmp_path, capsys):
    path = tmp_path / "t.csv"
    run(capsys, "-o", path)
    before = path.read_bytes()
    assert (
        run(capsys, "--seed", "1", "-o", path, status=1) == f"rnn-tui: {path}: the file exists (--force overwrites)\n"
    )
    assert path.read_bytes() == before
    run(capsys, "--seed", "1", "-o", path, "--force")
    assert path.read_bytes() != before


@pytest.mark.parametrize(
    ("argv", "status", "message"),
    [
        (["none.csv", "-o", "t.csv"], 1, "none.csv: no such file"),
        (["a\nb\x1b.csv", "-o", "t.csv"], 1, "a b�.csv: no such file"),
        (["-o", "no/t.csv"], 1, 'no/t.csv: there is no folder "no"'),
        (["-o", "\x1b\n/t.csv"], 1, "� /t.csv: there is no folder"),
        (["-o", ".", "--format", "csv"], 1, ".: is a folder"),
        (["--model", "none.npz", "-o", "t.csv"], 1, "none.npz: no such file"),
        (["--sequence", "9", "-o", "t.csv"], 2, "demo: no sequence 9 (1 to 4)"),
        (["--to", "48", "-o", "t.csv"], 2, "no position 48 (0 to 47)"),
        (["--text", "a", "-o", "t.csv"], 1, "text: "),
        (["--text", "\udcff\udcfe", "-o", "t.csv"], 1, "text: a character that is not Unicode"),
        (["--hidden", "1000000", "-o", "t.csv"], 1, "1000000 hidden units"),
        (["--classes", "1", "-o", "t.csv"], 1, "demo, sequence 1, timestep 2: target 1"),
    ],
)
def test_what_cannot_be_done_is_one_line(tmp_path, monkeypatch, capsys, argv, status, message):
    monkeypatch.chdir(tmp_path)
    assert run(capsys, *argv, status=status).startswith(f"rnn-tui: {message}")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_nothing_behind(tmp_path, monkeypatch, capsys, number, usual_signals):
    monkeypatch.setattr(on_disk, "described", lambda _session: os.kill(os.getpid(), number) or {})
    before = signal.getsignal(number)
    assert cli.main(["export", "-o", str(tmp_path / "t.csv")]) == 128 + number
    assert os.listdir(tmp_path) == []
    assert signal.getsignal(number) is before


def test_ctrl_c_while_writing_is_130_and_leaves_nothing(tmp_path, monkeypatch, capsys):
    def interrupted(_share):
        raise KeyboardInterrupt

    monkeypatch.setattr(progress.Bar, "part", lambda *_: interrupted)
    assert run(capsys, "-o", tmp_path / "t.csv", status=130) == "rnn-tui: interrupted\n"
    assert os.listdir(tmp_path) == []


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_bar_appears_only_in_a_terminal_and_only_for_those_who_wait(monkeypatch):
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    for stream, shown in ((Terminal(), True), (io.StringIO(), False)):
        monkeypatch.setattr(sys, "stderr", stream)
        with progress.Bar("export [t]") as bar:
            bar.part(0.0, 0.5)(0.5)
        assert ("export [t]" in stream.getvalue()) == shown
    monkeypatch.setattr(progress, "PATIENCE", 1e9)
    monkeypatch.setattr(sys, "stderr", stream := Terminal())
    with progress.Bar("export") as bar:
        bar(0.5)
    assert stream.getvalue() == ""


def test_a_terminal_is_told_what_was_written_and_is_spared_binary_data(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "stderr", stream := Terminal())
    assert cli.main(["export", "-o", str(tmp_path / "t.npz")]) == 0
    assert stream.getvalue().startswith(f"wrote {tmp_path / 't.npz'} (1")
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert cli.main(["export", "-o", "-", "--format", "npz"]) == 1
    assert stream.getvalue().endswith("npz is not for a terminal (-o FILE, or a pipe)\n")
