"""`rnn-tui run`, and scripts and sessions for the screen: transcripts, records, statuses, and one line for mistakes."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rnn_core.debugger.persistence import run_file, session_file
from rnn_core.debugger.persistence.opening import open_session
from rnn_core.recipe import Recipe
from rnn_tui import app, cli, state
from tests.debugger.sessions import run as after

ROOT = Path(__file__).parents[2]


def run(capsys, *argv, status=0):
    assert cli.main(["run", *map(str, argv)]) == status
    out, err = capsys.readouterr()
    return out if not err else (out, err)


def complaint(capsys, *argv, status=2):
    out, err = run(capsys, *argv, status=status)
    assert (out, err.count("\n")) == ("", 1)
    return err.removeprefix("rnn-tui: ").rstrip("\n")


@pytest.fixture
def stdin(monkeypatch):
    return lambda data: monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_the_transcript_is_what_the_console_shows(capsys):
    assert run(capsys, "-e", "until dh; info position; p k") == (
        "(rnn) until dh\nuntil dh: backward t=3 dh\n"
        "(rnn) info position\nposition 18 of 47 · ran backward t=3 dc · next backward t=3 dh\n"
        "(rnn) p k\n18\n"
    )


def test_scripts_are_played_in_the_order_in_which_they_stand(capsys, tmp_path, stdin):
    (tmp_path / "a.rnn").write_text("# a file\nstep 2\np k\n")
    stdin(b"back\np k\n")
    out = run(capsys, "-e", "p k", "-x", tmp_path / "a.rnn", "-x", "-", "-e", "p k + 100")
    assert [line for line in out.splitlines() if not line.startswith("(rnn)")] == ["0", "2", "1", "101"]


def test_the_source_and_its_options_are_those_of_every_command(capsys, stdin, tmp_path):
    assert "T 4" in run(capsys, "--demo", "hello", "--hidden", "6", "-e", "info sequence")
    stdin(b"x,target\n1,0\n2,1\n")
    assert "T 2" in run(capsys, "-", "-e", "info sequence")


def test_a_failed_assertion_is_status_1_and_ends_it(capsys):
    out = run(capsys, "-e", "assert loss < 1; step", status=1)
    assert out.splitlines()[0] == "(rnn) assert loss < 1"
    assert out.splitlines()[1].startswith("assertion failed at position 0, forward t=1 a: loss < 1 · loss =")
    assert len(out.splitlines()) == 2


@pytest.mark.parametrize("commands", ["stepp", "goto 99", "open nowhere.csv", "p nothing", "goto"])
def test_a_refusal_is_status_1(capsys, commands):
    assert run(capsys, "-e", f"{commands}; step", status=1).count("(rnn)") == 1


def test_records_are_one_json_object_a_line(capsys):
    records = [
        json.loads(line) for line in run(capsys, "--json", "-e", "b dh; c; end; assert k < 2", status=1).splitlines()
    ]
    assert [record["command"] for record in records] == ["b dh", "c", "end", "assert k < 2"]
    assert [record["failed"] for record in records] == [False, False, False, True]
    assert records[1]["stop"] == records[1]["message"] == "breakpoint 1: dh"
    assert records[1]["place"] == {"phase": "backward", "t": 3, "line": "dh"}
    assert (records[2]["k"], records[2]["place"]) == (47, None)


@pytest.mark.parametrize(
    ("argv", "status", "what"),
    [
        ([], 2, "run needs commands (-e 'COMMAND; COMMAND' or -x FILE; rnn-tui run --help)"),
        (["-e"], 2, "-e: expected one argument"),
        (["-x", "nowhere.rnn"], 1, "nowhere.rnn: no such file"),
        (["-x", "/dev/zero"], 1, "is a device"),
        (["-", "-x", "-"], 2, "standard input can be read only once"),
        (["-x", "-", "-x", "-"], 2, "standard input can be read only once"),
        (["-e", "step;" * 10_001], 1, "-e, line 1: more than 10,000 commands"),
        (["-e", "step", "--session", ""], 2, "--session needs a file name"),
        (["-e", "step", "--session", "s.json", "--lr", "3"], 2, "--lr does not go with --session"),
        (["-e", "step", "--session", "s.json", "data.csv"], 2, "a source does not go with --session"),
        (["-e", "step", "--session", "nowhere.json"], 1, "nowhere.json: no such file"),
        (["nowhere.csv", "-e", "step"], 1, "nowhere.csv: no such file"),
    ],
)
def test_a_mistake_is_one_line(capsys, argv, status, what):
    assert what in complaint(capsys, *argv, status=status)


def test_a_session_is_gone_on_with(capsys, tmp_path):
    run(capsys, "--demo", "hello", "-e", f"goto dh; save-session {tmp_path / 's.json'}")
    assert "(rnn) info position\nposition 23 of" in run(capsys, "--session", tmp_path / "s.json", "-e", "info position")


def test_a_changed_source_is_told_on_standard_error(capsys, tmp_path):
    (tmp_path / "d.csv").write_text("x,target\n1,0\n")
    run(capsys, tmp_path / "d.csv", "-e", f"save-session {tmp_path / 's.json'}")
    (tmp_path / "d.csv").write_text("x,target\n2,0\n")
    out, err = run(capsys, "--session", tmp_path / "s.json", "-e", "p k")
    assert (out, err) == ("(rnn) p k\n0\n", "rnn-tui: d.csv has changed since it was saved\n")


def test_the_same_command_line_prints_the_same_bytes_in_a_process_of_its_own():
    argv = [sys.executable, "-m", "rnn_tui", "run", "--demo", "hello", "-e", "watch norm(dh) > 1e-3; c; p dh; rc"]
    for encoding in ("utf-8", "ascii"):
        environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding}
        done = [subprocess.run(argv, env=environment, capture_output=True, timeout=60) for _ in range(2)]
        assert (done[0].returncode, done[0].stderr) == (0, b"")
        assert done[0].stdout == done[1].stdout
        assert (
            done[0].stdout.decode(encoding).startswith("(rnn) watch norm(dh) > 1e-3\nwatchpoint 1: norm(dh) > 1e-3\n")
        )


class TestTheScreen:
    @pytest.fixture
    def started(self, monkeypatch):
        """What the screen is started with; there is none."""
        calls = []
        monkeypatch.setattr(app, "start", lambda *arguments: calls.append(arguments) or 0)
        monkeypatch.setattr(cli, "check_screen", lambda reading: None)
        monkeypatch.setattr(cli, "take_keyboard_back", lambda path: None)
        return calls

    def test_scripts_and_a_session_reach_it(self, started, tmp_path):
        (tmp_path / "a.rnn").write_text("step\nnext\n")
        assert cli.main(["-e", "back", "-x", str(tmp_path / "a.rnn"), "--session", "s.json"]) == 0
        ((recipe, data, script, saved),) = started
        assert (recipe, data, saved) == (Recipe(), None, "s.json")
        assert [(line.text, line.where) for line in script] == [
            ("back", "-e, line 1"), ("step", "a.rnn, line 1"), ("next", "a.rnn, line 2"),
        ]  # fmt: skip

    def test_the_last_session_is_in_the_state_folder(self, started):
        assert cli.main(["--session", "last"]) == 0
        assert started[0][3] == str(state.path("last-session.json"))

    def test_a_script_that_cannot_be_read_is_told_before_anything_starts(self, started, capsys):
        assert cli.main(["-x", "nowhere.rnn"]) == 1
        assert (started, "nowhere.rnn: no such file" in capsys.readouterr().err) == ([], True)

    async def first_screen(self, *arguments):
        running = app.RnnApp(None, *arguments)
        async with running.run_test(size=(120, 40)) as pilot:
            while running.debugger is None or not running.debugger.is_mounted:
                await pilot.pause()
            self.theme = running.theme
            return running.debugger

    async def test_it_begins_where_the_script_ends(self):
        from rnn_core.debugger.scripts.script import parse

        debugger = await self.first_screen(Recipe(), None, parse("step 3; p k"))
        assert (debugger.session.k, debugger.message) == (3, "3")
        debugger = await self.first_screen(Recipe(), None, parse("step 3; stepp; step", "a.rnn"))
        assert debugger.session.k == 3
        assert debugger.message.startswith('a.rnn, line 1: no command "stepp"')

    async def test_it_begins_where_the_session_was_left(self, tmp_path):
        session_file.save(after(open_session(Recipe(demo="hello")), "goto dh", "theme light"), str(tmp_path / "s.json"))
        debugger = await self.first_screen(Recipe(), None, (), str(tmp_path / "s.json"))
        assert (debugger.session.k, debugger.message) == (23, "reopened s.json")
        assert self.theme == "rnn-light"

    async def test_a_damaged_session_does_not_stop_it(self, tmp_path):
        (tmp_path / "s.json").write_text("{")
        debugger = await self.first_screen(Recipe(demo="hello"), None, (), str(tmp_path / "s.json"))
        assert debugger.session.recipe == Recipe(demo="hello")
        assert "s.json, line 1, column 2: not JSON" in debugger.message

    async def test_leaving_keeps_the_session_and_ends_a_recording(self, tmp_path, monkeypatch):
        from rnn_core.debugger.scripts.recording import begun

        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
        debugger = await self.first_screen(Recipe(), None)
        debugger.session = after(debugger.session, "step 7")
        debugger.recording = begun(str(tmp_path / "a.rnn"), False, debugger.session)
        assert app._leave(debugger) == ""
        assert run_file.load(str(tmp_path / "rnn-tui" / "last-session.json")).saved.position.k == 7
        assert "goto 7" in (tmp_path / "a.rnn").read_text()
        debugger.recording = begun(str(tmp_path / "nowhere" / "a.rnn"), False, debugger.session)
        assert "there is no folder" in app._leave(debugger)


TIME = str(ROOT / "tests/data/brought/axes/tn.npz")


def test_what_was_assumed_is_told_on_standard_error_and_in_the_first_record(capsys):
    out, err = run(capsys, TIME, "--json", "-e", "step; step")
    assert err.startswith("rnn-tui: 6 sequences of 4 timesteps: inputs (6, 4, 3) is taken as (N, T, I) (--time-first")
    first, second = map(json.loads, out.splitlines())
    assert [f"rnn-tui: {line}" for line in first["notices"]] == err.splitlines()
    assert "notices" not in second


def test_quiet_says_nothing_and_strict_runs_nothing_that_had_to_be_assumed(capsys):
    assert "notices" not in run(capsys, TIME, "--quiet", "--json", "-e", "step")
    assert complaint(capsys, TIME, "--strict", "-e", "step", status=1).startswith(
        "assumed, and --strict assumes nothing: 6 sequences of 4 timesteps"
    )
    assert run(capsys, TIME, "--strict", "--batch-first", "-e", "step").startswith("(rnn) step")


@pytest.mark.parametrize("command", [["export", "-o", "-", "--format", "csv"], ["train", "--epochs", "1"], ["check"]])
def test_every_command_tells_what_was_assumed(capsys, command):
    assert cli.main([command[0], TIME, *command[1:]]) == 0
    assert "--time-first reads it as (T, N, I)" in capsys.readouterr().err


def test_weights_that_nothing_turns_the_right_way_round_are_refused_with_both_options(capsys):
    folder = ROOT / "tests/data/brought/weights"
    words = (folder / "seq3.json", "--model", folder / "square_untransposed.npz", "-e", "end; p loss")
    said = complaint(capsys, *words, status=1)
    assert "--transposed yes: input-major" in said
    assert "--transposed no: output-major" in said
    losses = {run(capsys, *words, "--quiet", "--transposed", answer) for answer in ("yes", "no")}
    assert len(losses) == 2
