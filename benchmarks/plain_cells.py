"""LSTM and GRU as they are usually written by hand in NumPy: the loops that `record()` is measured against.

One timestep after another, a new array for every intermediate result, gradients added up by outer products.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.plain import softmax

Array = NDArray[np.float64]
Held = dict[str, Any]


def sigmoid(a: Array) -> Array:
    """1 / (1 + exp(-a))."""
    result: Array = 1.0 / (1.0 + np.exp(-a))
    return result


def output_step(of: Held, gradients: Held, h: Array, target: int) -> Array:
    """The error at h that the output layer sends back; its own gradients are added up."""
    dz = softmax(np.dot(of["V"], h) + of["c"])
    dz[target] -= 1.0
    gradients["V"] += np.outer(dz, h)
    gradients["c"] += dz
    back: Array = np.dot(of["V"].T, dz)
    return back


def lstm(of: Held, x: Array, y: list[int]) -> Held:
    """The gradients of the summed cross-entropy by U W V b c; gates i f g o."""
    H = of["W"].shape[1]
    h, s, seen = np.zeros(H), np.zeros(H), []
    for row in x:
        a = np.dot(of["U"], row) + np.dot(of["W"], h) + of["b"]
        i, f, g, o = sigmoid(a[:H]), sigmoid(a[H : 2 * H]), np.tanh(a[2 * H : 3 * H]), sigmoid(a[3 * H :])
        before_h, before_s = h, s
        s = f * s + i * g
        h = o * np.tanh(s)
        seen.append((row, before_h, before_s, i, f, g, o, s, h))
    gradients = {name: np.zeros_like(array) for name, array in of.items()}
    dh_next, ds_next = np.zeros(H), np.zeros(H)
    for (row, before_h, before_s, i, f, g, o, s, h), target in zip(reversed(seen), reversed(y), strict=True):
        dh = output_step(of, gradients, h, target) + dh_next
        squashed = np.tanh(s)
        ds = dh * o * (1 - squashed**2) + ds_next
        da = np.concatenate((
            ds * g * i * (1 - i), ds * before_s * f * (1 - f), ds * i * (1 - g**2), dh * squashed * o * (1 - o),
        ))  # fmt: skip
        gradients["U"] += np.outer(da, row)
        gradients["W"] += np.outer(da, before_h)
        gradients["b"] += da
        dh_next, ds_next = np.dot(of["W"].T, da), ds * f
    return gradients


def gru(of: Held, x: Array, y: list[int]) -> Held:
    """The gradients of the summed cross-entropy by U W V b bh c; gates r u n."""
    H = of["W"].shape[1]
    h, seen = np.zeros(H), []
    for row in x:
        a, q = np.dot(of["U"], row) + of["b"], np.dot(of["W"], h) + of["bh"]
        r, u = sigmoid(a[:H] + q[:H]), sigmoid(a[H : 2 * H] + q[H : 2 * H])
        n = np.tanh(a[2 * H :] + r * q[2 * H :])
        before, h = h, (1 - u) * n + u * h
        seen.append((row, before, r, u, n, q[2 * H :], h))
    gradients = {name: np.zeros_like(array) for name, array in of.items()}
    dh_next = np.zeros(H)
    for (row, before, r, u, n, q_n, h), target in zip(reversed(seen), reversed(y), strict=True):
        dh = output_step(of, gradients, h, target) + dh_next
        da_n = dh * (1 - u) * (1 - n**2)
        da_r, da_u = da_n * q_n * r * (1 - r), dh * (before - n) * u * (1 - u)
        da, dq = np.concatenate((da_r, da_u, da_n)), np.concatenate((da_r, da_u, da_n * r))
        gradients["U"] += np.outer(da, row)
        gradients["W"] += np.outer(dq, before)
        gradients["b"] += da
        gradients["bh"] += dq
        dh_next = np.dot(of["W"].T, dq) + dh * u
    return gradients
