"""Sequences from JSON, CSV, NPY, NPZ and text files, from standard input and from a string."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rnn_core.lazily import lazily

if TYPE_CHECKING:
    from rnn_core.formats.sequences.fit import check_fit as check_fit
    from rnn_core.formats.sequences.fit import class_count as class_count
    from rnn_core.formats.sequences.registry import SEQUENCE_FORMATS as SEQUENCE_FORMATS
    from rnn_core.formats.sequences.registry import SequenceFormat as SequenceFormat
    from rnn_core.formats.sequences.registry import Tokens as Tokens
    from rnn_core.formats.sequences.registry import from_text as from_text
    from rnn_core.formats.sequences.registry import is_text as is_text
    from rnn_core.formats.sequences.registry import load as load

_HOMES = {
    "SEQUENCE_FORMATS": "registry",
    "SequenceFormat": "registry",
    "Tokens": "registry",
    "check_fit": "fit",
    "class_count": "fit",
    "from_text": "registry",
    "is_text": "registry",
    "load": "registry",
}
__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazily(__name__, _HOMES)
