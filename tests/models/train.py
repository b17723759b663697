"""Train the networks whose files stand beside this, in PyTorch: `python -m tests.models.train`.

The task is a long dependency. A bit is shown first, noise follows, and the bit is asked for at the last timestep.
An nn.RNN and an nn.LSTM are saved in double precision as .pt and .safetensors. Each has a proof: what PyTorch computes
for one sequence, which is outputs, hidden states, loss and gradients.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

FILES = Path(__file__).parent / "files"
TIMESTEPS, UPDATES = 20, 1500


def main() -> None:
    """Write all files anew."""
    import torch
    from safetensors.torch import save_file

    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    FILES.mkdir(exist_ok=True)
    for name, module in (("rnn", torch.nn.RNN), ("lstm", torch.nn.LSTM)):
        torch.manual_seed(1)
        net = _network(torch, module)
        optimiser = torch.optim.Adam(net.parameters(), 0.01)
        for _ in range(UPDATES):
            x, bits = _sequences(32)
            _, z = net(torch.tensor(x))
            loss = torch.nn.functional.cross_entropy(z[-1], torch.tensor(bits))
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
        print(name, loss.item())
        _save(name, net, torch, save_file)


def _network(torch, module):
    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.memory = module(2, 8)
            self.readout = torch.nn.Linear(8, 2)

        def forward(self, x):
            h, _ = self.memory(x)
            return h, self.readout(h)

    net = Net()
    if module is torch.nn.LSTM:  # a forget gate that begins open: else it does not learn this within minutes
        net.memory.bias_hh_l0.data[8:16] = 3.0
    return net


def _save(name, net, torch, save_file) -> None:
    x, bits = _sequences(1)
    x, y = torch.tensor(x[:, 0]), torch.full((TIMESTEPS,), -100)
    y[-1] = int(bits[0])
    h, z = net(x)
    net.zero_grad()
    loss = torch.nn.functional.cross_entropy(z, y)
    loss.backward()
    gradients = {f"grad.{each}": array.grad.numpy() for each, array in net.named_parameters()}
    proof = {"inputs": x, "targets": y, "outputs": z.detach(), "hidden": h.detach(), "loss": loss.detach()}
    np.savez(FILES / f"{name}_proof.npz", **{each: array.numpy() for each, array in proof.items()}, **gradients)
    torch.save({"epoch": UPDATES, "state_dict": net.state_dict()}, FILES / f"{name}.pt")
    save_file(net.state_dict(), FILES / f"{name}.safetensors")


_RNG = np.random.default_rng(0)


def _sequences(count: int):
    """x (T,N,2): the bit beside noise, and the bits (N,)."""
    bits = _RNG.integers(0, 2, count)
    x = 0.1 * _RNG.standard_normal((TIMESTEPS, count, 2))
    x[0, :, 0] += 2.0 * bits - 1.0
    x[-1, :, 1] += 1.0
    return x, bits


if __name__ == "__main__":
    main()
