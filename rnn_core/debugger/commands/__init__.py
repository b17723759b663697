"""All commands. A new family is one file here and one line below."""

from __future__ import annotations

from rnn_core.debugger.commands import (
    checks,
    editing,
    files,
    flow,
    forks,
    hunts,
    looks,
    motions,
    places,
    printing,
    program,
    saving,
    sequences,
    stops,
    taking,
    theirs,
    training,
)
from rnn_core.debugger.registry import Registry

COMMANDS = Registry(
    (
        *motions.COMMANDS,
        *training.COMMANDS,
        *stops.COMMANDS,
        *places.COMMANDS,
        *printing.COMMANDS,
        *checks.COMMANDS,
        *flow.COMMANDS,
        *forks.COMMANDS,
        *theirs.COMMANDS,
        *hunts.COMMANDS,
        *looks.COMMANDS,
        *files.COMMANDS,
        *editing.COMMANDS,
        *sequences.COMMANDS,
        *saving.COMMANDS,
        *taking.COMMANDS,
        *program.COMMANDS,
    )
)
