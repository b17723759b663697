"""Commands that check what the run has computed."""

from __future__ import annotations

from rnn_core.debugger.outcome import Check, CheckMine, Outcome
from rnn_core.debugger.position.places import timestep
from rnn_core.debugger.registry import Argument, Command
from rnn_core.debugger.session import Session
from rnn_core.errors import UsageError, quoted

ALL, MAP, MINE = "all", "map", "--mine"


def _check(session: Session, words: str) -> Outcome:
    first, _, path = words.partition(" ")
    if first == MINE:
        if not path.strip():
            raise UsageError("check --mine needs a file", fix="check --mine grads.npz")
        return Outcome(session, effects=(CheckMine(path.strip()),))
    where, _, last = words.rpartition(" ")
    if last != MAP:
        where = words
    return Outcome(session, effects=(Check(_timestep(session, where.rstrip()), last == MAP),))


def _timestep(session: Session, where: str) -> int:
    """The timestep that is named, else the cursor's; 0 for all, as where the cursor is in none. Raises UsageError."""
    if not where:
        return session.following.t if session.following else 0
    if where == ALL:
        return 0
    t, timesteps = timestep(where), len(session.trace)
    if t is None:
        raise UsageError(f"check: no {quoted(where)}", fix="check, check t=3, check all or check all map")
    if not 1 <= t <= timesteps:
        raise UsageError(f"no timestep {t}", fix=f"1 to {timesteps}")
    return t


def _truncation(session: Session) -> Outcome:
    if not session.trace.options.truncation:
        return Outcome(session, "no truncation: this run carries gradients back through all of time (--tbptt K)")
    from rnn_core.diagnostics import truncation  # the start does not wait for it

    return Outcome(session, "\n".join(truncation.lines(truncation.compare(session.trace))))


COMMANDS = (
    Command(
        name="check",
        run=_check,
        help="Check every gradient, here, at t=N or all, or yours: --mine FILE.",
        reveals=True,
        example="check all map",
        group="values",
        arguments=(Argument("timestep", str, default="", rest=True),),
        syntax=(
            ("t=N, all", "the timesteps whose dz, dh and da are checked"),
            ("map", "draws the error of every element"),
            ("--mine FILE", "compares your own gradients in a file, and names the mistake that makes them"),
        ),
    ),
    Command(
        name="truncation",
        run=_truncation,
        help="Compare the truncated gradient with the full one: norms, cosines.",
        reveals=True,
        example="truncation",
        group="values",
    ),
)
