"""Performing what-if: making a fork, going from branch to branch, showing one against another, finding where they part.

Rules this file keeps:
- A branch that is left is not changed by anything done in another one.
- The branch that is compared is taken along: it is computed as far as the session has come.
"""

from __future__ import annotations

from dataclasses import replace

from rnn_core.debugger.outcome import Compare, Fork, Outcome, Part, RunSequence, Switch
from rnn_core.debugger.position.places import place_text
from rnn_core.debugger.selection import with_fitting_view
from rnn_core.debugger.session import Branch, Cursor, Session
from rnn_core.debugger.whatif.branches import current, dropped, forked, found, fresh_name, switched
from rnn_core.debugger.whatif.parting import parting
from rnn_core.errors import Cancelled, UsageError, one_line
from rnn_core.optimisers import Optimiser
from rnn_core.progress import Progress
from rnn_core.trace import Trace
from rnn_core.training.run import Run


def fork(effect: Fork, session: Session, progress: Progress) -> Outcome:
    """A new run with the changes, which becomes the current one. Raises ShapeError where things do not fit."""
    run = session.run.fork(effect.update, **dict(effect.changes))
    trace = run.trace(effect.update, progress)
    there = forked(session, run, effect.edit)
    message = f"{there.branch}: a fork of {session.branch} from update {effect.update}"
    message += _of_the_optimiser(session.run.owner(effect.update).options.optimiser, run.options.optimiser)
    return Outcome(_moved(there, trace, effect.k), f"{message} · diff shows the difference, undo goes back")


def _of_the_optimiser(before: Optimiser, after: Optimiser) -> str:
    """What becomes of what the optimiser keeps, where it is another one."""
    if before == after:
        return ""
    slots = " and ".join(after.slots)
    if before.kind != after.kind:
        left = f" · what {before.kind} kept is left behind" if before.slots else ""
        return f"{left} · {slots} begin{'s' * (len(after.slots) == 1)} as zeros, n as 0" if slots else left
    return f" · {', '.join(after.slots)} and n, the updates made, go on as they are"


def run_sequence(effect: RunSequence, session: Session, progress: Progress) -> Outcome:
    """Another sequence in this update: a fork, unless that is what the update takes already. A run that nothing was
    done with takes the sequence itself, so that looking through the sequences leaves no forks behind."""
    count, u = len(session.dataset.sequences), session.cursor.u
    if not 0 <= effect.index < count:
        raise UsageError(f"no sequence {effect.index + 1}", fix=f"1 to {count}")
    edit = f"sequence {effect.index + 1}"
    if effect.index == session.index and not effect.forks:
        return Outcome(session.at(0), f"{edit}/{count}")
    branch = current(session)
    untouched = not effect.forks and _untouched(session, branch)
    before = found(session, branch.parent).run if untouched and branch.parent else branch.run
    run = before.fork(u, order=before.owner(u).order.with_sequence_at(u, effect.index, count))
    if not untouched:
        there = forked(session, run, edit)
    elif not branch.parent:
        recipe = replace(session.recipe, sequence=effect.index)
        there = replace(session, branches=(replace(branch, run=run),), recipe=recipe)
    elif before.sequence_index(u) == effect.index:
        there = dropped(switched(session, branch.parent), branch.name)
        run = before
    else:
        there = forked(dropped(switched(session, branch.parent), branch.name), run, edit)
    moved = there.within(run.trace(u, progress), 0)
    return Outcome(with_fitting_view(moved).offered(), f"{edit}/{count}")


def _untouched(session: Session, branch: Branch) -> bool:
    """Whether a branch is the run that was opened or another sequence of it, and nothing else was done with it."""
    run, made = branch.run, branch.name == fresh_name(session, branch.edit, besides=branch)
    sequence = branch.edit.startswith("sequence ") and made and branch.made_at.u == run.begins
    kept = any(other.parent == branch.name for other in session.branches)
    return (sequence or not branch.parent) and not kept and run.reached == run.begins == session.cursor.u


def switch(effect: Switch, session: Session, progress: Progress) -> Outcome:
    """Another branch, at the same update and position as far as it reaches."""
    branch = found(session, effect.branch)
    at = session.cursor if effect.at is None else effect.at
    trace = _computed(branch.run, at.u, progress)
    moved = _moved(switched(session, branch.name), trace, min(at.k, trace.end))
    same = moved.cursor == session.cursor
    where = "at the same place" if same else f"at update {moved.cursor.u}, position {moved.k}"
    edit = f" ({one_line(branch.edit, 80)})" if branch.edit else ""
    back = "back in " if branch.name == current(session).parent else ""
    return Outcome(moved, f"{back}{branch.name}{edit}, {where}")


def compare(effect: Compare, session: Session, progress: Progress) -> Outcome:
    """Show the session against another branch, which is computed up to here."""
    branch = found(session, effect.branch)
    said = f"every panel shows {session.branch} minus {branch.name} · P goes to where they part, diff off ends it"
    _along(branch.run, session, progress)
    return Outcome(replace(session, compared=branch.name), said)


def part(_effect: Part, session: Session, progress: Progress) -> Outcome:
    """To the first position at which the two branches part."""
    name = session.compared or current(session).parent
    if not name:
        raise UsageError("there is nothing to compare with", fix="diff NAME shows this against a fork")
    other = found(session, name).run
    until = max(session.reached, other.reached, session.cursor.u)
    place = parting(session.run, other, until, progress)
    if place is None:
        return Outcome(session, f"{session.branch} and {name} are the same up to update {until}")
    trace = session.trace if place.u == session.cursor.u else session.run.trace(place.u)
    moved = session.at(place.k) if trace is session.trace else session.within(trace, place.k)
    where = f"before {place_text(trace, 0)}" if not place.k else _after(trace, place.k)
    verb = "differs" if len(place.names) == 1 else "differ"
    said = f"update {place.u}, {where}: {' '.join(place.names)} {verb} first from {name}"
    return Outcome(moved, said)


def taken_along(outcome: Outcome, progress: Progress) -> Outcome:
    """The outcome, once the branch that is compared is computed up to where the cursor has come."""
    session = outcome.session
    other = session.named(session.compared)
    if other is not None:
        try:
            _along(other.run, session, progress)
        except Cancelled:  # the work itself is done; panels say that the other branch has not come this far
            return outcome
    return outcome


def _along(run: Run, session: Session, progress: Progress) -> None:
    """Learn the run as far as the session's has come, so that their curves can be compared, and trace it here."""
    _computed(run, session.cursor.u, progress)
    start = run.reached
    way = max(1, session.reached - start)
    run.learn(session.reached, stop=not session.through, progress=lambda reached: progress((reached - start) / way))


def _computed(run: Run, update: int, progress: Progress) -> Trace:
    """The trace of an update, learnt on to where that is needed."""
    start = run.reached
    way = max(1, update - start)
    run.learn(update, stop=False, progress=lambda reached: progress(0.9 * (reached - start) / way))
    return run.trace(update, lambda share: progress(0.9 + 0.1 * share))


def _moved(session: Session, trace: Trace, k: int) -> Session:
    """The session at a position of a trace of its current branch; what is selected stays selected where it is there."""
    pinned = session.view.pinned
    if pinned is not None and (len(trace) != len(session.trace) or pinned.name not in trace.names):
        pinned = None
    return replace(session.seen(playing=False, pinned=pinned), trace=trace, cursor=Cursor(trace.update, k))


def _after(trace: Trace, k: int) -> str:
    place = trace.place(k)
    assert place is not None  # k is not 0
    t = f"t={place.t} " if place.t else ""
    return f"{place.phase} {t}after {place.instruction.name}"
