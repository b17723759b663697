"""PyTorch, in float64, computes the same forward pass, gradients, clipping and update."""

from __future__ import annotations

import numpy as np
import pytest

from rnn_core.recorder import record
from rnn_core.updates import Clip, Options
from tests.core.cases import MATRICES_AND_BIASES, random_params, random_sequence

torch = pytest.importorskip("torch", reason="PyTorch is not installed: the second oracle is left out")

SIZES = [(3, 4, 3, 6), (5, 10, 3, 100), (7, 60, 9, 150)]


def tensor(array):
    return torch.tensor(np.array(array))


def torch_network(params):
    """nn.RNN and nn.Linear with our numbers; PyTorch's second hidden bias stays 0 and is not trained."""
    sizes = params.sizes
    rnn = torch.nn.RNN(sizes.inputs, sizes.hidden, batch_first=True, dtype=torch.float64)
    linear = torch.nn.Linear(sizes.hidden, sizes.classes, dtype=torch.float64)
    ours = {
        rnn.weight_ih_l0: params.U,
        rnn.weight_hh_l0: params.W,
        linear.weight: params.V,
        rnn.bias_ih_l0: params.b,
        linear.bias: params.c,
    }
    with torch.no_grad():
        rnn.bias_hh_l0.zero_()
        for parameter, value in ours.items():
            parameter.copy_(tensor(value))
    rnn.bias_hh_l0.requires_grad_(False)
    return rnn, linear, list(ours)


def torch_run(params, sequence, reduction):
    rnn, linear, parameters = torch_network(params)
    h0 = tensor(params.h0)[None, None].requires_grad_()
    h, _ = rnn(tensor(sequence.x)[None], h0)
    z = linear(h[0])
    y = np.where(sequence.y < 0, -100, sequence.y)
    loss = torch.nn.functional.cross_entropy(z, tensor(y), ignore_index=-100, reduction=reduction)
    loss.backward()
    return parameters, h0, h[0].detach().numpy(), z.detach().numpy(), loss.item()


def assert_equal(found, expected):
    assert found.shape == expected.shape
    assert np.linalg.norm(found - expected) <= 1e-10 * np.linalg.norm(expected)


@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("sizes", SIZES)
def test_the_pass_and_the_gradients_are_those_of_pytorch(sizes, reduction):
    inputs, hidden, classes, timesteps = sizes
    params = random_params(inputs, hidden, classes, h0=True, scale=0.9 / hidden**0.5)  # not chaotic: W's gain < 1
    sequence = random_sequence(timesteps, inputs, classes, absent=0.2)
    trace = record(params, sequence, Options(reduction=reduction))
    parameters, h0, h, z, loss = torch_run(params, sequence, reduction)
    assert_equal(trace.h[1:], h)
    assert_equal(trace.z, z)
    assert_equal(trace.p, torch.softmax(tensor(z), dim=-1).numpy())
    assert trace.loss == pytest.approx(loss, rel=1e-10)
    for gradient, parameter in zip(trace.gradients.values(), parameters, strict=True):
        assert_equal(gradient, parameter.grad.numpy())
    assert_equal(trace.dh_next[0], h0.grad[0, 0].numpy())


@pytest.mark.parametrize("clip", [None, Clip("norm", 0.1), Clip("norm", 1e5), Clip("value", 0.01)])
def test_clipping_and_the_update_are_those_of_pytorch(clip):
    params, sequence = random_params(h0=True), random_sequence(6)
    trace = record(params, sequence, Options(learning_rate=0.3, clip=clip))
    parameters, *_ = torch_run(params, sequence, "sum")
    norm = None
    if clip and clip.kind == "norm":
        norm = torch.nn.utils.clip_grad_norm_(parameters, clip.limit).item()
    elif clip:
        torch.nn.utils.clip_grad_value_(parameters, clip.limit)
    torch.optim.SGD(parameters, lr=0.3).step()
    for name, gradient, parameter in zip(
        MATRICES_AND_BIASES, (trace.clipped or trace.gradients).values(), parameters, strict=True
    ):
        assert_equal(gradient, parameter.grad.numpy())
        assert_equal(getattr(trace.updated, name), parameter.detach().numpy())
    if norm is not None:
        assert trace.clip_norm == pytest.approx(norm, rel=1e-10)
