"""The long short-term memory, in PyTorch's definition and order of gates: i f g o.

The gates stand one below the other in U, W, b and a, so that one product serves all four. The cell state is s, because
c is the output bias.

Source: Hochreiter and Schmidhuber (1997), with the forget gate of Gers, Schmidhuber and Cummins (2000).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rnn_core.cells.cell import Cell, aliases
from rnn_core.language.expressions import Apply, Name, Product, Slice, Sum, Times
from rnn_core.language.functions import SIGMOID, TANH

GATES = ("i", "f", "g", "o")
x, U, W, b, a, s = map(Name, ("x", "U", "W", "b", "a", "s"))
i, f, g, o = map(Name, GATES)


def made() -> Cell:
    """The cell."""
    function = {"i": SIGMOID, "f": SIGMOID, "g": TANH, "o": SIGMOID}
    return Cell(
        "lstm",
        gates=GATES,
        stacked=("a",),
        states=("h", "s"),
        lines=(
            ("a", Sum(input=Product(U, x), recurrent=Product(W, Name("h", -1)), bias=b)),
            *((gate, Apply(function[gate], Slice(a, gate, GATES))) for gate in GATES),
            ("s", Sum(kept=Times(f, Name("s", -1)), new=Times(i, g))),
            ("h", Times(o, Apply(TANH, s))),
        ),
        parameters={"U": ("stack", "input"), "W": ("stack", "column"), "b": ("stack",)},
        order=(
            "dh", "do", "ds", "df", "di", "dg", "ds_next",
            "da_i", "da_f", "da_g", "da_o", "da", "db", "dU", "dW", "dh_next",
        ),
        meanings={
            "U": "input → gates i f g o",
            "W": "hidden → gates i f g o",
            "b": "bias of the gates",
            "h0": "initial hidden state",
            "s0": "initial cell state",
            "a": "preactivations of the gates, i f g o one below the other",
            "i": "input gate: how much of g goes into s",
            "f": "forget gate: how much of s[t-1] stays",
            "g": "candidate: what would go into s",
            "o": "output gate: how much of tanh(s) shows in h",
            "s": "cell state after timestep t; s[0] is the initial state",
            "h": "hidden state after timestep t; h[0] is the initial state",
            "ds": "gradient at s[t]: local (through h) + carried (ds_next)",
            "ds_next": "the part of ds carried to the timestep before: f[t] ⊙ ds",
            "da": "error at the preactivations",
        },
        aliases={
            "U": aliases("weight_ih_l0", "weight_ih", transposed="kernel"),
            "W": aliases("weight_hh_l0", "weight_hh", transposed="recurrent_kernel"),
            "b": aliases("bias_ih_l0", "bias_hh_l0", "bias_ih", "bias_hh"),
            "h0": aliases("h_0", "h_init"),
            "s0": aliases("c_0", "c0", "c_init"),
        },
        initialisations={"forget": _forgetting_late},
    )  # fmt: skip


def _forgetting_late(drawn: dict[str, Any], hidden: int) -> dict[str, Any]:
    """As `uniform`, with a forget gate that begins open: its bias is 1 (Jozefowicz, Zaremba and Sutskever 2015)."""
    bias = np.array(drawn["b"])
    bias[hidden : 2 * hidden] = 1.0
    return {**drawn, "b": bias}
