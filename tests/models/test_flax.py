"""Cells of Flax, whose gates are matrices of their own; the oracle is the arithmetic of flax/linen/recurrent.py."""

from __future__ import annotations

import numpy as np
import pytest

from rnn_core.formats import models
from rnn_core.formats.models.layers import states
from tests.formats.making import npz

I, H, T = 3, 4, 6
X = np.random.default_rng(1).standard_normal((T, I))


def sigmoid(a):
    return 1.0 / (1.0 + np.exp(-a))


def drawn(inputs, hidden_biases, input_biases):
    rng = np.random.default_rng(0)
    made = {f"{gate}/kernel": 0.5 * rng.standard_normal((I, H)) for gate in inputs}
    made |= {f"{gate.replace('i', 'h', 1)}/kernel": 0.5 * rng.standard_normal((H, H)) for gate in inputs}
    return made | {f"{gate}/bias": rng.standard_normal(H) for gate in (*hidden_biases, *input_biases)}


def simple(p, x):
    h, rows = np.zeros(H), []
    for row in x:
        h = np.tanh(row @ p["i/kernel"] + p["i/bias"] + h @ p["h/kernel"])
        rows.append(h)
    return np.array(rows)


def lstm(p, x):
    h, c, rows = np.zeros(H), np.zeros(H), []
    for row in x:
        i, f, g, o = (row @ p[f"i{k}/kernel"] + h @ p[f"h{k}/kernel"] + p[f"h{k}/bias"] for k in "ifgo")
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        rows.append(h)
    return np.array(rows)


def gru(p, x):
    h, rows = np.zeros(H), []
    for row in x:
        r, z = (sigmoid(row @ p[f"i{k}/kernel"] + p[f"i{k}/bias"] + h @ p[f"h{k}/kernel"]) for k in "rz")
        n = np.tanh(row @ p["in/kernel"] + p["in/bias"] + r * (h @ p["hn/kernel"] + p["hn/bias"]))
        h = (1 - z) * n + z * h
        rows.append(h)
    return np.array(rows)


CELLS = {
    "SimpleCell": (simple, drawn("i", "", "i")),
    "LSTMCell": (lstm, drawn(["ii", "if", "ig", "io"], ["hi", "hf", "hg", "ho"], [])),
    "GRUCell": (gru, drawn(["ir", "iz", "in"], ["hn"], ["ir", "iz", "in"])),
}


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("path", ["", "params/rnn/cell/", "params.rnn.cell."])
def test_a_cell_of_flax_is_the_network_that_flax_computes(cell, path):
    computed, arrays = CELLS[cell]
    head = {"params/head/kernel": np.arange(8.0).reshape(H, 2), "params/head/bias": np.ones(2)}
    dots = "." if path.endswith(".") else "/"
    held = {f"{path}{name}".replace("/", dots): array for name, array in arrays.items()}
    held |= {name.replace("/", dots): array for name, array in head.items()}
    held |= {f"opt_state{dots}0{dots}mu{dots}{name}": 0 * array for name, array in held.items()}
    params = models.opened("m.npz", data=npz(**held)).params
    assert np.allclose(states(params, X), computed(arrays, X), rtol=1e-12, atol=1e-14)
    assert np.array_equal(params.V, head["params/head/kernel"].T)
