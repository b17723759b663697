"""The right numbers, under the name that a review knows them by."""

from __future__ import annotations

from rnn_core.mistakes.oracle import *  # noqa: F403
