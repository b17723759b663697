"""An nn.RNN and an nn.LSTM trained in PyTorch to remember a first number; PyTorch's own gradients of the last loss.

`python -m tests.diagnostics.trained` trains them anew and writes tests/data/flow/NAME.npz.

It holds the weights under PyTorch's names, one sequence x with its target y, and by timestep k = 0 … T the norms
that autograd finds:

    left      ‖∂L[T]/∂h[k]‖ / ‖∂L[T]/∂h[T]‖; of the LSTM the larger of that and the same at the cell state
    through   the product over t = k+1 … T of the factors of one place: tanh′ of the RNN, f of the LSTM
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parents[1] / "data" / "flow"
TIMESTEPS, HIDDEN, UPDATES = 80, 10, 60


def batch(torch, count, generator):
    """The first number decides the class; what follows is noise."""
    x = 0.5 * torch.randn(count, TIMESTEPS, 2, dtype=torch.float64, generator=generator)
    x[:, 0] *= 4.0
    return x, (x[:, 0, 0] > 0).long()


def train(torch, kind):
    """The layer and its head after some updates."""
    generator = torch.Generator().manual_seed(7)
    torch.manual_seed(7)
    layer = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM}[kind](2, HIDDEN, batch_first=True, dtype=torch.float64)
    head = torch.nn.Linear(HIDDEN, 2, dtype=torch.float64)
    optimiser = torch.optim.Adam([*layer.parameters(), *head.parameters()], lr=0.01)
    for _ in range(UPDATES):
        x, y = batch(torch, 8, generator)
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(head(layer(x)[0][:, -1]), y).backward()
        optimiser.step()
    x, y = batch(torch, 1, generator)
    return layer, head, x[0], y


def measured(torch, kind, layer, head, x, y):
    """What autograd says of the last loss: `left` and `through`, from operations written one by one."""
    bias = layer.bias_ih_l0 + layer.bias_hh_l0
    h, s = ([torch.zeros(HIDDEN, dtype=torch.float64, requires_grad=True)] for _ in range(2))
    passed = []
    for row in x:
        a = layer.weight_ih_l0 @ row + layer.weight_hh_l0 @ h[-1] + bias
        if kind == "rnn":
            h.append(torch.tanh(a))
            passed.append(1.0 - h[-1] ** 2)
        else:
            i, f, g, o = a.chunk(4)
            s.append(torch.sigmoid(f) * s[-1] + torch.sigmoid(i) * torch.tanh(g))
            h.append(torch.sigmoid(o) * torch.tanh(s[-1]))
            passed.append(torch.sigmoid(f))
    loss = torch.nn.functional.cross_entropy(head(h[-1])[None], y)
    states = [h] if kind == "rnn" else [h, s]
    gradients = [torch.autograd.grad(loss, each, retain_graph=True) for each in states]
    sizes = torch.stack([torch.stack([g.norm() for g in each]) for each in gradients]).amax(dim=0)
    # the place's factor at t: what it makes of the gradient that arrives there
    arriving = gradients[-1]
    factors = torch.stack([(p * g).norm() / g.norm() for p, g in zip(passed, arriving[1:], strict=True)])
    through = torch.flip(torch.cumprod(torch.flip(factors, (0,)), 0), (0,))
    return (sizes / sizes[-1]).detach().numpy(), through.detach().numpy()


def main():
    """Train both, and write what tests read."""
    import torch

    torch.set_num_threads(1)

    FOLDER.mkdir(parents=True, exist_ok=True)
    for kind in ("rnn", "lstm"):
        layer, head, x, y = train(torch, kind)
        left, through = measured(torch, kind, layer, head, x, y)
        arrays = {name: value.detach().numpy() for name, value in layer.named_parameters()}
        arrays |= {f"head.{name}": value.detach().numpy() for name, value in head.named_parameters()}
        np.savez(FOLDER / f"{kind}.npz", **arrays, x=x.numpy(), y=y.numpy(), left=left, through=through)


if __name__ == "__main__":
    main()
