"""The command line: words and options become a recipe, and the recipe a screen or a file.

Rules this file keeps:
- Whatever a person typed leads to a result or to one line on standard error. `main` returns the exit status: 0 for
  success, 1 for an input or a file that cannot be used, 2 for a wrong command line. It is 128 + signal when stopped by
  one.
- NumPy and Textual are imported only when there is work for them: `--help` is instant.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module

from rnn_core.errors import RnnError
from rnn_tui.commandline import scripts
from rnn_tui.commandline.arguments import OPTIONS, Parser, recipe_of, split
from rnn_tui.commandline.options import Option
from rnn_tui.commandline.signals import ended_in_order
from rnn_tui.commandline.subcommand import Subcommand
from rnn_tui.commandline.terminal import (
    check_screen,
    has_screen,
    not_printed,
    print_line,
    read_data,
    take_keyboard_back,
)
from rnn_tui.commandline.version import version


class Subcommands(Mapping[str, Subcommand]):
    """Each subcommand by its name; its module is imported when it is asked for, for a start without one waits for
    none of them."""

    HOMES: Mapping[str, str] = {
        "train": "train.COMMAND",
        "export": "export.COMMAND",
        "run": "scripts.COMMAND",
        "check": "check.COMMAND",
        "diff": "diff.COMMAND",
        "findings": "findings.FINDINGS",
        "flow": "findings.FLOW",
        "picture": "picture.COMMAND",
        "review": "review.COMMAND",
        "hunt": "hunt.COMMAND",
        "sweep": "sweep.COMMAND",
    }

    def __getitem__(self, name: str) -> Subcommand:
        module, _, attribute = self.HOMES[name].partition(".")
        found: Subcommand = getattr(import_module(f"rnn_tui.commandline.{module}"), attribute)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self.HOMES)

    def __len__(self) -> int:
        return len(self.HOMES)


SUBCOMMANDS = Subcommands()
"""The first word that names one of these is one; a file of that name is written ./export."""

PROGRAM = "rnn-tui"


def main(argv: list[str], begin: Callable[[], None] = lambda: None) -> int:
    """Run one command line (without the program's name) and return the exit status.

    `begin` is called once all modules are imported, when work begins.
    """
    try:
        return _run(argv, begin)
    except SystemExit as stopped:  # argparse after --help, or a signal
        return stopped.code if isinstance(stopped.code, int) else 0
    except RnnError as error:
        return _complain(str(error), error.exit_status)
    except BrokenPipeError:
        return 141
    except KeyboardInterrupt:
        return _complain("interrupted", 130)
    except MemoryError:
        return _complain("there is not enough memory (use a shorter sequence or fewer units)", 1)


def _complain(text: str, status: int) -> int:
    with contextlib.suppress(OSError, ValueError, AttributeError):  # standard error may be closed, too
        print(f"{PROGRAM}: {text}", file=sys.stderr)
    return status


def not_written(error: OSError) -> int:
    """Say that standard output could not be written, and return the exit status."""
    refusal = not_printed(error)
    return _complain(str(refusal), refusal.exit_status)


def options_of(command: Subcommand) -> tuple[Option, ...]:
    """All options of a subcommand; its own take the place of those of a run with the same flag."""
    own = {flag for option in command.options for flag in option.flags}
    of_run = (option for option in OPTIONS if own.isdisjoint(option.flags)) if command.opens_run else ()
    return (*of_run, *command.options)


def _run(argv: list[str], begin: Callable[[], None]) -> int:
    named = [SUBCOMMANDS[word] for word in dict.fromkeys(argv) if word in SUBCOMMANDS.HOMES]
    takers = [
        option for table in (OPTIONS, scripts.PLAYED, *(command.options for command in named)) for option in table
    ]
    command, words, options = split(argv, takers, SUBCOMMANDS.HOMES)
    if not command:
        helped = not {"-h", "--help"}.isdisjoint(options)
        parser = Parser(PROGRAM, (*OPTIONS, *scripts.PLAYED), tuple(SUBCOMMANDS.values()) if helped else ())
        args = parser.parse(options, words)
        if args.version:
            print_line(f"{PROGRAM} {version()}")
            return 0
        with parser.hinted():
            recipe = recipe_of(args)
            reading, saved = scripts.reads_input(args, recipe), scripts.session_file(args)
        if recipe.verify and not has_screen():
            from rnn_tui.commandline.check import verify

            begin()
            return verify(recipe)
        check_screen(reading=reading)
        lines = scripts.lines_of(args)
        data = read_data(recipe.path)
        take_keyboard_back("-" if reading else "")
        from rnn_tui.app import start

        begin()
        return start(recipe, data, lines, saved)
    chosen = SUBCOMMANDS[command]
    parser = Parser(f"{PROGRAM} {command}", options_of(chosen), about=chosen)
    args = parser.parse(options, words)
    from rnn_core.recipe import Recipe

    with parser.hinted():
        recipe = recipe_of(args) if chosen.opens_run else Recipe()
        chosen.check(args)
    begin()
    with ended_in_order():
        return chosen.run(args, recipe)
