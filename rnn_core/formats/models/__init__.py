"""Trained weights from files, whatever the tool that wrote them called them; and back into files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rnn_core.lazily import lazily

if TYPE_CHECKING:
    from rnn_core.formats.models.layers import fed as fed
    from rnn_core.formats.models.layers import inputs_of as inputs_of
    from rnn_core.formats.models.npz_file import named as named
    from rnn_core.formats.models.proving import proven as proven
    from rnn_core.formats.models.proving import sequence_of as sequence_of
    from rnn_core.formats.models.registry import MODEL_FORMATS as MODEL_FORMATS
    from rnn_core.formats.models.registry import ModelFormat as ModelFormat
    from rnn_core.formats.models.registry import is_weights as is_weights
    from rnn_core.formats.models.registry import load as load
    from rnn_core.formats.models.registry import opened as opened
    from rnn_core.formats.models.registry import save as save

_HOMES = {
    "MODEL_FORMATS": "registry",
    "ModelFormat": "registry",
    "fed": "layers",
    "inputs_of": "layers",
    "is_weights": "registry",
    "load": "registry",
    "opened": "registry",
    "named": "npz_file",
    "proven": "proving",
    "save": "registry",
    "sequence_of": "proving",
}
__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazily(__name__, _HOMES)
