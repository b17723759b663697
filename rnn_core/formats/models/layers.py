"""A sequence as the layer that is debugged sees it: through the layers below, reversed, and with a gradient to begin.

Rules this file keeps:
- The layers below run in float64 by the same loops as any network; nothing of them is trained.
- A layer that runs backward sees the sequence, its targets and its tokens from the last timestep on.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rnn_core.arrays import Array
from rnn_core.data import Dataset, Sequence
from rnn_core.formats.models.network import Network
from rnn_core.model import Params, Sizes
from rnn_core.passes import Passes
from rnn_core.program import program
from rnn_core.updates import Options


def inputs_of(network: Network) -> Sizes:
    """The sizes that data must fit: the inputs of the lowest layer, the units and outputs of the one debugged."""
    lowest = network.below[0][0] if network.below else network.params
    return replace(network.params.sizes, inputs=lowest.sizes.inputs)


def fed(network: Network, dataset: Dataset, seed_gradient: str) -> Dataset:
    """The sequences that the layer sees; without outputs, targets where the gradient begins."""
    if not (network.below or network.backward or network.headless):
        return dataset
    made = tuple(_seen(network, sequence, seed_gradient) for sequence in dataset.sequences)
    features = dataset.features if not network.below else ()
    classes = () if network.headless else dataset.classes
    return replace(dataset, sequences=made, features=features, classes=classes)


def _seen(network: Network, sequence: Sequence, seed_gradient: str) -> Sequence:
    x = sequence.x
    for layer in network.below:
        directions = [states(layer[0], x)]
        if len(layer) > 1:
            directions.append(states(layer[1], x[::-1])[::-1])
        x = np.concatenate(directions, axis=1)
    y, tokens = sequence.y, sequence.tokens
    if network.backward:
        x, y, tokens = x[::-1], y[::-1], tokens[::-1]
    if network.headless:
        y = np.full((len(x), 1), 0.0 if seed_gradient == "sum" else np.nan)
        y[-1] = 0.0
    return replace(sequence, x=x, y=y, tokens=tokens)


def states(params: Params, x: Array) -> Array:
    """h (T,H) of a layer over the inputs x (T,I)."""
    passes = Passes(program(Options(), params.cell), params.sizes, len(x))
    passes.start(params.start)
    with np.errstate(all="ignore"):
        passes.forward(params, np.ascontiguousarray(x))
    return passes.rows["h"][1:].copy()
