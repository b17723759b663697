"""The catalogue of mistakes, under the name that a review knows it by."""

from __future__ import annotations

from rnn_core.mistakes.catalogue import MISTAKES as MISTAKES
from rnn_core.mistakes.mistake import *  # noqa: F403
