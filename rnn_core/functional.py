"""The network with the signatures of a teaching notebook: lists of column vectors in, column vectors out.

A thin face on the kernels, so that a notebook's own functions can be swapped for these one by one.
Shapes: inputs a list of T columns (I,1); outputs a list of T columns (O,1); hidden_states (T+1,H,1);
U (H,I), W (H,H), V (O,H), b (H,1), c (O,1); targets a list of T class indices, None or -1 for no target.
"""

from __future__ import annotations

from collections.abc import Sequence as ListOf

import numpy as np
from numpy.typing import ArrayLike

from rnn_core import kernels
from rnn_core.accumulate import TimeSum
from rnn_core.data import targets_array
from rnn_core.model import Array, Params

Columns = ListOf[Array]


def _rows(columns: ArrayLike) -> Array:
    """(T,n) from T columns (n,1)."""
    stacked = np.asarray(columns, dtype=np.float64)
    return np.ascontiguousarray(stacked.reshape(len(stacked), -1))


def softmax(x: ArrayLike) -> Array:
    """exp(x - max x) / sum over all elements of x, in x's own shape."""
    x = np.asarray(x, dtype=np.float64)
    with np.errstate(all="ignore"):
        return kernels.softmax(x.reshape(-1)).reshape(x.shape)


def forward(
    inputs: Columns, U: Array, W: Array, V: Array, b: Array, c: Array
) -> tuple[list[Array], Array]:
    """The outputs, a list of T columns (O,1), and the hidden states (T+1,H,1), starting from zeros."""
    with np.errstate(all="ignore"):
        ran = kernels.forward(Params(U, W, V, b, c), _rows(inputs))
    return list(ran.p[:, :, None]), ran.h[:, :, None]


def backward(
    inputs: Columns,
    outputs: Columns,
    hidden_states: Array,
    targets: ListOf[int | None],
    U: Array,
    W: Array,
    V: Array,
    b: Array,
    c: Array,
) -> tuple[Array, Array, Array, Array, Array]:
    """(dU, dW, dV, db, dc) of the cross-entropy summed over time; db and dc are columns."""
    x, h = _rows(inputs), _rows(hidden_states)
    with np.errstate(all="ignore"):
        back = kernels.backward(Params(U, W, V, b, c), targets_array(targets, len(x)), h, _rows(outputs))
        ones = np.ones((len(x), 1))
        sums = ((back.da, x), (back.da, h[:-1]), (back.dz, h[1:]), (back.da, ones), (back.dz, ones))
        dU, dW, dV, db, dc = (TimeSum.of(left, right).total.copy() for left, right in sums)
    return dU, dW, dV, db, dc


def train_step(
    inputs: Columns,
    targets: ListOf[int | None],
    U: Array,
    W: Array,
    V: Array,
    b: Array,
    c: Array,
    learning_rate: float,
) -> tuple[Array, Array, Array, Array, Array, float]:
    """(U, W, V, b, c, loss) after one SGD update; loss is the mean cross-entropy over the timesteps with a target."""
    params, x, y = Params(U, W, V, b, c), _rows(inputs), targets_array(targets, len(inputs))
    with np.errstate(all="ignore"):
        ran = kernels.forward(params, x)
        nll = kernels.cross_entropy(ran.z, y)
        gradients = backward(inputs, list(ran.p[:, :, None]), ran.h[:, :, None], targets, U, W, V, b, c)
        new = [np.asarray(old) - learning_rate * d for old, d in zip((U, W, V, b, c), gradients, strict=True)]
        loss = float(np.nanmean(nll)) if np.isfinite(nll).any() else float("nan")
    return (*new, loss)  # type: ignore[return-value]  # five arrays and a float
