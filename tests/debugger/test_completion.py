"""Completion: what is offered fits the argument the cursor is in, and what is taken begins with what was typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.commands.completion import KINDS, completions
from rnn_core.debugger.expressions.functions import FUNCTIONS
from tests.debugger.sessions import demo, run
from tests.listing import EXPRESSION_NAMES as NAMES

SET = ("break dh t=3", "watch norm(dh)", "delete 1", "break da", "display t", "mark here", "mark there")


@pytest.fixture(scope="module")
def session():
    return run(demo(), *SET)


@pytest.mark.parametrize(
    ("line", "start", "found"),
    [
        ("st", 0, ("step", "start", "stepping")),
        ("reverse-c", 0, ("reverse-continue",)),
        ("tick", 0, ()),
        ("break dh", 6, ("dh", "dh_next")),
        ("break t=1 ba", 10, ("backward",)),
        ("break dh t", 9, ("t=",)),
        ("break dh i", 9, ("if",)),
        ("break dh l", 9, ("loss", "log")),
        ("break dh if fini", 12, ("finite(",)),
        ("break dh if t > 2 and in_b", 22, ("in_backward",)),
        ("tbreak upd", 7, ("update",)),
        ("until upd", 6, ("update",)),
        ('log dh "norm {nor', 14, ("norm(",)),
        ('log dh "norm', 12, ()),
        ('log dh "{t} nor', 15, ()),
        ("log ", 4, None),
        ("watch sat", 6, ("saturated(",)),
        ('watch dh log "{sat', 15, ("saturated(",)),
        ("p norm(dh_", 7, ("dh_next",)),
        ("p 2*rh", 4, ("rho(",)),
        ("p dW[2,4]+dW", 10, ("dW",)),
        ("p 1e", 2, None),
        ("display pre", 8, ("prev(",)),
        ("assert no", 7, ("norm(", "not")),
        ("goto @", 5, ("@here", "@there")),
        ("goto @t", 5, ("@there",)),
        ("goto en", 5, ("end",)),
        ("goto t=3 en", 9, ()),
        ("mark he", 5, ("here",)),
        ("last dW", 5, ("dW",)),
        ("next-write dh_", 11, ("dh_next",)),
        ("why dU", 4, ("dU",)),
        ("select dW", 7, ("dW",)),
        ("enable ", 7, ("2", "3", "all")),
        ("delete a", 7, ("all",)),
        ("ignore ", 7, ("2", "3")),
        ("ignore 2 ", 9, ()),
        ("undisplay ", 10, ("1", "all")),
        ("toggle dV", 7, ("dV",)),
        ("sequence ", 9, ("1", "2", "3", "4")),
        ("view n", 5, ("numbers",)),
        ("scroll hidden le", 14, ("left",)),
        ("info b", 5, ("breakpoints",)),
        ("help cont", 5, ("continue",)),
        ("help func", 5, ("functions",)),
        ("record o", 7, ("off",)),
        ("open da", 7, ()),
        ("step ", 5, ()),
        ("nothing h", 9, ()),
        ("step;  wat", 7, ("watch", "watches")),
        ('log dh "a;b"; break dW', 20, ("dW",)),
    ],
)
def test_the_word_before_the_cursor_is_completed(session, line, start, found):
    at, candidates = completions(session, line)
    if found is not None:
        assert (at, candidates) == (start, found)
    assert all(candidate.startswith(line[at:]) for candidate in candidates)


def test_an_empty_line_offers_every_command_and_no_alias(session):
    assert completions(session, "") == (0, tuple(command.name for command in COMMANDS if not command.hidden))


def test_an_expression_offers_every_name_and_every_function(session):
    _, found = completions(session, "p ")
    assert set(found) >= {*NAMES, *(f"{name}(" for name in FUNCTIONS), "prev("}


def test_only_what_stands_before_the_cursor_counts(session):
    assert completions(session, "st dh", 2)[1] == ("step", "start", "stepping")
    assert completions(session, "break d t=3", 7)[0] == 6
    assert completions(session, "step", 0)[0] == 0


def test_every_argument_that_is_not_a_count_a_message_or_a_path_can_be_completed():
    without = {
        f"{command.name} {argument.name}"
        for command in COMMANDS
        for argument in command.arguments
        if not (argument.choices or argument.offers)
        and argument.name not in KINDS
        and f"{command.name} {argument.name}" not in KINDS
    }
    assert {name.split()[-1] for name in without} <= {"n", "path", "epochs", "temperature"}


@given(
    st.text(max_size=40) | st.sampled_from([c.name for c in COMMANDS]).flatmap(lambda n: st.text().map(f"{n} ".__add__))
)
def test_any_line_is_answered(text):
    start, found = completions(demo(), text)
    assert 0 <= start <= len(text)
    assert all(candidate.startswith(text[start:]) for candidate in found)
