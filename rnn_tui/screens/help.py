"""The help: what the program does, its keys and commands, its names."""

from __future__ import annotations

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from rnn_core.choices import SEQUENCES, TRACES
from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.commands.help import grouped, keys_of, names
from rnn_core.errors import RnnError

ABOUT = (
    "A debugger whose program is one gradient computation: forward, back through time, update; and then the next. "
    "Each key press runs a line, or takes it back; every number shown is that of this moment. "
    "Click any number, or Tab to a panel and move with the arrows, to see what it was made from. "
    "Commands shown after / are typed into the console; the others can be, too."
)
KEYS_WIDTH = 18


def help_text(topic: str = "") -> Content:
    """The whole help, or that of one command."""
    parts: list[Content | str] = []

    def row(left: str, right: str) -> None:
        pad = " " * max(1, KEYS_WIDTH - cell_len(left))
        parts.extend((Content.styled(f"  {left}", "bold $accent"), pad, right, "\n"))

    if topic:
        try:
            command = COMMANDS.find(topic)
        except RnnError as error:
            return Content(str(error))
        parts.extend((Content.styled(command.usage, "bold"), "\n\n", command.help, "\n\n"))
        for left, right in (
            ("keys", keys_of(command)), ("also", ", ".join(command.aliases)), ("example", command.example),
            ("reverse", command.reverse),
        ):  # fmt: skip
            if right:
                row(left, right)
        return Content.assemble(*parts)
    parts.extend((ABOUT, "\n"))
    for title, commands in grouped():
        parts.extend(("\n", Content.styled(title, "bold"), "\n"))
        for command in commands:
            if command.keys:
                row(keys_of(command), f"{command.help}  ({command.name})")
            else:
                row(f"/ {command.name}", command.help)
    parts.extend(("\n", Content.styled("Mouse", "bold"), "\n"))
    row("click", "a line, a number: go there, have it explained; left of a line: a breakpoint; drag on the timeline")
    row("wheel", "step on the listing and the timeline, scroll in a table")
    parts.extend(("\n", Content.styled("Names", "bold"), "\n"))
    for name, meaning in names():
        row(name, meaning)
    parts.extend(("\n", Content.styled("Files", "bold"), "\n"))
    row("open", f"{', '.join(SEQUENCES)}, or a model's weights; docs/formats.md and docs/models.md say more")
    row("export", f"{', '.join(TRACES).upper()} by the suffix; also without a screen: rnn-tui export")
    row("save-session", "the session; with a name in .npz with all that was trained: rnn-tui --session FILE reopens it")
    row("save-model", "weights, NPZ: rnn-tui --model FILE; training without a screen: rnn-tui train")
    return Content.assemble(*parts)


class HelpScreen(ModalScreen[None]):
    """The help over the debugger; Esc, q or ? closes it."""

    BINDINGS = [("escape,q,question_mark", "dismiss", "close")]
    AUTO_FOCUS = "VerticalScroll"

    def __init__(self, topic: str = "") -> None:
        super().__init__()
        self._topic = topic

    def compose(self) -> ComposeResult:
        """A box that scrolls."""
        box = VerticalScroll(Static(help_text(self._topic)), classes="help")
        box.border_title = "help"
        box.border_subtitle = "Esc closes · ↑ ↓ scroll"
        yield box
