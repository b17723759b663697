"""The plain (Elman) RNN: one function of the input, the state before, and a bias.

Source: Elman (1990), "Finding structure in time"; relu with W the identity: Le, Jaitly and Hinton (2015).
"""

from __future__ import annotations

from rnn_core.cells.cell import Cell, aliases
from rnn_core.language.expressions import Apply, Name, Product, Sum
from rnn_core.language.functions import ACTIVATIONS

x, U, W, b = map(Name, ("x", "U", "W", "b"))


def made(activation: str) -> Cell:
    """The cell with this activation: tanh, relu or identity."""
    return Cell(
        "rnn",
        lines=(
            ("a", Sum(input=Product(U, x), recurrent=Product(W, Name("h", -1)), bias=b)),
            ("h", Apply(ACTIVATIONS[activation], Name("a"))),
        ),
        activation=activation,
        parameters={"U": ("hidden", "input"), "W": ("hidden", "column"), "b": ("hidden",)},
        order=("dh", "da", "db", "dU", "dW", "dh_next"),
        meanings={
            "U": "input → hidden",
            "W": "hidden → hidden",
            "b": "hidden bias",
            "h0": "initial hidden state",
            "a": "preactivation",
            "h": "hidden state after timestep t; h[0] is the initial state",
            "da": "error at the preactivation",
        },
        # b may come as two biases (PyTorch keeps both); importers add up every alias of b that they find
        aliases={
            "U": aliases("W_xh", "Wxh", "weight_ih_l0", "weight_ih", "W_ih", "Wx", transposed="kernel"),
            "W": aliases("W_hh", "Whh", "weight_hh_l0", "weight_hh", "Wh", transposed="recurrent_kernel"),
            "b": aliases("b_h", "bh", "bias_ih_l0", "bias_hh_l0", "bias_ih", "bias_hh"),
            "h0": aliases("h_0", "h_init"),
        },
    )
