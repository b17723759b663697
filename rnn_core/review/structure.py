"""What is learned of a recurrence: which place of the code holds which parameter, and in which form.

A parameter may be a whole array, its transpose, or a part of a stacked one. Each such form is a piece.
"""

from __future__ import annotations

from dataclasses import dataclass

from rnn_core.model import Array


@dataclass(frozen=True)
class Piece:
    """A parameter as it stands in their array: rows and columns cut out, then turned round."""

    value: int
    """One of its values; which array it is, is told by the sites that see it."""
    site: int
    cut: tuple[slice, slice] = (slice(None), slice(None))
    turned: bool = False
    stacked: bool = False
    row: bool = False
    """Whether it is the one row of a matrix, stored as a vector."""

    def of(self, array: Array) -> Array:
        """Our matrix, out of theirs."""
        part = array[self.cut] if array.ndim == 2 else array
        part = part.T if self.turned else part
        return part.reshape(1, -1) if self.row else part


@dataclass
class Step:
    """One timestep as they computed it, as rows (B, n)."""

    start: int
    """The first event that can belong to it."""
    at: int
    """The event that first shows a."""
    done: int
    """The event that first shows h."""
    a: Array
    h: Array
    before: Array
    """The state that its W was multiplied by."""
    x: Array | None


@dataclass
class Structure:
    """Which sites hold what, learned at one timestep."""

    W: Piece | None
    U: Piece
    b: Piece | None
    state_site: int
    x_site: int
    columns: bool
    hidden: int
    fault: str = ""
    """What had to be assumed of the forward pass to explain it: "" where nothing."""
    whole_x: bool = False
    b2: Piece | None = None


def pieces(array: Array, number: int, site: int, hidden: int) -> list[tuple[Piece, Piece | None, Piece | None]]:
    """(W, U, b) that a matrix may hold: both, stacked in either order, perhaps with b as a column."""
    rows, cols = array.shape
    every = slice(None)
    found: list[tuple[Piece, Piece | None, Piece | None]] = []
    for turned in (False, True):
        tall, wide = (cols, rows) if turned else (rows, cols)
        if tall != hidden or wide <= hidden:
            continue
        for bias in (0, 1):
            inputs = wide - hidden - bias
            if inputs < 1:
                continue
            for state_first in (True, False):
                for bias_first in (False, True) if bias else (False,):
                    o = bias if bias_first else 0
                    h = slice(o, o + hidden) if state_first else slice(o + inputs, o + inputs + hidden)
                    x = slice(o + hidden, o + hidden + inputs) if state_first else slice(o, o + inputs)
                    c = (slice(0, 1) if bias_first else slice(wide - 1, wide)) if bias else None
                    cuts = [(cut, every) if turned else (every, cut) for cut in (h, x)]
                    b = Piece(number, site, (c, every) if turned else (every, c), turned, True) if c else None
                    found.append(
                        (Piece(number, site, cuts[0], turned, True), Piece(number, site, cuts[1], turned, True), b)
                    )
    return found
