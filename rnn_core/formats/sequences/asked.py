"""What a reader of sequences is told, and what it tells: the options it is given, the notices it leaves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from rnn_core.data import Dataset
from rnn_core.errors import UsageError
from rnn_core.formats.files import counted
from rnn_core.notices import Notice
from rnn_core.reading import Reading
from rnn_core.run_options import RUN_OPTIONS

TABLE_OPTIONS = ("read_as", "header", "decimal", "features", "target_column")
"""What is said of tables, and of nothing else."""


@dataclass(frozen=True)
class Asked:
    """What a person asked for, and the notices that readers add to as they assume something."""

    tokens: str = "chars"
    reading: Reading = Reading()
    targets_follow: bool = False
    """Whether the targets come from a file of their own."""
    notices: list[Notice] = field(default_factory=list)

    def note(self, what: str, because: str = "", change_with: str = "", *, plain: bool = False) -> None:
        """Add a notice, once."""
        notice = Notice(what, because, change_with, plain)
        if notice not in self.notices:
            self.notices.append(notice)

    def refuse(self, names: Iterable[str], what: str, where: str) -> None:
        """Raise UsageError where one of the fields `names` says something, which is for `what` only."""
        given = self.reading.given()
        for name in names:
            if name in given:
                said = next(option.flags[0] for option in RUN_OPTIONS if option.name == name)
                raise UsageError(f"{said} is for {what}", where=where, fix=f"leave out {said}")


def summary(dataset: Dataset) -> str:
    """How many sequences of how many timesteps and features, and what they are to predict, in one line."""
    lengths = [len(sequence) for sequence in dataset.sequences]
    few, many = min(lengths), max(lengths)
    spread = counted(many, "timestep") if few == many else f"{few} to {many} timesteps"
    said = f"{counted(len(lengths), 'sequence')} of {spread}, {counted(dataset.inputs, 'feature')}"
    if dataset.features:
        said += f" ({listed(dataset.features)})"
    return f"{said}; {_targets(dataset)}"


def _targets(dataset: Dataset) -> str:
    count = sum(sequence.target_count for sequence in dataset.sequences)
    if not count:
        return "no targets"
    if dataset.is_values:
        return f"{counted(count, 'target')} of {counted(dataset.largest_target + 1, 'real value')}"
    occurring = int(np.count_nonzero(np.unique(np.concatenate([s.y for s in dataset.sequences])) >= 0))
    classes = len(dataset.classes) or dataset.largest_target + 1
    names = f" ({listed(dataset.classes)})" if dataset.classes else ""
    occur = "all of which occur" if occurring == classes else f"of which {occurring} occur{'s' * (occurring == 1)}"
    return f"{counted(count, 'target')} in {counted(classes, 'class')}{names}, {occur}".replace("classs", "classes")


def listed(names: Iterable[object], most: int = 6) -> str:
    """Names with commas between; of many, the first few."""
    every = [repr(name)[1:-1] if isinstance(name, str) and not name.isprintable() else str(name) for name in names]
    return ", ".join(every) if len(every) <= most else f"{', '.join(every[: most - 1])}, … {every[-1]}"
