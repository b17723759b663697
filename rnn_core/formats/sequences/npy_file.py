"""Sequences as one NumPy array: (T,I), or (N,T,I) for several of one length; whole numbers (T,) are token ids.
Targets come from a file of their own."""

from __future__ import annotations

from rnn_core.data import Dataset
from rnn_core.formats import arrays
from rnn_core.formats.files import Content
from rnn_core.formats.registry import Format
from rnn_core.formats.sequences.asked import Asked
from rnn_core.formats.sequences.assemble import check_axes
from rnn_core.formats.sequences.stacked import Given, from_arrays

sniff = arrays.is_npy


def load(content: Content, asked: Asked) -> Dataset:
    """The dataset in an NPY file, without targets. Raises RnnError."""
    header = arrays.read_header(content, content.data, objects=arrays.RAGGED)
    arrays.check_real(content, header)
    if len(header.shape) != 1 or header.dtype.kind not in "iu":
        check_axes(content, header.shape, "")
    return from_arrays(content, Given(arrays.read_array(content, content.data, header)), asked)


FORMAT = Format("NPY", (".npy",), sniff, load, "one array, (T,I) or (N,T,I)", binary=True)
