"""Commands of a bug hunt: what is wrong with which line, and hints."""

from __future__ import annotations

from dataclasses import replace

from rnn_core.debugger.outcome import Outcome, Solved
from rnn_core.debugger.registry import Argument, Command
from rnn_core.debugger.session import Session
from rnn_core.errors import UsageError
from rnn_core.hunts.hunt import Hunt


def _hunt(session: Session) -> Hunt:
    if session.hunt is None:
        raise UsageError("this is no hunt: rnn-tui hunt begins one")
    return session.hunt


def _answer(session: Session, text: str) -> Outcome:
    hunt = _hunt(session)
    line, _, cause = text.partition(" ")
    from rnn_core.hunts.exercise import exercise  # a debugger that hunts nothing does not wait for the catalogue
    from rnn_core.hunts.grading import grade

    if hunt.solved:
        return Outcome(session, "it is solved; rnn-tui hunt goes on with the next one")
    made = exercise(hunt)
    given = grade(made, line, cause)
    now = replace(hunt, answers=hunt.answers + 1, solved=given.right)
    after = replace(session, hunt=now)
    if given.right:
        text = (
            f"right: what runs there is {made.wrong.instruction(line)}\n{made.mistake.cause}\nwhy: {made.mistake.why}"
        )
        return Outcome(after, text, (Solved(now),))
    if given.line:
        what = "that is not its cause" if cause.strip() else f"now its cause: answer {line} CAUSE"
        return Outcome(after, f"{line} is the wrong line; {what}", failed=True)
    return Outcome(after, f"{line} does what it says; another line does not", failed=True)


def _hint(session: Session) -> Outcome:
    hunt = _hunt(session)
    from rnn_core.hunts.exercise import exercise
    from rnn_core.hunts.hints import hints

    said = hints(exercise(hunt), hunt)
    at = min(hunt.hints, len(said) - 1)
    left = len(said) - at - 1
    more = f" ({left} more)" if left else " (the last one)"
    return Outcome(
        replace(session, hunt=replace(hunt, hints=min(hunt.hints + 1, len(said)))), f"hint {at + 1}: {said[at]}{more}"
    )


COMMANDS = (
    Command(
        name="answer",
        run=_answer,
        help="In a hunt: name the wrong line and what is wrong with it.",
        example="answer dW h[t] in place of h[t-1]",
        group="hunts",
        arguments=(Argument("line cause", str, required=True, rest=True),),
        syntax=(
            ("LINE", "the wrong line by what it writes: dW, dh_next"),
            ("CAUSE", "what is wrong, in the words that Tab offers; or the line as it is: outer(da, h[t])"),
        ),
    ),
    Command(name="hint", run=_hint, help="In a hunt: say a little more.", example="hint", group="hunts"),
)
