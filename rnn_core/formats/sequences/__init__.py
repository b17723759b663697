"""Sequences from JSON, CSV, NPY, NPZ and text files, from standard input and from a string."""

from rnn_core.formats.sequences.fit import check_fit, class_count
from rnn_core.formats.sequences.registry import SEQUENCE_FORMATS, SequenceFormat, Tokens, from_text, is_text, load

__all__ = ["SEQUENCE_FORMATS", "SequenceFormat", "Tokens", "check_fit", "class_count", "from_text", "is_text", "load"]
