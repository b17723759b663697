"""The catalogue of mistakes that people make in BPTT: one table, used by reviews, by gradients alone and by hunts."""

from __future__ import annotations

from rnn_core.mistakes.catalogue import MISTAKES as MISTAKES
from rnn_core.mistakes.mistake import GRADIENTS as GRADIENTS
from rnn_core.mistakes.mistake import LISTING as LISTING
from rnn_core.mistakes.mistake import MATHS as MATHS
from rnn_core.mistakes.mistake import RIGHT as RIGHT
from rnn_core.mistakes.mistake import WHY as WHY
from rnn_core.mistakes.mistake import Mistake as Mistake
