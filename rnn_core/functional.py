"""The network with the signatures of a teaching notebook: lists of column vectors in, column vectors out.

A thin face on the fast passes, so that a notebook's own functions can be swapped for these one by one. `backward` also
takes what min-char-rnn keeps: dicts by timestep, inputs and outputs from 0 to T-1, hidden states from -1 to T-1.
Shapes:

    inputs         a list of T columns (I,1)
    outputs        a list of T columns (O,1)
    targets        a list of T class indices, None or -1 for no target
    hidden_states  (T+1,H,1)
    U, W, V        (H,I), (H,H), (O,H)
    b, c           (H,1), (O,1)
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence as ListOf
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from rnn_core.data import NO_TARGET, Targets, targets_array
from rnn_core.errors import ShapeError
from rnn_core.language.expressions import Name
from rnn_core.model import Array, Params
from rnn_core.outputs.classes import Softmax
from rnn_core.passes import Passes
from rnn_core.program import program

Columns = ListOf[Array] | Array | Mapping[int, Array]
FivePlaces = tuple[Array, Array, Array, Array, Array]


def softmax(x: ArrayLike) -> Array:
    """exp(x - max x) / sum over all elements of x, in x's own shape."""
    x = np.asarray(x, dtype=np.float64)
    with np.errstate(all="ignore"):
        probabilities: Array = Softmax(Name("z")).value(x.reshape(-1)).reshape(x.shape)
        return probabilities


def forward(
    inputs: ListOf[Array] | Array, U: Array, W: Array, V: Array, b: Array, c: Array
) -> tuple[list[Array], Array]:
    """The outputs, a list of T columns (O,1), and the hidden states (T+1,H,1), from h[0] = 0. Raises ShapeError."""
    params = Params(U, W, V, b, c)
    x = _rows("inputs", inputs, params.sizes.inputs)
    ran = _run(params, x, np.full(len(x), NO_TARGET)).rows
    return list(ran["p"][:, :, None]), ran["h"][:, :, None]


def backward(
    inputs: Columns,
    outputs: Columns,
    hidden_states: Columns,
    targets: ListOf[int | None] | Mapping[int, int | None],
    U: Array,
    W: Array,
    V: Array,
    b: Array,
    c: Array,
) -> FivePlaces:
    """(dU, dW, dV, db, dc) of the cross-entropy summed over time; db and dc are columns.

    The hidden states begin with h[0]; in a dict it has the key -1. Raises ShapeError, too where h[0] stands last in a
    list, as `hs[-1]` finds it there.
    """
    params = Params(U, W, V, b, c)
    sizes = params.sizes
    x = _rows("inputs", _by_time("inputs", inputs), sizes.inputs)
    p = _rows("outputs", _by_time("outputs", outputs), sizes.classes, len(x))
    h = _rows("hidden_states", _by_time("hidden_states", hidden_states, first=-1), sizes.hidden, len(x) + 1)
    _refuse_start_last(params, x, h)
    y = _targets(_by_time("targets", targets), len(x), sizes.classes)
    return _gradients(params, x, y, h, p)


def train_step(
    inputs: ListOf[Array] | Array,
    targets: ListOf[int | None],
    U: Array,
    W: Array,
    V: Array,
    b: Array,
    c: Array,
    learning_rate: float,
) -> tuple[Array, Array, Array, Array, Array, float]:
    """(U, W, V, b, c, loss) after one SGD update; loss is the mean over the timesteps that have a target, NaN
    without any. Raises ShapeError."""
    params = Params(U, W, V, b, c)
    x = _rows("inputs", inputs, params.sizes.inputs)
    y = _targets(targets, len(x), params.sizes.classes)
    ran = _run(params, x, y).rows
    dU, dW, dV, db, dc = _gradients(params, x, y, ran["h"], ran["p"])
    with np.errstate(all="ignore"):
        loss = float(np.mean(ran["nll"][y != NO_TARGET])) if (y != NO_TARGET).any() else float("nan")
        return (
            params.U - learning_rate * dU,
            params.W - learning_rate * dW,
            params.V - learning_rate * dV,
            params.b[:, None] - learning_rate * db,
            params.c[:, None] - learning_rate * dc,
            loss,
        )


def _by_time(name: str, given: Any, first: int = 0) -> Any:
    """The values of a dict from the timestep `first` on, in the order of time; a list as it is. Raises ShapeError."""
    if not isinstance(given, Mapping):
        return given
    expected = range(first, first + len(given))
    if set(given) != set(expected):
        odd = next(iter(set(expected) - set(given)))
        raise ShapeError(f"{name}: no timestep {odd}", fix=f"give every timestep from {first} to {expected[-1]}")
    return [given[t] for t in expected]


def _refuse_start_last(params: Params, x: Array, h: Array) -> None:
    """Raise ShapeError where the states are those of this network only with the last of them as h[0]."""
    with np.errstate(all="ignore"):
        from_inputs = x @ params.U.T + params.b

        def follow(states: Array) -> bool:
            return np.allclose(states[1:], np.tanh(from_inputs + states[:-1] @ params.W.T), rtol=1e-5, atol=1e-7)

        rotated = np.roll(h, 1, axis=0)
        if follow(rotated) and not follow(h):
            fix = "put it first: [hs[-1], *hs[:-1]], or give min-char-rnn's dict"
            raise ShapeError("hidden_states: h[0] stands last", fix=fix)


def _rows(name: str, columns: ListOf[Array] | Array, height: int, length: int | None = None) -> Array:
    """(T,n) from T columns (n,1) or rows (n,). Raises ShapeError."""
    try:
        stacked = np.asarray(columns, dtype=np.float64)
    except ValueError:
        raise ShapeError(f"{name}: columns of unequal length", fix=f"give each {height} numbers") from None
    expected = len(columns) if length is None else length
    if expected == 0 or stacked.shape not in {(expected, height, 1), (expected, height)}:
        raise ShapeError(f"{name}: shape {stacked.shape}, expected {(expected or 'timesteps', height, 1)}")
    return np.ascontiguousarray(stacked.reshape(expected, height))


def _targets(targets: ListOf[int | None], length: int, classes: int) -> Targets:
    """(T,) class indices. Raises ShapeError."""
    y = targets_array(targets, length)
    if int(y.max()) >= classes:
        t = int(np.argmax(y >= classes))
        raise ShapeError(f"targets[{t}] is {y[t]}: {classes} classes count from 0")
    return y


def _run(params: Params, x: Array, y: Targets) -> Passes:
    passes, targets = _passes(params, y)
    with np.errstate(all="ignore"):
        passes.start({})
        passes.forward(params, x)
        passes.outputs.losses(passes.outputs.answer(targets), targets)
    return passes


def _passes(params: Params, y: Targets) -> tuple[Passes, Any]:
    listing = program()
    return Passes(listing, params.sizes, len(y)), listing.output.targets(y, params.sizes.classes, "sum")


def _gradients(params: Params, x: Array, y: Targets, h: Array, p: Array) -> FivePlaces:
    """The sums over all of time: nobody will read them part-way, so each is one product."""
    passes, targets = _passes(params, y)
    passes.rows["h"][:], passes.rows["p"][:] = h, p
    with np.errstate(all="ignore"):
        passes.outputs.error(targets)
        passes.backward(params)
        dz, da = passes.rows["dz"], passes.rows["da"]
        db, dc = da.sum(axis=0), dz.sum(axis=0)
        return da.T @ x, da.T @ h[:-1], dz.T @ h[1:], db[:, None], dc[:, None]
