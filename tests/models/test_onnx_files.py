"""ONNX graphs; the oracle is the reference evaluator of the onnx package itself."""

from __future__ import annotations

import numpy as np
import pytest

from rnn_core.data import Sequence
from rnn_core.errors import RnnError, Undecided
from rnn_core.formats import models
from rnn_core.formats.models.layers import states
from rnn_core.reading import ModelReading
from rnn_core.recorder import record

onnx = pytest.importorskip("onnx", reason="ONNX is read by onnx")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402  # after the question whether it is there
from onnx.reference import ReferenceEvaluator  # noqa: E402

I, H, O, T = 3, 4, 2, 6
BLOCKS = {"RNN": 1, "LSTM": 4, "GRU": 3}
X = np.random.default_rng(0).standard_normal((T, I))


def drawn(cell, inputs=I, directions=1, seed=0):
    rng, k = np.random.default_rng(seed), BLOCKS[cell]
    return {
        "W": 0.5 * rng.standard_normal((directions, k * H, inputs)),
        "R": 0.5 * rng.standard_normal((directions, k * H, H)),
        "B": 0.5 * rng.standard_normal((directions, 2 * k * H)),
    }  # fmt: skip


def graph(cell, arrays, head=True, op="", extra=(), **attributes):
    """A model of one recurrent node, and a Gemm from its states to outputs."""
    attributes = {"hidden_size": H, **({"linear_before_reset": 1} if cell == "GRU" else {}), **attributes}
    nodes = [helper.make_node(op or cell, ["x", *arrays], ["Y"], name="/rnn/Cell", **attributes), *extra]
    constants = [numpy_helper.from_array(array, name) for name, array in arrays.items()]
    if head:
        constants += [numpy_helper.from_array(np.array([T, H]), "flat"), numpy_helper.from_array(V, "fc.weight")]
        constants += [numpy_helper.from_array(C, "fc.bias")]
        nodes += [
            helper.make_node("Reshape", ["Y", "flat"], ["h"]),
            helper.make_node("Gemm", ["h", "fc.weight", "fc.bias"], ["z"], transB=1),
        ]
    value = helper.make_tensor_value_info
    outputs = [value("Y", TensorProto.DOUBLE, None), *([value("z", TensorProto.DOUBLE, None)] if head else [])]
    made = helper.make_graph(nodes, "g", [value("x", TensorProto.DOUBLE, [T, 1, I])], outputs, constants)
    return helper.make_model(made)


V, C = np.random.default_rng(5).standard_normal((O, H)), np.random.default_rng(6).standard_normal(O)


def opened(model, notices=None, **reading):
    data = model if isinstance(model, bytes) else model.SerializeToString()
    return models.opened("m.onnx", ModelReading(**reading), notices, data=data)


@pytest.mark.parametrize("cell", BLOCKS)
def test_a_node_and_its_head_are_the_network_that_onnx_evaluates(cell):
    model = graph(cell, drawn(cell))
    Y, z = ReferenceEvaluator(model).run(None, {"x": X[:, None]})
    trace = record(opened(model).params, Sequence(X))
    assert np.allclose(trace.h[1:], Y[:, 0, 0], rtol=1e-12, atol=1e-14)
    assert np.allclose(trace.z, z, rtol=1e-12, atol=1e-14)


def test_a_matmul_and_an_add_are_a_head_as_well():
    extra = (helper.make_node("MatMul", ["h", "M"], ["m"], name="top"), helper.make_node("Add", ["m", "c"], ["z2"]))
    model = graph("LSTM", drawn("LSTM"), head=False, extra=extra)
    model.graph.initializer.extend([numpy_helper.from_array(V.T.copy(), "M"), numpy_helper.from_array(C, "c")])
    params = opened(model).params
    assert np.array_equal(params.V, V)
    assert np.array_equal(params.c, C)


def test_the_activation_of_an_rnn_is_read():
    model = graph("RNN", drawn("RNN"), activations=["Relu"])
    (Y, *_), notices = ReferenceEvaluator(graph("RNN", drawn("RNN"))).run(None, {"x": X[:, None]}), []
    made = opened(model, notices)
    assert made.params.cell.activation == "relu"
    assert not np.allclose(states(made.params, X), Y[:, 0, 0])
    assert not any("the cell is h" in str(notice) for notice in notices)


@pytest.mark.parametrize("cell", BLOCKS)
def test_either_direction_is_debugged(cell):
    arrays = drawn(cell, directions=2)
    model = graph(cell, arrays, head=False, direction="bidirectional")
    with pytest.raises(Undecided, match="runs in both directions"):
        opened(model)
    for at, direction, x in ((0, "forward", X), (1, "backward", X[::-1])):
        one = graph(cell, {name: array[at : at + 1] for name, array in arrays.items()}, head=False)
        (Y,) = ReferenceEvaluator(one).run(None, {"x": x[:, None].copy()})
        made = opened(model, direction=direction, head="none")
        assert np.allclose(states(made.params, x), Y[:, 0, 0], rtol=1e-12, atol=1e-14)


def test_a_node_that_runs_in_reverse_is_said_to():
    assert opened(graph("RNN", drawn("RNN"), direction="reverse")).backward


def test_nodes_one_after_another_are_layers():
    first, second = drawn("LSTM"), drawn("LSTM", H, seed=1)
    model = graph("LSTM", first, head=False)
    for name, array in second.items():
        model.graph.initializer.append(numpy_helper.from_array(array, f"{name}2"))
    model.graph.node.append(helper.make_node("LSTM", ["Y", "W2", "R2", "B2"], ["Y2"], name="second", hidden_size=H))
    made = opened(model, layer=2, head="none")
    assert np.array_equal(made.below[0][0].U[:H], first["W"][0][:H])
    assert made.params.sizes.inputs == H


def changed(**fields):
    arrays = drawn("LSTM")
    return graph("LSTM", {**arrays, **fields})


def outside():
    model = changed()
    tensor = model.graph.initializer[0]
    tensor.data_location = 1
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "/etc/passwd"
    return model


BAD = {
    "no model": (b"\x08\x0a\x12hello", "is damaged, cut short, or no ONNX model"),
    "cut short": (changed().SerializeToString()[:500], "is damaged, cut short, or no ONNX model"),
    "no recurrent node": (graph("LSTM", drawn("LSTM"), op="Einsum"), "has no node RNN, LSTM or GRU"),
    "a quantised node": (graph("LSTM", drawn("LSTM"), op="DynamicQuantizeLSTM"), "quantised weights"),
    "a GRU of the older kind": (graph("GRU", drawn("GRU"), linear_before_reset=0), "linear_before_reset=0"),
    "another activation": (graph("RNN", drawn("RNN"), activations=["Softsign"]), 'the activations "softsign"'),
    "gates with others": (graph("LSTM", drawn("LSTM"), activations=["HardSigmoid", "Tanh", "Tanh"]), "hardsigmoid"),
    "clipping": (graph("LSTM", drawn("LSTM"), clip=3.0), "a node with clip"),
    "8-bit weights": (changed(W=np.ones((1, 16, 3), np.int8)), "holds int8: quantised weights"),
    "numbers in another file": (outside(), "has its numbers in another file"),
    "rows that do not fit": (changed(W=np.ones((1, 15, 3))), "shape (1, 15, 3) of W"),
    "a matrix without directions": (changed(R=np.ones((16, 4))), "shape (16, 4) of R"),
}  # fmt: skip


@pytest.mark.parametrize(("model", "says"), BAD.values(), ids=BAD)
def test_a_bad_graph_is_one_line(model, says):
    with pytest.raises(RnnError) as refused:
        opened(model)
    assert says in str(refused.value)
    assert refused.value.fix


def test_weights_that_the_graph_computes_are_refused_with_what_to_do():
    model = changed()
    del model.graph.initializer[1]
    with pytest.raises(RnnError, match="R is not a constant of the graph"):
        opened(model)


def test_a_name_twice_is_refused():
    model = changed()
    model.graph.initializer.append(model.graph.initializer[0])
    with pytest.raises(RnnError, match="has two arrays of one name"):
        opened(model)


def test_without_onnx_the_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    with pytest.raises(RnnError, match=r"pip install 'rnn-tui\[onnx\]'"):
        opened(changed())


def test_peepholes_are_refused():
    arrays = drawn("LSTM")
    model = graph("LSTM", arrays, head=False)
    model.graph.node[0].input.extend(["", "", "", "P"])
    model.graph.initializer.append(numpy_helper.from_array(np.ones((1, 3 * H)), "P"))
    with pytest.raises(RnnError, match="an LSTM with peepholes"):
        opened(model)
