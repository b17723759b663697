"""Training is the plain teaching loop's, and with each optimiser a loop of PyTorch's."""

from __future__ import annotations

import numpy as np
import pytest

from rnn_core.debugger.persistence.opening import open_session
from rnn_core.model import PARAMETERS
from rnn_core.optimisers import Optimiser
from rnn_core.recipe import Recipe
from rnn_core.updates import Clip, Options
from tests.core import notebook
from tests.training.runs import OPTIMISERS, little_memory

EPOCHS, LEARNING_RATE = 100, 0.01


def notebook_training(seed):
    """The notebook's parameters after its epochs; of each epoch the mean loss as it prints it, and without its 1e-8."""
    rng = np.random.RandomState(seed)
    parameters = notebook.weights(rng)
    data = notebook.sequences(rng)
    printed, exact = [], []
    for _ in range(EPOCHS):
        losses, plain = [], []
        for xs, targets in data:
            ps, _ = notebook.forward(xs, *parameters)
            plain.append(-sum(np.log(p[y, 0]) for p, y in zip(ps, targets, strict=True)) / len(targets))
            parameters, _, loss = notebook.train_step(xs, targets, *parameters, LEARNING_RATE)
            losses.append(loss)
        printed.append(np.mean(losses))
        exact.append(np.mean(plain))
    return parameters, np.array(printed), np.array(exact)


@pytest.mark.parametrize("seed", [0, 7])
def test_a_hundred_epochs_of_the_demo_are_the_notebook_s(seed):
    theirs, printed, exact = notebook_training(seed)
    run = open_session(Recipe(seed=seed)).run
    assert run.end == 400
    with little_memory(rows=4, block=7):
        run.learn(run.end)
        ours = run.train_state(run.end).params
    for name, expected in zip(PARAMETERS, theirs, strict=True):
        found = getattr(ours, name)
        assert np.abs(found - expected.reshape(found.shape)).max() <= 1e-12 * np.abs(expected).max()
    epochs = run.metrics.loss.reshape(EPOCHS, 4).mean(axis=1)
    assert np.abs(epochs - exact).max() <= 1e-12
    # d(-log(p + 1e-8)) is -1e-8/p, and no target of the demo is less probable than one in ten.
    assert np.abs(epochs - printed).max() <= 1e-7
    assert exact[0] == pytest.approx(np.log(3), abs=0.05)
    assert exact[-1] < exact[0]


def torch_loop(torch, session, epochs):
    """The same training written for PyTorch: autograd, its clipping, its optimisers."""
    options, ours = session.options, session.options.optimiser
    theta = {name: torch.tensor(np.array(getattr(session.params, name)), requires_grad=True) for name in PARAMETERS}
    leaves = list(theta.values())
    if ours.kind == "adagrad":
        optimiser = torch.optim.Adagrad(leaves, lr=options.learning_rate)
    elif ours.kind == "adam":
        optimiser = torch.optim.Adam(leaves, lr=options.learning_rate, betas=(ours.beta1, ours.beta2))
    else:
        momentum = ours.momentum if ours.kind == "momentum" else 0.0
        optimiser = torch.optim.SGD(leaves, lr=options.learning_rate, momentum=momentum)
    losses = []
    for _ in range(epochs):
        for sequence in session.dataset.sequences:
            h, z = torch.zeros(len(session.params.b), dtype=torch.float64), []
            for x in torch.tensor(np.array(sequence.x)):
                h = torch.tanh(theta["U"] @ x + theta["W"] @ h + theta["b"])
                z.append(theta["V"] @ h + theta["c"])
            loss = torch.nn.functional.cross_entropy(
                torch.stack(z), torch.tensor(np.array(sequence.y)), reduction=options.reduction
            )
            optimiser.zero_grad()
            loss.backward()
            if options.clip:
                torch.nn.utils.clip_grad_norm_(leaves, options.clip.limit)
            optimiser.step()
            losses.append(loss.item() / (len(sequence) if options.reduction == "sum" else 1))
    return {name: tensor.detach().numpy() for name, tensor in theta.items()}, losses


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize(("clip", "reduction"), [("off", "sum"), ("norm:0.3", "mean")])
def test_twenty_epochs_with_each_optimiser_are_pytorch_s(optimiser, clip, reduction):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: its training is not compared")
    options = Options(0.02, reduction, Clip.parse(clip), Optimiser.parse(optimiser))
    session = open_session(Recipe(seed=3, scale=20.0, options=options))
    theirs, losses = torch_loop(torch, session, 20)
    session.run.learn(80)
    ours = session.run.train_state(80).params
    for name in PARAMETERS:
        assert np.abs(getattr(ours, name) - theirs[name]).max() <= 1e-9
    assert np.abs(session.run.metrics.loss - losses).max() <= 1e-9
    assert np.mean(losses[-4:]) < np.mean(losses[:4])
