"""The operands of a statement: what it read before it computed a line of ours, each thing once.

An operand is a variable of theirs. Its value tells what it is of ours, where that is known.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from rnn_core.alongside.run import NONE, Operand
from rnn_core.review.found import Found, Judged
from rnn_core.review.role import SUMS, Role

_NAMED = 400
"""Timesteps of the data that are looked for among the operands."""


class Operands:
    """The operands of the statements of one sequence."""

    def __init__(self, found: Found, judged: Judged, roles: Mapping[str, Role]) -> None:
        self.found, self.judged, self.roles = found, judged, roles
        self.T = judged.net.T

    def of(self, partners: dict[int, int]) -> dict[int, tuple[Operand, ...]]:
        """What the statement of each of our lines read before it, each thing once."""
        known = self._known()
        sites, recording = self.found.code.sites, self.found.recording
        first = self.judged.episode.start
        out: dict[int, tuple[Operand, ...]] = {}
        for k, event in partners.items():
            made = sites[int(recording.sites[event])]
            top = made.id if made.kind == "see" else NONE
            seen: dict[str, Operand] = {}
            at = event - 1
            while at >= first:
                site = sites[int(recording.sites[at])]
                if site.statement != made.statement or site.kind in {"store", "param", "round"}:
                    break
                array = recording.array(at)
                if array is not None and site.kind == "see" and self._is_leaf(site.id) and self._within(site.id, top):
                    text = ast.unparse(site.node)
                    seen.setdefault(text, Operand(text, known.get(int(recording.values[at]), ""), array))
                at -= 1
            out[k] = tuple(reversed(seen.values()))
        return out

    def _is_leaf(self, site: int) -> bool:
        """Whether a site is a variable, and no index or part of a larger one."""
        it = self.found.code.sites[site]
        if not isinstance(it.node, ast.Name | ast.Attribute | ast.Subscript) or it.index or _turned(it.node):
            return False
        above = self.found.code.sites[it.parent].node if it.parent >= 0 else None
        return not isinstance(above, ast.Attribute | ast.Subscript) or _turned(above)

    def _within(self, site: int, top: int) -> bool:
        while top != NONE and site != top:
            if site < 0:
                return False
            site = self.found.code.sites[site].parent
        return True

    def _known(self) -> dict[int, str]:
        """What recorded values are of ours, by their number."""
        recording, values, net = self.found.recording, self.found.values, self.judged.net
        out: dict[int, str] = {}

        def note(number: int, text: str) -> None:
            if number >= 0 and recording.arrays[number].any():
                out.setdefault(number, text)

        for name, array in self.judged.stored.items():
            for number in values.same(array):
                note(number, name)
        for r in range(min(self.T, _NAMED)):
            for number in values.same(net.x[r]):
                note(number, f"x[{r + 1}]")
        for number in values.same(net.h0):
            note(number, "h[0]")
        for name, role in self.roles.items():
            if name == "loss" or role.whole:
                continue
            for r, event in role.events.items():
                t = r if name == "dh_next" else r + 1
                note(int(recording.values[event]), name if name in SUMS else f"{name}[{t}]")
        return out


def _turned(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "T"
