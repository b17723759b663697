"""Modules in memory: from a script the screen opens on them, and a notebook shows the trace."""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from rnn_core import Sequence, from_torch, record
from rnn_core.errors import RnnError
from rnn_core.updates import Options
from rnn_tui.live import debug, session_of
from tests.cells.cases import network, sequence
from tests.formats.making import weights

W = weights()


def test_named_arrays_and_params_are_debugged_without_torch():
    x = np.ones((5, 3))
    assert np.array_equal(session_of(W, x).trace.params.U, W["U"])
    params = network("lstm")
    assert session_of(params, sequence("sum").x).trace.params is params


def test_nested_parameters_are_named_by_their_paths():
    nested = {"params": {"cell": {"i": {"kernel": W["U"].T, "bias": W["b"]}, "h": {"kernel": W["W"].T}},
                         "head": {"kernel": W["V"].T, "bias": W["c"]}}}  # fmt: skip
    params = session_of(nested, np.ones((5, 3))).trace.params
    assert np.array_equal(params.W, W["W"])
    assert np.array_equal(params.V, W["V"])


def test_one_element_of_a_batch_is_run():
    batch = np.random.default_rng(0).standard_normal((5, 7, 3))
    assert np.array_equal(session_of(W, batch, element=2).trace.x, batch[:, 2])
    assert np.array_equal(session_of(W, batch, element=2, batch_first=True).trace.x, batch[2])
    targets = np.arange(7) % 2
    trace = session_of(W, batch, targets, element=3).trace
    assert trace.y.tolist() == [-1, -1, -1, -1, 1]
    each = np.arange(35).reshape(5, 7) % 2
    assert np.array_equal(session_of(W, batch, each, element=3).trace.y, each[:, 3])
    values = np.random.default_rng(0).standard_normal((5, 7, 2))
    assert np.array_equal(session_of(W, batch, values, element=3).trace.y, values[:, 3])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: session_of(7, np.ones((5, 3))), "is no module and no mapping of arrays"),
        (lambda: session_of(W, np.ones(5)), "x has shape (5,), expected (T, features)"),
        (lambda: session_of(W, np.ones((5, 2, 3)), element=2), "no element 2 in a batch of 2"),
        (lambda: session_of(W, np.ones((5, 3)), [0, 1]), "y has shape (2,) for 5 timesteps"),
        (lambda: session_of(W, "text"), "x is no array"),
        (lambda: session_of({"a": np.ones(2)}, np.ones((5, 3))), "no weights"),
    ],
)
def test_what_cannot_be_debugged_is_one_line(call, says):
    with pytest.raises(RnnError) as refused:
        call()
    assert says in str(refused.value)
    assert refused.value.fix


# -- a notebook ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("timesteps", [1, 5, 2000])
@pytest.mark.parametrize("name", ["tanh", "lstm", "gru"])
def test_a_trace_shows_itself_as_html_with_its_loss_its_flow_and_its_gradients(name, timesteps):
    trace = record(network(name), sequence("cross-entropy", timesteps))
    shown = ET.fromstring(trace._repr_html_())  # well-formed, or this fails
    said = "".join(shown.itertext())
    assert f"T {timesteps}" in said
    assert f"{trace.mean_loss:.3f}"[:4] in said
    rows = [["".join(cell.itertext()) for cell in row] for row in shown.iter("tr")][1:]
    assert [row[0] for row in rows] == [f"d{each}" for each in trace.gradients]
    for row, gradient in zip(rows, trace.gradients.values(), strict=True):
        assert float(row[2]) == pytest.approx(float(np.linalg.norm(gradient)), rel=1e-3)
    (svg,) = (each for each in shown.iter() if each.tag.endswith("svg"))
    points = " ".join(each.get("points", "") for each in svg.iter() if each.tag.endswith("polyline")).split()
    assert len(points) == min(timesteps, 300)


def test_the_flow_falls_where_the_gradient_dies_and_breaks_where_it_is_zero():
    x, y = np.zeros((9, 2)), np.full(9, -1)
    y[5] = 1
    trace = record(network("tanh", inputs=2, scale=0.2), Sequence(x, y))
    assert not trace.dh[6:].any()
    (line,) = re.findall(r'points="([^"]*)"', trace._repr_html_())
    heights = [float(point.partition(",")[2]) for point in line.split()]
    assert len(heights) == 6  # nothing after t = 6
    assert heights == sorted(heights, reverse=True)  # SVG counts downward: the gradient grows towards t = 6
    without = record(network("tanh"), sequence("cross-entropy", absent=1.0))
    assert "zero or not finite" in without._repr_html_()


def test_a_notebook_that_is_run_shows_the_trace():
    nbformat = pytest.importorskip("nbformat", reason="a notebook is run by nbclient")
    nbclient = pytest.importorskip("nbclient", reason="a notebook is run by nbclient")
    pytest.importorskip("ipykernel", reason="a notebook's cells are run by ipykernel")
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(
        "import numpy as np, rnn_tui\n"
        "rng = np.random.default_rng(0)\n"
        "arrays = {'U': rng.standard_normal((4, 3)), 'W': 0.3 * rng.standard_normal((4, 4)), "
        "'V': rng.standard_normal((2, 4)), 'b': np.zeros(4), 'c': np.zeros(2)}\n"
        "rnn_tui.debug(arrays, rng.standard_normal((6, 3)), 1)"
    )])  # fmt: skip
    nbclient.NotebookClient(book, timeout=60, kernel_name="python3").execute()
    (output,) = (each for each in book.cells[0].outputs if each.output_type == "execute_result")
    shown = output["data"]["text/html"]
    assert "<svg" in shown
    assert "mean loss" in shown
    assert "dW" in shown


# -- a terminal ------------------------------------------------------------------------------------------------


def test_from_a_script_the_screen_opens_and_the_trace_comes_back(tmp_path):
    pexpect = pytest.importorskip("pexpect")
    script = tmp_path / "mine.py"
    script.write_text(
        "import numpy as np, rnn_tui\n"
        "arrays = {'U': np.ones((4, 3)), 'W': np.eye(4), 'V': np.ones((2, 4)), 'b': np.zeros(4), 'c': np.zeros(2)}\n"
        "trace = rnn_tui.debug(arrays, np.ones((6, 3)), 1)\n"
        "print('came back', len(trace))\n"
    )
    child = pexpect.spawn(sys.executable, [str(script)], dimensions=(40, 120), timeout=60, encoding="utf-8")
    child.expect("forward")
    child.send("q")
    child.expect("came back 6")
    child.close()


# -- PyTorch ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize("batch_first", [False, True])
def test_a_torch_module_is_what_torch_computes(cell, batch_first):
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            extra = {"nonlinearity": "relu"} if cell == "RNN" else {}
            self.rnn = getattr(torch.nn, cell)(3, 4, batch_first=batch_first, **extra)
            self.out = torch.nn.Linear(4, 2)

        def forward(self, x):
            return self.out(self.rnn(x)[0])

    net = Net().double()
    x = torch.randn(5, 6, 3, dtype=torch.float64)
    y = torch.randint(0, 2, (5, 6))
    z = net(x)[1] if batch_first else net(x)[:, 1]
    targets = y[1] if batch_first else y[:, 1]
    torch.nn.functional.cross_entropy(z, targets).backward()
    trace = session_of(net, x, y, element=1, options=Options(reduction="mean")).trace
    assert np.allclose(trace.z, z.detach().numpy(), rtol=1e-12)
    assert np.allclose(trace.gradients.W, net.rnn.weight_hh_l0.grad.numpy(), rtol=1e-10, atol=1e-14)
    assert np.array_equal(from_torch(net).W, net.rnn.weight_hh_l0.detach().numpy())


def test_a_torch_module_of_half_precision_is_widened():
    torch = pytest.importorskip("torch")
    module = torch.nn.RNN(3, 4).to(torch.bfloat16)
    params = from_torch(module, head="none")
    assert np.array_equal(params.U, module.weight_ih_l0.detach().double().numpy())


def test_without_a_terminal_the_trace_comes_back_at_once():
    assert len(debug(W, np.ones((5, 3)), 0)) == 5
