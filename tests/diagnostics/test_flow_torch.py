"""The lattice beside PyTorch: one call of autograd for each loss."""

from __future__ import annotations

import numpy as np
import pytest

from rnn_core.flow.lattice import whole
from rnn_core.recorder import record
from tests.cells.cases import network, sequence

torch = pytest.importorskip("torch", reason="PyTorch is not installed: the second oracle is left out")


@pytest.mark.parametrize(("name", "blocks"), [("tanh", 1), ("lstm", 4), ("gru", 3)])
def test_the_lattice_is_that_of_one_autograd_call_for_each_loss(name, blocks):
    trace = record(network(name, start=True), sequence("cross-entropy", 8))
    params, H = trace.params, trace.sizes.hidden

    def tensor(array):
        return torch.tensor(np.array(array), dtype=torch.float64)

    kind = {"tanh": torch.nn.RNNCell, "lstm": torch.nn.LSTMCell, "gru": torch.nn.GRUCell}[name]
    net = kind(trace.sizes.inputs, H, dtype=torch.float64)
    with torch.no_grad():
        net.weight_ih.copy_(tensor(params["U"]))
        net.weight_hh.copy_(tensor(params["W"]))
        net.bias_ih.copy_(tensor(params["b"]))
        net.bias_hh.copy_(tensor(params["bh"]) if name == "gru" else torch.zeros(blocks * H))
    state = {each: [tensor(trace.rows[each][0]).requires_grad_()] for each in trace.program.cell.states}
    losses = []
    for t in range(1, len(trace) + 1):
        x, h = tensor(trace.x[t - 1]), state["h"][-1]
        if name == "lstm":
            h, s = net(x, (h, state["s"][-1]))
            state["s"].append(s)
        else:
            h = net(x, h)
        state["h"].append(h)
        z = tensor(params["V"]) @ h + tensor(params["c"])
        losses.append(torch.nn.functional.cross_entropy(z[None], torch.tensor([int(trace.y[t - 1])])))
    found = whole(trace)
    for t, loss in enumerate(losses, start=1):
        grads = torch.autograd.grad(loss, state["h"][: t + 1], retain_graph=True)
        sizes = [10.0 ** found.at(t, k) for k in range(t + 1)]
        np.testing.assert_allclose(sizes, [float(grad.norm()) for grad in grads], rtol=1e-10)
