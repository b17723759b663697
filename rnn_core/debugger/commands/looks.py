"""Commands that change how the run is looked at; none of them changes a number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

from rnn_core.debugger.commands import forks
from rnn_core.debugger.outcome import Copy, Outcome, Travel
from rnn_core.debugger.registry import Argument, Command, Key, count
from rnn_core.debugger.selection import moved, parse_cell, select, selected, value_text
from rnn_core.debugger.session import Session
from rnn_core.errors import UsageError, quoted
from rnn_core.views.options import CHARTS, FOCUSES, PANELS, SPEEDS, TRAINING, CellMode, ScaleMode, SumsMode, Theme

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
    order = ("", *FOCUSES)
    if wanted not in FOCUSES:
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


def _copy(session: Session) -> Outcome:
    cell = selected(session)
    text = value_text(session, cell) if cell else None
    if text is None:
        return Outcome(session, "nothing is selected that has a value yet")
    return Outcome(session, f"copied {text}", (Copy(text),))


def _scale(session: Session, text: str) -> Outcome:
    """A scale of colours; or, with a factor, a fork whose weights are multiplied."""
    if forks.scales(text):
        return forks.scale(session, text)
    modes = get_args(ScaleMode)
    if text and text not in modes:
        raise UsageError(f"scale: no {quoted(text)}", fix=f"one of {', '.join(modes)}")
    return _cycle("scale", modes)(session, text)


def _choice(name: str, values: tuple[str, ...]) -> tuple[Argument, ...]:
    return (Argument(name, str, choices=values),)


COMMANDS = (
    Command("play", _play, "Play the run line by line, or pause.", "play", "view", (), (), (Key("p"),), "", "play"),
    Command("faster", _speed(+1), "Play faster.", "faster", "view", (), (), (Key("+"), Key("=")), "slower"),
    Command("slower", _speed(-1), "Play slower.", "slower", "view", (), (), (Key("-"),), "faster"),
    Command("view", _cycle("cells", get_args(CellMode)), "Show cells as heatmap, numbers or both.", "view numbers",
            "view", ("v",), _choice("mode", get_args(CellMode)), (Key("v"),), "", "view"),
    Command("scale", _scale, "Colour by step, run, log or fixed; or fork: scale W 1.5.", "scale log",
            "view", ("m",), (Argument("mode", str, default="", rest=True),), (Key("m"),), "", "scale"),
    Command("sums", _cycle("sums", get_args(SumsMode)), "Show gradients accumulated, or this timestep's own part.",
            "sums timestep", "view", ("d",), _choice("mode", get_args(SumsMode)), (Key("d"),)),
    Command("panel", _panel, "Move the focus to a panel.", "panel gradients", "view", (),
            (Argument("panel", str, required=True, choices=(*FOCUSES, "next", "previous")),),
            (Key("tab", "next"), Key("shift+tab", "previous")), "", "panel"),
    Command("stepping", _stepping, "Back to stepping: no panel has the focus.", "stepping", "view", (), (),
            (Key("escape"),)),
    Command("select", _select, "Explain one number: its name and index.", "select dW[2,4]", "view", (),
            (Argument("cell", str, required=True, rest=True),)),
    Command("move", _move, "Move the selected cell, or along the curves.", "move up", "view", (),
            (Argument("direction", str, required=True, choices=DIRECTIONS), Argument("n", count, default=1)),
            tuple(Key(direction, direction, "panel") for direction in DIRECTIONS)),
    Command("scroll", _scroll, "Move the selected cell of a panel.", "scroll gradients down 3", "view", (),
            (Argument("panel", str, required=True, choices=PANELS),
             Argument("direction", str, required=True, choices=DIRECTIONS), Argument("n", count, default=1))),
    Command("theme", _cycle("theme", get_args(Theme)), "Dark or light.", "theme light", "view", ("t",),
            _choice("theme", get_args(Theme)), (Key("t"),)),
    Command("zoom", _zoom, "Give the whole screen to the focused panel, or take it back.", "zoom", "view", (), (),
            (Key("Z"),)),
    Command("curves", _curves, "Show the training's curves, or fold them away.", "curves", "view", (), (),
            (Key("l"),)),
    Command("chart", _chart, "What the curves show.", "chart gradients", "view", (), _choice("chart", CHARTS),
            (Key("L"),)),
    Command("log-curves", _log_curves, "The curves on a logarithmic scale, or on a linear one.", "log-curves", "view",
            (), (), (Key("M"),)),
    Command("watches", _watches, "Fold the watches away, or show them.", "watches", "view", (), (), (Key("W"),)),
    Command("copy", _copy, "Copy the selected value, every digit of it.", "copy", "view", ("y",), (), (Key("y"),)),
)  # fmt: skip
