"""A text shipped with the tests is really learnt: what the network writes is made of its words."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from rnn_core.debugger.persistence.opening import open_session
from rnn_core.optimisers import Optimiser
from rnn_core.recipe import Recipe
from rnn_core.training.sampling import as_text, sample
from rnn_core.updates import Clip, Options

TEXT = Path(__file__).parents[1] / "data" / "looking-glass.txt"
WORD = re.compile(r"[A-Za-z']{3,}")
EPOCHS = 50


def share_of_words(params, symbols, known):
    """How many of the words that the network writes, of three letters or more, occur in the text that it read."""
    written = []
    for seed in range(5):
        text = as_text(symbols, sample(params, symbols, 2000, temperature=0.7, seed=seed))
        written += WORD.findall(text)[1:-1]  # the first and the last may be cut off
    return sum(word in known for word in written) / max(1, len(written))


@pytest.mark.timeout(300)
def test_after_fifty_epochs_of_a_poem_the_network_writes_its_words():
    options = Options(0.004, "mean", Clip.parse("norm:0.25"), Optimiser("adam"))
    recipe = Recipe(path=str(TEXT), seq_length=25, hidden=64, init="uniform", seed=2, options=options, epochs=EPOCHS)
    session = open_session(recipe)
    run, symbols = session.run, session.dataset.classes
    known = set(WORD.findall(TEXT.read_text(encoding="utf-8")))
    assert session.dataset.carried
    assert share_of_words(run.params, symbols, known) <= 0.02
    assert run.learn(run.end) is None
    # A Markov chain of the text's letters reaches 0.08 when it remembers one of them, and 0.33 when it remembers two.
    assert share_of_words(run.train_state(run.end).params, symbols, known) >= 0.40
    epochs = run.metrics.loss.reshape(EPOCHS, run.epoch_length).mean(axis=1)
    assert epochs[0] < np.log(len(symbols)), "better than guessing each symbol alike"
    assert epochs[-1] < 1.33, "the entropy of that chain, when it remembers two"
    # Going back after so long a way: the row of an update far behind is the one that was written down in passing.
    assert run.trace(8_000).mean_loss == run.metrics.loss[8_000]
