"""All commands. A new family is one file here and one line below."""

from __future__ import annotations

from rnn_core.debugger.commands import checks, files, looks, motions, places, printing, program, stops, training
from rnn_core.debugger.registry import Registry

COMMANDS = Registry(
    (
        *motions.COMMANDS,
        *training.COMMANDS,
        *stops.COMMANDS,
        *places.COMMANDS,
        *printing.COMMANDS,
        *checks.COMMANDS,
        *looks.COMMANDS,
        *files.COMMANDS,
        *program.COMMANDS,
    )
)
