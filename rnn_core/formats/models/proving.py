"""A recipe whose model is to be verified: the files are read, and what they hold is compared."""

from __future__ import annotations

from dataclasses import replace

from rnn_core.agreement import Proof
from rnn_core.data import Dataset
from rnn_core.formats import registry
from rnn_core.formats.models import layers, network, proof
from rnn_core.formats.models.asked import ModelAsked
from rnn_core.formats.models.proof import Given
from rnn_core.formats.models.registry import MODEL_FORMATS
from rnn_core.recipe import Recipe
from rnn_core.updates import Options


def sequence_of(source: str) -> Dataset | None:
    """The sequence that a proof was made with; None where it has no inputs. Raises RnnError."""
    found = proof.given(source)
    sequence = found.sequence()
    return None if sequence is None else Dataset((sequence,), name=found.content.name)


def proven(recipe: Recipe, dataset: Dataset, options: Options) -> Proof:
    """The model of a recipe held against its proof, over the proof's own inputs, or the first sequence of `dataset`.

    Raises RnnError for a file that cannot be used; what differs is in the answer.
    """
    chosen, content = registry.read(recipe.model, MODEL_FORMATS, by_content=True)
    asked = ModelAsked(recipe.model_reading, cell=recipe.cell, activation=recipe.activation)
    held = chosen.load(content, asked)
    made = network.made(content, held, asked)
    given = proof.given(recipe.verify)
    own = given.sequence()
    if own is None:
        seen = _with_targets(given, dataset, recipe.sequence)
    else:
        seen = layers.fed(made, Dataset((own,)), recipe.model_reading.seed_gradient)
    if seen.is_values and not options.loss:
        options = replace(options, loss="squared-error")
    if not seen.is_values:
        options = replace(options, loss="")
    return proof.verified(given, made, held, asked, seen.sequences[0], options)


def _with_targets(given: Given, dataset: Dataset, index: int) -> Dataset:
    """The sequence that is run, with the proof's own targets where it has any."""
    sequence = dataset.sequences[index if 0 <= index < len(dataset.sequences) else 0]
    y = given.targets(len(sequence))
    return Dataset((sequence if y is None else replace(sequence, y=y),))
