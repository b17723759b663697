"""The smallest Textual app that answers a key: what a terminal, Python and Textual cost before we do anything."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Static


class Counter(App[None]):
    """Counts the keys pressed."""

    BINDINGS = [("s", "count"), ("S", "count"), ("q", "quit")]
    count = 0

    def compose(self) -> ComposeResult:
        """One line of text."""
        yield Static("count 0")

    def action_count(self) -> None:
        """One more; the size of the line stays."""
        self.count += 1
        self.query_one(Static).update(f"count {self.count}", layout=False)


if __name__ == "__main__":
    Counter().run()
