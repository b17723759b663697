"""The plain teaching loop, written here anew: column vectors, one timestep after another, nothing clever.

It is an oracle for the demo: it shares no code with `rnn_core`, and does what a beginner's notebook does.
"""

from __future__ import annotations

import numpy as np

EPSILON = 1e-8
"""Added inside the logarithm of the loss, as teaching code does; the gradients know nothing of it."""


def weights(rng, inputs=5, hidden=10, classes=3):
    """Small normal weights, drawn in the order U, W, V; zero biases."""
    U, W, V = (0.01 * rng.randn(*shape) for shape in ((hidden, inputs), (hidden, hidden), (classes, hidden)))
    return U, W, V, np.zeros((hidden, 1)), np.zeros((classes, 1))


def sequences(rng, inputs=5):
    """Four short sequences of (T,I,1) normal inputs, each with its list of targets."""
    targets = [0, 1, 2], [1, 2, 0, 1, 2], [2, 0], [0, 0, 1, 1]
    return [(rng.randn(len(classes), inputs, 1), classes) for classes in targets]


def forward(xs, U, W, V, b, c):
    """The probabilities and the hidden states, both as lists of columns; the states start with h[0] = 0."""
    hs, ps = [np.zeros_like(b)], []
    for x in xs:
        hs.append(np.tanh(U @ x + W @ hs[-1] + b))
        z = V @ hs[-1] + c
        e = np.exp(z - z.max())
        ps.append(e / e.sum())
    return ps, hs


def backward(xs, ps, hs, targets, U, W, V, b, c):
    """dU, dW, dV, db, dc of the summed loss, by walking back through time."""
    dU, dW, dV, db, dc = (0.0 * parameter for parameter in (U, W, V, b, c))
    carried = np.zeros_like(b)
    for t in range(len(xs) - 1, -1, -1):
        dz = ps[t].copy()
        dz[targets[t]] -= 1.0
        dV += dz @ hs[t + 1].T
        dc += dz
        da = (V.T @ dz + carried) * (1.0 - hs[t + 1] ** 2)
        dU += da @ xs[t].T
        dW += da @ hs[t].T
        db += da
        carried = W.T @ da
    return dU, dW, dV, db, dc


def train_step(xs, targets, U, W, V, b, c, learning_rate):
    """The new parameters, the gradients, and the loss averaged over the timesteps."""
    ps, hs = forward(xs, U, W, V, b, c)
    gradients = backward(xs, ps, hs, targets, U, W, V, b, c)
    new = [old - learning_rate * d for old, d in zip((U, W, V, b, c), gradients, strict=True)]
    loss = -sum(np.log(p[y, 0] + EPSILON) for p, y in zip(ps, targets, strict=True)) / len(targets)
    return new, gradients, loss
