"""Weights of LSTM and GRU: read under PyTorch's names, told by their rows, and written with their cell."""

from __future__ import annotations

import json

import numpy as np
import pytest

from rnn_core.cells import cell
from rnn_core.errors import RnnError
from rnn_core.formats import models
from rnn_core.model import Params
from tests.cells.cases import network

H, I, O = 4, 3, 2
RNG = np.random.default_rng(0)


def torch_names(blocks):
    """A state dict as PyTorch has it, with a prefix and a head."""
    return {
        "rnn.weight_ih_l0": RNG.standard_normal((blocks * H, I)),
        "rnn.weight_hh_l0": RNG.standard_normal((blocks * H, H)),
        "rnn.bias_ih_l0": RNG.standard_normal(blocks * H), "rnn.bias_hh_l0": RNG.standard_normal(blocks * H),
        "fc.weight": RNG.standard_normal((O, H)), "fc.bias": RNG.standard_normal(O),
    }  # fmt: skip


def loaded(tmp_path, arrays, **asked):
    path = tmp_path / "m.npz"
    np.savez(path, **arrays)
    notices = []
    return models.load(str(path), notices=notices, **asked), [str(notice) for notice in notices]


def test_an_lstm_is_told_by_four_blocks_of_rows_and_its_biases_are_added_up(tmp_path):
    arrays = torch_names(4)
    params, notices = loaded(tmp_path, arrays)
    assert params.cell is cell("lstm")
    assert np.array_equal(params.W, arrays["rnn.weight_hh_l0"])
    assert np.array_equal(params.b, arrays["rnn.bias_ih_l0"] + arrays["rnn.bias_hh_l0"])
    assert any("the cell is an LSTM: rnn.weight_hh_l0 has 4 × 4 rows" in notice for notice in notices)


def test_a_gru_is_told_by_three_and_keeps_its_two_biases_apart(tmp_path):
    arrays = torch_names(3)
    params, notices = loaded(tmp_path, arrays)
    assert params.cell is cell("gru")
    assert np.array_equal(params.b, arrays["rnn.bias_ih_l0"])
    assert np.array_equal(params.bh, arrays["rnn.bias_hh_l0"])
    assert any("the cell is a GRU" in notice for notice in notices)


def test_an_lstm_of_keras_is_turned(tmp_path):
    arrays = {
        "lstm/kernel:0": RNG.standard_normal((I, 4 * H)), "lstm/recurrent_kernel:0": RNG.standard_normal((H, 4 * H)),
        "lstm/bias:0": RNG.standard_normal(4 * H), "V": RNG.standard_normal((O, H)), "c": np.zeros(O),
    }  # fmt: skip
    params, _ = loaded(tmp_path, {name.replace("/", "."): array for name, array in arrays.items()})
    assert np.array_equal(params.U, arrays["lstm/kernel:0"].T)
    assert params.cell is cell("lstm")


@pytest.mark.parametrize("name", ["tanh", "relu", "identity", "lstm", "gru"])
def test_a_saved_model_says_its_cell_and_comes_back_without_a_notice(tmp_path, name):
    params = network(name, start=True)
    path = tmp_path / "saved.npz"
    models.save(params, str(path))
    meta = json.loads(str(np.load(path)["meta"]))
    assert (meta["cell"], meta["activation"]) == (params.cell.name, params.cell.activation)
    notices = []
    again = models.load(str(path), notices=notices)
    assert notices == []
    assert again.cell is params.cell
    assert all(np.array_equal(again[each], array) for each, array in params.items())
    assert all(np.array_equal(again.start[each], array) for each, array in params.start.items())


def test_relu_weights_run_as_relu_where_it_is_said(tmp_path):
    params, notices = loaded(tmp_path, torch_names(1), activation="relu")
    assert params.cell is cell("rnn", "relu")
    assert not any("tanh" in notice for notice in notices)
    assumed, notices = loaded(tmp_path, torch_names(1))
    assert assumed.cell is cell()
    assert any("h = tanh(a)" in notice and "--activation relu" in notice for notice in notices)


def test_weights_under_our_own_names_do_not_run_silently_as_tanh(tmp_path):
    """A relu network saved by hand under U W V b c would run with other numbers than its own."""
    params = network("relu")
    _, notices = loaded(tmp_path, dict(params.items()))
    assert [notice for notice in notices if "h = tanh(a)" in notice and "--activation relu" in notice]
    said, notices = loaded(tmp_path, dict(params.items()), activation="tanh")
    assert (said.cell, notices) == (cell(), [])


BAD = {
    "another cell asked for": (torch_names(4), {"cell": "gru"}, "an LSTM, not a GRU (--cell lstm)"),
    "an activation for an LSTM": (torch_names(4), {"activation": "relu"}, "(leave out --activation relu)"),
    "no head": ({k: v for k, v in torch_names(3).items() if "fc" not in k}, {}, "no V (hidden → output)"),
    "one bias of two": ({k: v for k, v in torch_names(3).items() if "hh_l0" not in k or "weight" in k}, {}, "no bh ("),
    "a second layer": ({**torch_names(4), "rnn.weight_ih_l1": np.ones((16, 4))}, {}, "several layers"),
    "rows that do not fit": (
        {**torch_names(4), "rnn.bias_ih_l0": np.ones(15)},
        {},
        "bias_hh_l0 has shape (16,)",
    ),
}


def test_an_array_that_is_no_weight_is_left_out_and_named(tmp_path):
    params, notices = loaded(tmp_path, {**torch_names(4), "epoch": np.ones(())})
    assert params.cell is cell("lstm")
    assert "left out: epoch: no weights of the network" in notices


@pytest.mark.parametrize(("arrays", "asked", "says"), BAD.values(), ids=BAD)
def test_what_does_not_fit_is_one_line_that_says_what_to_do(tmp_path, arrays, asked, says):
    with pytest.raises(RnnError) as refused:
        loaded(tmp_path, arrays, **asked)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_params_of_another_cell_says_what_is_missing():
    with pytest.raises(RnnError, match="no c"):
        Params(*network("lstm").values(), cell=cell("gru"))
