"""What PyTorch wrote is read without PyTorch: the same numbers, and the same network, whatever it is nested in."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from rnn_core.debugger.persistence.opening import open_session
from rnn_core.errors import RnnError, Undecided
from rnn_core.formats import models
from rnn_core.reading import ModelReading
from rnn_core.recipe import Recipe

FILES = Path(__file__).parent / "files"


@pytest.mark.parametrize("suffix", ["pt", "safetensors"])
@pytest.mark.parametrize("name", ["rnn", "lstm"])
def test_a_trained_network_is_verified_to_1e_12_against_what_pytorch_computed(name, suffix):
    """Outputs, hidden states, loss and every gradient; the proof stands in the repository, so no PyTorch is needed."""
    model, proof = (str(FILES / each) for each in (f"{name}.{suffix}", f"{name}_proof.npz"))
    session = open_session(Recipe(model=model, verify=proof))
    compared = {each.name for each in session.proof.differences}
    assert {"z", "h", "loss", "dU", "dW", "dV", "db", "dc"} <= compared
    assert session.proof.good
    assert max(each.largest for each in session.proof.differences) < 1e-12
    assert session.proof.verdict.startswith("verified ")


def test_a_proof_of_another_network_is_refused_by_the_array_that_differs_most():
    recipe = Recipe(model=str(FILES / "rnn.pt"), verify=str(FILES / "rnn_proof.npz"), activation="relu")
    session = open_session(recipe)
    assert not session.proof.good
    assert any("NOT verified" in str(notice) for notice in session.notices)


# -- with PyTorch itself as the oracle -------------------------------------------------------------------------

torch = pytest.importorskip("torch")


def written(obj, *, zipped=True):
    stream = io.BytesIO()
    torch.save(obj, stream, _use_new_zipfile_serialization=zipped)
    return stream.getvalue()


def network(cell="RNN", head="readout", **options):
    """A module of one cell and a head under any name, in double precision."""
    torch.manual_seed(3)

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = getattr(torch.nn, cell)(3, 4, **options)
            setattr(self, head, torch.nn.Linear(4 * (1 + options.get("bidirectional", False)), 2))

    return Net().double()


def opened(data, name="m.pt", notices=None, **reading):
    return models.opened(name, ModelReading(**reading), notices, data=data)


def same(params, module, layer=0, back=""):
    state = {name: tensor.detach().numpy() for name, tensor in module.state_dict().items()}
    for ours, theirs in (("U", "weight_ih"), ("W", "weight_hh")):
        assert np.array_equal(params[ours], state[f"rnn.{theirs}_l{layer}{back}"])
    bias = [state[f"rnn.bias_{side}_l{layer}{back}"] for side in ("ih", "hh")]
    if params.cell.name == "gru":
        assert np.array_equal(params.b, bias[0])
        assert np.array_equal(params.bh, bias[1])
    else:
        assert np.array_equal(params.b, bias[0] + bias[1])
    return True


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
@pytest.mark.parametrize(
    "nest",
    [
        lambda state: state,
        lambda state: {"state_dict": state, "epoch": 7},
        lambda state: {"model": state, "optimizer": {"state": {0: {"exp_avg": torch.zeros(4, 3)}}}, "loss": 0.5},
        lambda state: {"model_state_dict": {f"module.{name}": tensor for name, tensor in state.items()}},
        lambda state: {"a": {"b": {f"net.core.{name}": tensor for name, tensor in state.items()}}},
        lambda state: {name: torch.nn.Parameter(tensor) for name, tensor in state.items()},
    ],
    ids=["bare", "state_dict", "model", "module.", "deep", "parameters"],
)
def test_a_state_dict_is_found_wherever_it_is_nested(nest, zipped):
    module = network()
    made = opened(written(nest(module.state_dict()), zipped=zipped))
    assert same(made.params, module)
    assert np.array_equal(made.params.V, module.readout.weight.detach().numpy())


@pytest.mark.parametrize("cell", ["RNN", "LSTM", "GRU"])
def test_a_whole_module_is_read_as_data_and_says_its_activation(cell):
    module = getattr(torch.nn, cell)(3, 4, **({"nonlinearity": "relu"} if cell == "RNN" else {})).double()
    made = opened(written(module), head="none")
    assert np.array_equal(made.params.U, module.weight_ih_l0.detach().numpy())
    assert made.params.cell.activation == ("relu" if cell == "RNN" else "")


def test_cells_that_are_called_step_by_step_are_read_as_well():
    for cell in ("RNNCell", "LSTMCell", "GRUCell"):
        torch.manual_seed(0)
        module = torch.nn.ModuleDict({"step": getattr(torch.nn, cell)(3, 4), "h2o": torch.nn.Linear(4, 2)}).double()
        made = opened(written(module.state_dict()))
        assert np.array_equal(made.params.W, module.step.weight_hh.detach().numpy())
        assert np.array_equal(made.params.V, module.h2o.weight.detach().numpy())


def test_views_of_one_storage_keep_their_strides_and_their_offset():
    base = torch.arange(100.0, dtype=torch.float64)
    state = {
        "rnn.weight_ih_l0": base[:12].view(3, 4).T, "rnn.weight_hh_l0": base[20:36].view(4, 4).T,
        "rnn.bias_ih_l0": base[40:48:2], "rnn.bias_hh_l0": torch.zeros(1, dtype=torch.float64).expand(4),
        "out.weight": base[50:58].view(2, 4), "out.bias": base[60:62],
    }  # fmt: skip
    for zipped in (True, False):
        params = opened(written(state, zipped=zipped)).params
        for ours, theirs in (("U", "rnn.weight_ih_l0"), ("W", "rnn.weight_hh_l0"), ("b", "rnn.bias_ih_l0"),
                             ("V", "out.weight"), ("c", "out.bias")):  # fmt: skip
            assert np.array_equal(params[ours], state[theirs].numpy())


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
@pytest.mark.parametrize("form", ["pt", "safetensors"])
def test_narrow_floats_are_widened_exactly_and_that_is_said(dtype, form):
    from safetensors.torch import save

    module = network().to(getattr(torch, dtype))
    state = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    notices = []
    params = opened(written(state) if form == "pt" else save(state), f"m.{form}", notices).params
    assert np.array_equal(params.W, module.rnn.weight_hh_l0.detach().double().numpy())
    assert params.widened
    assert any(f"widened to float64: they are saved as {dtype}" in str(notice) for notice in notices)


def test_a_checkpoint_of_lightning_keeps_its_foreign_settings_as_names():
    """What would have to be called to be loaded is never called: it is named, and left out."""
    module = network()
    extra = {"hyper_parameters": {"rate": 0.1, "schedule": torch.optim.lr_scheduler.StepLR}, "version": "2"}
    notices = []
    made = opened(written({"state_dict": module.state_dict(), **extra}), notices=notices)
    assert same(made.params, module)
    assert any("left out: hyper_parameters" in str(notice) for notice in notices)


def test_biases_that_a_module_was_made_without_are_zeros():
    made = opened(written(network("GRU", bias=False).state_dict()))
    assert not made.params.b.any()
    assert not made.params.bh.any()


# -- the head ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("head", ["readout", "out", "decoder", "h2o", "classifier", "l"])
def test_the_head_is_found_by_its_shape_whatever_it_is_called(head):
    module = network(head=head)
    params = opened(written(module.state_dict())).params
    assert np.array_equal(params.V, getattr(module, head).weight.detach().numpy())
    assert np.array_equal(params.c, getattr(module, head).bias.detach().numpy())


def two_heads():
    module = network()
    module.value = torch.nn.Linear(4, 1).double()
    return module


def test_several_heads_are_listed_and_one_is_picked_by_name():
    module = two_heads()
    with pytest.raises(Undecided) as asked:
        opened(written(module.state_dict()))
    assert [option for option, _ in asked.value.choices] == ["--head readout", "--head value", "--head none"]
    for name in ("readout", "value", "value.weight"):
        params = opened(written(module.state_dict()), head=name).params
        assert np.array_equal(params.V, getattr(module, name.partition(".")[0]).weight.detach().numpy())


def test_a_head_of_several_layers_is_not_run_in_part():
    module = network()
    module.readout = torch.nn.Sequential(torch.nn.Linear(4, 6), torch.nn.ReLU(), torch.nn.Linear(6, 2)).double()
    with pytest.raises(Undecided, match="a head of several layers is not run"):
        opened(written(module.state_dict()))


def test_without_a_head_the_loss_is_the_sum_of_h_and_its_gradient_is_pytorchs(tmp_path):
    module = network("LSTM")
    (tmp_path / "m.pt").write_bytes(written(module.rnn.state_dict()))
    np.save(tmp_path / "x.npy", np.random.default_rng(0).standard_normal((6, 3)))
    x = torch.tensor(np.load(tmp_path / "x.npy"))
    for seed, loss in (("last", lambda h: h[-1].sum()), ("sum", lambda h: h.sum())):
        module.zero_grad()
        loss(module.rnn(x)[0]).backward()
        reading = ModelReading(head="none", seed_gradient=seed)
        session = open_session(
            Recipe(path=str(tmp_path / "x.npy"), model=str(tmp_path / "m.pt"), model_reading=reading)
        )
        for ours, theirs in (("U", "weight_ih_l0"), ("W", "weight_hh_l0"), ("b", "bias_ih_l0")):
            expected = getattr(module.rnn, theirs).grad.numpy()
            assert np.allclose(session.trace.gradients[ours], expected, rtol=1e-12, atol=1e-14)
        where = "at every timestep" if seed == "sum" else "at the last timestep"
        assert any(f"no outputs: the loss is the sum of h {where}" in str(notice) for notice in session.notices)


# -- layers, directions, parts ---------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("layer", [1, 2, 3])
def test_the_layers_below_run_first_and_the_layer_is_the_one_of_pytorch(cell, both, layer, tmp_path):
    module = network(cell, num_layers=layer, bidirectional=both)
    deeper = network(cell, num_layers=3, bidirectional=both)
    deeper.load_state_dict({**deeper.state_dict(), **{k: v for k, v in module.state_dict().items() if "rnn" in k}})
    (tmp_path / "m.pt").write_bytes(written(deeper.state_dict()))
    np.save(tmp_path / "x.npy", np.random.default_rng(0).standard_normal((6, 3)))
    h = module.rnn(torch.tensor(np.load(tmp_path / "x.npy")))[0].detach().numpy()
    for direction in ("forward", "backward") if both else ("",):
        head = {"head": "none"} if both and layer == 3 else {}
        reading = ModelReading(layer=layer, direction=direction, **head)
        session = open_session(
            Recipe(path=str(tmp_path / "x.npy"), model=str(tmp_path / "m.pt"), model_reading=reading)
        )
        expected = h[:, 4:][::-1] if direction == "backward" else h[:, :4]
        assert np.allclose(session.trace.h[1:], expected, rtol=1e-12, atol=1e-14)


def test_layers_directions_and_parts_are_asked_for_with_the_options_that_choose():
    def choices(module, **reading):
        with pytest.raises(Undecided) as asked:
            opened(written(module.state_dict()), **reading)
        return [option for option, _ in asked.value.choices]

    assert choices(network(num_layers=2)) == ["--layer 1", "--layer 2"]
    assert choices(network(bidirectional=True)) == ["--direction forward", "--direction backward"]
    pair = torch.nn.ModuleDict({"encoder": network(), "decoder": network()})
    assert choices(pair) == ["--part encoder.rnn", "--part decoder.rnn"]
    assert same(opened(written(pair.state_dict()), part="encoder.rnn").params, pair["encoder"])


def test_cells_with_numbered_prefixes_are_layers_of_one_stack():
    torch.manual_seed(0)
    cells = torch.nn.ModuleList([torch.nn.LSTMCell(3, 4), torch.nn.LSTMCell(4, 4)]).double()
    state = {**{f"cells.{name}": tensor for name, tensor in cells.state_dict().items()}, "fc.weight": torch.ones(2, 4)}
    made = opened(written(state), layer=2)
    assert np.array_equal(made.params.U, cells[1].weight_ih.detach().numpy())
    assert np.array_equal(made.below[0][0].U, cells[0].weight_ih.detach().numpy())


def test_a_bidirectional_head_is_refused_with_what_to_do():
    with pytest.raises(RnnError, match="takes both directions of h") as refused:
        opened(written(network(bidirectional=True).state_dict()), direction="forward")
    assert refused.value.fix == "--head none"
