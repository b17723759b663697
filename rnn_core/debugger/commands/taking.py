"""Commands that take what is shown elsewhere: onto the clipboard, into a picture."""

from __future__ import annotations

import io

import numpy as np

from rnn_core.debugger import expressions
from rnn_core.debugger.outcome import Copy, Outcome, Picture
from rnn_core.debugger.registry import Argument, Command, Focused, Key
from rnn_core.debugger.selection import selected, value_text
from rnn_core.debugger.session import Session
from rnn_core.views.options import TABLES

MOST = 2**20
"""The most characters that are copied: terminals take no more."""
NOTHING = "nothing is selected that has a value yet (copy EXPRESSION copies any)"


def _copy(session: Session, text: str) -> Outcome:
    """The selected value; or that of an expression: a vector as a row of CSV, a matrix as its rows."""
    if not text:
        cell = selected(session)
        value = value_text(session, cell) if cell else None
        return Outcome(session, NOTHING) if value is None else _copied(session, value, f"copied {value}")
    expression = expressions.compile_expression(text, session.trace)
    try:
        array = np.asarray(expression.value(expressions.Scope(session.trace, session.k)))
    except expressions.NotComputed as missing:
        return Outcome(session, f"{missing} is not computed yet")
    if array.ndim == 0:
        return _copied(session, repr(array.item()), f"copied {array.item()!r}")
    rows = np.atleast_2d(array).tolist()
    import csv  # the start does not wait for it

    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    size = " of ".join(f"{n} {what}{'s' * (n != 1)}" for n, what in ((len(rows), "row"), (len(rows[0]), "value")))
    return _copied(session, stream.getvalue().removesuffix("\n"), f"copied {size} as CSV")


def _copied(session: Session, value: str, told: str) -> Outcome:
    if len(value) > MOST:
        what = f"{len(value):,} characters are more than a terminal takes ({MOST:,}): export writes files"
        return Outcome(session, what, failed=True)
    return Outcome(session, f"{told} · it is in the console, too, for terminals that drop it (/)", (Copy(value),))


def _picture(session: Session, path: str) -> Outcome:
    force = path.endswith(" --force")
    return Outcome(session, effects=(Picture(path.removesuffix(" --force").strip(), overwrite=force),))


COMMANDS = (
    Command(
        name="copy",
        run=_copy,
        help="Copy the selected value, every digit of it; or a row or matrix as CSV.",
        example="copy dW",
        group="view",
        aliases=("y",),
        arguments=(Argument("expression", str, default="", rest=True),),
        keys=(Key("y"),),
        focused=Focused("copy", TABLES),
    ),
    Command(
        name="picture",
        run=_picture,
        help="Write the screen as SVG, PNG or text, by the suffix; --force overwrites.",
        example="picture step.svg",
        group="files",
        arguments=(Argument("path", str, required=True, rest=True),),
    ),
)
