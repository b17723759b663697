"""One line runs the program, one passes the tests, and what must pass is called by them."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib

import pytest

from tests.docs.documents import ROOT, blocks, read

RUN = "python3 -m venv .venv && .venv/bin/pip install -q . && .venv/bin/rnn-tui"


def one_line(mark: str) -> str:
    (block,) = blocks("README.md", "sh", mark)
    (line,) = block.splitlines()
    return line


def test_the_line_that_runs_the_program_makes_its_environment_and_starts_it():
    assert one_line("run") == RUN
    assert "rnn-tui" in tomllib.loads(read("pyproject.toml"))["project"]["scripts"]


def test_the_line_that_tests_makes_the_same_environment_with_the_tools():
    environment, install, tests = one_line("tests").split(" && ")
    assert environment == RUN.split(" && ")[0]
    assert install == ".venv/bin/pip install -q -e '.[dev]'"
    assert tests.startswith(".venv/bin/python -m pytest")


@pytest.mark.skipif(os.name != "posix", reason="the script is for bash")
def test_the_script_of_the_checks_takes_its_tests_from_the_readme():
    script = read(".ci/run")
    (extraction,) = re.findall(r"^tests=\$\((.+)\)$", script, re.MULTILINE)
    found = subprocess.run(["bash", "-c", extraction], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout == one_line("tests") + "\n"
    assert script.rstrip().endswith('eval "$tests"')
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_whoever_contributes_is_told_of_every_check():
    told = "\n".join(blocks("docs/contributing.md", "sh"))
    for tool in re.findall(r"^step \$bin/(\S+(?: -m [\w.]+)?)", read(".ci/run"), re.MULTILINE):
        assert tool in told
