"""How a command is declared, and the table of all that are.

Keys, footer, palette, help, the README's table and later the console and the scripts are all read from here.
A command is a pure function `(session, *arguments) → Outcome`; it raises RnnError to refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple
from typing import Literal as OneOf

from rnn_core.debugger.outcome import Outcome
from rnn_core.debugger.session import Session
from rnn_core.errors import RnnError, UsageError, quoted
from rnn_core.records import dataclass

Context = OneOf["anywhere", "panel"]
MOST = 40
"""Characters of a mistyped name that are compared."""


@dataclass(frozen=True)
class Key:
    """A key that runs the command, with these arguments; `panel` keys work while a panel has the focus."""

    name: str
    arguments: str = ""
    context: Context = "anywhere"


@dataclass(frozen=True)
class Argument:
    """A typed argument: `parse` turns one word (or the rest of the line) into a value, or raises RnnError."""

    name: str
    parse: Callable[[str], Any]
    default: Any = None
    required: bool = False
    rest: bool = False
    choices: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    """Words that completion offers, where other words may stand as well."""

    def __str__(self) -> str:
        shown = "|".join(self.choices) if self.choices else self.name.upper()
        return shown if self.required else f"[{shown}]"


class Focused(NamedTuple):
    """One word for the footer, and the panels whose focus brings it there."""

    label: str
    panels: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Command:
    """One command: what it is called, what it takes, what it does, and how it is reached."""

    name: str
    run: Callable[..., Outcome]
    help: str
    example: str
    group: str
    aliases: tuple[str, ...] = ()
    arguments: tuple[Argument, ...] = ()
    keys: tuple[Key, ...] = ()
    reverse: str = ""
    """The command that undoes or mirrors it."""
    label: str = ""
    """One word for the footer; empty for a command that is not shown there."""
    syntax: tuple[tuple[str, str], ...] = ()
    """What its arguments may be, where one line does not say it: (form, meaning)."""
    focused: Focused | None = None
    """How the footer calls it while one of these panels has the focus; it stands before all others then."""
    hidden: bool = False
    """Not for people: left out of help and palette."""
    reveals: bool = False
    """Whether it computes right numbers, or others than the hunted ones: it waits until a hunt is solved."""

    @property
    def names_things(self) -> bool:
        """Whether it takes names and places of the run: beside a person's own code it takes theirs, too."""
        return (self.group in ("stops", "places", "values") or self.name in ("goto", "select", "set")) and (
            self.name != "info"
        )

    @property
    def usage(self) -> str:
        """The command line that it takes."""
        return " ".join((self.name, *map(str, self.arguments)))

    def parse(self, text: str) -> list[Any]:
        """The argument values in `text`. Raises RnnError."""
        values = []
        text = text.strip()
        for argument in self.arguments:
            word, _, text = (text, "", "") if argument.rest else text.partition(" ")
            text = text.lstrip()
            if not word and argument.required:
                raise UsageError(f"{self.name} needs {argument.name}", fix=self.example)
            if word and argument.choices and word not in argument.choices:
                raise UsageError(f"{self.name}: no {quoted(word)}", fix=f"one of {', '.join(argument.choices)}")
            values.append(argument.parse(word) if word else argument.default)
        if text:
            raise UsageError(f"{self.name} does not take {quoted(text)}", fix=f"usage: {self.usage}")
        return values


def count(text: str) -> int:
    """A whole number of times, 1 or more."""
    if not (text.isascii() and text.isdigit()) or len(text) > 12 or int(text) < 1:
        raise UsageError(f"{quoted(text)} is not a count", fix="a whole number from 1")
    return int(text)


class Registry:
    """The commands by name and alias, in the order in which they were declared."""

    def __init__(self, commands: Iterable[Command]) -> None:
        self.commands = tuple(commands)
        self._by_name: dict[str, Command] = {}
        for command in self.commands:
            for name in (command.name, *command.aliases):
                if name in self._by_name:
                    raise ValueError(f"two commands are called {name}")
                self._by_name[name] = command

    def __iter__(self) -> Any:
        return iter(self.commands)

    def find(self, name: str) -> Command:
        """The command of that name or alias. Raises UsageError."""
        if name not in self._by_name:
            raise UsageError(f"no command {quoted(name)}", fix=self._nearest(name))
        return self._by_name[name]

    def _nearest(self, name: str) -> str:
        """What to do about a name that is no command's."""
        import difflib  # nobody waits for it but who mistyped

        known = {each.lower(): each for each, command in self._by_name.items() if not command.hidden}
        near = difflib.get_close_matches(name[:MOST].lower(), known, n=1, cutoff=0.6)
        return f"did you mean {known[near[0]]}?" if near else "help lists them"

    def execute(self, session: Session, line: str) -> Outcome:
        """Run one command line. A mistake leaves the session as it was and is the message."""
        name, _, rest = line.strip().partition(" ")
        try:
            command = self.find(name)
            if command.reveals and session.hunt is not None and not session.hunt.solved:
                raise UsageError(f"{command.name} is not for a hunt: it would give it away; answer or hint")
            if session.beside is not None and command.names_things:
                from rnn_core.debugger.expressions.their_words import in_ours  # who opened no code never needs it

                by_number = command.name in ("break", "tbreak")
                rest = in_ours(session.beside, session.trace.program, rest, by_number=by_number)
            return command.run(session, *command.parse(rest))
        except RnnError as error:
            return Outcome(session, str(error), failed=True)
