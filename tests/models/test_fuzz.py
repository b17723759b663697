"""Damaged files of weights are read whole or refused in one line, whatever bytes are in them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_core.errors import RnnError
from rnn_core.formats import models
from tests.formats.test_laws import damaged
from tests.models.bad_models import checkpoint, legacy, safetensors

VALID = {"m.pt": checkpoint(), "old.pt": legacy(), "m.safetensors": safetensors()}
"""Small files of each format, and where the interesting bytes of each stand: all of it, or its head."""


def loaded_or_refused(name, data):
    try:
        return models.opened(name, data=data).params
    except RnnError as error:
        said = str(error)
    assert len(said.splitlines()) == 1
    return None


@pytest.mark.parametrize("name", VALID)
@settings(max_examples=250, deadline=None)
@given(st.data())
def test_a_damaged_file_is_read_whole_or_refused_in_one_line(name, data):
    loaded_or_refused(name, data.draw(damaged(VALID[name])))


@pytest.mark.parametrize("name", ["m.pt", "old.pt"])
@settings(max_examples=250, deadline=None)
@given(st.data())
def test_a_pickle_with_other_bytes_in_it_is_read_whole_or_refused_in_one_line(name, data):
    """The checksum of a zip hides its pickle from most damage: here the pickle is damaged before it is zipped."""
    start = VALID["old.pt"]
    at = data.draw(st.integers(40, 900))
    byte = data.draw(st.integers(0, 255))
    body = start[62:]
    if name == "old.pt":
        loaded_or_refused(name, start[:at] + bytes([byte]) + start[at + 1 :])
    else:
        place = at % 600
        loaded_or_refused("m.pt", checkpoint(body[:place] + bytes([byte]) + body[place + 1 : 700]))


@pytest.mark.parametrize("kind", ["keras", "onnx"])
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_file_of_an_extra_is_read_whole_or_refused_in_one_line(kind, data):
    pytest.importorskip({"keras": "h5py", "onnx": "onnx"}[kind])
    if kind == "keras":
        from tests.models.test_keras_files import GOOD, hdf5

        name, valid = "m.h5", hdf5(GOOD)
    else:
        from tests.models.test_onnx_files import drawn, graph

        name, valid = "m.onnx", graph("LSTM", drawn("LSTM")).SerializeToString()
    with np.errstate(all="ignore"):
        loaded_or_refused(name, data.draw(damaged(valid)))
