"""Blame moves from where a wrong value is used to where it was picked up: a local, an argument, an entry of a cache.

Only if that is all that the name is used for: where it has a second reader, the first one is wrong.
"""

from __future__ import annotations

import ast
from dataclasses import replace

import numpy as np

from rnn_core.model import Array
from rnn_core.review.calls import Calls, call_of
from rnn_core.review.found import Found, Judged
from rnn_core.review.instrument import Site
from rnn_core.review.origins import argument_of, is_copy, origin_of, packed_at
from rnn_core.review.suspicion import Place, Suspicion
from rnn_core.review.turns import Lines


def shifted(found: Found, judged: Judged, suspicion: Suspicion, place: Place) -> Place:
    """The place where the wrong operand was picked up; else the place itself, or the one call that goes wrong there."""
    moved = _shifted(found, judged, suspicion, place)
    return _called(found, judged, place) if moved is place else moved


def _called(found: Found, judged: Judged, place: Place) -> Place:
    """The call that goes wrong, where the function that it calls is right for all others."""
    start, stop = judged.episode.steps[-1].done, judged.episode.stop
    if place.site.function < 0 or not start <= place.event < stop or place.site.id not in found.events.of_site:
        return place
    calls = Calls(found, start, stop)
    mine = calls.at(place.event)
    where = found.events.of_site[place.site.id]
    turns = {int(where[count]) for site, count in place.swaps if site == place.site.id}
    others = [int(e) for e in where if start <= e < stop and calls.at(int(e)).path != mine.path]
    if not others or not mine.path or any(event in turns for event in others):
        return place
    right = Lines(found, judged, [1.0]).right
    numbers = {int(found.recording.values[event]) for event in others} - right
    if any(found.recording.arrays[number].any() for number in numbers):
        return place
    site = call_of(found, mine)
    return place if site is None else replace(place, site=site, swaps={})


def _shifted(found: Found, judged: Judged, suspicion: Suspicion, place: Place) -> Place:
    if suspicion.mistake.is_other and place.site.kind == "store" and isinstance(place.site.value, ast.Call):
        packed = packed_at(found, place.event, place.site)
        if packed >= 0:
            return Place(found.code.sites[int(found.recording.sites[packed])], packed, place.r, {}, place.right)
    if place.site.kind == "param":
        origin = argument_of(found, place.event, int(found.recording.values[place.event]))
        return (
            Place(found.code.sites[int(found.recording.sites[origin])], origin, place.r, {}, place.right)
            if origin >= 0
            else place
        )
    if suspicion.mistake.name.startswith("slope: cache"):
        return _kept(found, suspicion, place)
    if suspicion.mistake.name.startswith(("dz: input", "dz: y[")):
        handed = _wrong_class(found, judged, suspicion, place)
        if handed is not place:
            return handed
    node = place.site.node
    if (
        place.site.kind == "see"
        and isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Name)
        and "slice" not in suspicion.mistake.name
    ):
        base = _made(found, judged, place, node.value.id)
        place = base or place
    operand = suspicion.mistake.operand
    moments = suspicion.run.moments or judged.right.moments
    if operand is None or place.r < 0 or place.r not in moments:
        return place
    try:
        wrong = operand(moments[place.r])
    except (ValueError, IndexError):
        return place
    only_arguments = suspicion.mistake.name == "dh: local"
    done = judged.episode.steps[-1].done
    event = _leaf(found, place, wrong)
    if event < 0 and suspicion.factor != 1.0:
        event = _leaf(found, place, wrong * suspicion.factor)
    if event < 0 and (begun := _begun(found, place, wrong, done)) is not None:
        return begun
    if event < 0 and only_arguments:
        event = _leaf(found, place, moments[place.r].local)
    computed = Lines(found, judged, [1.0]).computed
    for _ in range(4):
        if event < 0:
            return place
        origin = origin_of(found, event, done, computed)
        if origin < 0 or (suspicion.mistake.line == "a" and place.r and origin < judged.episode.steps[place.r - 1].at):
            return place  # what was given once for all timesteps is right there, and wrong where it is used
        site = found.code.sites[int(found.recording.sites[origin])]
        if only_arguments and site.kind != "see":
            return place
        place = Place(site, origin, place.r, {}, place.right)
        event = origin if site.kind == "see" and isinstance(site.node, ast.Name) else -1
    return place


def _begun(found: Found, place: Place, wrong: Array, after: int) -> Place | None:
    """Where an array was begun with the wrong operand that a place then adds to in place; None where it was not."""
    statement = found.code.statements[place.site.statement]
    whole: ast.expr | None = statement.target if isinstance(statement, ast.AugAssign) else None
    whole = whole.value if isinstance(whole, ast.Subscript) else whole
    if not isinstance(whole, ast.Name):
        return None
    for event in range(place.event - 1, after, -1):
        site = found.code.sites[int(found.recording.sites[event])]
        if site.kind == "store" and site.name == whole.id and site.function == place.site.function:
            theirs = found.recording.array(event)
            if (
                theirs is not None
                and theirs.size == wrong.size
                and found.values.close(np.sort(theirs, axis=None), np.sort(wrong, axis=None))
            ):
                return Place(site, event, place.r, {}, place.right)
            return None
    return None


def _wrong_class(found: Found, judged: Judged, suspicion: Suspicion, place: Place) -> Place:
    """The call that hands another timestep's target to the function in which the one-hot is subtracted."""
    recording, sites = found.recording, found.code.sites
    function, net = place.site.function, judged.net
    if place.r < 0 or net.batch > 1:
        return place
    asked = suspicion.run.p[place.r] - suspicion.run.rows["dz"][place.r]
    wrong = int(asked.argmax())
    handed = False
    for event in range(place.event, max(place.event - 60, -1), -1):
        site = sites[int(recording.sites[event])]
        array = recording.array(event)
        shown = array is not None and array.size == 1 and float(array.reshape(-1)[0]) == wrong
        if site.function == function and site.kind == "see" and isinstance(site.node, ast.Name) and shown:
            origin = -1 if handed else origin_of(found, event)
            loop = sites[int(recording.sites[origin])]
            if origin >= 0 and loop.kind == "loop" and len(loop.loops) == 1:  # one inside it runs over the classes
                return Place(loop, origin, place.r, {}, place.right)
        if function < 0:
            continue
        if site.function == function and site.kind == "param":
            handed |= shown
        elif handed:
            return Place(site, event, place.r, {}, place.right) if _call_around(found, site) is not None else place
    return place


def _kept(found: Found, suspicion: Suspicion, place: Place) -> Place:
    """Where the wrong timestep's cache was picked up: in the call of a step function, or before it."""
    recording, sites = found.recording, found.code.sites
    function = place.site.function
    if function < 0:
        return place
    for event in range(place.event, max(place.event - 120, -1), -1):
        site = sites[int(recording.sites[event])]
        if site.function == function and site.loops:
            break  # the loop stands in this function itself
        if site.function != function and site.kind == "see":
            call = _call_around(found, site)
            if call is None:
                break
            picked = _picked(found, site, call)
            return Place(picked, event, place.r, {}, place.right)
    operand = suspicion.mistake.operand
    moments = suspicion.run.moments
    if operand is None or place.r not in moments:
        return place
    event = _leaf(found, place, np.asarray(operand(moments[place.r])))
    name = sites[int(recording.sites[event])].name if event >= 0 else ""
    for before in range(event - 1, -1, -1):
        site = sites[int(recording.sites[before])]
        if site.kind == "store" and site.name == name and site.function == function:
            return Place(site, before, place.r, {}, place.right)
    return place


def _call_around(found: Found, site: Site) -> ast.Call | None:
    """The call of a function of the file's own in which a site's expression stands."""
    names = {getattr(function, "name", "") for function in found.code.functions}
    for node in ast.walk(found.code.statements[site.statement]):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in names and any(part is site.node for part in ast.walk(node)):
                return node
    return None


def _picked(found: Found, site: Site, call: ast.Call) -> Site:
    """The store that fetched what a call is given or called on, where that is done on a line of its own."""
    parts = [*call.args, *([call.func.value] if isinstance(call.func, ast.Attribute) else [])]
    names = {part.id for part in parts if isinstance(part, ast.Name)}
    for other in found.code.sites[: site.id][::-1]:
        if other.function != site.function or other.loops != site.loops or other.statement == site.statement:
            continue
        if other.kind == "see" and isinstance(other.node, ast.Subscript | ast.Call) and other.parent < 0:
            statement = found.code.statements[other.statement]
            if isinstance(statement, ast.Assign) and any(
                isinstance(target, ast.Name) and target.id in names for target in statement.targets
            ):
                return other if is_copy(other.node) else site
    return site


def _made(found: Found, judged: Judged, place: Place, name: str) -> Place | None:
    """The store of the whole that a slice is taken of, or of the very slice."""
    for event in range(place.event, max(place.event - 60, -1), -1):
        site = found.code.sites[int(found.recording.sites[event])]
        if site.kind != "store" or site.function != place.site.function:
            continue
        of = site.node.value if isinstance(site.node, ast.Subscript) else None
        here = int(found.recording.values[event]) == int(found.recording.values[place.event])
        back = event > judged.episode.steps[-1].done  # what the forward pass stored is read, and not made
        if site.name == name or (here and back and isinstance(of, ast.Name) and of.id == name):
            return Place(site, event, place.r, {}, place.right)
    return None


def _leaf(found: Found, place: Place, wrong: Array) -> int:
    """The event at which the statement reads the wrong operand by a name; -1 where it is no plain name."""
    recording = found.recording
    for event in range(place.event, max(place.event - 80, -1), -1):
        site = found.code.sites[int(recording.sites[event])]
        if site.statement != place.site.statement:
            continue
        array = recording.array(event)
        if site.kind != "see" or array is None or not isinstance(site.node, ast.Name | ast.Attribute):
            continue
        if isinstance(site.node, ast.Attribute) and site.node.attr not in found.code.fields:
            continue
        if array.size != wrong.size:
            continue
        if found.values.close(np.sort(array.reshape(-1)), np.sort(wrong.reshape(-1))):
            return event
    return -1
