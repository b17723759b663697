"""Pieces of rows that are painted over what the screen shows, without anything around them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rich.console import Console
from textual._compositor import CompositorUpdate
from textual.strip import Strip


class Piece(Protocol):
    """A strip, and where it begins on the screen."""

    @property
    def x(self) -> int:
        """Its first column."""

    @property
    def y(self) -> int:
        """Its row."""

    @property
    def strip(self) -> Strip:
        """What stands there."""


class Changes(CompositorUpdate):
    """What Textual displays as it displays the frames that it puts together itself."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.pieces = pieces

    def render_segments(self, console: Console) -> str:
        """As the terminal takes it."""
        return "".join(f"\x1b[{piece.y + 1};{piece.x + 1}H{piece.strip.render(console)}" for piece in self.pieces)
