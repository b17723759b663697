"""The numbers that a mistake makes by its rule: a plain run of `oracle.py` with the mistake in it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rnn_core.mistakes import oracle
from rnn_core.mistakes.mistake import GRADIENTS, Mistake
from rnn_core.mistakes.oracle import LINES, Net, Ran
from rnn_core.model import Array


def right(net: Net) -> Ran:
    """The run without a mistake."""
    return oracle.backward(oracle.forward(net))


def wrong(mistake: Mistake, net: Net, good: Ran) -> Ran | None:
    """The run with the mistake, where `good` is the one without; None where its shapes do not fit this net."""
    try:
        made = _run(mistake, net, good)
    except (ValueError, IndexError, AttributeError):
        return None
    fits = all(made.totals[n].shape == good.totals[n].shape for n in good.totals)
    return made if fits and all(made.rows[n].shape == good.rows[n].shape for n in LINES) else None


def _run(mistake: Mistake, net: Net, good: Ran) -> Ran:
    if mistake.forward is not None:
        return oracle.backward(oracle.forward(net, {mistake.line: mistake.forward}))
    if mistake.gathered is not None:
        with np.errstate(all="ignore"):
            total = mistake.gathered(good.rows[mistake.line], net.batch)
        return _with(good, mistake.line, good.rows[mistake.line], total)
    if mistake.line in GRADIENTS and mistake.rule is not None:  # it may read what stands below it in the listing
        with np.errstate(all="ignore"):
            parts = np.array([mistake.rule(good.moments[r]) for r in range(net.T)])
        return _with(good, mistake.line, parts, parts.sum(axis=0))
    return oracle.backward(
        good,
        {**({mistake.replaces: mistake.rule} if mistake.rule is not None else {}), **mistake.more},
        mistake.times(net.T) if mistake.times is not None else None,
        carried=mistake.start(good) if mistake.start is not None else None,
    )


def _with(good: Ran, line: str, parts: Array, total: Array) -> Ran:
    rows, totals = {**good.rows, line: parts}, {**good.totals, line[1:]: np.asarray(total)}
    return replace(good, rows=rows, totals=totals)
