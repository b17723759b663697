"""`rnn-tui` as the documents' examples are run: everything but the screen itself."""

from __future__ import annotations

import sys

from rnn_core.debugger.persistence import opening
from rnn_tui import cli
from rnn_tui.commandline.arguments import OPTIONS, Parser, recipe_of, split
from rnn_tui.commandline.terminal import read_data


def main(argv: list[str]) -> int:
    """Open what a command line for the screen names; hand the others on."""
    command, words, options = split(argv, OPTIONS, cli.SUBCOMMANDS)
    if command:
        return cli.main(argv)
    recipe = recipe_of(Parser("rnn-tui", OPTIONS).parse(options, words))
    opening.open_session(recipe, read_data(recipe.path))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
