"""No panel is ever stale: it shows what a fresh one shows, and what it says that it changes is all that changes."""

from __future__ import annotations

import os
import random
import signal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.segment import Segment

from rnn_core.debugger.session import Session
from rnn_core.optimisers import Optimiser
from rnn_core.updates import Clip, Options
from rnn_core.views import grid as grids
from rnn_core.views.gradients import vectors
from rnn_core.views.moments import settled
from rnn_core.views.options import View
from rnn_tui.arrangement import arrangement
from rnn_tui.panels.base import Panel
from rnn_tui.screens.debugger import PANELS
from tests.debugger.sessions import run, with_params
from tests.tui.painted import alone, sized
from tests.tui.terminal import started

OPTIONS = [Options(), Options(clip=Clip("norm", 1e-3), truncation=2), Options(optimiser=Optimiser("adam"))]


def of(kind: str, options: Options) -> Session:
    session = sized(4, 5, 3, 3, kind=kind)
    return with_params(session, session.params, options)


def same(one: grids.Grid, other: grids.Grid) -> bool:
    return all(np.array_equal(value, vars(other)[name], equal_nan=True) if isinstance(value, np.ndarray)
               else value == vars(other)[name] for name, value in vars(one).items())  # fmt: skip


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("options", OPTIONS, ids=["plain", "clip", "adam"])
def test_a_name_holds_at_its_settled_position_what_it_holds_now(kind, options):
    """… and every table of it is the same there, with what is fresh and what is selected."""
    trace, view = of(kind, options).trace, View()
    for k in range(trace.end + 1):
        for name, register in trace.program.registers.items():
            at = settled(trace, (name,), k)
            now, then = trace.value(name, k), trace.value(name, at)
            assert (now is None) == (then is None)
            assert now is None or np.array_equal(now, then)
            assert (name in trace.wrote(k)) == (name in trace.wrote(at)), (name, k, at)
            if register.kind == "sum":
                shape = trace.params[name[1:]].shape
                window = (range(1) if len(shape) == 1 else range(shape[0])), range(shape[-1])
                assert same(*(grids.gradient(trace, each, view, name, *window) for each in (k, at)))
            elif name in trace.params:
                shape = np.atleast_2d(trace.params[name]).shape
                assert same(*(grids.weights(trace, each, view, name, *map(range, shape)) for each in (k, at)))
            elif name in vectors(trace):
                assert same(*(grids.vector(trace, each, view, name, range(5)) for each in (k, at)))
            elif register.kind == "series" and len(register.axes) == 2:
                window = range(trace.rows[name].shape[1]), range(len(trace.rows[name]))
                assert same(*(grids.series(trace, each, view, name, *window) for each in (k, at)))


def fresh(kind: type[Panel], session: Session, width: int, height: int) -> list[list[Segment]]:
    """What a panel that has never shown anything paints, as of the very position."""
    now = type(kind.__name__, (kind,), {"moment": lambda _, session: session.k})
    return [list(strip) for strip in alone(now, session, width, height, session.view.theme)._strips]


def cells(segments: list[Segment]) -> list[tuple[str, object]]:
    return [(character, segment.style) for segment in segments for character in segment.text]


LINES = ["next", "rnext", "finish", "rfinish", "home", "end", "goto dh", "goto loss", "update", "rupdate",
         "view both", "view numbers", "scale log", "scale step", "sums timestep", "sums accumulated", "panel gradients",
         "panel hidden", "move down", "move right 2", "select dW[1,1]", "select h[2][1]", "break dh", "delete",
         "display norm(dW)", "theme light", "fork what", "branch main", "compare what", "compare"]  # fmt: skip


@settings(max_examples=8)
@given(
    st.sampled_from(["rnn", "lstm", "gru", "values"]), st.sampled_from(OPTIONS),
    st.sampled_from([(80, 24), (120, 40), (200, 60)]),
    st.lists(st.sampled_from([*["step"] * 20, *["back"] * 8, *LINES]), min_size=10, max_size=40),
)  # fmt: skip
def test_a_panel_shows_what_a_fresh_one_shows_and_changes_what_it_says_it_changes(kind, options, size, lines):
    session = of(kind, options) if kind != "values" else sized(4, 5, 3, 3, kind=kind)
    panels: dict[str, Panel] = {}
    kinds = {kind.__name__.removesuffix("Panel").lower(): kind for kind in PANELS}
    for line in lines:
        try:
            session = run(session, line)
        except AssertionError:  # a command that fails changes nothing
            continue
        for name, box in arrangement(session, *size).items():
            if name not in kinds or not box.height:
                continue
            known = panels.get(name)
            if known is None or known.size != (box.width, box.height) or known.colours.theme != session.view.theme:
                panels[name] = alone(kinds[name], session, box.width, box.height, session.view.theme)
                continue
            before = [cells(list(strip)) for strip in known._strips]
            for change in known.changes(session) or ():
                piece = cells(list(change.strip))
                before[change.y][change.x : change.x + len(piece)] = piece
            wanted = [cells(row) for row in fresh(kinds[name], session, box.width, box.height)]
            assert before == wanted, (name, line)
            assert [cells(list(strip)) for strip in known._strips] == wanted, (name, line)


@pytest.mark.parametrize("seed", range(2))
def test_whatever_was_pressed_the_terminal_shows_what_painting_everything_anew_shows(seed):
    rng = random.Random(seed)
    keys = [*"ssssnnSSNfFcvvzZ[]uUW", "tab", "up", "down", "left", "right", "home", "end"]
    with started(size=rng.choice([(80, 24), (120, 40), (170, 50)])) as terminal:
        for at in range(5):
            if rng.random() < 0.4:
                terminal.resize(*rng.choice([(90, 30), (130, 45)]))
            terminal.press(*rng.choices(keys, k=10))
            terminal.press("/", f"p {at}+777000", "enter")  # once that is answered, so is what came before
            terminal.wait(f"{at + 777000}")
            terminal.press("escape")
            terminal.wait(lambda text: "Tab complete" not in text)
        before, colours = terminal.text, terminal.colours()
        terminal.child.kill(signal.SIGSTOP)
        os.waitid(os.P_PID, terminal.child.pid, os.WSTOPPED | os.WNOWAIT)
        terminal.screen.reset()
        terminal.child.kill(signal.SIGCONT)
        terminal.wait(lambda text: text == before)
        assert terminal.colours() == colours
        terminal.press("q")
        assert terminal.ended() == 0
