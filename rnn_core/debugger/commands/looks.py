"""Commands that change how the run is looked at; none of them changes a number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

from rnn_core.debugger.commands import flow, forks
from rnn_core.debugger.outcome import Outcome, Travel
from rnn_core.debugger.position.cells import parse_cell
from rnn_core.debugger.registry import Argument, Command, Focused, Key, count
from rnn_core.debugger.selection import moved, select
from rnn_core.debugger.session import Session
from rnn_core.errors import UsageError, quoted
from rnn_core.views.options import (
    CHARTS,
    FLOW,
    FOCUSES,
    GATES,
    SPEEDS,
    TABLES,
    TRAINING,
    CellMode,
    ScaleMode,
    SumsMode,
    Theme,
)

DIRECTIONS = ("up", "down", "left", "right")


def _cycle(field: str, values: tuple[str, ...]) -> Callable[[Session, str | None], Outcome]:
    def run(session: Session, wanted: str | None) -> Outcome:
        now = getattr(session.view, field)
        new = wanted or values[(values.index(now) + 1) % len(values)]
        changed: dict[str, Any] = {field: new}
        return Outcome(session.seen(**changed), f"{field}: {new}")

    return run


def _play(session: Session) -> Outcome:
    if session.view.playing:
        return Outcome(session.seen(playing=False), "paused")
    return Outcome(session.seen(playing=True), f"playing {session.view.speed} lines/s: p pauses, + and - set the speed")


def _speed(direction: int) -> Callable[[Session], Outcome]:
    def run(session: Session) -> Outcome:
        at = SPEEDS.index(session.view.speed) + direction
        speed = SPEEDS[min(max(at, 0), len(SPEEDS) - 1)]
        return Outcome(session.seen(speed=speed), f"speed: {speed} lines/s")

    return run


def _watches(session: Session) -> Outcome:
    shown = not session.view.watches
    return Outcome(session.seen(watches=shown), f"watches {'shown' if shown else 'folded'}")


def _panel(session: Session, wanted: str) -> Outcome:
    gated = bool(session.trace.program.cell.gates)
    order = ("", *FOCUSES[:1], *((GATES,) if gated else ()), *FOCUSES[1:])
    if wanted == GATES and not gated:
        raise UsageError(f"the {session.trace.program.cell.name} has no gates", fix="panel hidden shows its state")
    if wanted not in (*FOCUSES, GATES):
        step = {"next": 1, "previous": -1}[wanted]
        wanted = order[(order.index(session.view.panel) + step) % len(order)]
    return Outcome(session.seen(panel=wanted))


def _zoom(session: Session) -> Outcome:
    zoom = not session.view.zoom
    return Outcome(session.seen(zoom=zoom), "Z zooms out; Tab changes the panel" if zoom else "")


def _curves(session: Session) -> Outcome:
    shown = not session.view.training
    panel = "" if session.view.panel == TRAINING else session.view.panel
    return Outcome(session.seen(training=shown, panel=panel), f"curves {'shown' if shown else 'folded'}")


def _chart(session: Session, wanted: str | None) -> Outcome:
    now = session.view.chart
    if not wanted and not session.view.training:
        return Outcome(session.seen(training=True), f"chart: {now}")
    new = wanted or CHARTS[(CHARTS.index(now) + 1) % len(CHARTS)]
    changed: dict[str, Any] = {"chart": new, "training": True}
    return Outcome(session.seen(**changed), f"chart: {new}")


def _log_curves(session: Session) -> Outcome:
    log = not session.view.log_curves
    return Outcome(session.seen(log_curves=log, training=True), f"curves: {'logarithmic' if log else 'linear'}")


def _stepping(session: Session) -> Outcome:
    return Outcome(session.seen(panel="", pinned=None))


def _select(session: Session, cell: str) -> Outcome:
    return Outcome(select(session, parse_cell(session.trace, cell, session.k)))


def _move(session: Session, direction: str, times: int) -> Outcome:
    if not session.view.panel:
        return Outcome(session, "no panel has the focus: Tab gives it to one")
    if session.view.panel == TRAINING:
        return _along(session, direction, times)
    if session.view.panel == FLOW:
        return Outcome(flow.along(session, direction, times))
    if session.view.panel not in TABLES:
        return Outcome(session, "this panel has no cells to move in")
    return Outcome(moved(session, direction, times))


def _along(session: Session, direction: str, times: int) -> Outcome:
    """The training panel's cursor is the update: left and right by updates, up and down by epochs."""
    by = times * (session.run.epoch_length if direction in ("up", "down") else 1)
    update = max(0, session.cursor.u + (by if direction in ("right", "down") else -by))
    if update == session.cursor.u:
        return Outcome(session, "already at the start of the run")
    return Outcome(session, effects=(Travel(update),))


def _scroll(session: Session, panel: str, direction: str, times: int) -> Outcome:
    return Outcome(moved(session.seen(panel=panel), direction, times))


def _scale(session: Session, text: str) -> Outcome:
    """A scale of colours; or, with a factor, a fork whose weights are multiplied."""
    if forks.scales(session, text):
        return forks.scale(session, text)
    modes = get_args(ScaleMode)
    if text and text not in modes:
        raise UsageError(f"scale: no {quoted(text)}", fix=f"one of {', '.join(modes)}")
    return _cycle("scale", modes)(session, text)


def _choice(name: str, values: tuple[str, ...]) -> tuple[Argument, ...]:
    return (Argument(name, str, choices=values),)


COMMANDS = (
    Command(
        name="play",
        run=_play,
        help="Play the run line by line, or pause.",
        example="play",
        group="view",
        keys=(Key("p"),),
        label="play",
    ),
    Command(
        name="faster",
        run=_speed(+1),
        help="Play faster.",
        example="faster",
        group="view",
        keys=(Key("+"), Key("=")),
        reverse="slower",
    ),
    Command(
        name="slower",
        run=_speed(-1),
        help="Play slower.",
        example="slower",
        group="view",
        keys=(Key("-"),),
        reverse="faster",
    ),
    Command(
        name="view",
        run=_cycle("cells", get_args(CellMode)),
        help="Show cells as heatmap, numbers or both.",
        example="view numbers",
        group="view",
        aliases=("v",),
        arguments=_choice("mode", get_args(CellMode)),
        keys=(Key("v"),),
        label="view",
        focused=Focused("view", TABLES),
    ),
    Command(
        name="scale",
        run=_scale,
        help="Colour by step, run, log or fixed; or fork: scale W 1.5.",
        example="scale log",
        group="view",
        aliases=("m",),
        arguments=(Argument("mode", str, default="", rest=True),),
        keys=(Key("m"),),
        label="scale",
        focused=Focused("scale", TABLES),
    ),
    Command(
        name="sums",
        run=_cycle("sums", get_args(SumsMode)),
        help="Show gradients accumulated, or this timestep's own part.",
        example="sums timestep",
        group="view",
        aliases=("d",),
        arguments=_choice("mode", get_args(SumsMode)),
        keys=(Key("d"),),
        focused=Focused("sums", ("gradients",)),
    ),
    Command(
        name="panel",
        run=_panel,
        help="Move the focus to a panel.",
        example="panel gradients",
        group="view",
        arguments=(Argument("panel", str, required=True, choices=(*FOCUSES, GATES, "next", "previous")),),
        keys=(Key("tab", "next"), Key("shift+tab", "previous"), Key("G", "flow")),
        label="panel",
        focused=Focused("panel", (*FOCUSES, GATES)),
    ),
    Command(
        name="stepping",
        run=_stepping,
        help="Back to stepping: no panel has the focus.",
        example="stepping",
        group="view",
        keys=(Key("escape"),),
        focused=Focused("step", (*FOCUSES, GATES)),
    ),
    Command(
        name="select",
        run=_select,
        help="Explain one number: its name and index.",
        example="select dW[2,4]",
        group="view",
        arguments=(Argument("cell", str, required=True, rest=True),),
    ),
    Command(
        name="move",
        run=_move,
        help="Move the selected cell, or along the curves.",
        example="move up",
        group="view",
        arguments=(Argument("direction", str, required=True, choices=DIRECTIONS), Argument("n", count, default=1)),
        keys=tuple(Key(direction, direction, "panel") for direction in DIRECTIONS),
        focused=Focused("move", (*FOCUSES, GATES)),
    ),
    Command(
        name="scroll",
        run=_scroll,
        help="Move the selected cell of a panel.",
        example="scroll gradients down 3",
        group="view",
        arguments=(
            Argument("panel", str, required=True, choices=TABLES),
            Argument("direction", str, required=True, choices=DIRECTIONS),
            Argument("n", count, default=1),
        ),
    ),
    Command(
        name="theme",
        run=_cycle("theme", get_args(Theme)),
        help="Dark or light.",
        example="theme light",
        group="view",
        aliases=("t",),
        arguments=_choice("theme", get_args(Theme)),
        keys=(Key("t"),),
    ),
    Command(
        name="zoom",
        run=_zoom,
        help="Give the whole screen to the focused panel, or take it back.",
        example="zoom",
        group="view",
        keys=(Key("Z"),),
        focused=Focused("zoom", (*FOCUSES, GATES)),
    ),
    Command(
        name="curves",
        run=_curves,
        help="Show the training's curves, or fold them away.",
        example="curves",
        group="view",
        keys=(Key("l"),),
        focused=Focused("fold", (TRAINING,)),
    ),
    Command(
        name="chart",
        run=_chart,
        help="What the curves show.",
        example="chart gradients",
        group="view",
        arguments=_choice("chart", CHARTS),
        keys=(Key("L"),),
        focused=Focused("chart", (TRAINING,)),
    ),
    Command(
        name="log-curves",
        run=_log_curves,
        help="The curves on a logarithmic scale, or on a linear one.",
        example="log-curves",
        group="view",
        keys=(Key("M"),),
        focused=Focused("log", (TRAINING,)),
    ),
    Command(
        name="watches",
        run=_watches,
        help="Fold the watches away, or show them.",
        example="watches",
        group="view",
        keys=(Key("W"),),
    ),
)
