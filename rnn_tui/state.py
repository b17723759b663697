"""What the screen remembers between runs, in the program's own folder."""

from __future__ import annotations

from rnn_core.formats.state import path as path
from rnn_core.formats.state import read as read
from rnn_core.formats.state import write as write

LAST_SESSION = "last-session.json"
