"""Performing what reads and writes files: opening a dataset, exporting a trace, saving a session, a run or a model."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

from rnn_core.data import Dataset
from rnn_core.debugger.outcome import Export, Open, Outcome, Review, Save, SaveData, SaveModel
from rnn_core.debugger.persistence.opening import is_code, open_session
from rnn_core.debugger.selection import with_fitting_view
from rnn_core.debugger.session import Session
from rnn_core.errors import InputError, RnnError, UsageError, one_line
from rnn_core.formats import files, models, sequences, traces
from rnn_core.progress import Progress
from rnn_core.reading import ModelReading


def save(effect: Save | SaveModel, session: Session, _progress: Progress) -> Outcome:
    from rnn_core.debugger.persistence import run_file, session_file

    path, what = os.path.expanduser(effect.path), "session"
    if isinstance(effect, SaveModel):
        if path == "-":
            raise UsageError("standard output is the screen", fix="give a file name")
        models.save(session.parameters, path, overwrite=effect.overwrite)
        size, what = os.stat(path).st_size, f"model at update {session.cursor.u}, position {session.k}"
    elif path.lower().endswith(run_file.SUFFIX):
        size, what = run_file.save(session, path, overwrite=effect.overwrite), "run"
    else:
        size = session_file.save(session, path, overwrite=effect.overwrite)
    return Outcome(session, f"saved the {what} to {one_line(effect.path, 80)} ({files.human(size)})")


def save_data(effect: SaveData, session: Session, _progress: Progress) -> Outcome:
    return Outcome(session, write_data(session.dataset, effect.path, overwrite=effect.overwrite))


def write_data(dataset: Dataset, path: str, *, overwrite: bool = False) -> str:
    """Write a dataset, and what a person should know of the file. Raises RnnError."""
    from rnn_core.formats.sequences import saving  # few runs write their data

    if path == "-":
        raise UsageError("standard output is the screen", fix="give a file name")
    made = saving.save(dataset, os.path.expanduser(path), overwrite=overwrite)
    said = f"wrote {one_line(path, 80)} ({files.human(len(made.data))})"
    return f"{said} · {made.remarks}" if made.remarks else said


def open(effect: Open, session: Session, progress: Progress) -> Outcome:
    path = os.path.expanduser(files.dragged(effect.path))
    # Targets and a class count belong to the file they were given with; the weights stay, or are drawn alike.
    recipe = replace(session.recipe, path=path, text=None, targets="", classes=None, sequence=0, reading=effect.reading)
    if is_code(recipe):
        what = f"{files.base_name(path)} is a program, and opening it would run it"
        raise UsageError(what, fix=f"name it on the command line: rnn-tui {files.base_name(path)}")
    if not sequences.is_text(path, effect.reading):
        recipe = replace(recipe, seq_length=None)
    try:
        opened = open_session(recipe, progress=progress)
    except InputError as refused:
        if refused.fix != files.WEIGHTS and not models.is_weights(path):
            raise
        return _with_model(path, effect.of_model, session, progress)
    kept = {name: getattr(session, name) for name in ("breakpoints", "displays")}
    view = replace(session.view, playing=False)
    count = len(opened.dataset.sequences)
    message = f"opened {opened.dataset.name}: {count} sequence{'s' if count > 1 else ''}"
    message += f" · {opened.assumptions}" if opened.assumed else ""
    return Outcome(with_fitting_view(replace(opened, view=view, **kept)).offered(), message)


def _with_model(path: str, reading: ModelReading, session: Session, progress: Progress) -> Outcome:
    """The data of this session under the weights of a file. Raises RnnError."""
    recipe = replace(session.recipe, model=path, model_reading=reading, hidden=None, cell="", activation="", verify="")
    opened = open_session(recipe, progress=progress)
    kept = {name: getattr(session, name) for name in ("breakpoints", "displays")}
    view = replace(session.view, playing=False)
    message = f"opened the weights in {files.base_name(path)}: {opened.params.cell}"
    message += f" · {opened.assumptions}" if opened.assumed else ""
    return Outcome(with_fitting_view(replace(opened, view=view, **kept)).offered(), message)


def review(_effect: Review, session: Session, progress: Progress) -> Outcome:
    from rnn_core.debugger.persistence.anew import opened_anew, taken_over

    made = opened_anew(session, progress)
    new, message = taken_over(session, made)
    return Outcome(new, message, failed=isinstance(made, RnnError))


def export(effect: Export, session: Session, progress: Progress) -> Outcome:
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
