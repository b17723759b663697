"""The screen and the command line: Textual widgets that paint what `rnn_core` computes.

`rnn_tui.debug(module, x, y)` opens the screen from a script.
"""

from __future__ import annotations

from rnn_core.lazily import TYPE_CHECKING, lazily

if TYPE_CHECKING:
    from rnn_tui.live import debug as debug

_HOMES = {"debug": "live"}
__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazily(__name__, _HOMES)
