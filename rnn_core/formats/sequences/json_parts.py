"""What stands in a JSON sequence: rows, token ids or words, and targets in each of their forms.

Rules this file keeps:
- An object or a list becomes parts, one for each sequence. All parts of a file together become a dataset: the
  vocabulary and the classes are those of all.
- A list of whole numbers is token ids; rows of whole numbers under "inputs" are features and suspected.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_core.data import NO_TARGET, Dataset, Sequence
from rnn_core.formats import strict_json
from rnn_core.formats.files import WEIGHTS, Content, counted
from rnn_core.formats.models.names import looks_like_weights
from rnn_core.formats.sequences import labels, symbols
from rnn_core.formats.sequences.asked import TABLE_OPTIONS, Asked, listed
from rnn_core.formats.sequences.assemble import dataset, inside
from rnn_core.formats.sequences.labels import Classes
from rnn_core.formats.sequences.stacked import SUSPECT_ID
from rnn_core.formats.strict_json import Json
from rnn_core.model import Array

NAMES = ("classes", "features")
_ONE = ("inputs", "targets", "tokens", *NAMES, "h0", "s0", "name")
SPELLED = {
    "x": "inputs", "X": "inputs", "y": "targets", "Y": "targets", "labels": "targets", "label": "targets",
    "class": "targets", "tags": "targets", "sentence": "tokens", "words": "tokens", "text": "tokens",
}  # fmt: skip
"""What else the keys are called; taken with a notice."""


@dataclass
class Part:
    """One sequence as it was written: rows, ids or words, and its targets as indices or words."""

    content: Content
    rows: Array | None = None
    ids: NDArray[np.int64] | None = None
    words: tuple[str, ...] | None = None
    targets: NDArray[Any] | list[str | None] | None = None
    """A class index a timestep, a row of real values, or a word or None."""
    given: dict[str, Any] = field(default_factory=dict)
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    at: str = ""

    def __len__(self) -> int:
        return len(next(held for held in (self.rows, self.ids, self.words) if held is not None))


def names(content: Content, at: str, value: dict[str, Json]) -> dict[str, tuple[str, ...]]:
    """The names of classes and features in an object. Raises InputError."""
    given = {kind: value[kind] for kind in NAMES if value.get(kind) is not None}
    found = {kind: strict_json.labels(content, _path(at, kind), given[kind], unique=True) for kind in given}
    for kind, labelled in found.items():
        if not labelled:
            raise content.error(f"no {kind}", at=_path(at, kind), fix="leave it out, or name them all")
    return {kind: found.get(kind, ()) for kind in NAMES}


def of_object(content: Content, at: str, value: dict[str, Json], asked: Asked) -> list[Part]:
    """The parts of an object: one, or several where its inputs are lists of token ids. Raises InputError."""
    if not {"inputs", "tokens"} & value.keys() and looks_like_weights(value):
        raise content.error(f"no inputs; it holds {listed(value)}", at=at, fix=WEIGHTS)
    value, spelled = _known_keys(value, asked)
    strict_json.check_keys(content, at, value, _ONE)
    value = {key: entry for key, entry in value.items() if entry is not None or key == "inputs"}
    key = spelled.get("inputs", "inputs")
    if "inputs" in value:
        parts = of_list(content, at, key, value["inputs"], value.get("targets"), asked)
    elif "tokens" in value:
        parts = [Part(content, words=_words(content, _path(at, spelled.get("tokens", "tokens")), value, asked))]
        del value["tokens"]
    else:
        raise content.error('no "inputs"', at=at, fix='write {"inputs": [[0.1, 0.2]], "targets": [0]}')
    if len(parts) > 1 or "targets" not in value:
        lists = [value["targets"]] if "targets" in value and len(parts) == 1 else value.get("targets")
    else:
        nested = parts[0].ids is not None and _nested(value["targets"]) and _nested(value["inputs"])
        lists = value["targets"] if nested else [value["targets"]]
    many = len(parts) > 1 or bool("inputs" in value and parts[0].ids is not None and _nested(value["inputs"]))
    place = _path(at, spelled.get("targets", "targets"))
    if lists is not None and many and (not isinstance(lists, list) or len(lists) != len(parts)):
        what = f"{counted(len(lists), 'list') if isinstance(lists, list) else 'no list'} for {len(parts)} sequences"
        raise content.error(what, at=place, fix="give one list for each sequence")
    found_names = names(content, at, value)
    for i, part in enumerate(parts):
        part.at, part.names = at, found_names
        if lists is not None:
            where = f"{place}[{i}]" if many else place
            part.targets = _targets(content, where, lists[i], len(part), spelled.get("targets", ""), asked)
        if i == 0 and len(parts) == 1:
            _extras(content, at, value, part)
    return parts


def _known_keys(value: dict[str, Json], asked: Asked) -> tuple[dict[str, Json], dict[str, str]]:
    """The object under our keys, and what ours are called in it."""
    spelled: dict[str, str] = {}
    renamed: dict[str, Json] = {}
    for key, entry in value.items():
        ours = SPELLED.get(key, key)
        if ours != key and (ours in value or ours in renamed):
            ours = key  # both are there: the other spelling is an unknown key
        elif ours != key:
            spelled[ours] = key
            asked.note(f'"{key}" is taken as {ours}', "its name", f'write "{ours}"')
        renamed[ours] = entry
    return renamed, spelled


def _words(content: Content, at: str, value: dict[str, Json], asked: Asked) -> tuple[str, ...]:
    tokens = value["tokens"]
    if isinstance(tokens, str) and at.endswith("text"):
        tokens = tokens.split() if asked.tokens == "words" else list(tokens)
    found = strict_json.labels(content, at, tokens, unique=False)
    if not found:
        raise content.error("no timesteps", at=at, fix="give at least one")
    return found


def _extras(content: Content, at: str, value: dict[str, Json], part: Part) -> None:
    if "tokens" in value:
        part.given["tokens"] = strict_json.labels(content, _path(at, "tokens"), value["tokens"], unique=False)
        check_length(content, _path(at, "tokens"), len(part.given["tokens"]), len(part))
    for name in {"h0", "s0"} & value.keys():
        part.given[name] = np.array(strict_json.vector(content, _path(at, name), value[name]))
        if not len(part.given[name]):
            raise content.error("no numbers", at=_path(at, name), fix="leave it out for zeros")
    if "name" in value:
        part.given["name"] = strict_json.label(content, _path(at, "name"), value["name"])
    if part.names["features"] and part.rows is not None:
        found, width = len(part.names["features"]), part.rows.shape[1]
        if found != width:
            what = f"{counted(found, 'name')} for {counted(width, 'feature')}"
            raise content.error(what, at=_path(at, "features"), fix="name every feature")


# -- inputs ----------------------------------------------------------------------------------------------------


def of_list(
    content: Content, at: str, key: str, value: Json, targets: Json, asked: Asked, *, bare: bool = False
) -> list[Part]:
    """The parts of a list of inputs, its targets beside it: rows of features, token ids or words. A `bare` one has no
    name that calls its whole numbers features."""
    place = _path(at, key)
    if isinstance(value, list) and value:
        if _all(value, int):
            return [Part(content, ids=_ids(value))]
        if _all(value, str):
            return [Part(content, words=strict_json.labels(content, place, value, unique=False))]
        if all(isinstance(row, list) and row for row in value):
            if bare and all(_all(row, str) for row in value):
                return [Part(content, words=strict_json.labels(content, place, row, unique=False)) for row in value]
            if all(_all(row, int) for row in value) and _ids_meant(value, targets, asked, bare):
                return [Part(content, ids=_ids(row)) for row in value]
    rows = _rows(content, place, value)
    _suspect_ids(rows, value, place, asked)
    return [Part(content, rows=rows)]


def _all(value: list[Json], kind: type) -> bool:
    return all(type(entry) is kind for entry in value)


def _nested(value: Json, *, or_null: bool = False) -> bool:
    """Whether a value is a list of lists, some of them perhaps null."""
    if not isinstance(value, list) or not any(isinstance(row, list) for row in value):
        return False
    return all(isinstance(row, list) or (or_null and row is None) for row in value)


def _ids(value: list[int]) -> NDArray[np.int64]:
    return np.array([min(max(entry, -1), 2**62) for entry in value], dtype=np.int64)


def _ids_meant(value: list[list[int]], targets: Json, asked: Asked, bare: bool) -> bool:
    """Whether lists of whole numbers are token ids.

    They are where that is said, where targets have the same shape, and where nothing calls them inputs. Zeros and ones
    of one width are features.
    """
    widths = [len(row) for row in value]
    if asked.reading.vocabulary is not None or (bare and len(set(widths)) > 1):
        return True
    if _nested(targets) and [len(row) for row in targets] == widths:
        flat = [entry for row in targets for entry in row]
        if len(set(widths)) == 1 and all(entry in (0, 1) for entry in flat):
            return not labels.is_one_hot(np.array(targets)) and max(map(max, value)) > 1
        return True
    return bare and any(entry not in (0, 1) for row in value for entry in row)


def _rows(content: Content, at: str, value: Json) -> Array:
    if not isinstance(value, list):
        raise strict_json.wrong(content, at, value, "a list of rows", "write [[0.1, 0.2], [0.3, 0.4]]")
    if not value:
        raise content.error("no timesteps", at=at, fix="give at least one row of features")
    numbers = array("d")
    width = 0
    for t, row in enumerate(value):
        place = f"{at}[{t}]"
        if not isinstance(row, list):
            fix = f"write [{row}]" if type(row) in {int, float} else ""
            raise strict_json.wrong(content, place, row, "a row of features", fix)
        width = width if t else len(row)
        if not row:
            raise content.error("no features", at=place, fix="give at least one number for each timestep")
        if len(row) != width:
            what = f"{counted(len(row), 'number')}, where {at}[0] has {width}"
            raise content.error(what, at=place, fix="give every row the same features")
        numbers.extend(strict_json.vector(content, place, row))
    return np.frombuffer(numbers, dtype=np.float64).reshape(len(value), width)


def _suspect_ids(rows: Array, value: Any, at: str, asked: Asked) -> None:
    if rows.max() < SUSPECT_ID or rows.min() < 0 or not all(_all(row, int) for row in value):
        return
    what = f"the whole numbers up to {int(rows.max())} in {at} are taken as features"
    asked.note(what, "they stand in rows", f"--vocabulary {int(rows.max()) + 1} takes them as token ids")


# -- targets ---------------------------------------------------------------------------------------------------


def _targets(
    content: Content, at: str, value: Json, length: int, spelled: str, asked: Asked
) -> NDArray[Any] | list[str | None]:
    """A class index, a row of real values, or a word or None, for each timestep."""
    if spelled and type(value) in {int, str}:
        asked.note("one label a sequence, put at its last timestep", f'"{spelled}" is no list', "give a list")
        value = [None] * (length - 1) + [value]
    if _nested(value, or_null=True) and len(value) == length:
        rows = [strict_json.vector(content, f"{at}[{t}]", row or []) for t, row in enumerate(value)]
        widths = {len(row) for row in rows if row}
        if len(widths) == 1:
            (width,) = widths
            y = np.array([row or [np.nan] * width for row in rows])
            if labels.is_one_hot(np.nan_to_num(y)):
                return labels.from_one_hot(np.nan_to_num(y), at, asked)
            if labels.is_real(y) or any(type(entry) is float for row in value for entry in row or ()):
                return labels.values(content, y, at, asked)
            fix = "write the one class index of each timestep: [0, null, 2]"
            raise content.error("rows that are not one-hot", at=at, fix=fix)
    if isinstance(value, list) and any(isinstance(entry, str) for entry in value):
        for t, entry in enumerate(value):
            if entry is not None and not isinstance(entry, str):
                raise strict_json.wrong(content, f"{at}[{t}]", entry, "a label", "write every label as a string")
        check_length(content, at, len(value), length, ", null where there is none")
        return list(value)
    if isinstance(value, list) and any(type(entry) is float and not entry.is_integer() for entry in value):
        known = strict_json.vector(content, at, [0.0 if entry is None else entry for entry in value])
        y = np.array([np.nan if entry is None else number for entry, number in zip(value, known, strict=True)])
        check_length(content, at, len(y), length, ", null where there is none")
        return labels.values(content, y, at, asked)[:, np.newaxis]
    found = np.array(strict_json.targets(content, at, value), dtype=np.int64)
    check_length(content, at, len(found), length, ", null where there is none")
    return found


def check_length(content: Content, at: str, found: int, timesteps: int, more: str = "") -> None:
    """Raise InputError unless as many were found as there are timesteps."""
    if found != timesteps:
        raise content.error(
            f"{found} for {counted(timesteps, 'timestep')}", at=at, fix=f"give one for each timestep{more}"
        )


def _indices(part: Part, classes: Classes) -> NDArray[Any] | None:
    if part.targets is None or isinstance(part.targets, np.ndarray):
        return part.targets
    at = _path(part.at, "targets")
    found = [NO_TARGET if entry is None else classes.index(entry, f"{at}[{t}]") for t, entry in enumerate(part.targets)]
    return np.array(found, dtype=np.int64)


# -- the whole -------------------------------------------------------------------------------------------------


def made(content: Content, parts: list[Part], asked: Asked, names: dict[str, tuple[str, ...]] | None = None) -> Dataset:
    """The dataset of all parts of a file. Raises InputError."""
    names = (parts[0].names or dict.fromkeys(NAMES, ())) if names is None else names
    asked.refuse(("time_first", "batch_first"), "arrays with three axes", content.name)
    asked.refuse(TABLE_OPTIONS, "tables", content.name)
    words = any(isinstance(part.targets, list) for part in parts)
    indices = any(isinstance(part.targets, np.ndarray) and (part.targets != NO_TARGET).any() for part in parts)
    if words and indices:
        what = "targets that are words, and some that are numbers"
        raise content.error(what, fix="write all of them as words, or all as class indices")
    classes = Classes(content, asked, names["classes"] if words else ())
    targets: list[Any] = [_indices(part, classes) for part in parts]
    kinds = {(part.rows is not None, part.ids is not None) for part in parts}
    if len(kinds) > 1:
        raise content.error("rows of features, and token ids or words", fix="give the same kind in every sequence")
    features, following = names["features"], tuple[str, ...]()
    if all(part.rows is not None for part in parts):
        asked.refuse(("vocabulary",), "token ids, and these are rows of features", content.name)
        held = zip(parts, (part.rows for part in parts if part.rows is not None), targets, strict=True)
        sequences = [inside(part.content, Sequence, rows, y, **part.given) for part, rows, y in held]
    else:
        called = [part.given.pop("name", "") for part in parts]
        if parts[0].ids is not None:
            how_else = 'for features write {"inputs": [[0.1, 0.2], …]}'
            rows = [part.ids for part in parts if part.ids is not None]
            sequences, following = symbols.of_ids(content, asked, rows, targets, called, "inputs", how_else)
        else:
            texts = [part.words for part in parts if part.words is not None]
            sequences, features, following = symbols.of_words(content, asked, texts, targets, called, features)
        sequences = [replace(sequence, **part.given) for sequence, part in zip(sequences, parts, strict=True)]
    if parts[0].rows is not None and not (words or names["classes"] or sequences[0].is_values):
        labels.suspect_counting((sequence.y for sequence in sequences), asked)
    found = classes.names() if words else ()
    return dataset(content, sequences, names["classes"] or found or following, features)


def _path(at: str, key: str) -> str:
    return f"{at}.{key}" if at else key
