"""Where a name got its value: at another name, an argument, an entry of a cache, a field of a record.

An origin counts only where one place reads the name. With a second reader, the first one is what is wrong.
"""

from __future__ import annotations

import ast
from collections.abc import Set

from rnn_core.review.found import Found
from rnn_core.review.instrument import Site


def origin_of(found: Found, event: int, after: int = -1, right: Set[int] = frozenset()) -> int:
    """The event that gave a name the value it has at an event, if nobody else reads it; else -1.

    What is computed there, and no copy, counts from an event on, unless it is one of the values that are `right`.
    """
    recording, sites = found.recording, found.code.sites
    reader = sites[int(recording.sites[event])]
    name = reader.name
    if isinstance(reader.node, ast.Attribute):
        return _constructed(found, event, reader.node.attr)
    for before in range(event - 1, -1, -1):
        site = sites[int(recording.sites[before])]
        if site.function != reader.function or site.name != name or site.kind not in {"store", "param", "loop"}:
            continue
        if _read_elsewhere(found, reader, site, before):
            return -1
        if site.kind == "store" and len(site.loops) < len(reader.loops):
            return -1  # it was right once: what reads it again at every timestep is wrong
        if site.kind == "param":
            return argument_of(found, before, int(recording.values[before]))
        if site.kind == "loop":
            packed = packed_at(found, before, site)
            return packed if packed >= 0 else before
        packed = packed_at(found, before, site)
        if packed >= 0:
            return packed
        made = after >= 0 and before > after and int(recording.values[before]) not in right
        return before if made or is_copy(site.value) else -1
    return -1


def _constructed(found: Found, event: int, field: str) -> int:
    """Where a record was made whose field is read: its argument there; -1 where another line reads it as well."""
    recording, sites, code = found.recording, found.code.sites, found.code
    reader = sites[int(recording.sites[event])]
    reading = [
        node for tree in code.statements for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == field and isinstance(node.ctx, ast.Load)
    ]  # fmt: skip
    if len({node.lineno for node in reading}) != 1 or field not in code.fields:
        return -1
    record, place = code.fields[field]
    for before in range(event - 1, -1, -1):
        site = sites[int(recording.sites[before])]
        if int(recording.values[before]) != int(recording.values[event]) or site.kind != "see" or site.id == reader.id:
            continue
        for node in ast.walk(code.statements[site.statement]):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == record:
                given = {k.arg: k.value for k in node.keywords}.get(field) or dict(enumerate(node.args)).get(place)
                if given is site.node:
                    return before
    return -1


def is_copy(value: ast.AST | None) -> bool:
    """Whether an expression only fetches a value: a name, an entry, what a list gives out."""
    if isinstance(value, ast.Call):
        return isinstance(value.func, ast.Attribute) and value.func.attr in {
            "pop",
            "popleft",
            "get",
            "copy",
            "reshape",
            "squeeze",
        }
    return isinstance(value, ast.Name | ast.Attribute | ast.Subscript)


def _read_elsewhere(found: Found, reader: Site, store: Site, event: int) -> bool:
    """Whether another statement of the function reads the name, before it is stored to again."""
    recording, sites = found.recording, found.code.sites
    for after in range(event + 1, min(event + 600, len(recording))):
        site = sites[int(recording.sites[after])]
        if site.function != reader.function or site.name != store.name:
            continue
        if site.kind in {"store", "param", "loop"} and site.statement != store.statement:
            return False
        if site.id == store.id:
            return False
        if (
            site.kind == "see"
            and site.statement not in {reader.statement, store.statement}
            and isinstance(site.node, ast.Name)
            and not _packs(found, site)
            and (store.kind != "loop" or store.statement in site.loops)
        ):
            return True
    return False


def _packs(found: Found, site: Site) -> bool:
    """Whether a read only puts the value into a tuple, as a cache does: it is not used yet."""
    around = found.code.sites[site.parent].node if site.parent >= 0 else None
    kept = isinstance(around, ast.Call) and getattr(around.func, "attr", "") in {"append", "appendleft", "insert"}
    return (site.parent < 0 or kept) and any(
        isinstance(node, ast.Tuple | ast.List | ast.Dict) and site.node in ast.iter_child_nodes(node)
        for node in ast.walk(found.code.statements[site.statement])
    )


def argument_of(found: Found, event: int, value: int) -> int:
    """The event at which a caller's argument was seen that became a parameter."""
    recording, sites = found.recording, found.code.sites
    function = sites[int(recording.sites[event])].function
    for before in range(event - 1, max(event - 60, -1), -1):
        site = sites[int(recording.sites[before])]
        if site.function == function:
            continue
        if (
            int(recording.values[before]) == value
            and site.kind == "see"
            and site.parent >= 0
            and isinstance(sites[site.parent].node, ast.Call)
        ):
            return before
    return -1


def packed_at(found: Found, event: int, store: Site) -> int:
    """Where a tuple was written out whose part an unpacking gives to the name; -1 where it is no unpacking."""
    statement = found.code.statements[store.statement]
    target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
    parts = ast.walk(target) if target is not None else iter(())
    target = next((part for part in parts if isinstance(part, ast.Tuple) and store.node in part.elts), None)
    if target is None:
        return -1
    targets = target.elts
    place = next((i for i, part in enumerate(targets) if part is store.node), -1)
    if place < 0:
        return -1
    recording, sites = found.recording, found.code.sites
    value = int(recording.values[event])
    called = isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call)
    wanted = {
        id(node.elts[place])
        for tree in found.code.statements
        for node in ast.walk(tree)
        if isinstance(node, ast.Tuple)
        and isinstance(node.ctx, ast.Load)
        and len(node.elts) == len(targets)
        # what a function returns was computed there, and is not picked up
        and not (called and isinstance(tree, ast.Return) and tree.value is node)
    }
    for before in range(event - 1, -1, -1):
        site = sites[int(recording.sites[before])]
        if site.kind == "see" and id(site.node) in wanted and int(recording.values[before]) == value:
            return before
    return -1
