"""The lines that docs/models.md gives to users of PyTorch and Keras save a proof that verifies."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from rnn_core.debugger.persistence.opening import open_session
from rnn_core.recipe import Recipe

GUIDE = (Path(__file__).parents[2] / "docs" / "models.md").read_text("utf-8")


def lines(tool):
    (found,) = re.findall(rf"<!-- {tool} -->\n```python\n(.*?)```", GUIDE, re.DOTALL)
    return found


@pytest.mark.parametrize("cell", ["RNN", "LSTM", "GRU"])
def test_the_lines_of_pytorch_save_a_proof_that_verifies(cell, tmp_path, monkeypatch):
    torch = pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.out = getattr(torch.nn, cell)(3, 4), torch.nn.Linear(4, 2)

        def forward(self, x):
            h, _ = self.rnn(x)
            return h, self.out(h)

    model = Net().double()
    names = {"torch": torch, "np": np, "model": model, "x": torch.randn(9, 3).double(), "y": torch.randint(0, 2, (9,))}
    exec(lines("torch"), names)
    torch.save(model.state_dict(), "model.pt")
    proof = open_session(Recipe(model="model.pt", verify="proof.npz")).proof
    assert proof.good
    assert len(proof.differences) >= 8
    assert max(each.largest for each in proof.differences) < 1e-12


@pytest.mark.parametrize("cell", ["SimpleRNN", "LSTM", "GRU"])
def test_the_lines_of_keras_save_a_proof_that_verifies(cell, tmp_path, monkeypatch):
    keras = pytest.importorskip("keras", reason="these lines need Keras")
    monkeypatch.chdir(tmp_path)
    keras.utils.set_random_seed(0)
    layers = [keras.Input((9, 3)), getattr(keras.layers, cell)(4, return_sequences=True), keras.layers.Dense(2)]
    model = keras.Sequential(layers)
    x = np.random.default_rng(0).standard_normal((9, 3)).astype("float32")
    exec(lines("keras"), {"keras": keras, "np": np, "model": model, "x": x, "y": np.arange(9) % 2})
    model.save("model.keras")
    assert open_session(Recipe(model="model.keras", verify="proof.npz")).proof.good
