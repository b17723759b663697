"""`rnn-tui check`: the table, the statuses, and one line for mistakes."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from rnn_core.debugger.persistence import opening
from rnn_core.recipe import Recipe
from rnn_tui import cli


def test_the_demo_s_gradients_are_good(capsys):
    assert cli.main(["check"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[0].split()[:3] == ["gradient", "checked", "error"]
    assert out.splitlines()[-1].startswith("good: ")
    assert err == ""


def test_the_source_and_its_options_are_those_of_every_command(capsys, tmp_path):
    (tmp_path / "d.csv").write_text("x,target\n1,0\n2,\n3,1\n")
    argv = ["check", str(tmp_path / "d.csv"), "--hidden", "4", "--reduction", "mean", "--clip", "norm:0.1"]
    assert cli.main(argv) == 0
    assert "dz          6  " in capsys.readouterr().out


def test_a_sample_is_what_is_asked_for(capsys):
    assert cli.main(["check", "--samples", "2"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith("a sample of 20 of 287 elements")


def test_the_maps_are_drawn_on_request_in_plain_ascii(capsys):
    assert cli.main(["check", "--map"]) == 0
    out = capsys.readouterr().out
    assert out.isascii()
    assert sum(line.endswith("across") for line in out.splitlines()) == 10
    assert "unit 0 |.....|" in out, "dU of the demo: five inputs, and every element is right"


def test_a_wrong_gradient_is_status_1(capsys, monkeypatch):
    opened = opening.open_session

    def wrong(*args):
        session = opened(*args)
        da = np.array(session.trace.da)
        da[1] *= 2
        return replace(session, trace=replace(session.trace, rows={**session.trace.rows, "da": da}))

    monkeypatch.setattr(opening, "open_session", wrong)
    assert cli.main(["check"]) == 1
    out = capsys.readouterr().out.splitlines()
    assert out[-1].startswith("wrong: da[2]")
    assert "unit 0 |.1.|" in out, "twice the gradient is 1/2 off, at t=2"
    assert cli.main(["run", "-e", "check all; step"]) == 1
    assert "(rnn) step" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "status", "what"),
    [(["--samples", "0"], 2, "not a whole number"), (["nowhere.csv"], 1, "nowhere.csv: no such file"),
     (["-o", "x"], 2, 'no option "-o')],
)  # fmt: skip
def test_a_mistake_is_one_line(capsys, argv, status, what):
    assert cli.main(["check", *argv]) == status
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert what in err


def test_json_has_the_numbers_of_the_table_with_every_digit(capsys):
    assert cli.main(["check", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["good"] is True
    rows = {row["name"]: row for row in found["gradients"]}
    trace = opening.open_session(Recipe()).trace
    assert rows["dW"]["size"] == trace.gradients["W"].size
    name = rows["dW"]["worst"]["name"]
    i, j = map(int, name.removeprefix("dW[").removesuffix("]").split(","))
    assert rows["dW"]["worst"]["analytic"] == trace.gradients["W"][i, j]
    assert all(row["error"] < 1e-12 for row in found["gradients"])
