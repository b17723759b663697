"""What the documents tell a reader to type works."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys

import numpy as np
import pytest

from docs import picture
from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.effects import performing
from rnn_core.debugger.persistence import opening
from rnn_core.debugger.scripts import playing, script
from rnn_core.debugger.session import Session
from rnn_core.recipe import Recipe
from rnn_tui.bindings import command_line
from tests.docs import without_screen
from tests.docs.documents import ROOT, blocks, in_order, read


def run(session: Session, line: str) -> Session:
    """The session after a command and what it asks for; fails where it refuses."""
    outcome = COMMANDS.execute(session, line)
    assert not outcome.failed, f"{line}: {outcome.message}"
    for effect in outcome.effects:
        outcome = performing.perform(effect, outcome.session)
    return outcome.session


@pytest.mark.parametrize("name", ["README.md", "docs/maths.md", "docs/flow.md"])
def test_the_python_of_a_document_runs_from_its_first_block_to_its_last(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    found = blocks(name, "python")
    assert found
    for block in found:
        exec(compile(block, name, "exec"), names)


PLAIN = re.compile(r"rnn-tui(?: [^\s|<>;&$`\\#*~'\"]+| '[^']*'| \"[^\"$`\\]*\")*")
"""A command line in which a shell has nothing to do but to part the words."""


@pytest.fixture
def shell(tmp_path, monkeypatch, capfd):
    """Runs a block of shell commands in a folder of its own, in which `rnn-tui` is everything but the screen.

    The documents' own examples and the tests' texts are there as they are in a clone. A plain command line is run
    here, what a shell has a part in by one.
    """
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "examples").symlink_to(ROOT / "docs" / "examples")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "data").symlink_to(ROOT / "tests" / "data")
    program = tmp_path / "bin" / "rnn-tui"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tests.docs.without_screen "$@"\n')
    program.chmod(0o755)
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"

    def ran(block):
        lines = block.splitlines()
        if all(map(PLAIN.fullmatch, lines)):
            for line in lines:
                assert without_screen.main(shlex.split(line)[1:]) == 0, line
            out, err = capfd.readouterr()
            assert err == "", block
            return out
        done = subprocess.run(
            ["sh", "-eu", "-c", block],
            cwd=tmp_path,
            env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
        )
        assert (done.returncode, done.stderr) == (0, ""), block
        return done.stdout

    return ran


@pytest.mark.parametrize("name", ["README.md", "docs/guide.md"])
def test_the_commands_of_a_document_run_one_after_another(name, shell):
    found = blocks(name, "sh")
    assert found
    for block in found:
        shell(block)


_CHECKED = re.compile(r"^(?P<block>\S+ +\d+) +(?P<error>\d\S*) +good .*$", re.MULTILINE)
_VERDICT = re.compile(r"^good: relative error (?P<error>\S+) at most \(\S+\)$", re.MULTILINE)


def alike(text: str) -> str:
    """A text without what is each machine's own.

    That is the rounding errors of a gradient check, which are only good, and the last digits of a number that is
    written in full. It is also the size of a file, which holds the names of all options.
    """
    assert all(float(found["error"]) < 1e-7 for pattern in (_CHECKED, _VERDICT) for found in pattern.finditer(text))
    text = _VERDICT.sub("good", _CHECKED.sub(r"\g<block> good", text))
    text = re.sub(r"\(\d+\.\d KiB\)", "(its size)", text)
    return re.sub(r"\d+\.\d{12,}", lambda found: f"{float(found[0]):.10g}", text)


@pytest.mark.parametrize("name", ["docs/scripts.md", "docs/training.md", "docs/flow.md"])
def test_the_sittings_of_a_document_print_what_they_show(name, shell):
    """Blocks of `console` are commands after `$ ` with their output; those of `sh` between them are run as well."""
    found = in_order(name, "sh", "console")
    assert found
    for language, block in found:
        if language == "sh":
            shell(block)
            continue
        assert block.startswith("$ ")
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            assert alike(shell(command)) == alike(shown), command


def test_the_readme_trains_forks_and_checks_as_it_tells():
    (story,) = blocks("README.md", "text", "whatif")
    lines = re.findall(r"^\(rnn\) (.+)$", story, re.MULTILINE)
    played = list(playing.play(opening.open_session(Recipe()), script.parse("\n".join(lines))))
    assert not any(each.failed for each in played)
    told = "".join(f"{each.transcript}\n" for each in played)
    before, after = alike(story).split("…\n")
    assert alike(told).startswith(before)
    assert alike(told).endswith(after)
    losses = played[-1].session.branches[0].run.metrics.loss
    assert losses[0] == pytest.approx(np.log(3), abs=0.01)
    checked = _CHECKED.findall(told)
    assert len(checked) == 10


def test_the_debugger_commands_of_the_guide_run_one_after_another():
    assert picture.COMMAND in read("docs/guide.md")
    session = opening.open_session(picture.RECIPE)
    visited = [session.k]
    for block in blocks("docs/guide.md", "rnn"):
        for line in block.splitlines():
            session = run(session, line)
            visited.append(session.k)
    assert len(set(visited)) > 6


def test_the_first_five_minutes_go_as_the_readme_tells():
    session = opening.open_session(Recipe())

    def pressed(keys: str) -> tuple[str, int, str]:
        nonlocal session
        for key in keys:
            session = run(session, command_line(key, in_panel=False))
        assert session.ran is not None
        return session.ran.phase, session.ran.t, session.ran.instruction.name

    assert pressed("s") == ("forward", 1, "a")
    assert pressed("s") == ("forward", 1, "h")
    assert pressed("n") == ("forward", 1, "loss")
    assert pressed("f") == ("forward", 3, "loss")
    np.testing.assert_allclose(session.trace.p, 1 / 3, atol=0.01)
    assert [pressed("s")[2] for _ in range(9)] == ["dz", "dV", "dc", "dh", "da", "db", "dU", "dW", "dh_next"]
    assert pressed("ssss") == ("backward", 2, "dh")
    here = session.k
    assert pressed("sSSs") == ("backward", 2, "dh")
    assert session.k == here
    assert pressed("bc") == ("backward", 1, "dh")
    assert pressed("C") == ("backward", 2, "dh")
    for line in ("break dh t=1", "display norm(dh)", "goto end", "why dW[2,4]", "delete"):
        session = run(session, line)
    session = run(session, command_line("T", in_panel=False))
    losses = session.run.metrics.loss.reshape(100, -1).mean(axis=1)
    assert session.view.training
    assert losses[0] == pytest.approx(np.log(3), abs=0.01)
    assert losses[-1] < 0.9
    visited = []
    for key in "Uul":
        session = run(session, command_line(key, in_panel=False))
        visited.append(session.cursor.u)
    assert visited == [399, 400, 400]
    assert not session.view.training
