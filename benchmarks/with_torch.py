"""The same network in PyTorch (nn.RNN, nn.LSTM or nn.GRU, a linear layer), in float64: a pass, and a training."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from rnn_core.data import Sequence
from rnn_core.model import Params

torch.set_num_threads(1)
CELLS = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}


def forward_and_backward(params: Params, sequence: Sequence) -> Callable[[], object]:
    """What one gradient computation calls; the network is made beforehand."""
    sizes = params.sizes
    rnn = CELLS[params.cell.name](sizes.inputs, sizes.hidden, batch_first=True, dtype=torch.float64)
    linear = torch.nn.Linear(sizes.hidden, sizes.classes, dtype=torch.float64)
    x = torch.tensor(np.array(sequence.x))[None]
    y = torch.tensor(np.array(sequence.y))
    parameters = [*rnn.parameters(), *linear.parameters()]

    def run() -> object:
        for parameter in parameters:
            parameter.grad = None
        h, _ = rnn(x)
        loss = torch.nn.functional.cross_entropy(linear(h[0]), y, reduction="sum")
        loss.backward()  # type: ignore[no-untyped-call]  # PyTorch declares it so
        return loss

    return run


def training(params: Params, sequence: Sequence, updates: int) -> Callable[[], object]:
    """What so many SGD updates call."""
    sizes = params.sizes
    rnn = torch.nn.RNN(sizes.inputs, sizes.hidden, batch_first=True, dtype=torch.float64)
    linear = torch.nn.Linear(sizes.hidden, sizes.classes, dtype=torch.float64)
    optimiser = torch.optim.SGD([*rnn.parameters(), *linear.parameters()], lr=0.01)
    x = torch.tensor(np.array(sequence.x))[None]
    y = torch.tensor(np.array(sequence.y))

    def run() -> None:
        for _ in range(updates):
            optimiser.zero_grad()
            h, _state = rnn(x)
            loss = torch.nn.functional.cross_entropy(linear(h[0]), y, reduction="sum")
            loss.backward()  # type: ignore[no-untyped-call]  # PyTorch declares it so
            optimiser.step()

    return run


def a_call_for_each_loss(params: Params, sequence: Sequence) -> Callable[[], object]:
    """What gives the gradient of each loss at each hidden state before it: T calls of autograd on one graph."""
    sizes = params.sizes
    cell = torch.nn.RNNCell(sizes.inputs, sizes.hidden, dtype=torch.float64)
    linear = torch.nn.Linear(sizes.hidden, sizes.classes, dtype=torch.float64)
    x, y = torch.tensor(np.array(sequence.x)), torch.tensor(np.array(sequence.y))
    states = [torch.zeros(sizes.hidden, dtype=torch.float64, requires_grad=True)]
    for row in x:
        states.append(cell(row, states[-1]))
    losses = torch.nn.functional.cross_entropy(linear(torch.stack(states[1:])), y, reduction="none")

    def run() -> object:
        return [torch.autograd.grad(loss, states[: t + 1], retain_graph=True) for t, loss in enumerate(losses, start=1)]

    return run
