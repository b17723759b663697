"""What is left of a once W·h is taken off is U·x + b: numbers decide which arrays these are.

Where no x is in sight, it is solved for. A one-hot x needs no solving: it picks a column of U.
"""

from __future__ import annotations

import numpy as np

from rnn_core.model import Array
from rnn_core.review.events import Events
from rnn_core.review.structure import Piece
from rnn_core.review.values import Values
from rnn_core.review.window import Window, vectors_of

Products = tuple[Array, list[int]]
"""What a U makes of each x near a timestep (x, batch, hidden), and where these stand."""


def inputs_of(
    values: Values,
    events: Events,
    rest: Array,
    window: Window,
    matrices: list[tuple[int, int]],
    biases: list[tuple[int, int] | None],
    fixed: Piece | None,
    column: Piece | None,
    W: Piece | None,
    hidden: int,
    columns: bool,
    products: dict[tuple[int, bool], Products],
) -> tuple[Piece, Piece | None, int, bool] | None:
    """U, b and where x stands, such that U·x + b is the rest. Numbers decide, the nearest first.

    `products` keeps what every U makes of every x, from one W that is tried to the next.
    """
    recording = values.recording
    batch = len(rest)
    if fixed is not None:
        candidates = [
            (fixed, [column] if column is not None else [None] + [Piece(n, s) for n, s in (e for e in biases if e)])
        ]
    else:
        rows = [None if entry is None else Piece(*entry) for entry in biases]
        candidates = []
        for n, s in matrices:
            if (W is not None and n == W.value) or not events.called("U", s):
                continue
            array = recording.arrays[n]
            for turned in (False, True):
                if array.shape[1 if turned else 0] == hidden and array.any():  # zeros explain nothing
                    candidates.append((Piece(n, s, turned=turned), rows))
        wide = [one for one in candidates if min(recording.arrays[one[0].value].shape) > 1]
        candidates = wide[:10] + [one for one in candidates if one not in wide][:6]
    scale = max(float(np.abs(rest).max()), 1e-12)
    slack = values.tolerance * scale
    for U, offered in candidates:
        matrix = U.of(recording.arrays[U.value])
        key = U.value, U.turned
        if U.stacked or key not in products:
            xs = vectors_of(values, window, matrix.shape[1], batch, columns)
            xs = [(x, site) for x, site in xs if x.any() and not _ones(x)]
            made = np.array([x for x, _ in xs]).reshape(len(xs), batch, matrix.shape[1]) @ matrix.T
            products[key] = made, [site for _, site in xs]
        made, sites = products[key]
        added = [np.zeros(1) if b is None else b.of(recording.arrays[b.value]).reshape(1, -1) for b in offered]
        lefts = np.array([rest - one for one in added])
        with np.errstate(all="ignore"):
            near = (
                np.abs(made[None] - lefts[:, None]).max(axis=(2, 3)) <= slack
                if len(sites)
                else np.zeros((len(lefts), 0), bool)
            )
        for b, left, fits in zip(offered, lefts, near, strict=True):
            if np.abs(left).max() <= slack:
                continue  # where x is 0, any U will do
            if fits.any():
                return U, b, sites[int(fits.argmax())], False
            if not U.stacked and matrix.shape[1] > 1 and columns_of(matrix, left, slack) is not None:
                return U, b, -1, True
    for U, offered in candidates:  # x is nowhere near, so it is solved for; more equations than unknowns are the proof
        matrix = U.of(recording.arrays[U.value])
        if matrix.shape[1] >= hidden:
            continue
        vectors = [0.0 if b is None else b.of(recording.arrays[b.value]).reshape(1, -1) for b in offered]
        lefts = np.array([rest - vector for vector in vectors])
        # One decomposition of the matrix serves all that may be left, side by side as columns.
        solved = np.linalg.lstsq(matrix, lefts.reshape(-1, hidden).T, rcond=None)[0].T.reshape(len(offered), batch, -1)
        for b, left, x in zip(offered, lefts, solved, strict=True):
            if x.any() and not _ones(x) and np.abs(x @ matrix.T - left).max() <= slack:
                return U, b, -1, True
    return None


def _ones(x: Array) -> bool:
    """Whether x is a single 1: b is no U, though it may be a column."""
    return x.shape[1] == 1 and bool(np.abs(x - 1).max() <= 1e-9)


def columns_of(matrix: Array, left: Array, slack: float) -> Array | None:
    """One-hot rows x with U·x = left, where each row of left is a column of U."""
    off = np.abs(left[:, :, None] - matrix[None, :, :]).max(axis=1)
    which = off.argmin(axis=1)
    if off[np.arange(len(left)), which].max() > slack:
        return None
    x = np.zeros((len(left), matrix.shape[1]))
    x[np.arange(len(left)), which] = 1.0
    return x
