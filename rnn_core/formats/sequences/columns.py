"""Which column of a table is what, by its name: features, targets, the sequence's id, what is left out.

Rules this file keeps:
- `target` and `sequence` are said by name; every other spelling is taken with a notice that says how to change it.
- A column that could be the targets is never a feature without a notice. Two that could be are asked about.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from rnn_core.errors import Undecided, quoted
from rnn_core.formats.files import Content
from rnn_core.formats.sequences.asked import Asked, listed
from rnn_core.reading import NOTHING

TARGET, SEQUENCE = "target", "sequence"
TARGETS = (
    TARGET, "targets", "label", "labels", "y", "class", "output", "y_true", "category", "target_class", "class_label",
    "tag", "tags", "y_train",
)  # fmt: skip
SEQUENCES = (SEQUENCE, "sequences", "sequence_id", "seq_id", "seq")
TOKENS = ("token", "tokens", "token_id", "word", "words", "word_id", "char", "character", "symbol")
"""Names of a column whose fields are symbols: alone it is one-hot, its numbers are ids."""
LEFT_OUT = (
    "date", "time", "datetime", "timestamp", "id", "idx", "index", "row", "row_id", "unnamed: 0",
)  # fmt: skip
"""Names of columns that say which row it is, not what was measured."""

_OF_ROWS = re.compile(r"(?i:.+[ _.-](id|idx|date|datetime|timestamp)|date[ _/-]?time)|.*[a-z](Id|ID)")
"""How else such columns are called: customer_id, sampleId, created date, Date/Time."""

_GROUPED = re.compile(rf"({'|'.join(TARGETS)})(?:[ _.:=-]+(.+)|([0-9]+))", re.IGNORECASE)


@dataclass
class Columns:
    """Which column is what; `names` are those of the features, empty without a header."""

    width: int
    features: list[int]
    names: tuple[str, ...] = ()
    target: list[int] = field(default_factory=list)
    """One, or several that are one-hot together."""
    target_names: tuple[str, ...] = ()
    """The classes of one-hot columns."""
    sequence: int | None = None
    every: tuple[str, ...] = ()
    """The names of all columns."""

    @property
    def of_tokens(self) -> bool:
        """Whether the one feature is a column of symbols."""
        return len(self.names) == 1 and self.names[0].lower() in TOKENS


def unnamed(width: int, asked: Asked, where: str) -> Columns:
    """The columns of a table without a header: each is a feature."""
    asked.refuse(("features", "target_column"), "a table whose first line names its columns", where)
    return Columns(width, list(range(width)))


def named(content: Content, line: int, record: list[str], asked: Asked) -> Columns:
    """The columns that a header names. Raises InputError, Undecided where two may be the targets."""
    names = [name.strip() for name in record]
    _check(content, line, names)
    lower = [name.lower() for name in names]
    columns = Columns(len(names), [], every=tuple(names))
    columns.sequence = _sequence(lower, names, asked)
    _targets(content, line, columns, lower, asked)
    taken = {columns.sequence, *columns.target}
    rest = [i for i in range(len(names)) if i not in taken]
    if asked.reading.features:
        columns.features = [_find(content, names, name, "--features") for name in asked.reading.features]
    else:
        left_out = [i for i in rest if _says_which_row(names[i])]
        columns.features = [i for i in rest if i not in left_out]
        if left_out:
            kept = ",".join(names[i] for i in rest) if len(rest) < 6 else "NAME,…"
            asked.note(f"left out: {listed(names[i] for i in left_out)}", "their names", f"--features {kept}")
    if not columns.features:
        raise content.error("no features", at=f"line {line}", fix="give a column for each input")
    columns.names = tuple(names[i] for i in columns.features)
    numbered = [name for name in columns.names if name.lower() in TOKENS]
    if numbered and not columns.of_tokens:
        because, change = "it is not the only feature", f"--features {numbered[0]} takes it as one-hot tokens"
        asked.note(f"the numbers in {listed(numbered)} are taken as magnitudes", because, change)
    return columns


def _says_which_row(name: str) -> bool:
    lower = name.lower()
    return lower in LEFT_OUT or (lower not in TOKENS and _OF_ROWS.fullmatch(name) is not None)


def _check(content: Content, line: int, names: list[str]) -> None:
    special = {TARGET, SEQUENCE} & {name.lower() for name in names}
    seen: set[str] = set()
    for i, name in enumerate(names):
        at = f"line {line}, column {i + 1}"
        if not name:
            raise content.error("a column without a name", at=at, fix="name it, or leave the column out")
        if name in seen or (name.lower() in special and name.lower() in seen):
            raise content.error(f"{quoted(name)} is given twice", at=at, fix="names must differ")
        seen.update({name, name.lower()} if name.lower() in special else {name})


def _sequence(lower: list[str], names: list[str], asked: Asked) -> int | None:
    for spelling in SEQUENCES:
        if spelling in lower:
            i = lower.index(spelling)
            if spelling != SEQUENCE:
                asked.note(f"the column {names[i]} tells sequences apart", "its name", f"call it {SEQUENCE}")
            return i
    return None


def _find(content: Content, names: list[str], name: str, option: str) -> int:
    if name not in names:
        raise content.error(f"{option}: no column {quoted(name)}", fix=f"there are {listed(names, 12)}")
    return names.index(name)


def _targets(content: Content, line: int, columns: Columns, lower: list[str], asked: Asked) -> None:
    names, said = list(columns.every), asked.reading.target_column
    if said == (NOTHING,) and NOTHING not in names:
        return
    if said:
        columns.target = [_find(content, names, name, "--target-column") for name in said]
        columns.target_names = said if len(said) > 1 else ()
        return
    if TARGET in lower:
        columns.target = [lower.index(TARGET)]
        others = [names[i] for i, name in enumerate(lower) if name in TARGETS and name != TARGET]
        if others:
            said_so = f"the column {names[columns.target[0]]} holds the targets"
            asked.note(f"{listed(others)} is taken as a feature", said_so, f"--target-column {others[0]}")
        return
    found = [i for i, name in enumerate(lower) if name in TARGETS]
    groups = _groups(names, found)
    if len(found) + len(groups) > 1:
        candidates = [*(names[i] for i in found), *(",".join(names[i] for i in group) for group in groups)]
        raise Undecided(
            f"{' and '.join(map(quoted, candidates))} may each hold the targets",
            where=f"{content.name}, line {line}",
            choices=tuple((f"--target-column {name}", "the others are features") for name in candidates[:3]),
        )
    if groups:
        columns.target = groups[0]
        columns.target_names = tuple(_suffix(names[i]) for i in groups[0])
        said_so = f"the columns {listed(names[i] for i in groups[0])} hold the targets, one-hot"
        asked.note(said_so, "their names", f"--target-column {NOTHING} makes them features")
    elif found:
        columns.target = found
        said_so = f"the column {names[found[0]]} holds the targets"
        asked.note(said_so, "its name", f"--target-column {NOTHING} makes it a feature")


def _groups(names: list[str], single: list[int]) -> list[list[int]]:
    """Columns whose names begin alike with a word for targets: one for each class."""
    found: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        match = None if i in single else _GROUPED.fullmatch(name)
        if match and (len(match[1]) > 1 or _suffix(name).isdigit()):
            found.setdefault(match[1].lower(), []).append(i)
    return [group for group in found.values() if len(group) > 1]


def _suffix(name: str) -> str:
    match = _GROUPED.fullmatch(name)
    return (match[2] or match[3]) if match else name
