"""What a teaching notebook does, kept as it is usually written: the loop that `record()` is measured against.

Lists of column vectors, `np.dot`, a new array for every intermediate result, a one-hot vector for every target.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Parameters = tuple[Array, Array, Array, Array, Array]


def softmax(z: Array) -> Array:
    """exp(z - max z) / sum."""
    shifted = np.exp(z - np.max(z))
    probabilities: Array = shifted / np.sum(shifted)
    return probabilities


def forward(inputs: list[Array], parameters: Parameters) -> tuple[list[Array], Array]:
    """The probabilities at each timestep and the hidden states (T+1,H,1)."""
    U, W, V, b, c = parameters
    states = np.zeros((len(inputs) + 1, *b.shape))
    outputs = []
    for t, x in enumerate(inputs):
        states[t + 1] = np.tanh(np.dot(U, x) + np.dot(W, states[t]) + b)
        outputs.append(softmax(np.dot(V, states[t + 1]) + c))
    return outputs, states


def backward(
    inputs: list[Array], outputs: list[Array], states: Array, targets: list[int], parameters: Parameters
) -> list[Array]:
    """The five gradients of the summed loss."""
    _, W, V, _, _ = parameters
    dU, dW, dV, db, dc = gradients = [np.zeros_like(parameter) for parameter in parameters]
    carried = np.zeros_like(states[0])
    for t in reversed(range(len(inputs))):
        target = np.zeros_like(outputs[t])
        target[targets[t]] = 1
        dz = outputs[t] - target
        dV += np.dot(dz, states[t + 1].T)
        dc += dz
        dh = np.dot(V.T, dz) + carried
        da = (1 - states[t + 1] ** 2) * dh
        db += da
        dU += np.dot(da, inputs[t].T)
        dW += np.dot(da, states[t].T)
        carried = np.dot(W.T, da)
    return gradients


def train_step(
    inputs: list[Array], targets: list[int], parameters: Parameters, learning_rate: float
) -> tuple[list[Array], float]:
    """The new parameters and the mean loss."""
    outputs, states = forward(inputs, parameters)
    gradients = backward(inputs, outputs, states, targets, parameters)
    new = [parameter - learning_rate * gradient for parameter, gradient in zip(parameters, gradients, strict=True)]
    loss = 0.0
    for t, target in enumerate(targets):
        loss -= float(np.log(outputs[t][target, 0] + 1e-8))
    return new, loss / len(targets)
