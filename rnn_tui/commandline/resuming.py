"""The options of a resumed training: they may be left out, and must not contradict what is saved."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from typing import Any

from rnn_core.errors import UsageError
from rnn_core.recipe import Recipe
from rnn_core.run_options import BY_FLAG, RUN_OPTIONS, RunOption


def continued(saved: Recipe, asked: Recipe, args: Namespace, name: str) -> Recipe:
    """The recipe to go on with: the saved one, with the files where they are now and the epochs asked for.

    `name` is the file's. Raises UsageError for an option that contradicts what is saved.
    """
    for flag in sorted(args.given):
        option = BY_FLAG.get(flag)
        if option is None or option.resumed == "new":
            continue
        now, before = _compared(option, asked), _compared(option, saved)
        if now != before:
            raise _contradiction(flag, name)
    if args.file is not None and _source(asked) != _source(saved):
        raise _contradiction(f"the source {asked.source}", name)
    changes: dict[str, Any] = {field: getattr(asked, field) for field in ("path", "targets", "model")}
    changes = {field: value for field, value in changes.items() if value}
    changes |= {option.name: option.of(asked) for option in RUN_OPTIONS if _is_new(option, args)}
    return replace(saved, **changes)


def _is_new(option: RunOption, args: Namespace) -> bool:
    return option.resumed == "new" and not args.given.isdisjoint(option.flags)


def _compared(option: RunOption, recipe: Recipe) -> Any:
    """What must be the same: a value, the source; of a file only that there is one, its SHA-256 is compared later."""
    if option.resumed == "source":
        return _source(recipe)
    return bool(option.of(recipe)) if option.resumed == "content" else option.of(recipe)


def _source(recipe: Recipe) -> tuple[bool, str | None, str]:
    """Which source it is, but for the name of a file."""
    return bool(recipe.path), recipe.text, "" if recipe.path or recipe.text is not None else recipe.demo


def _contradiction(what: str, name: str) -> UsageError:
    fix = "leave it out, or train anew with --force"
    return UsageError(f"{what} contradicts what the training was begun with", where=name, fix=fix)
