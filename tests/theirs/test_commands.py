"""Commands for a person's own code: whose numbers, whose steps, and where it is wrong."""

from __future__ import annotations

from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.whatif.compared import differing
from tests.debugger.sessions import demo
from tests.theirs.programs import line_of, opened, run


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
