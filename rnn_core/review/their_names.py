"""Their names by ours: the word that their code has for each thing of our listing."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from rnn_core.review.found import Found
from rnn_core.review.role import Role


def their_names(found: Found, roles: Mapping[str, Role]) -> dict[str, str]:
    """Their names by ours: parameters, data, and what the places with a role store to."""
    out = {ours.replace("h[t-1]", "h"): theirs for ours, theirs in found.names().items()}
    for name, role in roles.items():
        stored = _stored_as(found, role)
        if stored and name != "h":
            out[name] = stored
    return {ours: _base(theirs) for ours, theirs in out.items() if theirs}


def _stored_as(found: Found, role: Role) -> str:
    """The name that a value is stored to by the statement that computes it; empty where by none."""
    site = found.code.sites[role.site]
    if site.kind in {"store", "after", "base"}:
        return site.name
    if site.parent >= 0:
        return ""
    for other in found.code.beside(site):
        if other.kind in {"store", "after"} and other.value is site.node:
            return other.name
    return ""


def _base(name: str) -> str:
    """The name of a thing without the index of the timestep: `self.hs[t]` is self.hs."""
    node = ast.parse(name, mode="eval").body
    while isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Constant):
        node = node.value
    return ast.unparse(node)
