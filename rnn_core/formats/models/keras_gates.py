"""A GRU of Keras. Its gates stand in the order z r h, side by side; here they are r z n, one below the other.

With `reset_after=True`, the default, it has two biases in one array (2,3H), and its candidate is PyTorch's: the reset
gate comes after the product. Its update gate keeps the state before, h = z·h[t-1] + (1-z)·hh, as PyTorch's does.

Source: keras/src/layers/rnn/gru.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_core.formats.files import Content
from rnn_core.formats.models.guesses import path_of
from rnn_core.formats.models.held import Held, Stored

_ORDER = (1, 0, 2)
"""Where r, z and n stand among z r h."""


def translated(content: Content, held: Held) -> Held:
    """The same arrays, those of a Keras GRU under PyTorch's names. Raises InputError for one of the older kind."""
    paths = {name: path_of(name) for name in held.arrays}
    arrays, framework = dict(held.arrays), held.framework
    for name, (prefix, tail) in paths.items():
        shape = held.arrays[name].shape
        if tail != "recurrent_kernel" or len(shape) != 2 or shape[1] != 3 * shape[0] or shape[0] == 0:
            continue
        beside = {theirs: other for other, (its, theirs) in paths.items() if its == prefix}
        if "kernel" not in beside:
            continue
        at, made = f"{prefix}/" if prefix else "", {}
        for theirs, ours in (("kernel", "weight_ih_l0"), ("recurrent_kernel", "weight_hh_l0")):
            stored = arrays.pop(beside[theirs])
            made[at + ours] = Stored(stored.shape[::-1], stored.dtype, _turned(stored))
        if "bias" in beside:
            bias = arrays.pop(beside["bias"])
            if bias.shape != (2, 3 * shape[0]):
                what = f"shape {bias.shape}: a GRU with reset_after=False, whose candidate is another one"
                raise content.error(what, at=beside["bias"], fix="train it with reset_after=True, Keras's default")
            for row, ours in enumerate(("bias_ih_l0", "bias_hh_l0")):
                made[at + ours] = Stored(bias.shape[1:], bias.dtype, _row(bias, row))
        arrays, framework = {**made, **arrays}, "keras"
    return replace(held, arrays=arrays, framework=framework)


def _turned(stored: Stored) -> Callable[[], NDArray[Any]]:
    return lambda: _reordered(stored.load().T)


def _row(bias: Stored, row: int) -> Callable[[], NDArray[Any]]:
    return lambda: _reordered(bias.load()[row])


def _reordered(array: NDArray[Any]) -> NDArray[Any]:
    blocks = np.split(array, 3)
    return np.concatenate([blocks[at] for at in _ORDER])
