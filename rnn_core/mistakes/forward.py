"""Mistakes in the forward pass, which the gradients then follow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from rnn_core.mistakes.mistake import Forward, Mistake, written
from rnn_core.mistakes.oracle import softmax
from rnn_core.model import Array


def _sigmoid(z: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-z)))


_SAID = {
    "p: axis": "",
    "p: batch": "",
    "p: all": "",
    "p: ones": "",
    "p: shift": "exp(z[t] - max z[t]) / Σ exp(z[t])",
    "p: exp shifted": "exp(z[t] - max z[t])",
}
"""The right-hand sides that the listing's language says in another way, or not at all."""


def _said(line: str, name: str, text: str) -> str:
    said = _SAID.get(f"{line}: {name}", text)
    return written(line, said) if said else ""


def mistakes() -> Iterator[Mistake]:
    rows: Iterable[tuple[str, str, str, str, Forward]] = (
        ("a", "no bias", "U·x[t] + W·h[t-1]", "the bias b is left out", lambda n, q: q["x"] @ n.U.T + q["before"] @ n.W.T),
        ("a", "no carry", "U·x[t] + b", "the carry W·h[t-1] is left out of the forward pass", lambda n, q: q["x"] @ n.U.T + n.b),
        ("a", "h0", "U·x[t] + W·h[0] + b", "h[0] at every step in place of h[t-1]: the state is not carried", lambda n, q: q["x"] @ n.U.T + q["h0"] @ n.W.T + n.b),
        ("a", "x before", "U·x[t-1] + W·h[t-1] + b", "x[t-1] in place of x[t]", lambda n, q: q["x_before"] @ n.U.T + q["before"] @ n.W.T + n.b),
        ("a", "minus", "U·x[t] + W·h[t-1] - b", "the bias b is subtracted, not added", lambda n, q: q["x"] @ n.U.T + q["before"] @ n.W.T - n.b),
        ("a", "no x", "W·h[t-1] + b", "the input U·x[t] is left out", lambda n, q: q["before"] @ n.W.T + n.b),
        ("h", "a", "a[t]", "tanh is forgotten: h[t] is a[t] itself", lambda n, q: q["a"]),
        ("h", "sigmoid", "sigmoid(a[t])", "sigmoid in place of tanh: the derivative is that of tanh", lambda n, q: _sigmoid(q["a"])),
        ("h", "twice", "tanh(tanh(a[t]))", "tanh is taken twice", lambda n, q: np.tanh(np.tanh(q["a"]))),
        ("z", "no bias", "V·h[t]", "the bias c is left out", lambda n, q: q["h"] @ n.V.T),
        ("z", "before", "V·h[t-1] + c", "h[t-1] in place of h[t]: the outputs are one timestep late", lambda n, q: q["before"] @ n.V.T + n.c),
        ("z", "a", "V·a[t] + c", "a in place of h: tanh is left out", lambda n, q: q["a"] @ n.V.T + n.c),
        ("z", "tanh", "tanh(V·h[t] + c)", "tanh of the logits: they go into softmax as they are", lambda n, q: np.tanh(q["h"] @ n.V.T + n.c)),
        ("p", "exp", "exp(z[t])", "not normalised: the division by the sum is missing", lambda n, q: np.exp(q["z"])),
        ("p", "exp shifted", "exp(z[t] - max)", "not normalised: the division by the sum is missing",
         lambda n, q: np.exp(q["z"] - q["z"].max(axis=-1, keepdims=True))),
        ("p", "sum", "exp(z[t]) / Σ z[t]", "normalised by the sum of z, not of exp(z)", lambda n, q: np.exp(q["z"]) / q["z"].sum(axis=-1, keepdims=True)),
        ("p", "max", "exp(z[t]) / max exp(z[t])", "normalised by the maximum, not by the sum", lambda n, q: np.exp(q["z"]) / np.exp(q["z"]).max(axis=-1, keepdims=True)),
        ("p", "axis", "softmax over the batch", "softmax over the wrong axis", lambda n, q: softmax(q["z"].T).T),
        ("p", "batch", "exp(z[t]) over its sum over the batch", "softmax over the wrong axis: the sum is over the batch, not the classes",
         lambda n, q: np.exp(q["z"] - q["z"].max(axis=-1, keepdims=True)) / np.exp(q["z"] - q["z"].max(axis=-1, keepdims=True)).sum(axis=0, keepdims=True)),
        ("p", "all", "softmax over the whole batch", "softmax over the wrong axis: all of the batch is one sum",
         lambda n, q: np.exp(q["z"] - q["z"].max()) / np.exp(q["z"] - q["z"].max()).sum()),
        ("p", "ones", "1 for every class", "softmax over the wrong axis: each class is normalised by itself", lambda n, q: np.ones_like(q["z"])),
        ("p", "mean", "exp(z[t]) / mean exp(z[t])", "normalised by the mean, not by the sum", lambda n, q: np.exp(q["z"]) / np.exp(q["z"]).mean(axis=-1, keepdims=True)),
        ("p", "sigmoid", "sigmoid(z[t])", "sigmoid in place of softmax", lambda n, q: _sigmoid(q["z"])),
        ("p", "z", "z[t]", "softmax is left out", lambda n, q: q["z"]),
        ("p", "h", "softmax(h[t])", "softmax of h: V and c are left out", lambda n, q: softmax(q["h"])),
        ("p", "minus", "softmax(-z[t])", "softmax of -z: the sign is wrong", lambda n, q: softmax(-q["z"])),
        ("p", "twice", "softmax(softmax(z[t]))", "softmax is taken twice", lambda n, q: softmax(softmax(q["z"]))),
        ("p", "shift", "exp(z[t] - max) / Σ exp(z[t])", "the maximum is subtracted above, but not below, the fraction: not normalised",
         lambda n, q: np.exp(q["z"] - q["z"].max(axis=-1, keepdims=True)) / np.exp(q["z"]).sum(axis=-1, keepdims=True)),
        ("p", "no max", "exp(z[t]) / Σ exp(z[t])", "softmax without the maximum subtracted: exp overflows for large logits",
         lambda n, q: np.exp(q["z"]) / np.exp(q["z"]).sum(axis=-1, keepdims=True)),
        ("p", "linear", "z[t] / Σ z[t]", "exp is left out of softmax", lambda n, q: q["z"] / q["z"].sum(axis=-1, keepdims=True)),
    )  # fmt: skip
    for line, name, text, cause, forward in rows:
        operand = {"a: h0": lambda m: m.run.states[0], "a: x before": lambda m: m.x(-1)}.get(f"{line}: {name}")
        yield Mistake(f"{line}: {name}", line, text, cause, _said(line, name, text), forward=forward, operand=operand,
                      is_other=(line, name) == ("h", "a"))  # fmt: skip
