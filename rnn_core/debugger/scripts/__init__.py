"""Scripts: command lines that are played one after another, and the recording of those that a person runs."""

from __future__ import annotations

from rnn_core.lazily import TYPE_CHECKING, lazily

if TYPE_CHECKING:
    from rnn_core.debugger.scripts import playing as playing
    from rnn_core.debugger.scripts import recording as recording
    from rnn_core.debugger.scripts import script as script

__getattr__, __dir__ = lazily(__name__, modules=("playing", "recording", "script"))
