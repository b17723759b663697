"""Sequences as one NumPy array: (T,I), or (N,T,I) for several of one length. Targets come from a file of their own."""

from __future__ import annotations

from rnn_core.data import Dataset
from rnn_core.formats import arrays
from rnn_core.formats.files import Content
from rnn_core.formats.sequences.assemble import Given, check_axes, from_arrays

sniff = arrays.is_npy


def load(content: Content, tokens: str = "chars") -> Dataset:
    """The dataset in an NPY file, without targets; `tokens` is for text files. Raises RnnError."""
    header = arrays.read_header(content, content.data)
    arrays.check_real(content, header)
    check_axes(content, header.shape, "")
    return from_arrays(content, Given(arrays.read_array(content, content.data, header)))
