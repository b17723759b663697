"""All commands. A new family is one file here and one line below."""

from __future__ import annotations

from importlib import import_module

from rnn_core.debugger.registry import Registry

FAMILIES = (
    "motions",
    "training",
    "stops",
    "places",
    "printing",
    "checks",
    "flow",
    "forks",
    "theirs",
    "hunts",
    "looks",
    "files",
    "editing",
    "sequences",
    "saving",
    "taking",
    "program",
)
"""The modules with `COMMANDS`, in the order in which help lists them."""

COMMANDS = Registry(
    tuple(command for family in FAMILIES for command in import_module(f"rnn_core.debugger.commands.{family}").COMMANDS)
)
