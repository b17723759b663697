"""Marks, writes and contributions: what a command finds is what a walk over every line finds."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core.debugger.commands.places import writes
from rnn_core.debugger.effects.performing import perform
from rnn_core.debugger.outcome import RunSequence
from rnn_core.model import PARAMETERS
from rnn_core.recorder import record
from rnn_core.updates import Clip, Options
from rnn_core.views.cells import cell_text, cell_value
from rnn_core.views.contributions import contributions
from rnn_core.views.options import Cell
from tests.debugger.sessions import answer, demo, made, run, same, spoiled, with_params
from tests.listing import GRADIENTS, REGISTERS, SERIES

RUNS = {
    "demo": demo,
    "clipped by norm, targets absent": lambda: made(timesteps=3, absent=0.4, clip="norm:0.1", seed=1),
    "clipped by value": lambda: made(timesteps=3, clip="value:0.05"),
    "mean": lambda: made(timesteps=4, absent=0.3, reduction="mean"),
    "one timestep": lambda: made(timesteps=1),
    "no targets": lambda: made(timesteps=3, absent=1.0, reduction="mean"),
}


def halted():
    session = spoiled(math.inf, timesteps=2)
    return with_params(session, session.params, Options(clip=Clip.parse("norm:1")))


# -- marks ------------------------------------------------------------------------------------------------------


@given(st.integers(0, 47), st.integers(0, 47))
def test_a_mark_brings_back_to_its_position_with_nothing_else_changed(k, elsewhere):
    session = run(demo().at(k), "mark here")
    assert same(run(session.at(elsewhere), "goto @here"), session)
    assert run(session.at(elsewhere), "mark here", "start", "goto @here").k == elsewhere, "a mark can be moved"


@pytest.mark.parametrize("name", ["a b", "1a", "é", "", "a" * 41, "@a", "a/b"])
def test_what_is_not_a_name_marks_nothing(name):
    said = answer(demo(), f"mark {name}")
    assert said.session is demo()
    assert said.failed


def test_marks_are_listed_in_order_and_those_beyond_a_shorter_run_lead_to_its_end():
    session = run(demo(), "mark first", "end", "mark last-one", "goto 24", "mark middle")
    assert answer(session, "marks").message.split("\n") == [
        "@first: position 0, forward t=1 a", "@last-one: position 47, end", "@middle: position 24, backward t=2 dz",
    ]  # fmt: skip
    assert answer(session, "info marks").message.count("@") == 3
    shorter = perform(RunSequence(2), session).session
    assert answer(shorter, "marks").message.split("\n") == [
        "@first: position 0, forward t=1 a",
        "@last-one: update 0, position 47",
        "@middle: position 24, backward t=1 db",  # ten lines forward, nine of t = 2, five of t = 1
    ]
    assert run(shorter, "goto @last-one").cursor == (0, shorter.trace.end) == (0, 33)
    assert answer(shorter, "goto @nowhere").message == 'no mark "nowhere" (marks lists them)'
    assert answer(demo(), "marks").message == "there are no marks: mark NAME makes one"


# -- last and next-write ----------------------------------------------------------------------------------------


def written_at(trace, name, t=None):
    """The positions right after each line that writes a name (its timestep t), found by walking over all lines."""
    found = []
    for k in range(1, trace.end + 1):
        place = trace.place(k)
        written = trace.wrote(k) + (("nll",) if place.instruction.name == "loss" else ())
        at = place.t - 1 if name == "dh_next" else place.t
        if name in written and t in (None, at):
            found.append(k)
    return found


@pytest.mark.parametrize("make", [*RUNS.values(), halted], ids=[*RUNS, "halted"])
def test_last_and_next_write_go_to_the_nearest_write_before_and_after_from_every_position(make):
    session = make()
    trace = session.trace
    names = [name for name in REGISTERS if written_at(trace, name)]
    assert set(names) >= {*SERIES, *GRADIENTS, "loss"}
    texts = {name: written_at(trace, name) for name in names}
    for name in SERIES:
        for t in range(len(trace) + 1):
            if there := written_at(trace, name, t):
                texts |= {f"{name}[{t}]": there, f"{name}[{t}][1]": there, f"{name}[ {t} , 1 ]": there}
    texts |= {"dW[2,1]": written_at(trace, "dW"), "dW[2][1]": written_at(trace, "dW")}
    for text, there in texts.items():
        assert sorted(k for part in writes(trace, text) for k in part if k <= trace.end) == there
        for k in range(trace.end + 1):
            here = session.at(k)
            for word, beyond in (("next-write", [w for w in there if w > k]), ("last", [w for w in there if w < k])):
                said = answer(here, f"{word} {text}")
                if beyond:
                    assert said.session.k == (min(beyond) if word == "next-write" else max(beyond)), (word, text, k)
                    assert said.message == ""
                else:
                    assert said.session is here
                    when = "again" if word == "next-write" else "before"
                    assert said.message == f"{text} is not written {when} in this update"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x", "no line of this run writes x"), ("y[1]", "no line of this run writes y"),
        ("h0", "no line of this run writes h0"), ("clip_norm", "no line of this run writes clip_norm"),
        ("h[0]", "no line writes h[0] (timesteps count from 1)"),
        ("dh_next[3]", "no line writes dh_next[3] (timesteps count from 1)"),
        ("h[4]", "no line writes h[4] (timesteps count from 1)"), ("nothing", '"nothing" is not a value (for example'),
        ("t", '"t" is not a value'), ("dW]", '"dW]" is not a value'), ("h[1]x", '"h[1]x" is not a value'),
        ("h[1][2][3]", '"h[1][2][3]" is not a value'), ("norm(h)", '"norm(h)" is not a value'),
    ],
)  # fmt: skip
@pytest.mark.parametrize("word", ["last", "next-write"])
def test_what_no_line_writes_is_said(word, text, message):
    said = answer(demo().at(20), f"{word} {text}")
    assert said.session.k == 20
    assert said.message.startswith(message)


# -- why --------------------------------------------------------------------------------------------------------

ADDED_UP = ("a", "z", "dz", "dh", "dh_next", "loss", *GRADIENTS, *PARAMETERS)


def cells(trace, name):
    """Some cells of a name: every timestep, the first and the last unit."""
    if name == "loss":
        return [Cell("loss", ())]
    rows = getattr(trace, name) if name in SERIES else trace.value(name, trace.end)
    if name in SERIES:
        first = 0 if name in ("h", "dh_next") else 1
        ends = (0, rows.shape[1] - 1) if rows.ndim == 2 else (None,)
        return [Cell(name, (t,) if j is None else (t, j)) for t in range(first, len(trace) + 1) for j in ends]
    return [Cell(name, index) for index in {*np.ndindex(rows.shape[:1] + (2,) * (rows.ndim - 1))}]


@pytest.mark.parametrize("run_name", RUNS)
@pytest.mark.parametrize("name", ADDED_UP)
def test_the_parts_of_a_number_add_up_to_it_the_largest_first(run_name, name):
    trace = RUNS[run_name]().trace
    for cell in cells(trace, name):
        for k in range(0, trace.end + 1, 1 if trace.end < 50 else 3):
            value = cell_value(trace, k, cell)
            if value is None:
                continue
            made = contributions(trace, k, cell)
            parts = made.parts
            sizes = [abs(part.value) for part in parts]
            assert sizes == sorted(sizes, reverse=True)
            assert all(sizes)
            if parts or made.zeros:
                assert abs(math.fsum(part.value for part in parts) - value) <= 1e-12 * max(1.0, sum(sizes))
            else:
                given = name in PARAMETERS or cell.index[:1] in {(0,), (len(trace),)} or trace.y[cell.index[0] - 1] < 0
                assert given, (cell, k)


@pytest.mark.parametrize("optimiser", ["momentum", "adagrad", "adam"])
@pytest.mark.parametrize("clip", ["off", "norm:0.5"])
def test_the_parts_of_what_an_optimiser_keeps_and_makes_add_up_in_a_later_update(optimiser, clip):
    first = made(timesteps=3, clip=clip, optimiser=optimiser)
    again = record(first.trace.updated, first.trace.sequence, first.options, state=first.trace.updated_state)
    for name in (*PARAMETERS, *first.trace.program.kept):
        for cell in cells(again, name):
            for k in range(again.program.borders(3)[2], again.end + 1):
                parts = contributions(again, k, cell).parts
                assert bool(parts) is bool(again.program.times_run(name, k, 3))
                total = math.fsum(part.value for part in parts)
                assert not parts or math.isclose(total, cell_value(again, k, cell), rel_tol=1e-12, abs_tol=1e-15)


def test_nothing_made_what_a_window_s_border_cut_off():
    """At the end of a window dh is its local part alone, and dh_next 0 without parts."""
    trace = made(timesteps=6, truncation=2).trace
    for t in range(7):
        parts = contributions(trace, trace.end, Cell("dh_next", (t, 1))).parts
        assert math.isclose(math.fsum(part.value for part in parts), trace.dh_next[t, 1], abs_tol=1e-15)
        assert bool(parts) is (t not in (2, 4, 6))
    local = contributions(trace, trace.end, Cell("dh", (4, 1))).parts
    assert all(part.what.startswith("V[") for part in local)
    assert math.isclose(math.fsum(part.value for part in local), trace.dh[3, 1], abs_tol=1e-15)


MADE_BY = re.compile(
    r"(?:-lr · )?line (?P<line>\w+)(?: at t=(?P<t>\d+))?|"
    r"(?:\w+\[[\d,]+\]·)?(?P<name>h|dz|da|dh|p|z|a)\[(?P<at>\d+)\]\[\d+\](?:/M)?"
)


@pytest.mark.parametrize("run_name", RUNS)
@pytest.mark.parametrize("name", [*ADDED_UP, "h", "p", "nll", "da"])
def test_each_part_s_position_is_right_after_the_line_that_made_it(run_name, name):
    trace = RUNS[run_name]().trace
    for cell in cells(trace, name):
        for part in contributions(trace, trace.end, cell).parts:
            place = trace.place(part.k)
            if part.what.endswith("before the update"):
                assert part.k == 0
                continue
            match = MADE_BY.fullmatch(part.what)
            if match and match["line"]:
                assert (place.instruction.name, place.t) == (match["line"], int(match["t"] or 0))
            elif match and match["at"] != "0":
                assert (place.instruction.name, place.t) == (match["name"], int(match["at"]))
            else:  # given: the parameters, the inputs, h[0], the target; the line itself takes them in
                assert re.match(r"bias|U\[|the target|W\[.*h\[0\]", part.what), part.what
                assert (place.instruction.name, place.t) == (cell.name, cell.index[0])


@pytest.mark.parametrize("text", ["dW[2,4]", "loss", "a[2][1]", "dh[1][3]", "W[0,0]", "dz[2][2]", "h[3][1]"])
def test_why_with_a_number_walks_to_that_part_and_keeps_all_else(text):
    session = demo().at(47)
    listed = answer(session, f"why {text}")
    assert listed.session is session
    lines = [line for line in listed.message.split("\n") if "(position" in line]
    assert lines
    for number, line in enumerate(lines, start=1):
        k = int(re.search(r"\(position (\d+)\)", line)[1])
        walked = answer(session, f"why {text} {number}")
        assert same(walked.session, session.at(k))
        assert walked.message.startswith(f"{number} of ")
    beyond = answer(session, f"why {text} 99")
    assert beyond.session is session
    assert beyond.message.startswith("no part 99 (1 to ")


def test_a_long_list_shows_ten_parts_and_the_sum_of_the_rest():
    session = made(timesteps=40)
    session = session.at(session.trace.end)
    lines = answer(session, "why dW[1,2]").message.split("\n")
    assert len(lines) == 14
    assert lines[0].endswith("made of 39 parts, the largest first")
    assert lines[11].split()[1:] == ["29", "more"]
    assert lines[12].split(maxsplit=1) == ["0", "1 more that is exactly zero"], "h[0] is 0"
    parts = contributions(session.trace, session.k, Cell("dW", (1, 2))).parts
    assert float(lines[11].split()[0]) == pytest.approx(sum(part.value for part in parts[10:]), rel=1e-2)


@pytest.mark.parametrize(
    ("k", "text", "message"),
    [
        (0, "dW[2,4]", "dW[2,4] is not computed yet"), (47, "h[0][1]", "h[0][1] is given"),
        (47, "x[1][1]", "x[1][1] is given"), (0, "W[1,1]", "W[1,1] is given"),
        (47, "dh_next[3][0]", "dh_next[3][0] is given"), (47, "dW", "dW takes 2 indices, not 0"),
        (47, "dW[99,0]", "dW has no hidden 99"), (47, "nothing", '"nothing" is not a value'),
        (47, "", "why needs value [n] (why dW[2,4])"), (47, "dW[2,4] x", '"dW[2,4] x" is not a value'),
        (47, "dW[2,4] 0", '"0" is not a count'),
    ],
)  # fmt: skip
def test_what_has_no_parts_or_does_not_exist_is_said(k, text, message):
    said = answer(demo().at(k), f"why {text}")
    assert said.message.startswith(message)
    assert said.session.k == k


def test_a_timestep_without_a_target_has_no_reason():
    session = made(timesteps=3, absent=1.0)
    session = session.at(session.trace.end)
    assert answer(session, "why nll[2]").message == "nll[2] has no target"
    assert answer(session, "why dz[2][0]").message == "dz[2][0] has no target"


def test_what_is_not_a_number_comes_first_and_is_walked_to():
    session = spoiled(math.nan, timesteps=3)
    parts = contributions(session.trace, session.trace.end, Cell("a", (3, 3))).parts
    assert math.isnan(parts[0].value)
    said = answer(session.at(session.trace.end), f"why {cell_text(session.trace, Cell('a', (3, 3)))} 1")
    assert said.session.trace.wrote(said.session.k) == ("h",)
