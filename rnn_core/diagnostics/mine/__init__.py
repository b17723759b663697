"""Somebody's own gradients, without their code: beside ours, and which mistake makes them."""

from __future__ import annotations

from rnn_core.diagnostics.mine.compared import Compared as Compared
from rnn_core.diagnostics.mine.compared import compare as compare
from rnn_core.diagnostics.mine.reproducing import Explained as Explained
from rnn_core.diagnostics.mine.reproducing import explained as explained
