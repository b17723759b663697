"""What may be typed next: a pure function of the session, the line and the place of the cursor in it.

Rules this file keeps:
- What is offered fits the argument that the cursor is in; each begins with what is typed before the cursor.
- Nothing is read from the disk: the console completes file names itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import get_args

from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.commands.editing import row_at
from rnn_core.debugger.commands.help import TOPICS
from rnn_core.debugger.commands.lines import separated
from rnn_core.debugger.expressions.functions import FUNCTIONS, PREV
from rnn_core.debugger.expressions.scope import names, registers
from rnn_core.debugger.registry import Argument
from rnn_core.debugger.session import Session
from rnn_core.debugger.whatif.edits import editable
from rnn_core.errors import RnnError
from rnn_core.model import initialisations
from rnn_core.program import PHASES
from rnn_core.views.options import ScaleMode

Found = tuple[int, tuple[str, ...]]
"""Where the word begins that is to be replaced, and what may stand in its place."""
Complete = Callable[[Session, str], Found]
"""What fits at the end of an argument's text; the place counts from the text's beginning."""

_WORD = re.compile(r"\S*$")
_NAME = re.compile(r"(?<![\w.])[A-Za-z_]?\w*$", re.ASCII)
_QUOTED = re.compile(r"""(?:^|\s)(?P<quote>["'])(?P<message>(?:(?!(?P=quote)).)*)$""")


def completions(session: Session, line: str, cursor: int | None = None) -> Found:
    """Where the word before the cursor begins, and what it may become, in order; none where nothing fits.

    A candidate replaces `line[start:cursor]`. Functions come with their bracket, `t=` with its sign.
    """
    before = line if cursor is None else line[: max(0, cursor)]
    *_, (begin, _) = separated(before)
    typed = before[begin:].lstrip()
    begin = len(before) - len(typed)
    word, space, rest = typed.partition(" ")
    if not space:
        return begin, _matching(word, _command_names(word))
    try:
        command = COMMANDS.find(word)
    except RnnError:
        return len(before), ()
    begin += len(word) + 1
    for argument in command.arguments:
        skipped = len(rest) - len(rest.lstrip())
        rest, begin = rest[skipped:], begin + skipped
        if argument.rest or " " not in rest:
            start, found = _argument(session, command.name, argument, rest)
            return begin + start, found
        word, _, rest = rest.partition(" ")
        begin += len(word) + 1
    return len(before), ()


def _matching(typed: str, candidates: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in candidates if each.startswith(typed)))


def _command_names(typed: str) -> list[str]:
    """Every name; aliases as well once something is typed."""
    people = [command for command in COMMANDS if not command.hidden]
    return [c.name for c in people] + [alias for c in people for alias in c.aliases if typed]


def _argument(session: Session, command: str, argument: Argument, text: str) -> Found:
    if argument.choices:
        return _words(argument.choices)(session, text)
    if argument.offers:
        return _words(argument.offers)(session, text)
    complete = KINDS.get(f"{command} {argument.name}") or KINDS.get(argument.name)
    return complete(session, text) if complete else (len(text), ())


def _words(*choices: Iterable[str]) -> Complete:
    def complete(_session: Session, text: str) -> Found:
        return _last_word(text, [each for several in choices for each in several])

    return complete


def _last_word(text: str, candidates: Iterable[str]) -> Found:
    match = _WORD.search(text)
    start = match.start() if match else len(text)
    return start, _matching(text[start:], candidates)


def expression(session: Session, text: str) -> Found:
    """A name or a function at the end of an expression."""
    match = _NAME.search(text)
    if match is None:
        return len(text), ()
    functions = [f"{name}(" for name in (*FUNCTIONS, PREV)]
    return match.start(), _matching(
        match[0], [*sorted(names(session.trace), key=str.lower), *sorted(functions), "and", "not", "or"]
    )


def _stop(session: Session, text: str) -> Found:
    """`PLACE if CONDITION log "MESSAGE with {EXPRESSIONS}"`, up to where it is typed."""
    if message := _QUOTED.search(text):
        brace = message["message"].rfind("{")
        if brace <= message["message"].rfind("}"):
            return len(text), ()
        start = message.start("message") + brace + 1
        inner, found = expression(session, text[start:])
        return start + inner, found
    if condition := re.search(r"\bif\s+", text):
        inner, found = expression(session, text[condition.end() :])
        return condition.end() + inner, found
    start, found = _place(session, text)
    return start, (*found, *_matching(text[start:], ("if", "log") if text[:start].strip() else ()))


def _watch(session: Session, text: str) -> Found:
    return _stop(session, text) if re.search(r"\blog\s", text) else expression(session, text)


def _place(session: Session, text: str) -> Found:
    names = (line.name for line in session.trace.program)
    return _last_word(text, [*names, *PHASES, "t="])


def _goto(session: Session, text: str) -> Found:
    start, found = _place(session, text)
    more = ("start", "end", *(f"@{mark.name}" for mark in session.marks))
    return start, (*found, *(_matching(text[start:], more) if not text[:start].strip() else ()))


def _numbers(session: Session, text: str) -> Found:
    return _last_word(text, [*(str(point.number) for point in session.breakpoints), "all"])


def _number(session: Session, text: str) -> Found:
    return _last_word(text, [str(point.number) for point in session.breakpoints])


def _displays(session: Session, text: str) -> Found:
    return _last_word(text, [*(str(i) for i in range(1, len(session.displays) + 1)), "all"])


def _sequences(session: Session, text: str) -> Found:
    return _last_word(text, [str(i) for i in range(1, min(len(session.dataset.sequences), 99) + 1)])


def _log(session: Session, text: str) -> Found:
    start, found = _stop(session, text)
    return start, tuple(each for each in found if each not in ("if", "log")) + (
        _number(session, text)[1] if not text[:start].strip() else ()
    )


def _lines(session: Session, text: str) -> Found:
    return _last_word(text, [line.name for line in session.trace.program])


def _marks(session: Session, text: str) -> Found:
    return _last_word(text, [mark.name for mark in session.marks])


def _values(session: Session, text: str) -> Found:
    return _last_word(text, registers(session.trace))


def _branches(session: Session, text: str) -> Found:
    return _last_word(text, [branch.name for branch in session.branches if branch.name != session.branch])


def _setting(session: Session, text: str) -> Found:
    """What is set, then the expression that it is set to."""
    place, sign, value = text.partition("=")
    if not sign:
        return _last_word(text, editable(session))
    start, found = expression(session, value)
    return len(place) + 1 + start, found


def _cells(session: Session, text: str) -> Found:
    return _last_word(text, session.trace.names)


def _scaled(session: Session, text: str) -> Found:
    return _last_word(text, [*get_args(ScaleMode), *session.trace.program.parameters])


def _drawn(session: Session, text: str) -> Found:
    program = session.trace.program
    return _last_word(text, [*initialisations(program.cell), *program.parameters])


def _edited(session: Session, text: str) -> Found:
    first = (f"{state}[0]" for state in session.trace.program.cell.states)
    return _last_word(text, [*editable(session)[:-1], *first])


def _answer(_session: Session, text: str) -> Found:
    """A line that a mistake may stand in, then what may be wrong with it."""
    from rnn_core.hunts.grading import causes, lines  # a debugger that hunts nothing does not wait for the catalogue

    line, space, cause = text.partition(" ")
    if not space:
        return 0, _matching(text, lines())
    begin = len(line) + 1 + len(cause) - len(cause.lstrip())
    return begin, _matching(text[begin:], causes(line)) if line in lines() else ()


def _rows(session: Session, text: str) -> Found:
    """A row as it is, behind the place that is set."""
    found = row_at(session, text)
    return len(text), (found,) if found else ()


KINDS: dict[str, Complete] = {
    "answer line cause": _answer,
    "expression": expression,
    "watch expression": _watch,
    "place": _stop,
    "goto place": _goto,
    "until place": _place,
    "runtil place": _place,
    "place message": _log,
    "line": _lines,
    "value": _values,
    "value [n]": _values,
    "cell": _cells,
    "number": _numbers,
    "ignore number": _number,
    "undisplay number": _displays,
    "sequence n": _sequences,
    "mark name": _marks,
    "record path": _words(("off",)),
    "rows place = rows": _rows,
    "scale mode": _scaled,
    "set place = value": _setting,
    "init kind": _drawn,
    "edit cell": _edited,
    "fork name": _branches,
    "drop name": _branches,
    "rename name": _branches,
    "diff name": _branches,
    "timestep": _words(("t=", "all")),
    "command": _words([command.name for command in COMMANDS if not command.hidden], TOPICS),
}
"""By an argument's name; where one name means several things, by the command's and the argument's."""
