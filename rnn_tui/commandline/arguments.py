"""What every command line takes: one source, the weights, the options of the run; and the parser that reads them.

Rules this file keeps:
- Options may stand before or after the file; a value may begin with a dash: `--seed -1` gets its own error.
- A mistake is one line that ends in where to find help.
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NoReturn

from rnn_core.errors import UsageError, quoted
from rnn_core.run_options import OURS, RUN_OPTIONS, NumberError, RunOption
from rnn_tui.commandline.options import Option
from rnn_tui.commandline.terminal import print_line

if TYPE_CHECKING:  # they import NumPy, which --help does without
    from rnn_core.recipe import Recipe
    from rnn_tui.commandline.subcommand import Subcommand

EXAMPLES = ("rnn-tui", "rnn-tui --demo hello --hidden 6", "rnn-tui data.csv --optimiser adam", "rnn-tui my_rnn.py")
ABOUT = "Step through a vanilla RNN line by line: forward, back through time, update by update, and back again."


def _declared(option: RunOption) -> Option:
    return Option(
        flags=option.flags,
        help=option.help,
        metavar=option.metavar,
        choices=option.choices,
        implied=option.implied,
        group=option.group,
        name=option.name,
        collected=option.name if option.repeated else "",
    )


OPTIONS: tuple[Option, ...] = (
    *(_declared(option) for option in RUN_OPTIONS),
    Option(("--version",), "print the version and exit"),
)
OF_CODE = tuple(_declared(option) for option in RUN_OPTIONS if option.part == "code")
"""Those of a person's own program."""


def split(argv: list[str], known: Iterable[Option], commands: Collection[str]) -> tuple[str, list[str], list[str]]:
    """The subcommand that the first word names (or ""), the other words, and the options, each with its value.

    After -- everything is a word, and none of them a subcommand.
    """
    takers = {flag: option for option in known if option.takes_value for flag in option.flags}
    words: list[str] = []
    options: list[str] = []
    command = ""
    rest = deque(argv)
    while rest:
        argument = rest.popleft()
        taker = takers.get(argument)
        if argument == "--":
            words += rest
            break
        if argument == "-" or not argument.startswith("-"):
            if not command and not words and argument in commands:
                command = argument
            else:
                words.append(argument)
        elif taker is not None and rest and (not taker.implied or rest[0] in taker.choices):
            options.append(f"{argument}={rest.popleft()}")
        else:
            options.append(argument)
    return command, words, options


class Parser(argparse.ArgumentParser):
    """An argparse parser whose mistakes are UsageErrors of one line."""

    def __init__(
        self,
        prog: str,
        options: tuple[Option, ...],
        commands: tuple[Subcommand, ...] = (),
        about: Subcommand | None = None,
    ) -> None:
        required = f" {about.required}" if about and about.required else ""
        file = about.takes if about else "[FILE]"
        file = " ".join((*(about.operands if about else ()), file))
        more = "".join(f"\n  rnn-tui {command.name:<8} {command.help}" for command in commands)
        examples = [about.example] if about else EXAMPLES
        super().__init__(
            prog=prog,
            usage=f"{prog} {file} [options]{required}",
            description=about.help if about else ABOUT,
            epilog=(f"without the screen:{more}\n\n" if more else "") + "examples:\n  " + "\n  ".join(examples),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        self.operands = len(about.operands) if about else 0
        self.flags = [flag for option in options for flag in option.flags]
        groups: dict[str, argparse._ActionsContainer] = {"options": self}
        for option in options:
            if option.group not in groups:
                groups[option.group] = self.add_argument_group(option.group)
            option.add_to(groups[option.group])
        kept = set(options)
        missing = {option.name: None for option in OPTIONS if option.name and option not in kept}
        self.set_defaults(**missing)  # a subcommand has options of its own in their place, and reads them itself

    def parse(self, options: list[str], words: list[str]) -> argparse.Namespace:
        """The values of the options, as `file` the one word left, and as `given` the flags. Raises UsageError."""
        with self.hinted():
            args, unknown = self.parse_known_args(options)
            if unknown:
                flag = unknown[0].partition("=")[0]
                near = difflib.get_close_matches(flag, self.flags, n=1)
                raise UsageError(f"no option {quoted(flag)}", fix=f"did you mean {near[0]}?" if near else "")
            args.operands, sources = words[: self.operands], words[self.operands :]
            sources += filter(None, [getattr(args, "file", None)])
            if len(sources) > 1:
                raise UsageError(f"more than one source: {quoted(sources[0])} and {quoted(sources[1])}", fix="give one")
            args.file = sources[0] if sources else None
            args.given = frozenset(option.partition("=")[0] for option in options)
            return args

    def _print_message(self, message: str, _file: object = None) -> None:
        """The help: argparse would leave it unsaid where it cannot be written."""
        print_line(message.rstrip("\n"))

    def error(self, message: str) -> NoReturn:
        raise UsageError(message.removeprefix("argument "))

    @contextlib.contextmanager
    def hinted(self) -> Iterator[None]:
        """Adds where to find help to the UsageErrors of the block."""
        try:
            yield
        except UsageError as error:
            hint = f"{self.prog} --help"
            raise UsageError(error.what, where=error.where, fix=f"{error.fix}; {hint}" if error.fix else hint) from None


def recipe_of(args: argparse.Namespace) -> Recipe:
    """The recipe that the options say. Raises UsageError for options that do not go together."""
    given = {
        "a file": args.file is not None,
        "--text": args.text is not None,
        "--demo": args.demo is not None,
    }
    named = [name for name, is_given in given.items() if is_given]
    if len(named) > 1:
        raise UsageError(f"more than one source: {' and '.join(named)}", fix="give one")
    if args.file == "":
        raise UsageError("the file name is empty", fix="leave it out for the demo")
    if args.model == "" or args.targets == "":
        raise UsageError("--model and --targets need a file name")
    for one, other in (("time_first", "batch_first"), ("quiet", "strict")):
        if getattr(args, one) and getattr(args, other):
            flags = [f"--{name.replace('_', '-')}" for name in (one, other)]
            raise UsageError(f"{flags[0]} and {flags[1]} contradict each other", fix="leave one of them out")
    of_model = [option for option in RUN_OPTIONS if option.part == "model_reading" or option.name == "verify"]
    for option in of_model:
        flag, value = option.flags[0], getattr(args, option.name)
        if value and not args.model:
            raise UsageError(f"{flag} is for the weights of --model", fix="name their file, too")
    if args.targets and not args.file:
        raise UsageError("--targets goes with a file of inputs", fix="name it, too")
    for flag, value in (("--init", args.init), ("--scale", args.scale)):
        if args.model and value is not None:
            raise UsageError(f"{flag} is for drawn weights, and --model brings its own", fix="leave one of them out")
    if args.shuffle and args.seq_length:
        what = "--shuffle tears the chunks of --seq-length apart: the hidden state is carried from one to the next"
        raise UsageError(what, fix="leave one of them out")
    parts = parts_of(args)
    from rnn_core.formats.files import dragged, is_code  # a mistake is refused without NumPy
    from rnn_core.reading import CodeReading, ModelReading, Reading
    from rnn_core.recipe import Recipe
    from rnn_core.updates import Options

    own = parts[""]
    own |= {name: dragged(own[name]) for name in ("targets", "model", "verify") if name in own}
    path = dragged(args.file or "")
    if parts["code"] and not is_code(path):
        flag = next(option.flags[0] for option in RUN_OPTIONS if option.name in parts["code"])
        raise UsageError(f"{flag} is for a program of your own", fix="name a .py or .ipynb")
    return Recipe(
        path=path,
        reading=Reading(**parts["reading"]),
        model_reading=ModelReading(**parts["model_reading"]),
        code=CodeReading(**parts["code"]),
        options=Options(**parts["options"]),
        **own,
    )


def parts_of(args: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """The values of the options, by the part of a recipe that holds them. Raises UsageError."""
    parts: dict[str, dict[str, Any]] = {part: {} for part in ("", "options", "reading", "model_reading", "code")}
    for option in RUN_OPTIONS:
        value = getattr(args, option.name, None)
        if option.repeated:
            value = tuple(_read(option, text) for _, text in value or ()) or None
        if value is not None and value is not False:
            parts[option.part][option.name] = _read(option, value)
    for theirs, ours in parts["code"].get("names", ()):
        if not theirs or ours not in OURS:
            what = f"{quoted(f'{theirs}={ours}')} is not THEIRS=OURS"
            raise UsageError(what, fix=f"ours is one of {', '.join(OURS)}")
    return parts


def _read(option: RunOption, value: Any) -> Any:
    """What was typed after a flag as a value; a switch is one already. Raises UsageError."""
    try:
        return option.read(value) if isinstance(value, str) else value
    except NumberError as error:
        raise UsageError(f"{'/'.join(option.flags)}: {error.what}") from None
