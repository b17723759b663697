"""Breakpoints, watchpoints and logpoints against their plain definition, tried at every position of a run."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_core.debugger.effects import performing
from rnn_core.debugger.expressions import NotComputed, Scope, compile_expression
from rnn_core.debugger.outcome import Open, RunSequence, Search
from rnn_core.debugger.position.places import Location
from rnn_core.debugger.stops.breakpoints import Breakpoint
from rnn_core.debugger.stops.hits import CHEAP, cheap_hit_count, hit_count, hits, search, ticks
from rnn_core.errors import Cancelled, UsageError
from rnn_core.program import PHASES
from rnn_core.recorder import record
from rnn_core.updates import Clip, Options
from tests.debugger.sessions import answer, demo, made, run, same, spoiled, with_params


def halted():
    """A run whose update does not happen: the norm to clip by is not finite."""
    session = spoiled(math.inf, timesteps=2)
    return with_params(session, session.params, Options(clip=Clip.parse("norm:1")))


RUNS = {
    "demo": demo,
    "clipped, targets absent": lambda: made(timesteps=3, absent=0.4, clip="norm:0.1", seed=1),
    "mean": lambda: made(timesteps=4, absent=0.3, reduction="mean"),
    "one timestep": lambda: made(timesteps=1),
    "no targets": lambda: made(timesteps=3, absent=1.0, reduction="mean"),
    "not a number": lambda: spoiled(math.nan, timesteps=3),
    "infinite": lambda: spoiled(math.inf, "V", timesteps=2),
    "halted": halted,
}
runs = st.sampled_from(sorted(RUNS)).map(lambda name: RUNS[name]())

CONDITIONS = [
    "", "t > 1", "t == 2", "norm(dh) < 1", "norm(dW) >= 0", "not norm(dW) < 1", "h[2][0] > -9", "in_backward",
    "k % 3 == 0", "loss > 1 or in_forward", "finite(dh)", "norm(prev(h)) > 0 and t > 1", "1 > 2",
]  # fmt: skip
VALUES = [
    "h", "loss", "dW", "dW[0,1]", "norm(dh_next)", "t", "k", "p[1]", "nll", "W", "h - prev(h)", "dh_next", "size(h)",
    "y[t]", "argmax(p)", "dc", "norm(dU) + norm(dV)", "h[t]", "update + t", "max(h) + lr",
]  # fmt: skip
TRUTHS = [
    "norm(dh_next) > 0", "norm(dh_next) < 1e-3", "loss > 1.5", "t == 2", "in_backward", "in_update", "not in_forward",
    "norm(dW) < 1", "not norm(dW) < 1", "h[2][0] < 9", "any(h > 0.5)", "finite(h)", "not finite(h)", "argmax(p) == 0",
    "norm(h - prev(h)) > 0.1", "k > 12", "dW[0,0] < 0 or t > 1", "nll > 1", "all(dh_next == 0)",
    "cos(dW, prev(dW)) > 0",
]  # fmt: skip


# -- the plain definition ---------------------------------------------------------------------------------------


@cache
def compiled(trace, text):
    return compile_expression(text, trace)


def holds(trace, text, k):
    if not text:
        return True
    try:
        return bool(np.all(compiled(trace, text).value(Scope(trace, k))))
    except NotComputed:
        return False


def value(trace, text, k):
    try:
        return np.asarray(compiled(trace, text).value(Scope(trace, k)))
    except NotComputed:
        return None


def differ(one, other):
    if one is None or other is None:
        return one is not other
    return one.shape != other.shape or not bool(np.all((one == other) | ((one != one) & (other != other))))


def matches(location, place, beginning):
    """Whether the line about to run is one that a location means."""
    if location.line:
        named = place.instruction.name == location.line
    elif location.t is None:  # a phase alone is its beginning
        named = place.phase == location.phase and beginning
    else:
        named = place.phase != "update" and beginning
    return named and location.phase in (None, place.phase) and location.t in (None, place.t)


def begins(trace, k, wide):
    """Whether the line about to run at k is the first of its phase (wide) or of its timestep."""
    if k == 0:
        return True
    ran, following = trace.place(k), trace.place(k + 1)
    return ran.phase != following.phase or (not wide and ran.t != following.t)


def plain_hits(trace, point):
    """Every position at which a breakpoint hits, by trying each."""
    found = []
    for k in range(trace.end + 1):
        if point.location:
            if k == trace.end:
                continue
            wide = point.location.t is None
            hit = matches(point.location, trace.place(k + 1), begins(trace, k, wide))
        elif k == 0:
            continue
        elif point.watch in TRUTHS:
            hit = holds(trace, point.watch, k) and not holds(trace, point.watch, k - 1)
        else:
            hit = differ(value(trace, point.watch, k - 1), value(trace, point.watch, k))
        if hit and holds(trace, point.condition, k):
            found.append(k)
    return found


def locations(trace):
    """Every kind of place that fits a run."""
    timesteps = range(1, len(trace) + 1)
    lines = [line.name for line in trace.program]
    found = [Location(line=line) for line in lines] + [Location(phase=phase) for phase in PHASES]
    found += [Location(t=t) for t in timesteps]
    for t in timesteps:
        found += [Location(phase=phase, t=t) for phase in ("forward", "backward")]
        found += [Location(line=line.name, t=t) for line in trace.program if line.phase != "update"]
    return found


@st.composite
def points(draw, trace, number=1):
    """A breakpoint, watchpoint or logpoint of any kind."""
    kind = draw(st.sampled_from(["place", "value", "truth"]))
    changes = {
        "number": number,
        "condition": draw(st.sampled_from(CONDITIONS)) if len(trace) > 1 else "",
        "ignore": draw(st.sampled_from([0, 0, 0, 1, 2, 5])),
        "enabled": draw(st.sampled_from([True, True, True, False])),
        "log": draw(st.sampled_from(["", "", "", "at {k} in {t}"])),
        "temporary": draw(st.booleans()),
    }
    if kind == "place":
        return Breakpoint(location=draw(st.sampled_from(locations(trace))), **changes)
    texts = VALUES if kind == "value" else TRUTHS
    if len(trace) == 1:
        texts = [text for text in texts if "[2]" not in text]
    return Breakpoint(watch=draw(st.sampled_from(texts)), **changes)


@st.composite
def set_up(draw):
    """A session somewhere in its run, with up to four breakpoints."""
    session = draw(runs)
    several = [draw(points(session.trace, number)) for number in range(1, draw(st.integers(1, 4)) + 1)]
    several = [point for point in several if fits(session.trace, point)]
    return replace(session, breakpoints=tuple(several)).at(draw(st.integers(0, session.trace.end)))


def fits(trace, point):
    try:
        hits(trace, point)
    except UsageError:
        return False
    return True


def expected(session, direction):
    """(position, numbers that stop there, log lines) of the nearest stop, by the plain definition.

    It is looked for in this update, and from its end in the next one; the sessions stand in the first.
    """
    trace, k, log = session.trace, session.k, []
    if direction > 0 and k == trace.end:
        trace, k = session.run.trace(1), -1
    edge = trace.end if direction > 0 else 0
    ways = {point.number: plain_hits(trace, point)[point.ignore :] for point in session.breakpoints if point.enabled}
    while k != edge:
        k += direction
        here = [point for point in session.breakpoints if k in ways.get(point.number, ())]
        log += [f"at {k} in {int(value(trace, 't', k))}" for point in here if point.log]
        stops = [point.number for point in here if not point.log]
        if stops:
            return k, stops, log
    return edge, [], log


# -- hits -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("run_name", RUNS)
def test_a_place_hits_right_before_each_of_its_lines_that_runs(run_name):
    trace = RUNS[run_name]().trace
    for location in locations(trace):
        point = Breakpoint(1, location)
        assert list(hits(trace, point)) == plain_hits(trace, point), location


@pytest.mark.parametrize("run_name", RUNS)
@pytest.mark.parametrize("watch", VALUES)
def test_a_watched_value_hits_right_after_each_line_that_changes_it(run_name, watch):
    trace = RUNS[run_name]().trace
    point = Breakpoint(1, watch=watch)
    if watch == "t" or fits(trace, point):
        assert list(hits(trace, point)) == plain_hits(trace, point)


@pytest.mark.parametrize("run_name", RUNS)
@pytest.mark.parametrize("watch", TRUTHS)
def test_a_watched_condition_hits_right_after_each_line_that_makes_it_true(run_name, watch):
    trace = RUNS[run_name]().trace
    point = Breakpoint(1, watch=watch)
    if "[2]" not in watch or len(trace) > 1:
        assert list(hits(trace, point)) == plain_hits(trace, point)


@settings(max_examples=150)
@given(st.data())
def test_hits_and_their_count_at_every_position_are_those_of_the_definition(data):
    session = data.draw(set_up())
    for point in session.breakpoints:
        plain = plain_hits(session.trace, point)
        assert list(hits(session.trace, point)) == plain
        for k in range(session.trace.end + 1):
            assert hit_count(session.trace, point, k) == sum(hit <= k for hit in plain)


def test_known_hits_of_the_demo():
    # T = 3: forward lines 1…15, backward 16…42 (t=3 from 16, t=2 from 25, t=1 from 34), update 43…47.
    trace = demo().trace

    def of(**parts):
        return list(hits(trace, Breakpoint(1, **parts)))

    assert of(location=Location("a")) == [0, 5, 10]
    assert of(location=Location("dh")) == [18, 27, 36]
    assert of(location=Location("dh", t=2)) == [27]
    assert of(location=Location(phase="backward")) == [15]
    assert of(location=Location(t=3)) == [10, 15]
    assert of(location=Location("W")) == [43]
    assert of(watch="h") == [2, 7, 12]
    assert of(watch="loss") == [5, 10, 15]
    assert of(watch="dh_next") == [24, 33, 42]
    assert of(watch="W") == [44]
    assert of(watch="loss > 2") == [10]
    assert of(watch="in_backward") == [15]
    assert of(watch="norm(dh_next) > 0") == [24], "zero before, and it stays above"
    assert of(location=Location("dh"), condition="t < 3") == [27, 36]


# -- continue and rcontinue -------------------------------------------------------------------------------------


@settings(max_examples=250)
@given(st.data(), st.sampled_from([+1, -1]))
def test_continue_stops_at_the_first_hit_beyond_or_the_end_and_rcontinue_at_the_last_before_or_the_start(data, way):
    session = data.draw(set_up())
    done = performing.perform(Search(way), session)
    position, stopped, log = expected(session, way)
    assert done.session.k == position
    lines = done.message.split("\n")
    assert [line.partition(": ")[2] for line in lines[: len(log)]] == log
    if stopped:
        assert [int(line.split()[1].rstrip(":")) for line in lines[len(log) :]] == stopped
    else:
        assert lines[len(log) :] == [f"no stop before the {'end' if way > 0 else 'start'}"]
    spent = {point.number for point in session.breakpoints if point.temporary and point.number in stopped}
    assert [point.number for point in done.session.breakpoints] == [
        point.number for point in session.breakpoints if point.number not in spent
    ]


@settings(max_examples=60)
@given(st.data())
def test_walking_on_by_continue_visits_the_hits_in_order_and_walking_back_the_same_in_reverse(data):
    session = data.draw(set_up())
    kept = tuple(replace(point, temporary=False, log="", enabled=True) for point in session.breakpoints)
    session, wanted = replace(session, breakpoints=kept).at(0), set()
    for point in kept:
        wanted.update(plain_hits(session.trace, point)[point.ignore :])
    on, here = [], session
    while here.k < session.trace.end:
        here = performing.perform(Search(+1), here).session
        on.append(here.k)
    assert on == sorted(wanted - {0} | {session.trace.end})
    back = []
    while here.k > 0:
        here = performing.perform(Search(-1), here).session
        back.append(here.k)
    assert back == sorted((wanted | {0}) - {session.trace.end}, reverse=True)


@settings(max_examples=60)
@given(st.data())
def test_from_every_position_the_stop_is_the_nearest_hit(data):
    session = data.draw(set_up())
    for point in session.breakpoints:
        point = replace(point, enabled=True, log="", ignore=0)
        found = plain_hits(session.trace, point)
        for k in range(session.trace.end + 1):
            on, back = (search(session.trace, (point,), k, way) for way in (+1, -1))
            assert (on.k if on else None) == min((hit for hit in found if hit > k), default=None)
            assert (back.k if back else None) == max((hit for hit in found if hit < k), default=None)


def test_ignored_hits_are_the_first_of_the_run_whichever_way_one_comes():
    session = run(demo(), "break dh", "ignore 1 1")
    assert performed(session, "continue").k == 27
    assert performed(session.at(47), "rcontinue").k == 36
    assert performed(session.at(36), "rcontinue").k == 27
    assert performed(session.at(27), "rcontinue").k == 0, "the hit at 18 is the one left out"


def performed(session, line):
    """The session after a command and what it asked for."""
    said = answer(session, line)
    for effect in said.effects:
        said = performing.perform(effect, said.session)
    return said.session


def told(session, line):
    """What a command, and what it asked for, answer."""
    said = answer(session, line)
    for effect in said.effects:
        said = performing.perform(effect, said.session)
    return said.message


def test_one_stop_names_every_breakpoint_that_hits_there_and_spends_those_for_once():
    session = run(demo(), "tbreak dh t=2", "watch dc", "break dh", "break dc t=1", "tbreak dh t=3", "delete 2")
    lines = told(session.at(20), "continue").split("\n")
    assert lines == ["breakpoint 1: dh t=2", "breakpoint 3: dh"]
    assert [point.number for point in performed(session.at(20), "continue").breakpoints] == [3, 4, 5]


def test_a_logpoint_is_written_although_another_point_declared_before_it_stops_there():
    session = run(demo(), "break dh t=2", 'log dh "norm {norm(dh)}"', 'log t=2 "new"')
    lines = told(session, "continue").split("\n")
    assert lines == [
        "forward t=2 a: new", "backward t=3 dh: norm not computed yet", "backward t=2 dz: new",
        f"backward t=2 dh: norm {np.linalg.norm(demo().trace.dh[2]):.4f}", "breakpoint 1: dh t=2",
    ]  # fmt: skip


def test_a_run_without_breakpoints_goes_to_the_end_and_says_so():
    assert told(demo(), "continue") == "no stop before the end"
    assert performed(demo(), "continue").k == 47
    assert told(demo().at(9), "rcontinue") == "no stop before the start"
    assert told(demo().at(47), "continue") == "no stop before the end"
    assert performed(demo().at(47), "continue").cursor == (1, 75), "from the end of an update to the end of the next"
    assert performed(demo().at(47), "continue").trace.end == 75
    assert answer(demo(), "rcontinue").message == "already at the start of the run"


def test_a_stop_says_which_breakpoint_and_the_values_beside_the_threshold():
    session = run(demo(), "watch norm(dh_next) > 1e-4", "break da if t < 3 and norm(dh) > 0")
    assert told(session, "continue") == "watchpoint 1: norm(dh_next) > 1e-4 · norm(dh_next) = 2.24e-4"
    assert told(session.at(24), "continue") == "breakpoint 2: da if t < 3 and norm(dh) > 0 · t = 2 · norm(dh) = 0.0215"
    session = run(demo(), "watch argmax(p)")
    assert told(session, "continue") == "watchpoint 1: argmax(p) · was not computed yet, is 0"


# -- until ------------------------------------------------------------------------------------------------------


@settings(max_examples=100)
@given(st.data(), st.sampled_from([+1, -1]))
def test_until_stops_at_the_place_or_at_a_stop_before_it(data, way):
    session = data.draw(set_up())
    location = data.draw(st.sampled_from(locations(session.trace)))
    word = "until" if way > 0 else "runtil"
    said = answer(session, f"{word} {location}")
    assert said.effects == (Search(way, str(location)),)
    both = replace(session, breakpoints=(*session.breakpoints, Breakpoint(9, location)))
    done = performing.perform(said.effects[0], session)
    assert done.session.k == expected(both, way)[0]
    assert 9 not in [point.number for point in done.session.breakpoints]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("until", "until needs place (until dh t=2)"),
        ("until nothing", 'no line "nothing" (one of'),
        ("until dh t=9", "no timestep 9 (1 to 3)"),
        ("runtil t=0", "no timestep 0 (1 to 3)"),
        ("until W t=1", "the update has no timesteps"),
        ("until dh forward", "the line dh is in the backward phase"),
    ],
)
def test_a_place_that_does_not_exist_is_not_run_to(line, message):
    said = answer(demo(), line)
    if said.effects:
        with pytest.raises(UsageError) as refusal:
            performing.perform(said.effects[0], said.session)
        assert str(refusal.value) == message
    else:
        assert said.message.startswith(message)
        assert same(said.session, demo())


# -- the list ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("break nothing", 'no line "nothing"'),
        ("break dh t=4", "no timestep 4 (1 to 3)"),
        ("break dh t=0", "no timestep 0 (1 to 3)"),
        ("break dh h", '"dh h" names two lines'),
        ("break dh t=2 t=3", '"dh t=2 t=3" names two places'),
        ("tbreak forward backward", '"forward backward" names two places'),
        ("until dh t=2 t=3", '"dh t=2 t=3" names two places'),
        ("break 12 t=3", '"12 t=3" mixes a position with a place'),
        ("break line", '"line" is not a place'),
        ("break update t=1", "the update has no timesteps"),
        ("break dh if", "if needs a condition"),
        ("break dh if nothing", 'column 1: no name "nothing"'),
        ("break dh if h", '"h" has 10 values, a condition has one'),
        ("watch", "watch needs expression"),
        ("watch lr", '"lr" never changes'),
        ("watch x[1]", '"x[1]" never changes'),
        ("watch 1 > 2", '"1 > 2" never changes'),
        ("watch h > 0", '"h > 0" has 10 values, a condition has one'),
        ("log dh", "log needs a place and a message"),
        ('log "x"', "log needs a place and a message"),
        ('log dh ""', "the log message is empty"),
        ('log dh "{nothing}"', 'column 1: no name "nothing"'),
        ('log dh "{}"', "an expression is needed"),
        ('log 7 "x"', 'no breakpoint "7" (there are none)'),
        ("delete 7", 'no breakpoint "7" (there are none)'),
        ("ignore 1 2", 'no breakpoint "1"'),
        ("ignore 1 x", '"x" is not a count'),
        ("enable x", 'no breakpoint "x"'),
        ("toggle nothing", 'no line "nothing"'),
    ],
)
def test_what_cannot_be_set_is_refused_and_changes_nothing(line, message):
    said = answer(demo(), line)
    assert said.message.startswith(message)
    assert said.session is demo()


def test_breakpoints_survive_another_sequence_and_one_that_does_not_fit_is_left_out_and_says_so():
    session = run(demo(), "break dh t=3", "watch norm(h[3]) > 0", "break dh", "tbreak dh if h[3][0] > 9")
    moved = performing.perform(RunSequence(2), session).session
    assert len(moved.trace) == 2
    assert moved.breakpoints == session.breakpoints
    assert told(moved, "continue").split("\n") == [
        "breakpoint 1 does not fit this run: no timestep 3 (1 to 2)",
        "watchpoint 2 does not fit this run: column 8: h has no timestep 3 (0 to 2)",
        "breakpoint 4 does not fit this run: column 3: h has no timestep 3 (0 to 2)",
        "breakpoint 3: dh",
    ]
    listed = answer(moved, "info breakpoints").message.split("\n")
    assert ["does not fit this run" in line for line in listed] == [True, True, False, True]
    assert run(moved, "disable 2", "disable 1", "disable 4", "enable 1").breakpoints[1].enabled is False
    back = performing.perform(RunSequence(0), moved).session
    assert told(back.at(20), "rcontinue") == "breakpoint 1: dh t=3\nbreakpoint 3: dh"


def test_breakpoints_survive_another_file(tmp_path):
    path = tmp_path / "two.csv"
    path.write_text("u,v,target\n1,2,0\n3,4,2\n")
    session = run(demo(), "break dh", "watch x[1][4] + h[1][0]", "display norm(dh)", "break dh t=3")
    opened = performing.perform(Open(str(path)), session).session
    assert opened.breakpoints == session.breakpoints
    assert opened.displays == session.displays
    assert told(opened, "continue").split("\n") == [
        "watchpoint 2 does not fit this run: column 1: [4] does not fit shape (2,) (indices count from 0)",
        "breakpoint 3 does not fit this run: no timestep 3 (1 to 2)",
        "breakpoint 1: dh",
    ]


def test_stopping_the_search_leaves_the_session_as_it_was():
    session = run(made(timesteps=400), "watch norm(dh_next) > 1e9", "break dh if norm(dh) > 1e9", "ignore 2 3")

    def stop_soon(share):
        assert 0 <= share <= 1
        if share > 0.3:
            raise Cancelled

    for way, k in ((+1, 0), (-1, session.trace.end)):
        here = session.at(k)
        before = (here.cursor, here.breakpoints, here.view)
        with pytest.raises(Cancelled):
            performing.perform(Search(way), here, stop_soon)
        assert (here.cursor, here.breakpoints, here.view) == before
    shares = []
    performing.perform(Search(+1), session, shares.append)
    assert len(shares) > 2
    assert all(0 <= share <= 1 for share in shares)


def test_an_index_that_leads_nowhere_on_the_way_names_its_breakpoint_and_moves_nothing():
    session = run(made(timesteps=9, hidden=4), "watch dW[t,0] > 9")
    with pytest.raises(UsageError, match=r"watchpoint 1, column 1: \[\d,0\] does not fit shape \(4, 4\)"):
        performing.perform(Search(+1), session)


def test_what_lies_beyond_a_stop_is_not_looked_at():
    """The condition has no answer at t = 5; the stops before it are stops. At t = 9 dW is not computed yet."""
    session = run(made(timesteps=9, hidden=4), "break dU if dW[9-t,0] < 9")
    for t in (8, 7, 6):
        session = performed(session, "continue")
        assert (session.following.t, session.following.instruction.name) == (t, "dU")
    with pytest.raises(UsageError, match="breakpoint 1, column 1"):
        performing.perform(Search(+1), session)


def test_a_watchpoint_on_nan_stops_when_it_becomes_nan_and_not_at_each_further_nan():
    trace = spoiled(math.nan, timesteps=3).trace
    assert hits(trace, Breakpoint(1, watch="not finite(h)")) == (2,)
    assert hits(trace, Breakpoint(1, watch="norm(h)")) == (2,)
    assert hits(trace, Breakpoint(1, watch="norm(h) > 0")) == ()
    # t is 1, 2, 3, 3, 2, 1, 0: the logarithm is nan at both threes
    assert hits(demo().trace, Breakpoint(1, watch="log(2.5 - t)")) == (5, 10, 24, 33, 42)


def test_a_halted_run_stops_before_no_line_of_the_update():
    session = halted()
    assert session.trace.halted
    for place in ("update", "clip", "U", "c"):
        assert hits(session.trace, Breakpoint(1, Location.parse(place, session.trace.program))) == ()
    assert told(run(session, "break update"), "continue") == "no stop before the end"
    assert performed(run(session, "break update"), "continue").k == session.trace.end
    assert hits(session.trace, Breakpoint(1, watch="in_update")) == ()


def test_what_is_set_on_one_run_is_judged_anew_on_the_next():
    """Hits are remembered for each trace, not for each breakpoint."""
    one, other = made(timesteps=3, seed=0), made(timesteps=3, seed=5)
    point = Breakpoint(1, watch="argmax(p)")
    assert list(hits(one.trace, point)) == plain_hits(one.trace, point)
    assert list(hits(other.trace, point)) == plain_hits(other.trace, point)
    again = record(one.params, one.dataset.sequences[0], one.options)
    assert hits(again, point) == hits(one.trace, point)


@pytest.mark.parametrize(
    ("text", "location"),
    [
        ("dh", Location("dh")), ("line dh", Location("dh")), ("dh t=3", Location("dh", t=3)), ("t=3", Location(t=3)),
        ("t = 3  dh", Location("dh", t=3)), ("backward", Location(phase="backward")),
        ("backward t=2", Location(phase="backward", t=2)), ("update", Location(phase="update")),
        ("dh backward", Location("dh", "backward")), ("W", Location("W")),
    ],
)  # fmt: skip
def test_places_are_read_as_they_are_written(text, location):
    program = demo().trace.program
    assert Location.parse(text, program) == location
    assert Location.parse(str(location), program) == location


# -- ticks on the timeline ----------------------------------------------------------------------------------------


def test_ticks_are_the_hits_of_what_is_on_and_stops():
    session = run(demo(), "break dh", "watch h", "break da", "disable 3", 'log dz "x"', "break W")
    assert ticks(session.trace, session.breakpoints, 100) == (2, 7, 12, 18, 27, 36, 43)
    assert ticks(session.trace, session.breakpoints, 2) == (43,), "what hits too often to be drawn is left out"
    shorter = performing.perform(RunSequence(2), run(demo(), "break dh t=3", "break dh")).session
    assert ticks(shorter.trace, shorter.breakpoints, 100) == (13, 22), "what does not fit has none"


def test_the_ticks_of_a_long_run_are_those_of_places_without_looking_at_values():
    session = run(made(timesteps=2000), "break dh t=7", "break dh", "break dh t=9 if norm(dh) > 0", "watch loss > 1")
    assert session.trace.end > CHEAP
    assert ticks(session.trace, session.breakpoints, 100) == hits(session.trace, session.breakpoints[0])
    assert len(ticks(session.trace, session.breakpoints, 3000)) == 2000


def test_a_breakpoint_without_a_place_is_at_the_line_about_to_run():
    assert answer(demo().at(20), "break").message == "breakpoint 1: db t=3"
    assert answer(demo().at(43), "break if loss > 1").message == "breakpoint 1: W if loss > 1"
    assert answer(demo().at(47), "break").message == "no line is about to run (name one: break dh)"


def test_a_plain_place_is_counted_at_any_length_and_a_condition_only_where_that_is_cheap():
    session = made(timesteps=1500)
    dh = Breakpoint(1, Location("dh"))
    for k in (0, 7503, 7504, 9000, session.trace.end):
        assert cheap_hit_count(session.trace, dh, k) == hit_count(session.trace, dh, k)
    assert cheap_hit_count(session.trace, replace(dh, condition="t > 3"), 9000) is None
