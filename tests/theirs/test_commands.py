"""Commands for a person's own code: whose numbers, whose steps, and where it is wrong."""

from __future__ import annotations

import shlex

import numpy as np
import pytest

from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.effects import performing
from rnn_core.debugger.persistence.opening import open_session
from rnn_core.debugger.scripts.recording import command_line
from rnn_core.debugger.session import NONE
from rnn_core.debugger.whatif.compared import differing
from rnn_core.errors import RnnError, UsageError
from rnn_core.reading import CodeReading
from rnn_core.recipe import Recipe
from rnn_core.views.options import View
from rnn_core.views.their_step import explain_theirs
from rnn_tui import cli
from rnn_tui.commandline.arguments import OPTIONS, Parser, recipe_of
from tests.debugger.sessions import demo
from tests.review import field
from tests.theirs.programs import line_of, opened, run, text_of, written


def test_fault_goes_to_the_first_wrong_number_of_the_wrong_line():
    session = run(opened("columns", "dW h[t]"), "fault").session
    place = session.ran
    assert (place.phase, place.t, place.instruction.name) == ("backward", 3, "dW")
    wrong = line_of("columns", "dW h[t]", "dW += np.dot(dtanh, hidden_states[t + 1]")
    assert session.beside.line_of(session.k) == wrong


def test_fault_says_what_the_line_computes_and_what_it_should():
    message = run(opened("columns", "dW h[t]"), "X").message
    assert "computes outer(da[3], h[3]); the gradient of W is outer(da[3], h[2])" in message


def test_fault_of_right_code_stays_and_says_that_it_is_right():
    done = run(opened("columns"), "s 3", "fault")
    assert done.session.k == 3
    assert done.message.startswith("right: ")


def test_panels_read_theirs_ours_or_the_difference():
    at_the_fault = run(opened("columns", "dW h[t]"), "fault").session
    k = at_the_fault.k
    theirs = differing(at_the_fault).shown.value("dW", k)
    ours = differing(run(at_the_fault, "ours").session).shown.value("dW", k)
    assert (ours == at_the_fault.trace.value("dW", k)).all()
    assert (theirs != ours).any()
    difference = differing(run(at_the_fault, "difference").session).shown.value("dW", k)
    assert (difference == theirs - ours).all()


def test_side_goes_round_the_three():
    session = opened("columns")
    assert [session.side] + [(session := run(session, "side").session).side for _ in range(3)] == [
        "theirs", "ours", "difference", "theirs",
    ]  # fmt: skip


def test_the_commands_say_what_is_missing_where_no_code_was_opened():
    done = COMMANDS.execute(demo(), "fault")
    assert done.failed
    assert "rnn-tui my_rnn.py opens it" in done.message


def test_another_update_is_not_what_their_code_ran():
    done = COMMANDS.execute(run(opened("columns"), "goto update 1").session, "theirs")
    assert done.failed
    assert "another update" in done.message


def test_what_differs_by_rounding_alone_does_not_differ():
    session = run(opened("minchar"), "difference", "end").session
    difference = differing(session).shown
    for name in ("a", "h", "z", "p", "dz", "dh", "da", "dh_next"):
        assert not np.nan_to_num(difference.rows[name]).any(), name
    for name in ("dU", "dW", "dV", "db", "dc"):
        assert not difference.window(name, session.k).any(), name


def test_break_takes_a_line_of_their_file():
    session = run(opened("columns", "dW h[t]"), "break 46", "continue").session
    assert session.following.instruction.name == "dW"
    assert session.beside.stops.lines[session.stopped] == 46


def test_their_names_stand_for_ours_in_expressions_conditions_and_displays():
    session = run(opened("minchar"), "break 46 if norm(dhraw) > 0", "display norm(dWhh)", "continue").session
    assert session.following.instruction.name == "dW"
    assert session.displays == ("norm(dW)",)
    assert run(session, "ours", "p norm(dhraw)").message == run(session, "ours", "p norm(da)").message


def test_a_line_of_theirs_that_computes_none_of_ours_is_refused_with_those_near_it():
    done = COMMANDS.execute(opened("columns"), "break 36")
    assert done.failed
    assert "line 36 of your code computes none of our lines" in done.message
    for line in (39, 40):
        assert str(line) in done.message
        assert not COMMANDS.execute(opened("columns"), f"break {line}").failed


def test_p_prints_theirs_and_ours_where_they_differ():
    session = run(opened("columns", "dW h[t]"), "fault").session
    printed = run(session, "p norm(dW)").message.split("\n")
    theirs, ours = (run(session, side, "p norm(dW)").message for side in ("theirs", "ours"))
    assert printed == theirs.split("\n")
    assert printed[1] == f"ours {ours}"
    assert printed[0].startswith("theirs ")
    assert float(printed[0].split()[1]) != float(ours)


def test_stepping_by_their_statements_stops_on_lines_that_ours_has_not():
    session = run(opened("columns"), "goto backward", "by theirs").session
    seen = set()
    for _ in range(14):  # a timestep and a little
        seen.add(int(session.beside.stops.lines[session.stopped]))
        session = run(session, "step").session
    assert line_of("columns", "right", "target = np.zeros_like(outputs[t])") in seen
    assert not len(session.beside.numbers_at(line_of("columns", "right", "target = np.zeros_like(outputs[t])")))


def test_reviewing_a_changed_file_keeps_the_line_and_turns_right(tmp_path):
    path = tmp_path / "my_rnn.py"
    path.write_text(text_of("columns", "dW h[t]"), encoding="utf-8")
    session = run(open_session(Recipe(path=str(path))), "fault", "break 46").session
    path.write_text("# a line more\n" + text_of("columns", "right"), encoding="utf-8")
    done = run(session, "review")
    assert done.message.startswith("right: ")
    assert done.session.beside.verdict == "right"
    assert done.session.ran[:2] == session.ran[:2]
    assert done.session.beside.line_of(done.session.k) == 47
    assert done.session.breakpoints == session.breakpoints


def test_a_session_file_never_runs_a_program(tmp_path):
    from rnn_core.debugger.persistence import reopening, session_file

    path = tmp_path / "session.json"
    path.write_bytes(session_file.to_bytes(opened("columns")))
    with pytest.raises(RnnError, match="is a program"):
        reopening.reopen(str(path))


def test_open_does_not_run_a_program():
    done = COMMANDS.execute(demo(), f"open {written('columns')}")
    with pytest.raises(RnnError, match="opening it would run it"):
        performing.perform(done.effects[0], done.session)


def test_info_source_says_that_everything_is_of_their_code():
    message = run(opened("columns"), "info source").message
    assert "my_rnn.py" in message
    assert "weights those of your code" in message
    assert "drawn" not in message


@pytest.mark.parametrize(
    "text", ["x = (", "import torch\nnet = torch.nn.RNN(3, 4)\n", "print('hello')\n", "raise ValueError('no')\n"]
)
def test_what_cannot_be_stepped_is_refused_with_the_status_of_a_review(tmp_path, text):
    path = tmp_path / "my_rnn.py"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RnnError) as refused:
        open_session(Recipe(path=str(path)))
    assert refused.value.exit_status == cli.main(["review", str(path)]) == 2


def test_an_option_of_drawn_weights_does_not_go_with_a_program():
    with pytest.raises(UsageError, match="brings its own network and data"):
        open_session(Recipe(path=str(written("columns")), hidden=5))


UNCALLED = text_of("columns", "dW h[t]").partition("training_data = [")[0]
CALLED = (
    UNCALLED
    + """
def go(rounds):
    global U, W, V, b, c
    for _ in range(rounds):
        U, W, V, b, c, _loss = train_step(
            list(np.random.randn(3, input_size, 1)), [0, 1, 2], U, W, V, b, c, learning_rate
        )
"""
)


def test_the_screen_takes_what_a_review_takes(tmp_path, capsys):
    path = tmp_path / "my_rnn.py"
    path.write_text(CALLED)
    lines = ("run", str(path), "--map", "W=W", "--seconds", "9", "--keep-going", "-e", "X")
    assert cli.main([*lines, "--call", "go(3)"]) == 0
    assert "line 46" in capsys.readouterr().out
    session = open_session(Recipe(path=str(path), code=CodeReading(call="go(3)")))
    assert len(session.trace) == 3, "T of the data that it makes itself"


@pytest.mark.parametrize("option", ["--call=x", "--function=x", "--map=W=W", "--seconds=3", "--keep-going"])
def test_what_is_said_of_a_program_needs_one(capsys, option):
    assert cli.main(["run", option, "-e", "s"]) == 2
    assert capsys.readouterr().err.startswith(f"rnn-tui: {option.partition('=')[0]} is for a program of your own")


def test_a_recorded_command_line_says_how_the_program_is_run():
    recipe = Recipe(path="a.py", code=CodeReading(call="go(3)", names=(("Wa", "W"), ("p[0,1]", "U")), seconds=7.0))
    said = command_line(recipe)
    args = Parser("rnn-tui", OPTIONS).parse(shlex.split(said)[1:], ["a.py"])
    assert recipe_of(args) == recipe


@pytest.mark.parametrize("width", [40, 78])
def test_what_is_wrong_stands_whole_before_what_is_computed(width):
    session = run(opened("minchar", "carry W"), "fault").session
    explained = explain_theirs(session.alongside, session.trace, session.k, View(), width)
    told = " ".join("".join(part.text for part in row) for row in explained.rows)
    assert (
        "W is not transposed in what is carried back np.dot(Whh, dhraw) computes W·da[8]; dh_next is Wᵀ·da[8]" in told
    )


def test_the_learning_rate_is_a_plain_number_where_only_an_epsilon_is_between():
    assert opened("minchar").options.learning_rate == 0.1


def step_of(session, view=View()):
    """The rows of *this step* for where a session stands."""
    stop = session.stopped if session.by == "theirs" else NONE
    explained = explain_theirs(session.alongside, session.trace, session.k, view, 78, stop=stop)
    return ["".join(part.text for part in row) for row in explained.rows]


def opened_field(tmp_path, kind, style):
    path = tmp_path / "my_rnn.py"
    path.write_text(field.case(kind, style).text)
    return open_session(Recipe(path=str(path)))


def test_what_is_wrong_is_said_where_the_line_is_none_of_ours(tmp_path):
    session = run(opened_field(tmp_path, "loop one timestep short", "columns"), "fault").session
    assert session.by == "theirs"
    assert step_of(session)[1] == "the backward loop leaves out t = 1: it stops one timestep early"


def test_a_sign_that_is_wrong_shows_as_one(tmp_path):
    session = run(opened_field(tmp_path, "dz = onehot - p", "columns"), "fault").session
    row = next(text for text in step_of(session, session.view) if text.startswith("dz["))
    assert row.endswith("not the same")


def test_fault_selects_a_number_that_is_wrong(tmp_path):
    session = run(opened_field(tmp_path, "clipped before it is accumulated", "columns"), "fault").session
    assert "the same" in step_of(session)[2], "what was selected before"
    assert "not the same" not in step_of(session)[2]
    assert "not the same" in step_of(session, session.view)[2]


def test_an_assigned_gradient_shows_the_whole_statement(tmp_path):
    session = run(opened_field(tmp_path, "dV assigned", "columns"), "fault").session
    assert step_of(session)[0].startswith("line 40  dV = np.dot(")
