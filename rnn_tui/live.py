"""The screen on a module that is in memory, from a script or a notebook."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from inspect import signature
from typing import Any, ParamSpec

from rnn_core.data import Dataset
from rnn_core.debugger.session import Session
from rnn_core.formats.models.layers import fed
from rnn_core.formats.models.live import network_of, sequence_of
from rnn_core.notices import Notice
from rnn_core.reading import ModelReading
from rnn_core.recipe import Recipe
from rnn_core.recorder import check_fits
from rnn_core.trace import Trace
from rnn_core.training.order import Order
from rnn_core.training.run import Run
from rnn_core.updates import Options

P = ParamSpec("P")
MEMORY = "-"
"""The source of a session that no file holds, so that it is not saved to be opened again."""


def session_of(
    model: Any,
    x: Any,
    y: Any = None,
    *,
    element: int = 0,
    batch_first: bool | None = None,
    activation: str = "",
    options: Options = Options(),
    **reading: Any,
) -> Session:
    """What the screen opens on. Raises RnnError."""
    asked, notices = ModelReading(**reading), list[Notice]()
    network = network_of(model, asked, notices, activation=activation)
    sequence = sequence_of(model, x, y, element=element, batch_first=batch_first)
    dataset = fed(network, Dataset((sequence,), name=type(model).__name__), asked.seed_gradient)
    if network.headless:
        options = replace(options, loss="sum")
    elif dataset.is_values and not options.loss:
        options = replace(options, loss="squared-error")
    check_fits(network.params, dataset.sequences[0], options)
    run = Run(dataset, network.params, options, Order(), 100)
    recipe = Recipe(path=MEMORY, model_reading=asked, options=options)
    return Session.of(run, recipe=recipe, notices=tuple(notices)).offered()


def _made_by(opened: Callable[P, Session]) -> Callable[[Callable[[Session], Trace]], Callable[P, Trace]]:
    """A function of a session becomes one of all that makes the session."""

    def of(function: Callable[[Session], Trace]) -> Callable[P, Trace]:
        @wraps(function)
        def whole(*args: P.args, **kwargs: P.kwargs) -> Trace:
            return function(opened(*args, **kwargs))

        said = signature(opened).replace(return_annotation="Trace")
        whole.__signature__ = said  # type: ignore[attr-defined]  # what help() shows
        return whole

    return of


@_made_by(session_of)
def debug(session: Session) -> Trace:
    """Open the screen on a torch module (or its arrays, or `Params`) and one element of a batch; returns its trace.

    x is (T,I), (T,N,I), or (N,T,I) where the module is `batch_first`; y one target a timestep, or one for the last.
    `reading` are `head`, `layer`, `direction` and the others of `--model`. Without a terminal, as in a notebook, the
    trace is returned at once, and shows itself there. Raises RnnError.
    """
    if _has_terminal():
        from rnn_tui.app import start  # late: a notebook needs no screen

        start(session.recipe, session=session)
    return session.trace


def _has_terminal() -> bool:
    return all(stream is not None and stream.isatty() for stream in (sys.__stdin__, sys.__stdout__, sys.__stderr__))
