"""All commands. A new family is one file here and one line below."""

from __future__ import annotations

from rnn_core.debugger.commands import files, looks, motions, program
from rnn_core.debugger.registry import Registry

COMMANDS = Registry((*motions.COMMANDS, *looks.COMMANDS, *files.COMMANDS, *program.COMMANDS))
