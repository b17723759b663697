"""The commands `flow`, `lattice` and `findings`: what they say, where they go, what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

from rnn_core.data import Dataset
from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.session import Session
from rnn_core.training.run import Run
from tests.debugger.sessions import made
from tests.diagnostics.synthetic import ill, well


def session_of(trace):
    return Session.of(Run(Dataset((trace.sequence,)), trace.params, trace.options))


def told(session, line):
    outcome = COMMANDS.execute(session, line)
    assert not outcome.failed, outcome.message
    return outcome


def test_flow_says_what_the_gradient_at_the_cursor_is_made_of():
    session = made(5)
    trace = session.trace
    size = np.linalg.norm(trace.dh, axis=1)
    line = told(session, "flow t=2").message.splitlines()[0]
    assert line.startswith(f"t=2 of 5: ‖dh‖ {size[1]:.3g}, local ")
    at_cursor = told(told(session, "goto dh t=2").session.at(session.trace.end - 12), "flow").message
    assert at_cursor.startswith("t=")


def test_lattice_prints_a_triangle_a_row_or_a_number():
    session = made(5)
    triangle = told(session, "lattice").message.splitlines()
    assert [line.split()[0] for line in triangle[1:]] == ["L[1]", "L[2]", "L[3]", "L[4]", "L[5]"]
    assert [len(line.split()) for line in triangle[1:]] == [3, 4, 5, 6, 7], "h[0] … h[t], and the name"
    assert len(told(session, "lattice t=3").message.splitlines()) == 4
    number = told(session, "lattice t=3 k=3").message
    local = np.linalg.norm(session.trace.dz[2] @ session.trace.params.V)
    assert number == f"‖∂L[3]/∂h[3]‖ = {local:.3g}"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("flow t=9", 'no timestep "t=9"'),
        ("flow here", 'no timestep "here"'),
        ("lattice t=9", 'no timestep "9"'),
        ("lattice t=2 k=3", "h[3] comes after the loss of t=2"),
        ("lattice all", 'lattice: no "all"'),
        ("findings 0", '"0" is not a count'),
        ("findings x", '"x" is not a count'),
    ],
)
def test_what_is_not_there_is_refused_in_one_line(line, says):
    outcome = COMMANDS.execute(made(5), line)
    assert outcome.failed
    assert outcome.message.startswith(says)
    assert "\n" not in outcome.message


def test_findings_are_numbered_and_gone_to():
    session = session_of(ill(2)[1])  # W is large
    listed = told(session, "findings").message
    assert listed.startswith("1  the gradient explodes (large W): L[43]'s is ")
    assert "findings 1 goes there" in listed
    assert listed.splitlines()[-1] == "2 found: large W, large updates"
    gone = told(session, "findings 1").session
    assert gone.following.instruction.name == "dh"
    assert f"at dh t={gone.following.t}" in listed
    following = told(gone, "findings next")
    assert following.message.startswith("2 of 2: ")
    assert told(following.session, "findings next").session.cursor == gone.cursor, "and round again"


def test_there_is_nothing_to_go_to_where_nothing_is_wrong():
    session = session_of(well(0))
    assert told(session, "findings").message.startswith("nothing found")
    assert told(session, "findings next").session.cursor == session.cursor
    assert COMMANDS.execute(session, "findings 1").failed
