"""The maths of a vanilla RNN and the debugger that steps through it. NumPy and the standard library only.

A reading order for learners:

    cells/rnn             a cell: its forward lines, as text
    language/expressions  what such a line means, and how it is differentiated
    program               the listing: forward, backward and update lines
    interpreter           what each line does
    loops/rnn             the same for a whole sequence at once
    accumulate            why stepping back costs nothing
    trace                 any value at any position

The names that a notebook needs are here as well, and are imported when they are asked for: `from rnn_core import
Params, Sequence, record`.
"""

from __future__ import annotations

from rnn_core.lazily import TYPE_CHECKING, lazily

if TYPE_CHECKING:
    from rnn_core.data import Dataset as Dataset
    from rnn_core.data import Sequence as Sequence
    from rnn_core.formats.models.live import from_torch as from_torch
    from rnn_core.model import Params as Params
    from rnn_core.model import Sizes as Sizes
    from rnn_core.model import initialise as initialise
    from rnn_core.recorder import record as record
    from rnn_core.trace import Trace as Trace
    from rnn_core.updates import Clip as Clip
    from rnn_core.updates import Options as Options

_HOMES = {
    "Dataset": "data", "Sequence": "data", "Params": "model", "Sizes": "model", "initialise": "model",
    "Trace": "trace", "record": "recorder", "Clip": "updates", "Options": "updates",
    "from_torch": "formats.models.live",
}  # fmt: skip
__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazily(__name__, _HOMES)
