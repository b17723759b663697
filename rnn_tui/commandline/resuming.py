"""What a resumed training is told once more: options may be left out, and must not contradict what is saved."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from typing import Any

from rnn_core.errors import UsageError
from rnn_core.reading import FLAGS, ModelReading
from rnn_core.recipe import Recipe

_RECIPE = {
    "--tokens": "tokens", "--seq-length": "seq_length", "--sequence": "sequence", "--hidden": "hidden",
    "--classes": "classes", "--init": "init", "--scale": "scale", "--seed": "seed", "--shuffle": "shuffle",
}  # fmt: skip
_OPTIONS = {
    "--lr": "learning_rate", "--reduction": "reduction", "--clip": "clip", "--optimiser": "optimiser",
    "--optimizer": "optimiser", "--tbptt": "truncation",
}  # fmt: skip
_READING = {
    **{
        flag: ("model_reading" if field in ModelReading.__dataclass_fields__ else "reading", field)
        for field, flag in FLAGS.items()
    },
    "--time-first": ("reading", "axes"),
    "--batch-first": ("reading", "axes"),
}
_FILES = {"--targets": "targets", "--model": "model"}
"""Their content is compared, by its SHA-256, and not their names."""


def continued(saved: Recipe, asked: Recipe, args: Namespace, name: str) -> Recipe:
    """The recipe to go on with: the saved one, with the files where they are now and the epochs asked for.

    `name` is the file's. Raises UsageError for an option that contradicts what is saved.
    """
    for flag in sorted(args.given):
        if flag in _RECIPE:
            now, before = getattr(asked, _RECIPE[flag]), getattr(saved, _RECIPE[flag])
        elif flag in _OPTIONS:
            now, before = getattr(asked.options, _OPTIONS[flag]), getattr(saved.options, _OPTIONS[flag])
        elif flag in _FILES:
            now, before = bool(getattr(asked, _FILES[flag])), bool(getattr(saved, _FILES[flag]))
        elif flag in _READING:
            part, field = _READING[flag]
            now, before = getattr(getattr(asked, part), field), getattr(getattr(saved, part), field)
        elif flag in ("--text", "--demo"):
            now, before = _source(asked), _source(saved)
        else:
            continue
        if now != before:
            raise _contradiction(flag, name)
    if args.file is not None and _source(asked) != _source(saved):
        raise _contradiction(f"the source {asked.source}", name)
    changes: dict[str, Any] = {field: getattr(asked, field) for field in ("path", "targets", "model")}
    changes = {field: value for field, value in changes.items() if value}
    if "--epochs" in args.given:
        changes["epochs"] = asked.epochs
    return replace(saved, **changes)


def _source(recipe: Recipe) -> tuple[bool, str | None, str]:
    """Which source it is, but for the name of a file."""
    return bool(recipe.path), recipe.text, "" if recipe.path or recipe.text is not None else recipe.demo


def _contradiction(what: str, name: str) -> UsageError:
    fix = "leave it out, or train anew with --force"
    return UsageError(f"{what} contradicts what the training was begun with", where=name, fix=fix)
