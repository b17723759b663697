"""What every command line takes: one source, the weights, the options of the run; and the parser that reads them.

Rules this file keeps:
- Options may stand before or after the file; a value may begin with a dash (`--seed -1` is told what is wrong with it).
- A mistake is one line that ends in where to find help.
- The choices are repeated here, because the modules that own them import NumPy; a test holds them together.
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, NoReturn

from rnn_core.errors import UsageError, quoted
from rnn_tui.commandline.options import Option, finite, whole
from rnn_tui.commandline.terminal import print_line

if TYPE_CHECKING:  # they import NumPy, which --help does without
    from rnn_core.recipe import Recipe
    from rnn_tui.commandline.subcommand import Subcommand

DEMOS = ("teaching", "hello")
INITIALISATIONS = ("normal", "xavier", "orthogonal", "identity", "uniform")
MOST = 1_000_000
SEQUENCES = 1_000_000_000

EXAMPLES = ("rnn-tui", "rnn-tui --demo hello --hidden 6", "rnn-tui data.csv --optimiser adam")
ABOUT = "Step through a vanilla RNN line by line: forward, back through time, update by update, and back again."

SOURCE, WEIGHTS, RUN = "source (a FILE, - for standard input, or one of)", "weights", "run"

OPTIONS: tuple[Option, ...] = (
    Option(("--text",), "a text: each character predicts the next", "TEXT", group=SOURCE),
    Option(("--demo",), "a built-in example (what runs without a source)", choices=DEMOS, implied="teaching",
           group=SOURCE),
    Option(("--tokens",), "how a text is cut (default chars)", choices=("chars", "words"),
           default="chars", group=SOURCE),
    Option(("--seq-length",), "cut a text into chunks of N timesteps", "N", whole(1, MOST), group=SOURCE),
    Option(("--targets",), "a file of targets for inputs that have none", "FILE", group=SOURCE),
    Option(("--sequence",), "which sequence of the file is run first (default 1)", "N", whole(1, SEQUENCES), default=1,
           group=SOURCE),
    Option(("--model",), "trained weights, NPZ; otherwise they are drawn", "FILE", group=WEIGHTS),
    Option(("--hidden",), "hidden units of drawn weights (default 10)", "N", whole(1, MOST), group=WEIGHTS),
    Option(("--classes",), "output classes, where the data have fewer", "N", whole(1, MOST), group=WEIGHTS),
    Option(("--init",), "how weights are drawn (default normal)", choices=INITIALISATIONS,
           group=WEIGHTS),
    Option(("--scale",), "multiplies the drawn U, W and V (default 1)", "X", finite, group=WEIGHTS),
    Option(("--seed",), "of the drawn weights and the demo's data (default 0)", "N", whole(0, 2**32 - 1), default=0,
           group=WEIGHTS),
    Option(("--lr",), "learning rate (default 0.01)", "X", finite, default=0.01, group=RUN),
    Option(("--reduction",), "of the loss over time (default sum)", choices=("sum", "mean"), default="sum",
           group=RUN),
    Option(("--clip",), "clip the gradients: off (default), norm:C or value:C", "CLIP", default="off", group=RUN),
    Option(("--optimiser", "--optimizer"), "sgd (default), momentum[:M], adagrad or adam[:B1,B2]", "NAME",
           default="sgd", group=RUN),
    Option(("--tbptt",), "cut the gradient after each window of K timesteps", "K", whole(1, MOST), default=0,
           group=RUN),
    Option(("--epochs",), "epochs that training runs to (default 100)", "N", whole(1, MOST), default=100, group=RUN),
    Option(("--shuffle",), "take the sequences in another order each epoch, by the seed", group=RUN),
    Option(("--version",), "print the version and exit"),
)  # fmt: skip


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
        required = f" {about.required}" if about else ""
        more = "".join(f"\n  rnn-tui {command.name:<8} {command.help}" for command in commands)
        examples = [about.example] if about else EXAMPLES
        super().__init__(
            prog=prog,
            usage=f"{prog} [FILE] [options]{required}",
            description=about.help if about else ABOUT,
            epilog=(f"without the screen:{more}\n\n" if more else "") + "examples:\n  " + "\n  ".join(examples),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        self.flags = [flag for option in options for flag in option.flags]
        groups: dict[str, argparse._ActionsContainer] = {"options": self}
        for option in options:
            if option.group not in groups:
                groups[option.group] = self.add_argument_group(option.group)
            option.add_to(groups[option.group])

    def parse(self, options: list[str], words: list[str]) -> argparse.Namespace:
        """The values of the options, as `file` the one word left, and as `given` the flags. Raises UsageError."""
        with self.hinted():
            args, unknown = self.parse_known_args(options)
            if unknown:
                flag = unknown[0].partition("=")[0]
                near = difflib.get_close_matches(flag, self.flags, n=1)
                raise UsageError(f"no option {quoted(flag)}", fix=f"did you mean {near[0]}?" if near else "")
            if len(words) > 1:
                raise UsageError(f"more than one source: {quoted(words[0])} and {quoted(words[1])}", fix="give one")
            args.file = words[0] if words else None
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
    from rnn_core.optimisers import Optimiser
    from rnn_core.recipe import Recipe
    from rnn_core.updates import Clip, Options

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
    if args.targets and not args.file:
        raise UsageError("--targets goes with a file of inputs", fix="name it, too")
    for flag, value in (("--init", args.init), ("--scale", args.scale)):
        if args.model and value is not None:
            raise UsageError(f"{flag} is for drawn weights, and --model brings its own", fix="leave one of them out")
    if args.shuffle and args.seq_length:
        what = "--shuffle tears the chunks of --seq-length apart: the hidden state is carried from one to the next"
        raise UsageError(what, fix="leave one of them out")
    return Recipe(
        demo=args.demo or "teaching",
        path=args.file or "",
        text=args.text,
        tokens=args.tokens,
        seq_length=args.seq_length,
        targets=args.targets or "",
        sequence=args.sequence - 1,
        model=args.model or "",
        hidden=args.hidden,
        classes=args.classes,
        init=args.init or "normal",
        scale=1.0 if args.scale is None else args.scale,
        seed=args.seed,
        options=Options(
            learning_rate=args.lr,
            reduction=args.reduction,
            clip=Clip.parse(args.clip),
            optimiser=Optimiser.parse(args.optimiser),
            truncation=args.tbptt,
        ),
        epochs=args.epochs,
        shuffle=args.shuffle,
    )
