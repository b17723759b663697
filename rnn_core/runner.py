"""What reads, writes or computes on behalf of a session, for the screen and for the command line alike.

Rules this file keeps:
- Every function answers with a new session or raises RnnError; a session that failed to change is the old one.
- `progress` callables get the share done, 0 to 1, and may raise `Cancelled`: nothing has changed then.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from rnn_core import data as built_in
from rnn_core.data import DEMO_SIZES, Dataset
from rnn_core.debugger import forking, help, searching
from rnn_core.debugger.digests import digests
from rnn_core.debugger.offers import with_offers
from rnn_core.debugger.outcome import (
    Check,
    Compare,
    Effect,
    Export,
    Fork,
    Open,
    Outcome,
    Part,
    Record,
    Save,
    SaveModel,
    Search,
    ShowHelp,
    Switch,
    Train,
    Travel,
    needs_the_screen,
)
from rnn_core.debugger.selection import with_fitting_view
from rnn_core.debugger.session import Session
from rnn_core.errors import ShapeError, UsageError, one_line, quoted
from rnn_core.formats import files, models, sequences, traces
from rnn_core.model import Params, Sizes, initialise
from rnn_core.notices import Notice, refuse_assumptions
from rnn_core.recipe import DEMOS, Recipe
from rnn_core.recorder import check_fits
from rnn_core.training.order import Order
from rnn_core.training.run import Run

Progress = Callable[[float], None]

HIDDEN = DEMO_SIZES.hidden
"""Hidden units of drawn weights where nothing else says."""

PARAMETER_BYTES = 2**30
"""Drawn parameters that would take more are refused before they are drawn."""

LONG = 0.25
"""Seconds beyond which a person should see that something is going on."""


def _silent(_share: float) -> None:
    """Progress that nobody looks at."""


# -- opening -------------------------------------------------------------------------------------------------


def open_session(recipe: Recipe, data: bytes | None = None, progress: Progress = _silent) -> Session:
    """The session that a recipe describes, at its start. `data` is what was read from standard input for "-".

    Raises RnnError: the file and the place in it, what is wrong, what to do.
    """
    dataset = load_dataset(recipe, data)
    progress(0.2)
    notices = list(dataset.notices)
    params = load_params(recipe, dataset, notices)
    if recipe.notices == "strict":
        refuse_assumptions(notices)
    _check_every_sequence(dataset, params)
    count = len(dataset.sequences)
    if not 0 <= recipe.sequence < count:
        raise UsageError(f"no sequence {recipe.sequence + 1}", where=dataset.name, fix=f"1 to {count}")
    progress(0.3)
    order = Order(recipe.shuffle, recipe.seed).with_sequence_at(0, recipe.sequence, count)
    run = Run(dataset, params, recipe.options, order, recipe.epochs)
    trace = run.trace(0, lambda share: progress(0.3 + 0.7 * share))
    session = Session.of(run, trace, recipe=recipe, notices=tuple(notices))
    return with_offers(replace(session, sha256=digests(recipe)))


def load_dataset(recipe: Recipe, data: bytes | None = None) -> Dataset:
    """The sequences of a recipe: a text, a file, standard input's `data`, or a built-in demo. Raises RnnError."""
    if recipe.targets and (recipe.text is not None or not recipe.path):
        raise UsageError("a file of targets goes with a file of inputs", fix="leave it out")
    if recipe.text is not None:
        return sequences.from_text(recipe.text, recipe.tokens, recipe.seq_length, recipe.reading)
    if recipe.path:
        return sequences.load(
            recipe.path, tokens=recipe.tokens, seq_length=recipe.seq_length, targets=recipe.targets or None, data=data,
            reading=recipe.reading,
        )  # fmt: skip
    if recipe.demo == "hello":
        hello = built_in.text_dataset("hello", name="hello")
        return hello if recipe.seq_length is None else built_in.in_chunks(hello, recipe.seq_length)
    if recipe.demo not in DEMOS:
        raise UsageError(f"no demo {quoted(recipe.demo)}", fix=f"one of {', '.join(DEMOS)}")
    if recipe.seq_length is not None:
        raise UsageError("the demo is not cut into chunks, only text is", fix="leave out --seq-length")
    return built_in.demo_dataset(recipe.seed)


def load_params(recipe: Recipe, dataset: Dataset, notices: list[Notice] | None = None) -> Params:
    """The weights of a recipe: the model's, which must fit the data, or drawn ones that fit it. What was assumed of a
    model is added to `notices`. Raises RnnError."""
    if recipe.model:
        params = models.load(recipe.model, recipe.model_reading, notices)
        hidden = params.sizes.hidden
        if recipe.hidden not in (None, hidden):
            what = f"{recipe.hidden} hidden units were asked for, and the model has {hidden}"
            raise UsageError(what, where=files.base_name(recipe.model), fix="leave one of them out")
        sequences.check_fit(dataset, params.sizes)
        sequences.class_count(dataset, recipe.classes, params.sizes)
        return params
    sizes = Sizes(dataset.inputs, _hidden(recipe, dataset), sequences.class_count(dataset, recipe.classes))
    needed = 8 * sizes.hidden * (sizes.inputs + sizes.hidden + sizes.classes)
    if needed > PARAMETER_BYTES:
        what = f"{sizes.hidden} hidden units and {sizes.classes} classes make weights of {files.human(needed)}"
        raise ShapeError(f"{what}, more than {files.human(PARAMETER_BYTES)}", fix="use fewer")
    sequences.check_fit(dataset, sizes)
    return initialise(recipe.init, sizes, seed=recipe.seed, scale=recipe.scale)


def _hidden(recipe: Recipe, dataset: Dataset) -> int:
    """What was asked for, else what an initial state in the data says, else the default."""
    given = next((len(sequence.h0) for sequence in dataset.sequences if sequence.h0 is not None), HIDDEN)
    return given if recipe.hidden is None else recipe.hidden


def _check_every_sequence(dataset: Dataset, params: Params) -> None:
    for number, sequence in enumerate(dataset.sequences, start=1):
        try:
            check_fits(params, sequence)
        except ShapeError as error:
            several = f", sequence {number}" if len(dataset.sequences) > 1 else ""
            raise error.inside(f"{dataset.name}{several}") from None


# -- performing effects --------------------------------------------------------------------------------------


def perform(effect: Effect, session: Session, progress: Progress = _silent) -> Outcome:
    """Do what a command asked for: files, computing, the help as text; what only a screen can do is answered as such.

    Raises RnnError; the session given is then still the one to show.
    """
    performer = PERFORMERS.get(type(effect))
    done = performer(effect, session, progress) if performer else Outcome(session, needs_the_screen(effect))
    return forking.taken_along(done, progress)


def _check(effect: Check, session: Session, progress: Progress) -> Outcome:
    from rnn_core.diagnostics import gradient_check, report  # the start does not wait for it

    found = gradient_check.check(session.trace, timestep=effect.timestep, progress=progress)
    return Outcome(session, "\n".join(report.lines(found, maps=effect.maps)), failed=not found.good)


def _help(effect: ShowHelp, session: Session, _progress: Progress) -> Outcome:
    return Outcome(session, help.text(effect.topic))


def _save(effect: Save | SaveModel, session: Session, _progress: Progress) -> Outcome:
    from rnn_core.debugger import run_file, sessions  # the start does not wait for them

    path, what = os.path.expanduser(effect.path), "session"
    if isinstance(effect, SaveModel):
        if path == "-":
            raise UsageError("standard output is the screen", fix="give a file name")
        models.save(run_file.parameters_at(session), path, overwrite=effect.overwrite)
        size, what = os.stat(path).st_size, f"model at update {session.cursor.u}, position {session.k}"
    elif path.lower().endswith(run_file.SUFFIX):
        size, what = run_file.save(session, path, overwrite=effect.overwrite), "run"
    else:
        size = sessions.save(session, path, overwrite=effect.overwrite)
    return Outcome(session, f"saved the {what} to {one_line(effect.path, 80)} ({files.human(size)})")


def _open(effect: Open, session: Session, progress: Progress) -> Outcome:
    path = os.path.expanduser(files.dragged(effect.path))
    # Targets and a class count belong to the file they were given with; the weights stay, or are drawn alike.
    recipe = replace(session.recipe, path=path, text=None, targets="", classes=None, sequence=0)
    if not sequences.is_text(path):
        recipe = replace(recipe, seq_length=None)
    opened = open_session(recipe, progress=progress)
    kept = {name: getattr(session, name) for name in ("breakpoints", "displays")}
    view = replace(session.view, playing=False)
    count = len(opened.dataset.sequences)
    message = f"opened {opened.dataset.name}: {count} sequence{'s' if count > 1 else ''}"
    return Outcome(with_offers(with_fitting_view(replace(opened, view=view, **kept))), message)


def _export(effect: Export, session: Session, progress: Progress) -> Outcome:
    if effect.path == "-":
        raise UsageError("standard output is the screen", fix="give a file name")
    path = os.path.expanduser(effect.path)
    size = traces.export(
        session.trace,
        path,
        format=effect.format,
        overwrite=effect.overwrite,
        meta=described(session),
        progress=progress,
    )
    return Outcome(session, f"wrote {one_line(effect.path, 80)} ({files.human(size)})")


PERFORMERS: Mapping[type, Callable[[Any, Session, Progress], Outcome]] = MappingProxyType(
    {
        Open: _open,
        Record: forking.record,
        Fork: forking.fork,
        Switch: forking.switch,
        Compare: forking.compare,
        Part: forking.part,
        Search: searching.search_on,
        Travel: searching.travel,
        Train: searching.train,
        Check: _check,
        Export: _export,
        Save: _save,
        SaveModel: _save,
        ShowHelp: _help,
    }
)
"""Who performs which effect; what is not here only the screen can do."""


def described(session: Session) -> dict[str, Any]:
    """The session as plain JSON values, for the metadata of an exported trace."""
    dataset = session.dataset
    return {
        "seed": session.recipe.seed,
        "recipe": session.recipe.described(),
        "dataset": {
            "name": dataset.name,
            "sequences": len(dataset.sequences),
            "sequence": session.index + 1,
            "sequence_name": dataset.sequences[session.index].name,
        },
        "classes": list(dataset.classes),
        "features": list(dataset.features),
        "notices": [str(notice) for notice in session.notices],
    }


# -- how long it will take -----------------------------------------------------------------------------------


def seconds(sizes: Sizes, timesteps: int) -> float:
    """Roughly how long `record` takes: a few microseconds a timestep, and the six products of forward and backward."""
    products = 6 * sizes.hidden * (sizes.inputs + sizes.hidden + sizes.classes)
    return 1e-3 + timesteps * (3e-6 + products / 15e9)


def training_seconds(session: Session, update: int) -> float:
    """Roughly how long it takes to be at `update`: to compute what is not known yet, or what lies after a checkpoint,
    and its trace; where a breakpoint is awake, a trace of every update on the way."""
    run = session.run
    one = seconds(session.trace.sizes, max(map(len, run.owner(update).dataset.sequences[:64])))
    if any(point.enabled for point in session.breakpoints):
        return one * 10 * (abs(update - session.cursor.u) + 1)
    return one * (max(0, update - session.reached) + run.owner(update).spacing + 1)


def looks_long(recipe: Recipe, data: bytes | None = None) -> bool:
    """Whether opening may take longer than `LONG` seconds, judged by sizes alone: nothing is read."""
    hidden = recipe.hidden or HIDDEN
    drawing = hidden**2 / 3e7 + (hidden**3 / 1e10 if recipe.init == "orthogonal" else 0.0)
    reading = _file_size(recipe.model) / 1e9
    if recipe.text is None and not recipe.path:
        return drawing + reading + seconds(Sizes(5, hidden, 5), 5) > LONG
    suffix = os.path.splitext(recipe.path)[1].lower()
    if recipe.text is not None:
        size, suffix = len(recipe.text), ".txt"
    else:
        size = _file_size(recipe.path) if data is None else len(data)
    if suffix in (".npy", ".npz"):
        # Numbers of eight bytes; how many make a timestep is not known, so eight is taken.
        return drawing + reading + size / 5e8 + seconds(Sizes(8, hidden, 8), size // 64) > LONG
    if suffix in (".json", ".csv"):
        return drawing + reading + size / 8e6 + seconds(Sizes(8, hidden, 8), size // 64) > LONG
    # A character is a timestep, one-hot among some sixty; of chunks only the first is run.
    return drawing + reading + size / 4e6 + seconds(Sizes(60, hidden, 60), min(size, recipe.seq_length or size)) > LONG


def _file_size(path: str) -> int:
    try:
        return os.stat(path).st_size if path else 0
    except (OSError, ValueError):  # whoever opens it says what is wrong
        return 0
