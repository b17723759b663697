"""Opening: the session that a recipe describes, from its data and its weights.

Rules this file keeps:
- Every function returns what it makes or raises RnnError; nothing is half opened.
- `progress` callables get the share done, 0 to 1, and may raise `Cancelled`.
"""

from __future__ import annotations

import math
import os
import time
from dataclasses import replace

from rnn_core import data as built_in
from rnn_core.cells import cell
from rnn_core.data import DEMO_SIZES, Dataset
from rnn_core.debugger.persistence.digests import digests
from rnn_core.debugger.session import Session
from rnn_core.errors import ShapeError, UsageError, quoted
from rnn_core.formats import files, models, sequences
from rnn_core.model import Params, Sizes, initialise, shapes
from rnn_core.notices import Notice, refuse_assumptions
from rnn_core.outputs import output
from rnn_core.progress import Progress, silent
from rnn_core.recipe import DEMOS, Recipe
from rnn_core.recorder import check_fits
from rnn_core.training.order import Order
from rnn_core.training.run import Run
from rnn_core.updates import Options

HIDDEN = DEMO_SIZES.hidden
"""Hidden units of drawn weights where nothing else says."""

PARAMETER_BYTES = 2**30
"""Drawn parameters that would take more are refused before they are drawn."""


def open_session(recipe: Recipe, data: bytes | None = None, progress: Progress = silent) -> Session:
    """The session that a recipe describes, at its start. `data` is what was read from standard input for "-".

    Raises RnnError: the file and the place in it, what is wrong, what to do.
    """
    if is_code(recipe):
        return _open_code(recipe, progress)
    if recipe.demo.startswith("hunt "):
        return _open_hunt(recipe)
    dataset = load_dataset(recipe, data)
    options = recipe.options
    if dataset.is_values and not options.loss:
        options = replace(options, loss="squared-error")
    elif options.loss and output(options.loss).takes_values and not dataset.is_values:
        dataset = dataset.as_values()
    progress(0.2)
    notices = list(dataset.notices)
    params, dataset, loss = load_params(recipe, dataset, notices)
    options = replace(options, loss=loss) if loss else options
    proof = models.proven(recipe, dataset, options) if recipe.verify else None
    if proof is not None and not proof.good:
        notices.append(Notice(proof.lines()[-1], "", "rnn-tui check lists every array"))
    if recipe.strict:
        refuse_assumptions(notices)
    _check_every_sequence(dataset, params, options)
    count = len(dataset.sequences)
    if not 0 <= recipe.sequence < count:
        raise UsageError(f"no sequence {recipe.sequence + 1}", where=dataset.name, fix=f"1 to {count}")
    progress(0.3)
    order = Order(recipe.shuffle, recipe.seed).with_sequence_at(0, recipe.sequence, count)
    run = Run(dataset, params, options, order, recipe.epochs)
    trace = run.trace(0, lambda share: progress(0.3 + 0.7 * share))
    session = Session.of(run, trace, recipe=recipe, notices=tuple(notices), proof=proof)
    return replace(session, sha256=digests(recipe)).offered()


def _open_hunt(recipe: Recipe) -> Session:
    """The session of a bug hunt, whose name stands in the place of a demo's. Raises UsageError."""
    from rnn_core.hunts import hunt  # only who hunts waits for the catalogue
    from rnn_core.hunts.exercise import exercise

    begun = replace(hunt.named(recipe.demo), began=time.time())
    run = exercise(begun).run
    return Session.of(run, run.trace(0), recipe=replace(recipe, epochs=1, options=run.options), hunt=begun)


def is_code(recipe: Recipe) -> bool:
    """Whether a recipe's source is a program."""
    return recipe.text is None and files.is_code(recipe.path)


def _open_code(recipe: Recipe, progress: Progress) -> Session:
    """The session of a person's own program: its network, its data, and its run beside ours. Raises RnnError."""
    from rnn_core.review.alongside import beside  # only who opens a program waits for it

    for given in ("model", "targets", "hidden", "classes", "seq_length", "cell", "activation"):
        if getattr(recipe, given):
            what = f"--{given.replace('_', '-')} does not go with a program: it brings its own network and data"
            raise UsageError(what, where=files.base_name(recipe.path), fix="leave it out")
    path = os.path.expanduser(files.dragged(recipe.path))
    progress(0.1)
    sha256 = digests(recipe)  # of what is run: it may be saved anew meanwhile
    made = beside(path, recipe.options, recipe.code)
    progress(0.8)
    dataset = Dataset(made.sequences, files.base_name(path))
    recipe = replace(recipe, options=made.options)
    run = Run(dataset, made.params, made.options, Order(), recipe.epochs)
    session = Session.of(run, run.trace(0), recipe=recipe, alongside=made.alongside)
    return replace(session, sha256=sha256).offered()


def load_dataset(recipe: Recipe, data: bytes | None = None) -> Dataset:
    """The sequences of a recipe: a text, a file, standard input's `data`, or a built-in demo. Raises RnnError."""
    if recipe.targets and (recipe.text is not None or not recipe.path):
        raise UsageError("a file of targets goes with a file of inputs", fix="leave it out")
    if recipe.text is not None:
        return sequences.from_text(recipe.text, recipe.tokens, recipe.seq_length, recipe.reading)
    if recipe.path:
        return sequences.load(
            recipe.path,
            tokens=recipe.tokens,
            seq_length=recipe.seq_length,
            targets=recipe.targets or None,
            data=data,
            reading=recipe.reading,
        )
    if recipe.verify and (own := models.sequence_of(recipe.verify)):
        return own
    if recipe.demo == "hello":
        hello = built_in.text_dataset("hello", name="hello")
        return hello if recipe.seq_length is None else built_in.in_chunks(hello, recipe.seq_length)
    if recipe.demo not in DEMOS:
        raise UsageError(f"no demo {quoted(recipe.demo)}", fix=f"one of {', '.join(DEMOS)}")
    if recipe.seq_length is not None:
        raise UsageError("the demo is not cut into chunks, only text is", fix="leave out --seq-length")
    return built_in.demo_dataset(recipe.seed)


def load_params(recipe: Recipe, dataset: Dataset, notices: list[Notice] | None = None) -> tuple[Params, Dataset, str]:
    """The weights of a recipe: the model's, which must fit the data, or drawn ones that fit it. Then the data as the
    layer that is debugged sees them, and the loss of a network without outputs, empty for others. What was assumed of
    a model is added to `notices`. Raises RnnError."""
    if recipe.model:
        network = models.opened(
            recipe.model, recipe.model_reading, notices, cell=recipe.cell, activation=recipe.activation
        )
        params = network.params
        hidden = params.sizes.hidden
        if recipe.hidden not in (None, hidden):
            what = f"{recipe.hidden} hidden units were asked for, and the model has {hidden}"
            raise UsageError(what, where=files.base_name(recipe.model), fix="leave one of them out")
        sequences.check_fit(dataset, models.inputs_of(network))
        if not network.headless:
            sequences.class_count(dataset, recipe.classes, params.sizes)
        return params, models.fed(network, dataset, recipe.model_reading.seed_gradient), "sum" * network.headless
    sizes = Sizes(dataset.inputs, _hidden(recipe, dataset), sequences.class_count(dataset, recipe.classes))
    chosen = cell(recipe.cell or "rnn", recipe.activation)
    needed = 8 * sum(math.prod(shape) for shape in shapes(chosen, sizes).values())
    if needed > PARAMETER_BYTES:
        what = f"{sizes.hidden} hidden units and {sizes.classes} classes make weights of {files.human(needed)}"
        raise ShapeError(f"{what}, more than {files.human(PARAMETER_BYTES)}", fix="use fewer")
    sequences.check_fit(dataset, sizes)
    return initialise(recipe.init, sizes, seed=recipe.seed, scale=recipe.scale, cell=chosen), dataset, ""


def _hidden(recipe: Recipe, dataset: Dataset) -> int:
    """What was asked for, else what an initial state in the data says, else the default."""
    given = next((len(sequence.h0) for sequence in dataset.sequences if sequence.h0 is not None), HIDDEN)
    return given if recipe.hidden is None else recipe.hidden


def _check_every_sequence(dataset: Dataset, params: Params, options: Options) -> None:
    for number, sequence in enumerate(dataset.sequences, start=1):
        try:
            check_fits(params, sequence, options)
        except ShapeError as error:
            several = f", sequence {number}" if len(dataset.sequences) > 1 else ""
            raise error.inside(f"{dataset.name}{several}") from None
