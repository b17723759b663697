"""Whether matrices are stored input-major, (inputs, hidden) for U: told by all of them together.

Rules this file keeps:
- A name of a known tool says how its matrices stand. Names that are used both ways say nothing.
- A matrix that is not square says by its shape; those that are square go with the others, W above all.
- Where no shape and no name tells, a person is asked: both ways run, and only one is the model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from rnn_core.errors import InputError, Undecided
from rnn_core.formats.files import Content
from rnn_core.formats.models.asked import ModelAsked

Matrices = dict[str, NDArray[Any]]

OURS, TURNED, EITHER = "ours", "turned", "either"
_AXIS = {"U": 0, "V": 1}
"""The axis of each that counts hidden units."""


def settled(
    content: Content, made: Mapping[str, NDArray[Any]], names: Mapping[str, str], unsure: set[str], asked: ModelAsked
) -> Matrices:
    """U, W and V as the listing has them. `made` are those in the files, turned where their names say so; `names` what
    they are called; `unsure` those whose names say nothing. Raises InputError, Undecided where nothing tells."""
    matrices = dict(made)
    W = matrices["W"]
    if W.ndim != 2 or W.shape[0] != W.shape[1] or any(matrices[ours].ndim != 2 for ours in _AXIS):
        return matrices  # whoever makes parameters of them says what is wrong
    hidden = len(W)
    said = {ours: _verdict(matrices[ours].shape, axis, hidden) for ours, axis in _AXIS.items()}
    if None in said.values():
        return matrices
    turned = {ours for ours, verdict in said.items() if verdict == TURNED}
    sure = {ours for ours in _AXIS if ours not in unsure}
    _refuse_mixed(content, matrices, names, said, sure, hidden)
    decided = {verdict for verdict in said.values() if verdict != EITHER}
    asked_for = asked.reading.transposed
    if asked_for:
        rest = {ours for ours in "UWV" if said.get(ours, EITHER) == EITHER} if asked_for == "yes" else set()
    elif decided == {TURNED}:
        # A square one whose own name is known stands as that name says, unless that tool's others are turned, too.
        kept = {ours for ours in "UWV" if ours not in unsure and not (turned & sure)}
        rest = set("UWV") - kept
    elif "W" in unsure and len(decided) == 2:
        raise _undecided(content, names, matrices, f"{names['U']} and {names['V']} are stored in different ways round")
    elif "W" in unsure and not decided and not sure:
        square = f"every matrix is {hidden} × {hidden}, and the names are used for both ways round"
        raise _undecided(content, names, matrices, square)
    else:
        rest = set()
    turned |= rest
    _note(turned, names, matrices, unsure, asked)
    return {ours: matrix.T if ours in turned else matrix for ours, matrix in matrices.items()}


def _verdict(shape: tuple[int, ...], axis: int, hidden: int) -> str | None:
    fits = shape[axis] == hidden, shape[1 - axis] == hidden
    return EITHER if all(fits) else OURS if fits[0] else TURNED if fits[1] else None


def _refuse_mixed(
    content: Content,
    matrices: Matrices,
    names: Mapping[str, str],
    said: Mapping[str, str | None],
    sure: set[str],
    hidden: int,
) -> None:
    """Where the names of one tool say how U and V stand, one of them that stands otherwise is a slip."""
    if sure != set(_AXIS) or {said["U"], said["V"]} != {OURS, TURNED}:
        return
    ours = next(name for name, verdict in said.items() if verdict == TURNED)
    expected = f"({hidden}, inputs)" if ours == "U" else f"(classes, {hidden})"
    what = f"shape {matrices[ours].shape}, expected {expected}"
    raise InputError(what, where=f"{content.name}, {names[ours]}", fix=f"it looks transposed: save its .T as {ours}")


def _undecided(content: Content, names: Mapping[str, str], matrices: Matrices, why: str) -> Undecided:
    shape = matrices["W"].shape
    what = f"{names['W']} {shape} may be stored input-major or output-major: {why}"
    choices = (
        ("--transposed yes", "input-major, as in x @ Wx + h @ Wh"),
        ("--transposed no", "output-major, as in Wx @ x + Wh @ h"),
    )
    return Undecided(what, where=content.name, choices=choices)


def _note(turned: set[str], names: Mapping[str, str], matrices: Matrices, unsure: set[str], asked: ModelAsked) -> None:
    if asked.reading.transposed:
        return
    shapes = [f"{names[ours]} {matrices[ours].shape}" for ours in _AXIS]
    if turned:
        called = ", ".join(names[ours] for ours in "UWV" if ours in turned)
        how = "is" if len(turned) == 1 else "are"
        because = f"the shapes of {' and '.join(shapes)} fit only so"
        asked.note(f"{called} {how} stored input-major and turned", because, f"--transposed no keeps {names['W']}")
    elif "W" in unsure:
        because = f"{' and '.join(shapes)} do"
        asked.note(f"{names['W']} stands output-major", because, f"--transposed yes turns {names['W']}")
