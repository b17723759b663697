"""The gated recurrent unit, in PyTorch's definition and order of gates: r, the update gate (here u), n.

The candidate's recurrent bias stands inside the product with the reset gate. So the two biases of PyTorch cannot be
added up: b belongs to the input, bh to the state before. The update gate is u, because z are the logits.

Source: Cho et al. (2014), with the reset gate after the product, as in cuDNN.
"""

from __future__ import annotations

from rnn_core.cells.cell import Cell, aliases
from rnn_core.language.expressions import Apply, Complement, Name, Product, Slice, Sum, Times
from rnn_core.language.functions import SIGMOID, TANH

GATES = ("r", "u", "n")
x, U, W, b, bh, a, q = map(Name, ("x", "U", "W", "b", "bh", "a", "q"))
r, u, n = map(Name, GATES)


def made() -> Cell:
    """The cell."""

    def gate(name: str) -> Sum:
        return Sum(input=Slice(a, name, GATES), recurrent=Slice(q, name, GATES))

    candidate = Sum(input=Slice(a, "n", GATES), recurrent=Times(r, Slice(q, "n", GATES)))
    return Cell(
        "gru",
        gates=GATES,
        stacked=("a", "q"),
        lines=(
            ("a", Sum(input=Product(U, x), bias=b)),
            ("q", Sum(recurrent=Product(W, Name("h", -1)), bias=bh)),
            ("r", Apply(SIGMOID, gate("r"))),
            ("u", Apply(SIGMOID, gate("u"))),
            ("n", Apply(TANH, candidate)),
            ("h", Sum(new=Times(Complement(u), n), kept=Times(u, Name("h", -1)))),
        ),
        parameters={"U": ("stack", "input"), "W": ("stack", "column"), "b": ("stack",), "bh": ("stack",)},
        order=(
            "dh", "dn", "du", "da_n", "dq_n", "dr", "da_r", "da_u", "da", "dq",
            "db", "dbh", "dU", "dW", "dh_next",
        ),
        meanings={
            "U": "input → gates r u n",
            "W": "hidden → gates r u n",
            "b": "bias of the gates, beside the input",
            "bh": "bias of the gates, beside the state before",
            "h0": "initial hidden state",
            "a": "the input's part of the preactivations, r u n one below the other",
            "q": "the recurrent part of the preactivations",
            "r": "reset gate: how much of the state before the candidate sees",
            "u": "update gate: how much of the state before stays",
            "n": "candidate: the new state where u is 0",
            "h": "hidden state after timestep t; h[0] is the initial state",
            "da": "error at the input's part of the preactivations",
            "dq": "error at their recurrent part",
        },
        aliases={
            "U": aliases("weight_ih_l0", "weight_ih", transposed="kernel"),
            "W": aliases("weight_hh_l0", "weight_hh", transposed="recurrent_kernel"),
            "b": aliases("bias_ih_l0", "bias_ih"),
            "bh": aliases("bias_hh_l0", "bias_hh"),
            "h0": aliases("h_0", "h_init"),
        },
    )  # fmt: skip
