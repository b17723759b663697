"""One execution of a statement: what each name held then, and what its expressions were."""

from __future__ import annotations

import ast
from typing import Any

from rnn_core.review.found import Found

_READ = ast.Name | ast.Attribute | ast.Subscript
BACK = 1200
"""Events that are looked through for what a name held."""


def known_at(found: Found, event: int) -> dict[str, Any]:
    """Values by their text, as a function's names held them when a statement ended at an event."""
    recording, sites = found.recording, found.code.sites
    here = sites[int(recording.sites[event])]
    out: dict[str, Any] = {}
    several: set[str] = set()
    put_together = {site.id for site in found.code.gathered.values()}
    if int(recording.sites[event]) in put_together:  # what the same loops made of the other operands stands beside it
        while event + 1 < len(recording) and int(recording.sites[event + 1]) in put_together:
            event += 1
    for before in range(event, max(event - BACK, -1), -1):
        site = sites[int(recording.sites[before])]
        if site.function not in {here.function, -1} or (before == event and site.kind not in {"see", "param", "loop"}):
            continue
        number = int(recording.values[before])
        if number < 0:
            continue
        if isinstance(site.node, ast.arg):
            text = site.node.arg
        elif isinstance(site.node, _READ) and site.kind in {"see", "store", "after", "loop", "base", "effect", "add"}:
            if site.kind == "add" or (site.kind == "store" and site.statement == here.statement):
                continue
            text = found.code.text(site.node)
        else:
            continue
        if text in out or (
            site.function != here.function and isinstance(site.node, ast.Name) and text in _own(found, here.function)
        ):
            continue
        if (
            before
            and recording.sites[before - 1] == recording.sites[before]
            and site.kind in {"param", "store", "loop", "see"}
        ):
            several.add(text)  # a container: each of its arrays was noted
        if text in several:
            continue
        array = recording.arrays[number]
        whole = bool(recording.whole[number])
        out[text] = (int(array) if whole else float(array)) if array.ndim == 0 else array
    return out


def _own(found: Found, function: int) -> set[str]:
    return {
        site.name for site in found.code.sites if site.function == function and site.kind in {"param", "store", "loop"}
    }
