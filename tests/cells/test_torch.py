"""Every cell is PyTorch's: hidden states, outputs, loss and every gradient, against autograd in float64."""

from __future__ import annotations

import numpy as np
import pytest

from rnn_core.recorder import record
from tests.cells.cases import CELLS, LOSSES, network, options, sequence

torch = pytest.importorskip("torch", reason="PyTorch is not installed: its cells are not compared")


def tensor(array):
    return torch.tensor(np.array(array), dtype=torch.float64)


class Theirs:
    """The same network in PyTorch, run over the same sequence, with its gradients."""

    def __init__(self, params, run, loss, reduction):
        name, hidden = params.cell.name, params.sizes.hidden
        self.held = {each: tensor(array).requires_grad_() for each, array in params.items()}
        self.start = {each: tensor(array).requires_grad_() for each, array in params.start.items()}
        if name == "rnn" and params.cell.activation == "identity":
            h = self._identity(run)
        else:
            module = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[name]
            extra = {"nonlinearity": params.cell.activation} if name == "rnn" else {}
            net = module(params.sizes.inputs, hidden, dtype=torch.float64, **extra)
            second = self.held.get("bh", torch.zeros(len(self.held["b"]), dtype=torch.float64))
            weights = {
                "weight_ih_l0": self.held["U"], "weight_hh_l0": self.held["W"], "bias_ih_l0": self.held["b"],
                "bias_hh_l0": second,
            }  # fmt: skip
            given = tuple(self.start[each][None] for each in params.cell.initial)
            h, _ = torch.func.functional_call(net, weights, (tensor(run.x), given if len(given) > 1 else given[0]))
        self.h = h
        self.z = h @ self.held["V"].T + self.held["c"]
        self.loss = self._loss(run, loss, reduction)
        self.loss.backward()

    def _identity(self, run):
        h, rows = self.start["h0"], []
        for x in tensor(run.x):
            h = self.held["U"] @ x + self.held["W"] @ h + self.held["b"]
            rows.append(h)
        return torch.stack(rows)

    def _loss(self, run, loss, reduction):
        has = torch.tensor(run.has_target)
        if loss == "cross-entropy":
            return torch.nn.functional.cross_entropy(self.z[has], torch.tensor(run.y)[has], reduction=reduction)
        if loss == "sum":
            sums = self.z[has].sum(dim=1)
            return sums.sum() if reduction == "sum" else sums.mean()
        squares = 0.5 * ((self.z[has] - tensor(run.y)[has]) ** 2).sum(dim=1)
        return squares.sum() if reduction == "sum" else squares.mean()


@pytest.mark.parametrize("absent", [0.0, 0.4])
@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", CELLS)
def test_the_passes_and_every_gradient_are_those_of_pytorch(name, loss, reduction, absent):
    params = network(name, hidden=5, start=True, scale=0.4)
    run = sequence(loss, timesteps=9, absent=absent)
    ours = record(params, run, options(loss, reduction=reduction))
    theirs = Theirs(params, run, loss, reduction)

    def same(found, expected):
        scale = max(1.0, float(np.max(np.abs(found))))
        assert np.allclose(found, expected.detach().numpy(), rtol=1e-10, atol=1e-10 * scale)

    same(ours.h[1:], theirs.h)
    same(ours.z, theirs.z)
    assert ours.loss == pytest.approx(theirs.loss.item(), rel=1e-10)
    for each, gradient in ours.gradients.items():
        same(gradient, theirs.held[each].grad)
    for each, start in theirs.start.items():
        same(ours.rows[f"d{each[0]}_next"][0], start.grad)


def test_our_mean_squared_error_is_half_the_outputs_times_theirs():
    params, run = network("gru"), sequence("squared-error")
    ours = record(params, run, options("squared-error", reduction="mean"))
    theirs = torch.nn.functional.mse_loss(tensor(ours.z), tensor(run.y)).item()
    assert ours.loss == pytest.approx(theirs * params.sizes.classes / 2, rel=1e-12)
