"""Keras's files, written here as Keras writes them; the oracle is its arithmetic, x·kernel + h·recurrent_kernel."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pytest

from rnn_core.data import Sequence
from rnn_core.errors import RnnError, Undecided
from rnn_core.formats import models
from rnn_core.formats.models.layers import states
from rnn_core.reading import ModelReading
from rnn_core.recorder import record

h5py = pytest.importorskip("h5py", reason="HDF5 is read by h5py")
I, H, O, T = 3, 4, 2, 6
RNG = np.random.default_rng(0)
BLOCKS = {"SimpleRNN": 1, "LSTM": 4, "GRU": 3}
X = RNG.standard_normal((T, I))


def sigmoid(a):
    return 1.0 / (1.0 + np.exp(-a))


def keras(cell, kernel, recurrent, bias, x, activation=np.tanh):
    """The hidden states (T,H) as keras/src/layers/rnn computes them; a GRU with reset_after=True."""
    h, c, rows = np.zeros(H), np.zeros(H), []
    for row in x:
        if cell == "SimpleRNN":
            h = activation(row @ kernel + bias + h @ recurrent)
        elif cell == "LSTM":
            i, f, g, o = np.split(row @ kernel + h @ recurrent + bias, 4)
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
        else:
            x_z, x_r, x_h = np.split(row @ kernel + bias[0], 3)
            h_z, h_r, h_h = np.split(h @ recurrent + bias[1], 3)
            z, r = sigmoid(x_z + h_z), sigmoid(x_r + h_r)
            h = z * h + (1 - z) * np.tanh(x_h + r * h_h)
        rows.append(h)
    return np.array(rows)


def drawn(cell, inputs=I, seed=0):
    rng, k = np.random.default_rng(seed), BLOCKS[cell]
    bias = rng.standard_normal((2, k * H) if cell == "GRU" else (k * H,))
    return [0.5 * rng.standard_normal((inputs, k * H)), 0.5 * rng.standard_normal((H, k * H)), bias]


DENSE = [RNG.standard_normal((H, O)), RNG.standard_normal(O)]


def hdf5(groups, attrs=None):
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        for path, array in groups.items():
            file[path] = array
        for name, value in (attrs or {}).items():
            file.attrs[name] = value
    return stream.getvalue()


def layer(kind, name="", **config):
    return {"class_name": kind, "config": {"name": name or kind.lower(), **config}}


def archive(groups, layers):
    """A .keras file."""
    config = {"class_name": "Sequential", "config": {"name": "sequential", "layers": layers}}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr("metadata.json", '{"keras_version": "3.10.0"}')
        file.writestr("config.json", json.dumps(config))
        file.writestr("model.weights.h5", hdf5(groups))
    return stream.getvalue()


def variables(path, arrays):
    return {f"layers/{path}/vars/{i}": array for i, array in enumerate(arrays)}


def opened(data, name="m.keras", notices=None, **reading):
    return models.opened(name, ModelReading(**reading), notices, data=data)


SNAKE = {"SimpleRNN": "simple_rnn", "LSTM": "lstm", "GRU": "gru"}


@pytest.mark.parametrize("cell", BLOCKS)
def test_an_archive_of_keras_3_is_the_network_that_keras_computes(cell):
    arrays = drawn(cell)
    groups = {**variables(f"{SNAKE[cell]}/cell", arrays), **variables("dense", DENSE)}
    groups["optimizer/vars/0"] = np.ones(3)
    made = opened(archive(groups, [layer("InputLayer"), layer(cell), layer("Dense", activation="softmax")]))
    trace = record(made.params, Sequence(X))
    hidden = keras(cell, *arrays, X)
    assert np.allclose(trace.h[1:], hidden, rtol=1e-12, atol=1e-14)
    assert np.allclose(trace.z, hidden @ DENSE[0] + DENSE[1], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("cell", BLOCKS)
@pytest.mark.parametrize("prefix", ["model_weights/{0}/sequential/{0}/{0}_cell", "{0}/{0}/{0}_cell", "{0}/{0}_cell"])
def test_hdf5_with_named_arrays_is_the_same_network(cell, prefix):
    arrays, path = drawn(cell), prefix.format(SNAKE[cell])
    groups = {f"{path}/{name}:0": a for name, a in zip(("kernel", "recurrent_kernel", "bias"), arrays, strict=True)}
    groups |= {f"model_weights/dense/dense/{name}:0": a for name, a in zip(("kernel", "bias"), DENSE, strict=True)}
    made = opened(hdf5(groups), "m.h5", head="dense/dense/kernel")
    assert np.allclose(states(made.params, X), keras(cell, *arrays, X), rtol=1e-12, atol=1e-14)
    assert np.array_equal(made.params.V, DENSE[0].T)


@pytest.mark.parametrize(
    ("said", "ours", "function"),
    [("tanh", "tanh", np.tanh), ("relu", "relu", lambda a: np.maximum(a, 0)), ("linear", "identity", lambda a: a)],
)
def test_the_activation_is_read_from_the_config(said, ours, function):
    arrays, notices = drawn("SimpleRNN"), []
    groups = {**variables("simple_rnn/cell", arrays), **variables("dense", DENSE)}
    made = opened(archive(groups, [layer("SimpleRNN", activation=said)]), notices=notices)
    assert made.params.cell.activation == ours
    assert np.allclose(states(made.params, X), keras("SimpleRNN", *arrays, X, function), rtol=1e-12)
    assert not any("the cell is h" in str(notice) for notice in notices)


def test_the_config_of_an_older_hdf5_file_is_read_as_well():
    config = json.dumps({"class_name": "Sequential", "config": {"layers": [layer("SimpleRNN", activation="relu")]}})
    groups = {**variables("simple_rnn/cell", drawn("SimpleRNN")), **variables("dense", DENSE)}
    assert opened(hdf5(groups, {"model_config": config}), "m.h5").params.cell.activation == "relu"


def test_layers_run_in_the_order_of_the_config():
    first, second = drawn("LSTM"), drawn("GRU", H, 1)
    groups = {
        **variables("gru/cell", second), **variables("lstm/cell", first), **variables("dense", DENSE),
    }  # fmt: skip
    data = archive(groups, [layer("LSTM"), layer("GRU"), layer("Dense")])
    with pytest.raises(Undecided, match="one of several layers"):
        opened(data)
    made = opened(data, layer=2)
    below = states(made.below[0][0], X)
    assert np.allclose(below, keras("LSTM", *first, X), rtol=1e-12)
    assert np.allclose(states(made.params, below), keras("GRU", *second, keras("LSTM", *first, X)), rtol=1e-12)


@pytest.mark.parametrize("cell", BLOCKS)
def test_either_direction_of_a_bidirectional_layer_is_debugged(cell):
    one, other = drawn(cell), drawn(cell, seed=1)
    groups = {
        **variables("bidirectional/forward_layer/cell", one), **variables("bidirectional/backward_layer/cell", other),
    }  # fmt: skip
    config = {"class_name": "Bidirectional", "config": {"name": "bidirectional", "layer": layer(cell)}}
    for direction, arrays, x in (("forward", one, X), ("backward", other, X[::-1])):
        made = opened(archive(groups, [config]), direction=direction, head="none")
        assert made.backward == (direction == "backward")
        assert np.allclose(states(made.params, x), keras(cell, *arrays, x), rtol=1e-12)


def test_a_layer_that_goes_backwards_runs_the_sequence_reversed():
    groups = {**variables("lstm/cell", drawn("LSTM")), **variables("dense", DENSE)}
    assert opened(archive(groups, [layer("LSTM", go_backwards=True)])).backward


def test_what_a_dense_layer_does_after_its_product_is_said():
    notices = []
    groups = {**variables("lstm/cell", drawn("LSTM")), **variables("dense", DENSE)}
    opened(archive(groups, [layer("LSTM"), layer("Dense", "top", activation="sigmoid")]), notices=notices)
    assert "top runs without its sigmoid" in map(str, notices)


GOOD = {**variables("lstm/cell", drawn("LSTM")), **variables("dense", DENSE)}
GRU = {**variables("gru/cell", drawn("GRU")), **variables("dense", DENSE)}
BAD = {
    "no archive": ("m.keras", b"hello", "holds other data, not a Keras model"),
    "cut short": ("m.keras", archive(GOOD, [])[:-60], "is damaged or cut short"),
    "HDF5 cut short": ("m.h5", hdf5(GOOD)[:900], "is damaged or cut short"),
    "an archive without weights": ("m.keras", archive(GOOD, []).replace(b"model.weights.h5", b"model.weights.h6"),
                                   "holds no model.weights.h5"),
    "a config that is none": ("m.keras", archive(GOOD, [5]), "has a config that cannot be read"),
    "another activation": ("m.keras", archive({**variables("simple_rnn/cell", drawn("SimpleRNN"))},
                           [layer("SimpleRNN", activation="selu")]), 'the activation "selu"'),
    "an LSTM with hard gates": ("m.keras", archive(GOOD, [layer("LSTM", recurrent_activation="hard_sigmoid")]),
                                "with other activations than tanh and sigmoid"),
    "a GRU of the older kind": ("m.keras", archive(GRU, [layer("GRU", reset_after=False)]), "reset_after=False"),
    "quantised": ("m.keras", archive({**GOOD, "layers/lstm/cell/vars/0": np.ones((I, 4 * H), np.int8)}, []),
                  "holds int8: quantised weights"),
    "text": ("m.h5", hdf5({**GOOD, "layers/lstm/cell/vars/0": np.full((I, 4 * H), b"a")}), "holds |S1"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "data", "says"), BAD.values(), ids=BAD)
def test_a_bad_file_of_keras_is_one_line(name, data, says):
    with pytest.raises(RnnError) as refused:
        opened(data, name)
    assert says in str(refused.value)
    assert refused.value.fix


def test_numbers_in_another_file_are_not_read(tmp_path):
    """HDF5 may name any file of the machine as the place of its numbers."""
    (tmp_path / "secret").write_bytes(bytes(8 * I * 4 * H))
    path = tmp_path / "m.h5"
    with h5py.File(path, "w") as file:
        for name, array in GOOD.items():
            if "vars/0" not in name or "dense" in name:
                file[name] = array
        outside = [(str(tmp_path / "secret"), 0, 8 * I * 4 * H)]
        file.create_dataset("layers/lstm/cell/vars/0", (I, 4 * H), "f8", external=outside)
    with pytest.raises(RnnError, match="has numbers in another file"):
        models.opened(path)


def test_without_h5py_the_line_says_what_to_install(monkeypatch):
    data = hdf5(GOOD)
    monkeypatch.setitem(__import__("sys").modules, "h5py", None)
    with pytest.raises(RnnError, match=r"pip install 'rnn-tui\[keras\]'"):
        opened(data, "m.h5")
