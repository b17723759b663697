"""A review from the file to the answer: run, recognise, judge, and only then look for the line."""

from __future__ import annotations

import ast
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from rnn_core.errors import InputError, one_line
from rnn_core.mistakes import MATHS, MISTAKES
from rnn_core.model import Array
from rnn_core.reading import CodeReading as Options
from rnn_core.review import (
    aliasing,
    broadcasting,
    forward_faults,
    naming,
    places,
    remains,
    search,
    stirring,
    suspects,
    update,
)
from rnn_core.review.endings import ending, refused
from rnn_core.review.found import Found, Judged, find
from rnn_core.review.gradients import assembled
from rnn_core.review.instrument import Code, instrument
from rnn_core.review.process import Process
from rnn_core.review.proof import Prover, Swaps
from rnn_core.review.repair import Repairer
from rnn_core.review.report import RIGHT, UNSURE, WRONG, Fault, Report
from rnn_core.review.shifting import shifted
from rnn_core.review.source import Source, read
from rnn_core.review.suspicion import Place, Suspicion
from rnn_core.review.telling import by_kind, by_repair, by_shape, by_value, columns, line_of, segment_of
from rnn_core.review.turns import Lines
from rnn_core.review.verdict import JUDGED_UPDATES, LONG, MOST_UPDATES, Judgement, factors, groups, judge

EVENTS = (4_000, 12_000, 40_000, 150_000, 800_000)
"""How much is recorded before it is looked at, and then more: an endless loop costs little more than a short one."""

REPAIRING = 12.0
"""Seconds that changes to the text are tried, at most."""

TRIES = (40, 20, 6)
"""How many are tried: where no line was found, where one was found without a proof, where it is proven."""

FAULTS = 4
"""How many faults are looked for, one after another."""


@dataclass
class _Review:
    """A review under way."""

    source: Source
    options: Options
    code: Code
    process: Process
    began: float = field(default_factory=time.monotonic)
    notes: list[str] = field(default_factory=list)
    found: Found | None = None
    """What was recognised at first, with nothing put right."""
    judgement: Judgement | None = None
    stirred: Swaps = field(default_factory=dict)
    """Other numbers that stay put in, while a run with them is judged."""
    tried: frozenset[str] = frozenset()
    """What it is right with other numbers of, too."""

    @property
    def names(self) -> dict[str, str]:
        """Theirs by ours."""
        return {ours: theirs for theirs, ours in self.options.names}

    def left(self) -> float:
        return max(0.5, self.options.seconds - (time.monotonic() - self.began))


@dataclass(frozen=True, eq=False)
class Reviewed:
    """A report, and what it was made from, for whoever shows the run itself; None where it was not run so far."""

    report: Report
    found: Found | None = None
    judgement: Judgement | None = None


def review(path: Path, options: Options | None = None) -> Report:
    """The answer for a file. Raises InputError for what is no Python, RnnError where it cannot be run."""
    return reviewed(path, options).report


def reviewed(path: Path, options: Options | None = None) -> Reviewed:
    """The answer for a file with the run that it was found in. Raises as `review` does."""
    options = options or Options()
    with warnings.catch_warnings(action="ignore"):  # what Python thinks of their text is not ours to print
        source = read(path)
        foreign = refused(source, source.tree())
        if foreign is not None:
            return Reviewed(foreign)
        try:
            code = instrument(source.text, str(path))
        except RecursionError:
            raise InputError("an expression is nested too deeply to be followed", where=str(path)) from None
    with np.errstate(all="ignore"), Process(source) as process:
        made = _Review(source, options, code, process)
        process.after = options.call
        report = _reviewed(made)
    return Reviewed(report, made.found, made.judgement)


def _reviewed(made: _Review) -> Report:
    found = _look(made)
    if found.missing:
        from rnn_core.review import drive

        called = found.called() if not made.options.function else frozenset()
        if not made.options.call and (call := drive.calls(made.source, made.options.function, called)):
            made.process.after = call
            driven = _look(made)
            raised = driven.recording.ended == "error" != found.recording.ended and driven.recording.line > 0
            if raised or not driven.missing or len(driven.names()) > len(found.names()):
                found = driven
                made.notes.append("nothing in the file calls these functions: they were called with made-up data")
            else:
                made.process.after = ""
    made.found, recording = found, found.recording
    blind = found.missing or not found.sequences or not (found.sequences[0].net.y >= 0).any()
    if blind and (told := broadcasting.told(found)) is not None:
        return _wrong(made, found, Judgement(False), [by_shape(found, told)])
    if found.missing or not found.sequences:
        ended = ending(made.source, recording, found, identified(found) if found.structure else {})
        return replace(ended, notes=tuple(made.notes))
    judgement = made.judgement = judge(found)
    forward = _forward_fault(made, found)
    if forward is not None:
        return _wrong(made, found, judgement, [_mended(made, found, judgement, forward, forward.proven) or forward])
    if (
        recording.ended == "error"
        and recording.kind != "SystemExit"
        and not judgement.right
        and len(found.sequences) < 2
    ):
        return ending(made.source, recording, found, identified(found, judgement), sound=_sound(found))
    if blind:
        return _unsure(
            made,
            found,
            judgement,
            "found the outputs, but neither their softmax nor targets",
        )
    if not any(judged.p_seen for judged in found.sequences):
        return _unsure(made, found, judgement, "found the outputs, but neither a softmax of them nor real targets")
    if judgement.right and (bias := _left_out(found, judgement.factor)) is not None:
        return _wrong(made, found, judgement, [bias])
    if judgement.right:
        return _stirred(made, found, judgement) or _right(made, found, judgement)
    guessed = stirring.turns(found)
    answer = _stirred(made, found, judgement) if guessed else None
    answer = answer or _search(made, found, judgement)
    if not guessed and not (answer.verdict == WRONG and all(fault.proven for fault in answer.faults)):
        answer = _stirred(made, found, judgement) or answer  # several lines may make the same numbers of zeros
    return answer


def _stirred(made: _Review, found: Found, judgement: Judgement) -> Report | None:
    """What a run with other numbers shows, where theirs hide something; None where the first verdict stays.

    A run that does not have the same network, or a mistake in it that is not proven, is a note and no accusation.
    """
    looked = found if judgement.right else replace(found, sequences=found.sequences[:1])
    tried = stirring.stir(found, stirring.hiding(looked))
    if judgement.right and tried.fixed:
        made.notes.append(f"{stirring.grouped(tried.fixed)} can hide mistakes, and cannot be replaced by other numbers")
    if not tried.swaps or made.left() < 1:
        return None
    put = found.put_in(tried.swaps)
    recording = made.process.run(len(found.recording) + 200, made.left(), put)
    other = find(recording, made.code, made.names)
    if not stirring.took(found, other, tried):
        if judgement.right:
            made.notes.append(f"{tried.told()} can hide mistakes; with other numbers there it does not run as it did")
        return None
    again = judge(other)
    made.stirred = put
    forward = _forward_fault(made, other)
    if forward is None and again.right:
        made.stirred = {}
        if not judgement.right and not stirring.turns(found):
            return None
        made.notes.append(f"also right with other numbers in {tried.told()}")
        made.tried = frozenset(tried.numbers)
        return None if judgement.right else _right(made, other, again)
    report = _wrong(made, other, again, [forward]) if forward is not None else _search(made, other, again)
    made.stirred = {}
    if report.verdict != WRONG or not all(fault.proven for fault in report.faults):
        if judgement.right:
            made.notes.append(f"with other numbers in {tried.told()} it is no longer right, and no line is proven")
        return None
    made.found, made.judgement = other, again
    says = f"with other numbers in {tried.told()} "
    faults = tuple(replace(fault, says=says + fault.says) for fault in report.faults)
    return replace(report, says=f"{report.says}; it shows {says.strip()}", faults=faults)


def _look(made: _Review) -> Found:
    """Recordings of growing length, until two updates are judged or the code ends."""
    found: Found | None = None
    for events in EVENTS:
        recording = made.process.run(events, made.left())
        before, found = found, find(recording, made.code, made.names)
        if _enough(found) or recording.ended not in {"events"} or made.left() < 1 or _in_vain(before, found, events):
            break
    assert found is not None
    return found


def _in_vain(before: Found | None, found: Found, events: int) -> bool:
    """Whether a longer recording, which takes longer to be searched, shows the same states and misses the same."""
    if not found.missing or before is None or before.missing != found.missing:
        return False
    return events >= (EVENTS[2] if found.structure is not None else EVENTS[3]) and bool(found.states)


def _sound(found: Found) -> bool:
    """Whether what was computed before an exception is right: the forward pass, and dz of the last timestep."""
    judged = found.sequences[0]
    forward = found.values.close(judged.right.states[1:], judged.episode.h) and judged.p_seen
    return forward and judged.begins


def _enough(found: Found) -> bool:
    """Whether the updates that are to be judged are there, each with the beginning of what follows it."""
    if not found.sequences:
        return False
    updates = groups(found)
    long = sum(found.sequences[group[0]].net.T >= LONG for group in updates[:-1])
    return long >= JUDGED_UPDATES or len(updates) > MOST_UPDATES


def _right(made: _Review, found: Found, judgement: Judgement) -> Report:
    if found.recording.ended == "error" and found.recording.kind != "SystemExit":
        return ending(made.source, found.recording, found, identified(found, judgement))
    _notes(made, found)
    names = ", ".join(f"d{n}" for n in found.pieces)
    count = {0: "no update", 1: "one update", 2: "two updates"}[min(judgement.updates, 2)]
    says = f"every value agrees ({names}), {count}"
    if judgement.factors not in {"1", "1/M"} and abs(judgement.factor) != 1:
        made.notes.append(f"every gradient is that of the loss times {judgement.factors}")
    if judgement.updates < 2:
        made.notes.append("one update does not show what it leaves for the next: gradients not zeroed, an old dh_next")
    if all(judged.net.T == 1 for judged in found.sequences):
        resting = "h[0]" not in made.tried and not any(judged.episode.h0.any() for judged in found.sequences)
        hidden = "in W: in dW, and in what is carried back" if resting else "in what is carried back"
        made.notes.append(f"T = 1 hides every mistake {hidden}; give it a longer sequence")
    return Report(made.source, RIGHT, says, (), identified(found, judgement), tuple(made.notes))


def _notes(made: _Review, found: Found) -> None:
    """What is right with these numbers, and would not be with others."""
    judged = found.sequences[0]
    z = judged.right.z
    rows = found.values.alike(np.exp(z)) or (found.values.alike(np.exp(z[-1])) if z[-1].max() > 1e-9 else [])
    if rows:
        site = found.code.sites[int(found.recording.sites[found.recording.first[rows[0]]])]
        made.notes.append(
            f"{made.source.told(site.line)}: softmax without the maximum subtracted: "
            "exp overflows for logits above 709; exp(z - max z) gives the same p"
        )


def _wrong(made: _Review, found: Found, judgement: Judgement, faults: list[Fault]) -> Report:
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    says = f"{made.source.told(faults[0].line)}: {faults[0].cause}{more}"
    shown = tuple(faults if made.options.keep_going else faults[:1])
    return Report(made.source, WRONG, says, shown, identified(found, judgement), tuple(made.notes))


def _unsure(made: _Review, found: Found, judgement: Judgement, says: str) -> Report:
    return Report(made.source, UNSURE, says, (), identified(found, judgement), tuple(made.notes))


def identified(found: Found, judgement: Judgement | None = None) -> dict[str, Any]:
    """What was recognised: their names, the factor, the orientation."""
    out: dict[str, Any] = {"names": found.names()}
    if found.structure is not None and found.output is not None:
        out["orientation"] = {
            name: "stacked" if piece.stacked else "transposed" if piece.turned else "as ours"
            for name, piece in found.pieces.items()
        }
    if found.sequences:
        net = found.sequences[0].net
        out["T"] = net.T
        if net.batch > 1:
            out["batch"] = net.batch
        out["I"], out["H"], out["O"] = net.U.shape[1], net.W.shape[0], net.V.shape[0]
    if judgement is not None:
        out["factor"] = judgement.factors
    return out


# -- the forward pass ---------------------------------------------------------------------------------------------


def _forward_fault(made: _Review, found: Found) -> Fault | None:
    judged = max(found.sequences[:4], key=lambda judged: min(judged.net.T, LONG))
    sound = found.values.close(judged.right.states[1:], judged.episode.h) and judged.p_seen
    if sound and (judged.has.all() or judged.has[-1]):
        return None
    suspicion = forward_faults.explain_forward(found, judged)
    if suspicion is None:
        return None
    prover = Prover(made.process, made.left(), dict(made.stirred))
    scales = [value for value, _ in factors(judged, 1)]
    divided = forward_faults.division(found, judged, suspicion)
    if divided is not None:
        axis = next(m for m in MISTAKES if m.name == "p: axis")
        suspicion, tried = Suspicion(axis, judged.right, 1.0), [divided]
    else:
        tried = places.places(found, judged, suspicion)[:8]
    first: Fault | None = None
    for place in tried:
        proven, _ = prover.mended(found, judged, place.swaps, *scales)
        proven = proven or _agrees(made, found, judged, place.swaps, prover)
        fault = by_kind(found, suspicion, shifted(found, judged, suspicion, place), proven)
        if proven:
            return fault
        first = first or fault
    # All states of a sequence are many numbers. Outputs may look late, and probabilities wrong, only because V or the
    # softmax is not what it was taken for: then nothing but a proof counts.
    return first if suspicion.mistake.line in {"a", "h"} else None


def _agrees(made: _Review, found: Found, judged: Judged, swaps: Swaps, prover: Prover) -> bool:
    """Whether a run with these values put in is recognised anew, targets and all, and is right."""
    recording = prover.run(found.put_in(swaps), judged.episode.stop + 200) if swaps else None
    if recording is None:
        return False
    again = find(recording, made.code, made.names)
    if again.missing or not again.sequences or not again.sequences[0].p_seen:
        return False
    return judge(again).right


def _left_out(found: Found, factor: float) -> Fault | None:
    """A bias whose gradient is computed, while the forward pass leaves it out."""
    judged = max(found.sequences[::-1], key=lambda judged: min(judged.net.T, LONG))  # the last: biases begin with 0
    if judged.net.T < 2:
        return None
    for name, line, mistake in (("b", "a", "a: no bias"), ("c", "z", "z: no bias")):
        if name in found.pieces or any(piece.stacked for piece in found.pieces.values()):
            continue
        step = judged.episode.steps[1]
        size, start = judged.right.totals[name].size, step.start if name == "b" else step.done
        stop = step.done if name == "b" else judged.episode.stop
        if any(_at_rest(found, event, size) for event in range(start, stop)):
            continue
        total = judged.right.totals[name] * factor
        last = remains.finals(found, judged, judged.right)
        if not total.any() or not any(number in last for number in found.values.same(total)):
            continue
        entry = next(m for m in MISTAKES if m.name == mistake)
        for r in range(judged.net.T - 1, -1, -1):
            series = judged.right.a if line == "a" else judged.right.z
            for number in found.values.alike(series[r]):
                events = np.flatnonzero(found.recording.values == number)
                for event in events:
                    site = found.code.sites[int(found.recording.sites[event])]
                    if site.kind in {"see", "store"} and not isinstance(site.node, ast.Name | ast.Attribute):
                        place = Place(site, int(event), r, {}, None)
                        return by_kind(found, Suspicion(entry, judged.right, 1.0), place, False)
    return None


def _at_rest(found: Found, event: int, size: int) -> bool:
    """Whether zeros of a size are read by a name or added at an event: a bias that is 0 may be one."""
    array = found.recording.array(event)
    site = found.code.sites[int(found.recording.sites[event])]
    read = site.kind == "add" or (
        site.kind == "see" and isinstance(site.node, ast.Name | ast.Attribute | ast.Subscript)
    )
    if array is None or array.size != size or not read or array.any():
        return False
    around = found.code.sites[site.parent].node if site.parent >= 0 else None
    if isinstance(around, ast.Attribute) or (
        isinstance(around, ast.Call) and ast.unparse(around.func).endswith("_like")
    ):
        return False  # only its shape is asked for
    out = [k.value for k in around.keywords if k.arg == "out"] if isinstance(around, ast.Call) else []
    return site.node not in out


# -- the line -----------------------------------------------------------------------------------------------------


def _search(made: _Review, found: Found, judgement: Judgement) -> Report:
    faults: list[Fault] = []
    proven = False
    begun = found, judgement
    prover = Prover(made.process, made.left(), dict(made.stirred))
    while len(faults) < FAULTS and made.left() > 0.6:
        fault, swaps, whole = _one(made, found, judgement, prover)
        if fault is None:
            break
        faults.append(fault)
        proven = whole
        if whole or not swaps:
            break
        prover.kept.update(found.put_in(swaps))
        recording = prover.run({}, found.sequences[judgement.sequence].episode.stop + 400)
        if recording is None:
            break
        found = find(recording, made.code, made.names)
        if found.missing or not found.sequences:
            break
        judgement = judge(found)
        if judgement.right:
            proven = True
            break
    sure = proven and len(faults) == 1 and faults[0].proven
    mended = _mended(made, *begun, faults[0] if faults else None, sure)
    if mended is not None:
        return _wrong(made, *begun, [mended])
    if len(faults) > 1 and not begun[1].present:
        proven = False  # where nothing is right until several values of ours are put in, it is another loss
    if faults and proven:
        faults.sort(key=lambda fault: fault.line)
        return _wrong(made, found, judgement, faults)
    what = ", ".join(f"d{n}" for n in judgement.missing) or f"the update of {judgement.parameter}"
    have = ", ".join(f"d{n}" for n in judgement.present)
    seen = f"{have} right, but " if have and not judgement.update else ""
    return _unsure(made, found, judgement, f"found the forward pass, {seen}nothing that explains {what}")


def _one(
    made: _Review, found: Found, judgement: Judgement, prover: Prover
) -> tuple[Fault | None, dict[tuple[int, int], Array], bool]:
    """(the fault, what puts it right, whether then everything is right)."""
    judged = found.sequences[judgement.sequence]
    looped = update.in_the_loop(found, judged)
    if looped is not None:
        return _told(made, found, judged, judgement, looped, prover), {}, True
    if judgement.unmoved:
        still = update.never_moved(found, judged, judgement.missing[0])
        for suspicion in suspects.explain(found, judgement):
            tried = places.places(found, judged, suspicion) if suspicion.mistake.gathered is not None else []
            if tried:
                return by_kind(found, suspicion, tried[0], False), {}, True
        return (None if still is None else _told(made, found, judged, judgement, still, prover)), {}, True
    judgement = _turned(found, judgement)
    if judgement.update:
        for told in update.wrong_update(found, judgement):
            return _told(made, found, judged, judgement, told, prover), {}, True
        return None, {}, False
    for told in _others(found, judgement, judged):
        return _told(made, found, judged, judgement, told, prover), {}, True
    best: tuple[Fault, dict[tuple[int, int], Array]] | None = None
    for whole in (True, False):
        suspicions = list(islice(suspects.explain(found, judgement, partly=not whole), 6))
        for suspicion in suspects.ranked(found, judged, suspicions):
            tried = places.places(found, judged, suspicion)
            if suspicion.mistake.line == "loop" and tried and whole:
                return by_kind(found, suspicion, tried[0], True), {}, True
            for place in tried[:8]:
                proven, right = prover.mended(found, judged, place.swaps, suspicion.factor)
                if right and not prover.reaches(judged, suspicion.mistake.line[1:]):
                    continue
                if proven:
                    if place.r < 0 <= tried[0].r and not suspicion.mistake.is_other:
                        place = tried[0]  # what is proven further on was made here
                    return (
                        by_kind(found, suspicion, shifted(found, judged, suspicion, place), True),
                        place.swaps,
                        True,
                    )
                if not whole and right > set(judgement.present):
                    return (
                        by_kind(found, suspicion, shifted(found, judged, suspicion, place), False),
                        place.swaps,
                        False,
                    )
            if tried and best is None and whole:
                best = by_kind(found, suspicion, shifted(found, judged, suspicion, tried[0]), False), {}
        if best is not None:
            break
    lines = Lines(found, judged, search.known_factors(judged, judgement))
    hit = search.search(found, judged, judgement, prover, lines)
    if best is not None and (hit is None or not hit.whole):
        return best[0], best[1], True
    if hit is not None:
        called = naming.named(found, hit, lines)
        if called is None:
            return by_value(found, hit), hit.place.swaps, hit.whole
        return by_kind(found, called[0], shifted(found, judged, *called), hit.whole), hit.place.swaps, hit.whole
    return None, {}, False


def _turned(found: Found, judgement: Judgement) -> Judgement:
    """The judgement of gradients that go up where the update is as usual: then it is dz that is turned round."""
    if judgement.update != "sign" or judgement.factor >= 0:
        return judgement
    judged = found.sequences[judgement.sequence]
    names = tuple(assembled(found, judged, judged.right.totals))
    return replace(judgement, update="", missing=names, present=(), factor=1.0, factors="1")


def _mended(made: _Review, found: Found, judgement: Judgement, fault: Fault | None, sure: bool) -> Fault | None:
    """The fault at the place where one change to the text makes everything right; None where none tried does."""
    if made.stirred:
        return None
    forward = fault is not None and fault.phase == "forward"
    judged, judgement = found.sequences[judgement.sequence], _turned(found, judgement)
    until = time.monotonic() + min(made.left() - 0.5, REPAIRING)
    repairer = Repairer(made.process, found, judged, judgement, made.names, until, forward)
    most = TRIES[2 if sure else 1 if fault is not None else 0]
    edit = repairer.first([(fault.event, fault.wanted)] if fault is not None and fault.event >= 0 else [], most, sure)
    if edit is None:
        return None
    if fault is not None and _one_statement(found, edit.line, fault.line):
        return replace(fault, proven=True)
    return by_repair(found, edit, fault)


def _one_statement(found: Found, line: int, other: int) -> bool:
    """Whether two lines are one, or of one statement without a body."""
    return line == other or any(
        node.lineno <= min(line, other) and max(line, other) <= (node.end_lineno or 0)
        for node in found.code.statements
        if not hasattr(node, "body")
    )


def _others(found: Found, judgement: Judgement, judged: Judged) -> Iterator[update.Told]:
    tries: tuple[Callable[[], update.Told | None], ...] = (
        lambda: update.not_anew(found, judgement),
        lambda: aliasing.told(found, judgement, judged),
    )
    for attempt in tries:
        told = attempt()
        if told is not None:
            yield told


def _told(
    made: _Review, found: Found, judged: Judged, judgement: Judgement, told: update.Told, prover: Prover
) -> Fault:
    proven = False
    if told.place.swaps and told.place.right is not None and judgement.update == "sign":
        name = judgement.parameter[0]
        assert judged.later is not None
        old, new = judged.stored[name], judged.later[name]
        proven = prover.follows(found, old - (new - old), told.place.swaps, judged.episode.stop)
    elif told.place.swaps:
        proven = True
    site = told.place.site
    segment = segment_of(found, site)
    says = f"{segment}: {told.cause}" if segment else told.cause
    return Fault(
        line_of(found, site),
        columns(found, site),
        told.phase,
        0,
        one_line(f"{says}; right is {told.right}"),
        told.cause,
        told.why,
        update.LINK if told.phase == "update" else MATHS,
        None,
        None,
        proven,
        told.name,
        event=told.place.event,
    )
