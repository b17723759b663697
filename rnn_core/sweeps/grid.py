"""The runs of a sweep: every seed with every initialisation, number of hidden units and length, in one fixed order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from rnn_core.data import Dataset, Sequence
from rnn_core.errors import UsageError
from rnn_core.recipe import Recipe


@dataclass(frozen=True)
class Point:
    """One run: how its weights are drawn, and how many timesteps of each sequence it sees; 0 for all."""

    init: str
    hidden: int | None
    length: int
    seed: int


@dataclass(frozen=True, eq=False)
class Grid:
    """What a sweep goes over. Raises UsageError where a length is longer than every sequence."""

    recipe: Recipe
    """What all runs share."""
    dataset: Dataset
    seeds: tuple[int, ...] = (0,)
    inits: tuple[str, ...] = ("normal",)
    hiddens: tuple[int | None, ...] = (None,)
    """None leaves it to the recipe."""
    lengths: tuple[int, ...] = (0,)
    trained: bool = False
    """Whether each run is trained for the recipe's epochs before it is looked at."""

    def __post_init__(self) -> None:
        longest = max(map(len, self.dataset.sequences))
        if too_long := [length for length in self.lengths if length > longest]:
            raise UsageError(f"no sequence has {too_long[0]} timesteps", fix=f"at most {longest}")

    @property
    def points(self) -> tuple[Point, ...]:
        """The runs in their order: seeds change fastest."""
        return tuple(Point(*each) for each in product(self.inits, self.hiddens, self.lengths, self.seeds))

    def recipe_of(self, point: Point) -> Recipe:
        """The recipe of one run. The seed draws its weights; the data are the same in all."""
        hidden = self.recipe.hidden if point.hidden is None else point.hidden
        return replace(self.recipe, seed=point.seed, init=point.init, hidden=hidden)

    def dataset_of(self, point: Point) -> Dataset:
        """The last `length` timesteps of each sequence, so that the targets at the end stay."""
        if not point.length:
            return self.dataset
        cut = tuple(last(sequence, point.length) for sequence in self.dataset.sequences)
        return replace(self.dataset, sequences=cut)


def last(sequence: Sequence, length: int) -> Sequence:
    """The last timesteps of a sequence; all of a shorter one. An initial state stays at the beginning."""
    if length >= len(sequence):
        return sequence
    return replace(sequence, x=sequence.x[-length:], y=sequence.y[-length:], tokens=sequence.tokens[-length:] or ())


def lines(grid: Grid) -> Iterator[tuple[Point, int]]:
    """Each line of the result: a run, and the index of the sequence that it is looked at with."""
    for point in grid.points:
        for index in range(len(grid.dataset.sequences)):
            yield point, index
