"""A column and a row that are added make a matrix: NumPy asks nothing, and everything after it has the wrong shape."""

from __future__ import annotations

import ast

from rnn_core.model import Array
from rnn_core.review.found import Found
from rnn_core.review.suspicion import Place
from rnn_core.review.update import Told


def told(found: Found) -> Told | None:
    """The first sum of (n,1) and (n,) that became (n,n)."""
    recording, sites = found.recording, found.code.sites
    latest: dict[int, Array] = {}
    children: dict[int, list[int]] = {}
    for site in sites:
        if site.parent >= 0:
            children.setdefault(site.parent, []).append(site.id)
    for event in range(len(recording)):
        site = sites[int(recording.sites[event])]
        array = recording.array(event)
        if array is None:
            continue
        latest[site.id] = array
        if not isinstance(site.node, ast.BinOp) or not isinstance(site.node.op, ast.Add | ast.Sub):
            continue
        parts = [latest[child] for child in children.get(site.id, []) if child in latest]
        if array.ndim == 2 and array.shape[0] == array.shape[1] > 1 and len(parts) >= 2:
            shapes = {part.shape for part in parts[-2:]} | {part.shape for part in parts[:2]}
            n = array.shape[0]
            if (n, 1) in shapes and ((n,) in shapes or (1, n) in shapes) and (n, n) not in shapes:
                cause = f"a column ({n},1) and a row ({n},) are added: broadcasting makes a matrix ({n},{n}) of them"
                return Told(
                    "broadcast",
                    cause,
                    f"a matrix ({n},{n})",
                    f"a vector of {n}: give both the same shape",
                    "a = U·x + W·h + b is a vector, and so is each of its parts",
                    Place(site, event, -1, {}),
                    "forward",
                )
    return None
