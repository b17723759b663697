"""Token ids and words as one-hot inputs: an id is a name, never a magnitude.

Rules this file keeps:
- The vocabulary of words is what a file names, or what occurs, sorted, as that of a text. That of ids goes from 0 to
  `--vocabulary`, or to the largest that occurs.
- Where nothing says what is to be predicted, each token predicts the next; the last one has no target.
"""

from __future__ import annotations

from collections.abc import Sequence as ListOf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_core.data import NO_TARGET, Sequence, Vocabulary, one_hot
from rnn_core.errors import quoted
from rnn_core.formats.files import Content, counted
from rnn_core.formats.numbers import CLASS_LIMIT
from rnn_core.formats.sequences.asked import Asked
from rnn_core.formats.sequences.assemble import inside, refuse_dense

Targets = ListOf[NDArray[np.int64] | None]


def of_ids(
    content: Content,
    asked: Asked,
    ids: ListOf[NDArray[Any]],
    targets: Targets,
    names: ListOf[str] = (),
    at: str = "inputs",
    how_else: str = "",
) -> tuple[list[Sequence], tuple[str, ...]]:
    """One-hot sequences of token ids, and the classes where each token predicts the next. Raises InputError.

    `how_else` says how a person has the numbers read as magnitudes.
    """
    largest = _largest(content, asked, ids, at)
    following = _predict_next(asked, targets)
    shared = [y for y in targets if y is not None]
    if asked.reading.vocabulary is None:
        largest = max([largest, *(int(y.max(initial=0)) for y in shared)])
        because = "the largest id in inputs and targets" if shared else "the largest id"
        change = "--vocabulary N has N" + (f"; {how_else}" if how_else else "")
        asked.note(f"{at} are token ids, one-hot over {largest + 1}", f"{because} is {largest}", change)
        width = largest + 1
    else:
        width = asked.reading.vocabulary
    refuse_dense(content, sum(map(len, ids)), width)
    made = []
    for i, (row, given) in enumerate(zip(ids, targets, strict=True)):
        y: Any = _next(row) if following else given
        tokens = tuple(map(str, row.tolist()))
        name = names[i] if names else ""
        made.append(inside(content, Sequence, one_hot(row, width), y, tokens=tokens, name=name))
    return made, tuple(map(str, range(width))) if following else ()


def of_words(
    content: Content,
    asked: Asked,
    words: ListOf[ListOf[str]],
    targets: Targets,
    names: ListOf[str] = (),
    known: tuple[str, ...] = (),
) -> tuple[list[Sequence], tuple[str, ...], tuple[str, ...]]:
    """One-hot sequences of words or characters, their vocabulary, and the classes where each predicts the next.

    The vocabulary is the one `known`, else what occurs. Raises InputError for a word that it lacks.
    """
    vocabulary = Vocabulary(known) if known else Vocabulary.of(word for row in words for word in row)
    strange = next((word for row in words for word in row if word not in known), None) if known else None
    if strange is not None:
        what = f"{quoted(strange)} is none of the {counted(len(known), 'symbol')} among the features"
        raise content.error(what, fix="name it there, too, or leave the features out")
    asked.refuse(("vocabulary",), "token ids", content.name)
    refuse_dense(content, sum(map(len, words)), len(vocabulary.symbols))
    following = _predict_next(asked, targets)
    made = []
    for i, (row, given) in enumerate(zip(words, targets, strict=True)):
        codes = vocabulary.encode(row)
        y: Any = _next(codes) if following else given
        x = one_hot(codes, len(vocabulary.symbols))
        name = names[i] if names else ""
        made.append(inside(content, Sequence, x, y, tokens=tuple(row), name=name))
    said = "among the features" if known else "that occur, sorted"
    asked.note(f"one-hot over the {counted(len(vocabulary.symbols), 'symbol')} {said}", plain=True)
    return made, vocabulary.symbols, vocabulary.symbols if following else ()


def of_sequence(sequence: Sequence, features: tuple[str, ...]) -> NDArray[np.int64] | None:
    """The symbol of each timestep (T,), where the inputs are one-hot and the tokens are their names; else None."""
    x, tokens = sequence.x, sequence.tokens
    if not tokens:
        return None
    codes = x.argmax(axis=1)
    if not (x[np.arange(len(x)), codes] == 1.0).all() or (np.count_nonzero(x, axis=1) != 1).any():
        return None
    names = features or tuple(map(str, range(sequence.inputs)))
    same = all(token == names[code] for token, code in zip(tokens, codes.tolist(), strict=True))
    return codes.astype(np.int64) if same else None


def _predict_next(asked: Asked, targets: Targets) -> bool:
    if asked.targets_follow or any(y is not None for y in targets):
        return False
    asked.note("each token predicts the next", "there are no targets", "give targets")
    return True


def _next(codes: NDArray[Any]) -> NDArray[np.int64]:
    return np.append(codes[1:], NO_TARGET).astype(np.int64)


def _largest(content: Content, asked: Asked, ids: ListOf[NDArray[Any]], at: str) -> int:
    most = asked.reading.vocabulary or CLASS_LIMIT
    largest = 0
    for i, row in enumerate(ids):
        bad = (row < 0) | (row >= most)
        if bad.any():
            t = int(np.argmax(bad))
            place = f"{at}[{t}]" if len(ids) == 1 else f"{at}[{i}][{t}]"
            what = f"token id {row[t]}" + (f", beyond --vocabulary {most}" if row[t] >= most != CLASS_LIMIT else "")
            least = f"; --vocabulary {int(row[t]) + 1} has room for it" if most <= row[t] < CLASS_LIMIT else ""
            raise content.error(what, at=place, fix=f"ids go from 0 to {most - 1}{least}")
        largest = max(largest, int(row.max(initial=0)))
    return largest
