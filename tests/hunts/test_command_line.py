"""`rnn-tui hunt` without a screen: commands, the course, sheets and their grades."""

from __future__ import annotations

import json

import pytest

from rnn_core.hunts.exercise import exercise
from rnn_core.hunts.hunt import named
from rnn_core.hunts.sheet import graded
from rnn_tui import cli


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def test_a_hunt_is_played_by_commands_and_its_status_is_that_of_the_answer(capsys):
    assert cli.main(["hunt", "8", "-e", "hint; answer dU"]) == 1
    assert "dU does what it says" in capsys.readouterr().out
    assert cli.main(["hunt", "8", "-e", "answer dW h[t] in place of h[t-1]"]) == 0
    assert "1 of the course solved" in capsys.readouterr().out


def test_the_course_goes_on_where_it_was_left_and_is_listed(capsys):
    assert cli.main(["hunt", "-e", "answer dW dW is never added to"]) == 0
    assert cli.main(["hunt", "-e", "info source"]) == 0
    assert "hunt 2" in capsys.readouterr().out
    assert cli.main(["hunt", "--list"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert len(out) == 21
    assert out[0].startswith(" 1  level 1  solved in 0:0")
    assert out[1] == " 2  level 1"
    assert out[-1] == "1 of 20 solved; next: 2"


def filled(text, answers):
    """A sheet with answers: one for each exercise, (line, cause)."""
    for line, cause in answers:
        text = text.replace("Line:\n\nCause:\n", f"**Line:** `{line}`\n\nCause: {cause}\n", 1)
    return text


def test_a_sheet_has_the_numbers_and_its_answers_are_graded(tmp_path, capsys):
    sheet = tmp_path / "sheet.md"
    assert cli.main(["hunt", "101", "--count", "3", "--export", str(sheet)]) == 0
    text = sheet.read_text()
    hunts = [each.hunt for each in graded(text, "sheet.md")]
    assert [hunt.source for hunt in hunts] == [f"hunt {100 + i} --level {i}" for i in (1, 2, 3)]
    made = [exercise(hunt) for hunt in hunts]
    for each in made:
        for array in (each.trace.params["W"], each.trace.dh_next, each.trace.gradients["V"]):
            assert all(f"{value:+.4f}" in text for value in array.flat)
    right = [(each.line, each.mistake.cause) for each in made]
    sheet.write_text(filled(text, right))
    assert cli.main(["hunt", "--grade", str(sheet)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "3 of 3 right"
    sheet.write_text(filled(text, [right[0], (right[1][0], "no idea")]))
    assert cli.main(["hunt", "--grade", str(sheet), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["right"], found["of"]) == (1, 3)
    assert "no idea" in found["answers"][1]["says"]
    assert found["answers"][2]["says"].endswith("not answered")


def test_an_answer_with_only_its_line_right_is_told_apart():
    made = exercise(named("hunt 8"))
    (only_line,) = graded("## 1 · hunt 8\nLine: dW\nCause: dW is never added to\n", "s")
    assert made.line == "dW"
    assert str(only_line) == "hunt 8: the line is right, the cause is not"


def test_an_existing_sheet_is_kept_unless_forced(tmp_path, capsys):
    sheet = tmp_path / "sheet.md"
    sheet.write_text("mine")
    assert cli.main(["hunt", "--export", str(sheet), "--count", "1"]) == 1
    assert sheet.read_text() == "mine"
    assert cli.main(["hunt", "--export", str(sheet), "--count", "1", "--force"]) == 0
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("argv", "status", "what"),
    [(["cat"], 2, "is no hunt"), (["0"], 2, "no hunt 0"), (["3", "--level", "4"], 2, "--level"),
     (["--list", "--export", "x"], 2, "do not go together"), (["3", "--list"], 2, "takes no number"),
     (["--grade", "nowhere.md"], 1, "no such file"), (["--count", "0", "--export", "x"], 2, "--count"),
     (["3"], 1, "terminal")],
)  # fmt: skip
def test_a_mistake_is_one_line(argv, status, what, capsys):
    assert cli.main(["hunt", *argv]) == status
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert what in err


@pytest.mark.parametrize("text", ["nothing here", "## 1 · hunt 0\nLine: dW\n", "\xff".encode("latin-1")])
def test_a_file_that_is_no_sheet_is_refused_in_one_line(text, tmp_path, capsys):
    path = tmp_path / "a.md"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert cli.main(["hunt", "--grade", str(path)]) == 1
    assert capsys.readouterr().err.count("\n") == 1
