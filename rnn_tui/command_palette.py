"""The command palette, derived from the command registry."""

from __future__ import annotations

from textual.command import DiscoveryHit, Hit, Hits, Provider

from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.commands.help import keys_of
from rnn_core.debugger.registry import Command


def needs_words(command: Command) -> bool:
    """Whether a command can only be run with arguments, which the palette has no place for."""
    return any(argument.required for argument in command.arguments)


class CommandProvider(Provider):
    """Every command that runs without arguments, found by its name and its help."""

    def _entries(self) -> list[tuple[str, Command]]:
        return [
            (f"{command.name}: {command.help}", command)
            for command in COMMANDS
            if not command.hidden and not needs_words(command)
        ]

    def _run(self, command: Command) -> None:
        self.screen.run_line(command.name)  # type: ignore[attr-defined]  # the palette opens over the debugger only

    async def discover(self) -> Hits:
        """All of them, in the registry's order."""
        for text, command in self._entries():
            yield DiscoveryHit(text, lambda command=command: self._run(command), help=keys_of(command))

    async def search(self, query: str) -> Hits:
        """Those that match."""
        matcher = self.matcher(query)
        for text, command in self._entries():
            score = matcher.match(text)
            if score > 0:
                yield Hit(
                    score, matcher.highlight(text), lambda command=command: self._run(command), help=keys_of(command)
                )
