"""Breakpoints and watchpoints hold in every update of a run; the oracle tries every position of every update."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_core.debugger.expressions import NotComputed, Scope, compile_expression
from rnn_core.debugger.session import Session
from tests.debugger.sessions import demo
from tests.training.runs import after, does, random_run

EPOCHS = 4


def value(trace, text, k):
    try:
        return np.asarray(compile_expression(text, trace).value(Scope(trace, k)))
    except NotComputed:
        return None


def holds(trace, text, k):
    found = value(trace, text, k)
    return found is not None and bool(np.all(found))


def differ(one, other):
    if one is None or other is None:
        return one is not other
    return one.tobytes() != other.tobytes()


def places(trace, place):
    """The positions right before a line (or a phase), at a timestep or at all."""
    name, _, t = place.partition(" t=")
    found = []
    for k in range(trace.end):
        line, ran = trace.place(k + 1), trace.place(k) if k else None
        if t and str(line.t) != t:
            continue
        if line.instruction.name == name or (line.phase == name and (ran is None or ran.phase != line.phase)):
            found.append(k)
    return found


def every_hit(run, updates, kind, what, condition=""):
    """(update, position) of every hit of the first updates, by the definition."""
    found = []
    for update in range(updates):
        trace = run.trace(update)
        if kind == "break":
            ks = places(trace, what)
        elif any(sign in what for sign in "<>="):
            ks = [k for k in range(1, trace.end + 1) if holds(trace, what, k) and not holds(trace, what, k - 1)]
        else:
            ks = [k for k in range(1, trace.end + 1) if differ(value(trace, what, k - 1), value(trace, what, k))]
        found += [(update, k) for k in ks if not condition or holds(trace, condition, k)]
    return found


def stops_of(session, line, most=10_000):
    """The cursors at which a command stops, given again and again until it arrives where it was to go."""
    found = []
    while (said := does(session, line)).stop and len(found) < most:
        session = said.session
        found.append(tuple(session.cursor))
    return found, said


def stops_by_continuing(session, direction, until):
    """The same by continue or rcontinue, from edge to edge."""
    found = []
    while session.cursor.u * direction < until * direction:
        said = does(session, "continue" if direction > 0 else "rcontinue")
        session = said.session
        if said.stop and session.cursor.u * direction < until * direction:
            found.append(tuple(session.cursor))
        if session.cursor == (0, 0):
            break
    return found


def typical(run, expression, updates):
    """A number that an expression lies below at times and above at others."""
    return float(np.median([value(run.trace(update), expression, run.trace(update).end) for update in range(updates)]))


POINTS = [
    ("break", "update", "loss > {loss}"),
    ("break", "dh", "norm(dh) > 0.1 and t == 1"),
    ("break", "a t=1", ""),
    ("break", "U", "update == 3 or epoch == 2"),
    ("break", "backward", "T > 2"),
    ("watch", "norm(W) > {norm(W)}", ""),
    ("watch", "loss > {loss}", ""),
    ("watch", "W[0,1]", ""),
    ("watch", "argmax(p)", "update > 1"),
    ("watch", "norm(h) > 0.5", "in_forward"),
]


@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("point", POINTS, ids=lambda point: " ".join(point))
def test_training_forwards_and_backwards_meets_the_same_hits_and_all_of_them(point, shuffled):
    run = random_run((3, 1, 4), learning_rate=0.3, shuffled=shuffled, seed=2)
    updates = 3 * EPOCHS
    fill = {name: typical(run, name, updates) for name in ("loss", "norm(W)")}
    kind, what, condition = (part.replace("{loss}", repr(fill["loss"])).replace("{norm(W)}", repr(fill["norm(W)"]))
                             for part in point)  # fmt: skip
    session = after(Session.of(run), f"{kind} {what}" + (f" if {condition}" if condition else ""))
    expected = every_hit(run, updates, kind, what, condition)
    assert expected, "the promise would be empty"
    on, arrived = stops_of(session.at(0), f"train {EPOCHS}", len(expected) + 1)
    on = [cursor for cursor in on if cursor[0] < updates]
    # A hit at the very first position is where one stands already.
    assert on == [cursor for cursor in expected if cursor != (0, 0)]
    far = Session.of(run).within(run.trace(updates), 0)
    far = after(far, f"{kind} {what}" + (f" if {condition}" if condition else ""))
    back, arrived = stops_of(far, "rtrain")
    assert back == expected[::-1]
    assert arrived.session.cursor == (0, 0)
    assert stops_by_continuing(session, +1, updates) == [cursor for cursor in expected if cursor != (0, 0)]
    assert stops_by_continuing(far, -1, -1) == expected[::-1]


@settings(max_examples=25)
@given(st.integers(0, 3), st.data())
def test_from_any_place_the_next_stop_is_the_least_hit_beyond_and_the_last_the_greatest_before(seed, data):
    run = random_run((2, 3), learning_rate=0.3, seed=seed)
    expected = every_hit(run, 8, "watch", "argmax(p)")
    u = data.draw(st.integers(0, 7))
    k = data.draw(st.integers(0, run.trace(u).end))
    session = after(Session.of(run).within(run.trace(u), k), "watch argmax(p)")
    on = [cursor for cursor in expected if cursor > (u, k)]
    before = [cursor for cursor in expected if cursor < (u, k)]
    said = does(session, "train 9")
    if on:
        assert (said.session.cursor, said.stop != "") == (on[0], True)
    said = does(session, "rtrain")
    assert said.session.cursor == (before[-1] if before else (0, 0))
    assert bool(said.stop) == bool(before)


def test_a_stop_on_the_way_says_in_which_update_and_why():
    said = does(after(demo(), "break update if update == 5"), "train 10")
    assert said.session.cursor == (5, 5 * 14)
    assert said.stop == "update 5 · breakpoint 1: update if update == 5 · update = 5"


def test_a_temporary_breakpoint_stops_once_in_a_whole_training():
    session = after(demo(), "tbreak backward t=1 if epoch == 2")
    first = does(session, "train 5")
    assert first.session.cursor.u == 4
    assert first.session.breakpoints == ()
    assert does(first.session, "train 4").session.cursor == (20, 0)


def test_a_disabled_breakpoint_stops_no_training():
    assert does(after(demo(), "break dh", "disable 1"), "train 3").session.cursor == (12, 0)


def test_a_logpoint_writes_each_of_its_lines_with_the_update_and_stops_nothing():
    said = does(after(demo(), 'log update "loss {loss}"'), "train 2")
    assert said.session.cursor == (8, 0)
    lines = said.message.split("\n")
    assert [line.split(" · ")[0] for line in lines[:8]] == [f"update {u}" for u in range(8)]
    assert lines[0].startswith("update 0 · update U: loss 3.")
    said = does(after(demo(), 'log update "the same"'), "train 2")
    assert len(said.message.split("\n")) == 9, "what is written alike in two updates is written twice"


def test_what_does_not_fit_some_of_the_sequences_stops_in_the_others_and_is_told_once():
    session = after(demo(), "goto update 1", "break dh t=5", "restart")
    on, _ = stops_of(session, "train 3", 3)
    assert [u for u, _ in on] == [1, 5, 9]
    told = does(session.within(session.run.trace(2), 0), "train 1").message
    assert told.count("does not fit this run") == 1
