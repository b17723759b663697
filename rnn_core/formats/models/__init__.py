"""Trained weights from files, whatever the tool that wrote them called them; and back into files."""

from rnn_core.formats.models.npz_file import named
from rnn_core.formats.models.registry import MODEL_FORMATS, ModelFormat, load, save

__all__ = ["MODEL_FORMATS", "ModelFormat", "load", "named", "save"]
