"""Models whose gradient dies or explodes for a reason known by construction, and healthy ones, drawn by seeds.

What makes a reason the only one: everything else is sound.

W is orthogonal (it keeps every length), inputs are small (tanh is nearly linear) and gates are open.

"""

from __future__ import annotations

import numpy as np

from rnn_core.cells import cell
from rnn_core.data import Sequence
from rnn_core.model import Params
from rnn_core.recorder import record
from rnn_core.trace import Trace
from rnn_core.updates import Options

INPUTS, CLASSES = 3, 3


def orthogonal(rng, hidden):
    return np.linalg.qr(rng.standard_normal((hidden, hidden)))[0]


def triangular(rng, hidden, diagonal, above):
    """Every eigenvalue is `diagonal`; the singular values say something else. Units are shuffled, which is exact."""
    upper = np.diag(np.full(hidden, diagonal)) + np.diag(np.full(hidden - 1, above), 1)
    order = rng.permutation(hidden)
    return upper[np.ix_(order, order)]


def rnn(rng, W, *, activation="tanh", inputs=0.02, bias=0.0):
    hidden = len(W)
    return Params(
        cell=cell("rnn", activation), W=W, U=inputs * rng.standard_normal((hidden, INPUTS)),
        V=rng.standard_normal((CLASSES, hidden)) / np.sqrt(hidden), b=np.full(hidden, bias), c=np.zeros(CLASSES),
    )  # fmt: skip


def gated(rng, kind, hidden, open_by, scale=0.1):
    """An LSTM or a GRU; `open_by` is the bias of the gate that keeps the state."""
    made = cell(kind)
    blocks, kept = len(made.gates), "fu"[kind == "gru"]
    bias = np.zeros(blocks * hidden)
    at = made.gates.index(kept)
    bias[at * hidden : (at + 1) * hidden] = open_by
    drawn = {
        "U": scale * rng.standard_normal((blocks * hidden, INPUTS)),
        "W": scale * rng.standard_normal((blocks * hidden, hidden)) / np.sqrt(hidden),
        "V": rng.standard_normal((CLASSES, hidden)) / np.sqrt(hidden),
        "b": bias,
        "c": np.zeros(CLASSES),
    }
    if kind == "gru":
        drawn["bh"] = np.zeros(blocks * hidden)
    return Params(cell=made, **drawn)


def run(rng, params, timesteps, *, only_last=False, size=1.0, **options) -> Trace:
    y = rng.integers(0, CLASSES, timesteps)
    if only_last:
        y[:-1] = -1
    x = size * rng.standard_normal((timesteps, INPUTS))
    return record(params, Sequence(x=x, y=y), Options(reduction="mean", learning_rate=1e-3, **options))


def saturated(rng, hidden, timesteps, only_last):
    params = rnn(rng, orthogonal(rng, hidden), inputs=rng.uniform(2.5, 5.0))
    return run(rng, params, timesteps, only_last=only_last, size=2.0)


def small(rng, hidden, timesteps, only_last):
    scale = 10.0 ** (-8.0 / timesteps)  # eight powers of ten over the sequence
    return run(rng, rnn(rng, scale * orthogonal(rng, hidden)), timesteps, only_last=only_last)


def large(rng, hidden, timesteps, only_last):
    # no tanh: in it the state grows with the gradient, and saturates
    scale = 10.0 ** (5.0 / timesteps)
    activation = ("identity", "relu")[int(rng.integers(2))]
    W = scale * (orthogonal(rng, hidden) if activation == "identity" else np.eye(hidden))
    params = rnn(rng, W, activation=activation, inputs=1e-3, bias=1e-3 * (activation == "relu"))
    return run(rng, params, timesteps, only_last=only_last)


def non_normal(rng, hidden, timesteps, only_last):
    if rng.integers(2):  # spectral radius 0.5, and yet it grows at first
        W = triangular(rng, hidden, 0.5, rng.uniform(2.5, 4.0))
        return run(rng, rnn(rng, W, activation="identity"), timesteps, only_last=only_last)
    W = triangular(rng, hidden, 1e-3, 1.0)  # singular values of 1, and yet it is gone after H steps
    return run(rng, rnn(rng, W), max(timesteps, hidden + 10), only_last=only_last)


def closed(rng, hidden, timesteps, only_last):
    kind = ("lstm", "gru")[int(rng.integers(2))]
    return run(rng, gated(rng, kind, hidden, -rng.uniform(2.0, 5.0)), timesteps, only_last=only_last)


def dead(rng, hidden, timesteps, only_last):
    params = rnn(rng, np.abs(orthogonal(rng, hidden)), activation="relu", bias=-rng.uniform(0.5, 2.0))
    return run(rng, params, timesteps, only_last=only_last)


def truncated(rng, hidden, timesteps, only_last):
    params = rnn(rng, orthogonal(rng, hidden))
    return run(rng, params, timesteps, only_last=only_last, truncation=int(rng.integers(3, timesteps // 4)))


REASONS = {
    "saturation": saturated, "small W": small, "large W": large, "non-normal W": non_normal, "closed gate": closed,
    "dead units": dead, "truncation": truncated,
}  # fmt: skip


def healthy(rng, kind, hidden, timesteps, only_last):
    if kind in ("lstm", "gru"):
        return run(rng, gated(rng, kind, hidden, rng.uniform(4.0, 6.0)), timesteps, only_last=only_last)
    if kind == "relu":
        params = rnn(rng, np.eye(hidden), activation="relu", inputs=0.05, bias=0.02)
        return run(rng, params, timesteps, only_last=only_last)
    return run(rng, rnn(rng, orthogonal(rng, hidden), activation=kind), timesteps, only_last=only_last)


def ill(seed) -> tuple[str, Trace]:
    """A model with its reason; seven in a row have the seven reasons."""
    rng = np.random.default_rng(seed)
    reason = list(REASONS)[seed % len(REASONS)]
    hidden, timesteps = int(rng.integers(8, 33)), int(rng.integers(30, 81))
    return reason, REASONS[reason](rng, hidden, timesteps, bool(rng.integers(2)))


def well(seed) -> Trace:
    """A healthy model; five in a row have five kinds of cell."""
    rng = np.random.default_rng(10_000 + seed)
    kind = ("tanh", "relu", "identity", "lstm", "gru")[seed % 5]
    return healthy(rng, kind, int(rng.integers(8, 33)), int(rng.integers(30, 81)), bool(rng.integers(2)))
