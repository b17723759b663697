"""What only a process of its own shows: imports, environment, streams that are no terminal, pipes that close."""

from __future__ import annotations

import os
import pty
import resource
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from rnn_tui.__main__ import ENVIRONMENT

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "rnn_tui"]


def run(*argv, **options):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [*COMMAND, *argv], cwd=options.pop("cwd", ROOT), env=environment, capture_output=True, timeout=60, **options
    )


def python(code):
    environment = {name: value for name, value in os.environ.items() if name not in ENVIRONMENT}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment | {"PYTHONPATH": str(ROOT)}, capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def test_the_version_is_the_projects():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert run("--version").stdout.decode() == f"rnn-tui {project['version']}\n"


@pytest.mark.parametrize("option", ["--help", "--version", "--hidden=0"])
def test_neither_numpy_nor_textual_is_imported_for_what_needs_neither(option):
    code = (
        "import sys; from rnn_tui import __main__\n"
        f"sys.argv = ['rnn-tui', {option!r}]; __main__.main()\n"
        "print([name for name in ('numpy', 'textual', 'rich') if name in sys.modules])"
    )
    assert python(code).endswith("[]\n")


def test_one_thread_is_set_before_numpy_and_only_where_nothing_is_set():
    code = (
        "import os, sys; os.environ['OMP_NUM_THREADS'] = '7'; sys.argv = ['rnn-tui', '--version']\n"
        "from rnn_tui.__main__ import ENVIRONMENT, main; main()\n"
        "print({name: os.environ[name] for name in ENVIRONMENT})"
    )
    assert python(code).endswith(f"{ENVIRONMENT | {'OMP_NUM_THREADS': '7'}}\n")


@pytest.mark.parametrize(("argv", "given"), [([], b""), (["-"], b"hello"), (["--demo", "hello"], b"")])
def test_without_a_terminal_one_line_says_so(argv, given):
    done = run(*argv, input=given, start_new_session=True)
    assert done.returncode == 1
    assert done.stdout == b""
    assert done.stderr.startswith(b"rnn-tui: the screen needs a terminal, and standard output is not one")
    assert done.stderr.count(b"\n") == 1
    assert b"rnn-tui export" in done.stderr


@pytest.mark.parametrize(
    ("argv", "message"),
    [([], b"standard input is not one (- reads data from it"), (["-"], b"this process has none")],
)
def test_a_redirected_input_without_a_terminal_to_go_back_to_is_refused(argv, message):
    leader, follower = pty.openpty()
    try:
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        # A new session without a controlling terminal: the pseudo-terminal is only inherited.
        done = subprocess.run(
            [*COMMAND, *argv], env=environment, stdin=subprocess.DEVNULL, stdout=follower, stderr=follower,
            start_new_session=True, timeout=60,
        )  # fmt: skip
        told = os.read(leader, 10_000)
    finally:
        os.close(leader)
        os.close(follower)
    assert done.returncode == 1
    assert message in told
    assert told.count(b"\n") == 1


def test_data_comes_through_standard_input_and_keys_from_the_terminal():
    pexpect = pytest.importorskip("pexpect")
    screen = pexpect.spawn(
        "/bin/sh", ["-c", f"printf 'hello world' | {sys.executable} -m rnn_tui -"],
        env=os.environ | {"PYTHONPATH": str(ROOT), "TERM": "xterm-256color"}, dimensions=(40, 120), timeout=30,
    )  # fmt: skip
    screen.expect("standard input")
    screen.send("q")
    screen.expect(pexpect.EOF)
    screen.close()
    assert screen.exitstatus == 0


def test_a_reader_who_has_gone_ends_it_quietly():
    process = subprocess.Popen(
        [*COMMAND, "export", "--text", "hello world " * 2000, "-o", "-", "--format", "csv"],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.read(1) == b"k"
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    assert process.wait(timeout=60) == 141
    process.stderr.close()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no full disk to write to")
@pytest.mark.parametrize("words", ["run --demo -e help", "train --demo --epochs 2", "check --demo", "--version"])
def test_a_full_disk_behind_standard_output_is_told_in_one_line(words):
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*COMMAND, *words.split()], env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=full, stderr=subprocess.PIPE
        )
    assert done.stderr == b"rnn-tui: standard output: no space is left on the disk (free some, or write elsewhere)\n"
    assert done.returncode == 1


def test_a_file_that_may_not_grow_is_told_and_nothing_stays(tmp_path):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))

    done = run("export", "-o", "t.csv", cwd=tmp_path, preexec_fn=limit)
    assert (done.returncode, os.listdir(tmp_path)) == (1, [])
    assert done.stderr.startswith(b"rnn-tui: t.csv: the file would be larger than the system allows")
    assert done.stderr.count(b"\n") == 1


def test_data_pipes_in_and_out():
    done = run("export", "-", "-o", "-", "--format", "csv", input=b'{"inputs": [[1.5]], "targets": [0]}')
    assert done.returncode == 0
    assert b"\n0,given,1,,x,0,1.5\n" in done.stdout
    assert done.stderr == b""


def test_an_archive_appended_to_another_file_is_whole(tmp_path):
    """>> opens for appending, where going back to fill in a header would write at the end."""
    import io
    import zipfile

    path = tmp_path / "all"
    path.write_bytes(b"before")
    with open(path, "ab") as file:
        done = subprocess.run(
            [*COMMAND, "export", "-o", "-", "--format", "npz"], env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=file, timeout=60,
        )  # fmt: skip
    assert done.returncode == 0
    with zipfile.ZipFile(io.BytesIO(path.read_bytes().removeprefix(b"before"))) as archive:
        assert archive.testzip() is None
