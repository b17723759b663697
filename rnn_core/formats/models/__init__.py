"""Trained weights from files, whatever the tool that wrote them called them."""

from rnn_core.formats.models.registry import MODEL_FORMATS, ModelFormat, load

__all__ = ["MODEL_FORMATS", "ModelFormat", "load"]
