"""Norms of rows: of gradients over time, and of batches of them."""

from __future__ import annotations

import numpy as np

from rnn_core.arrays import Array


def row_norms(rows: Array) -> Array:
    """The norm of each row."""
    with np.errstate(all="ignore"):
        found: Array = np.sqrt(np.einsum("th,th->t", rows, rows))
    return found


def log10_norms(rows: Array, log2: Array | float = 0.0) -> Array:
    """(n,) log10 of the norms of rows that are yet to be multiplied by these powers of two."""
    with np.errstate(all="ignore"):
        found: Array = 0.5 * np.log10(np.einsum("nh,nh->n", rows, rows)) + np.log10(2.0) * log2
    return found
