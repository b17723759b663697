"""Whatever is typed is answered: no line made of the words of commands raises anything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core.debugger.commands import COMMANDS
from tests.debugger.sessions import answer, demo, run

WORDS = (
    "dW[0,1]", "h", "h[1][2]", "t=2", "if", "1", "0", "-1", "99999999999999999999", "loss", "dh", "forward", "backward",
    "@a", "{loss}", "norm(dW)", ">", "<", "==", "all", "log", "\n", "[", "]", "'", '"', "%", "2.5", "nan", "inf", "p",
    "x", "y", "why", "#3", "on", "off", "\t", "\x00", "…", "__class__", "(" * 50,
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS.commands, ids=lambda command: command.name)
@given(words=st.lists(st.sampled_from(WORDS), max_size=6))
def test_a_command_answers_whatever_it_is_given(command, words):
    session = run(demo().at(20), "break dh", "display loss", "mark a")
    said = answer(session, f"{command.name} {' '.join(words)}")
    assert 0 <= said.session.k <= 47
    assert said.session.trace is session.trace
    assert not said.failed or said.session.cursor == session.cursor
