"""The optimisers, one a file. A new one is one file here and one line in the table of `rnn_core.choices`."""

from __future__ import annotations

from rnn_core.optimisers.optimiser import KINDS as KINDS
from rnn_core.optimisers.optimiser import NUMBER as NUMBER
from rnn_core.optimisers.optimiser import RULES as RULES
from rnn_core.optimisers.optimiser import SLOTS as SLOTS
from rnn_core.optimisers.optimiser import Optimiser as Optimiser
from rnn_core.optimisers.optimiser import State as State
from rnn_core.optimisers.optimiser import advance as advance
from rnn_core.optimisers.optimiser import keepers as keepers
