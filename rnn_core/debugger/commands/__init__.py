"""All commands. A new family is one file here and one line below."""

from __future__ import annotations

from rnn_core.debugger.commands import (
    checks,
    editing,
    files,
    flow,
    forks,
    looks,
    motions,
    places,
    printing,
    program,
    saving,
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
        *looks.COMMANDS,
        *files.COMMANDS,
        *editing.COMMANDS,
        *saving.COMMANDS,
        *taking.COMMANDS,
        *program.COMMANDS,
    )
)
