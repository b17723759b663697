"""Weights under every name they come by, and the networks that are refused by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_core.errors import RnnError
from rnn_core.formats import models
from rnn_core.model import ALIASES, Params
from tests.formats.making import bomb, npy, npz, objects, weights, zipped

OURS = weights()
TORCH = {
    "weight_ih_l0": OURS["U"],
    "weight_hh_l0": OURS["W"],
    "bias_ih_l0": OURS["b"],
    "bias_hh_l0": 2 * OURS["b"],
    "linear.weight": OURS["V"],
    "linear.bias": OURS["c"],
}


def loaded(folder: Path, data: bytes) -> Params:
    (folder / "w.npz").write_bytes(data)
    return models.load(folder / "w.npz")


def but(*left_out: str, **changed: Any) -> bytes:
    return npz(**{**{name: array for name, array in OURS.items() if name not in left_out}, **changed})


def torch_but(**changed: Any) -> bytes:
    return npz(**{**TORCH, **changed})


def same(params: Params, expected: dict[str, Any]) -> bool:
    return all(np.array_equal(getattr(params, name), array, equal_nan=True) for name, array in expected.items())


def test_our_own_names_are_taken_as_they_are(tmp_path: Path) -> None:
    params = loaded(tmp_path, npz(**OURS, h0=np.ones(4)))
    assert same(params, {**OURS, "h0": np.ones(4)})
    assert not params.widened


@pytest.mark.parametrize(
    ("ours", "alias"),
    [(ours, alias) for ours in ("U", "W", "V", "c") for alias in ALIASES[ours]],
    ids=lambda value: getattr(value, "name", value),
)
def test_every_alias_is_known_and_transposed_where_that_tool_does(ours: str, alias: Any, tmp_path: Path) -> None:
    array = OURS[ours].T if alias.transposed else OURS[ours]
    assert same(loaded(tmp_path, but(ours, **{alias.name: array})), OURS)


@pytest.mark.parametrize(
    ("ours", "theirs", "as_columns"),
    [
        ("U", "weight_ih_l0", False), ("U", "W_xh", False), ("U", "Wx", False), ("U", "kernel", True),
        ("W", "weight_hh_l0", False), ("W", "W_hh", False), ("W", "recurrent_kernel", True),
        ("V", "linear.weight", False), ("V", "W_hy", False),
    ],
)  # fmt: skip
def test_keras_kernels_lie_the_other_way_round(ours: str, theirs: str, as_columns: bool, tmp_path: Path) -> None:
    """PyTorch and the teaching loops multiply a column by the matrix, Keras a row: x·kernel + h·recurrent_kernel."""
    x, written = np.arange(1.0, 1.0 + OURS[ours].shape[1]), OURS[ours].T if as_columns else OURS[ours]
    params = loaded(tmp_path, but(ours, **{theirs: written}))
    expected = x @ written if as_columns else written @ x
    assert np.allclose(getattr(params, ours) @ x, expected, rtol=1e-13, atol=0)


def test_pytorchs_two_biases_add_up_and_prefixes_are_left_out(tmp_path: Path) -> None:
    expected = {**OURS, "b": OURS["b"] + 2 * OURS["b"]}
    assert same(loaded(tmp_path, npz(**TORCH)), expected)
    prefixed = {(f"rnn.{name}" if "l0" in name else f"model.{name}"): array for name, array in TORCH.items()}
    assert same(loaded(tmp_path, npz(**prefixed)), expected)


def test_two_biases_of_different_shape_add_up_as_vectors(tmp_path: Path) -> None:
    params = loaded(tmp_path, torch_but(bias_ih_l0=OURS["b"].reshape(4, 1)))
    assert params.b.shape == (4,)
    assert np.array_equal(params.b, OURS["b"] + 2 * OURS["b"])


def test_column_biases_and_single_precision_are_taken_and_widened(tmp_path: Path) -> None:
    arrays = {name: array.astype(np.float32) for name, array in OURS.items()}
    params = loaded(tmp_path, npz(**{**arrays, "b": arrays["b"].reshape(4, 1), "c": arrays["c"].reshape(2, 1)}))
    assert same(params, arrays)
    assert params.widened


def test_weights_of_a_diverged_training_are_worth_debugging(tmp_path: Path) -> None:
    broken = OURS["W"].copy()
    broken[1, 2], broken[0, 0] = np.nan, -np.inf
    assert same(loaded(tmp_path, but(W=broken)), {"W": broken})


def test_an_exported_trace_is_the_parameters_it_was_recorded_with(tmp_path: Path) -> None:
    others = {f"{name}_new": array + 1 for name, array in OURS.items()}
    others |= {f"d{name}": array + 2 for name, array in OURS.items()}
    series = {"x": np.ones((3, 3)), "y": [0, 1, 0], "h": np.zeros((4, 4)), "loss": 1.5, "clip_norm": 1.0}
    assert same(loaded(tmp_path, npz(**OURS, **others, **series, meta=np.array("{}"))), OURS)


def test_a_file_without_a_telling_suffix_is_told_by_content(tmp_path: Path) -> None:
    (tmp_path / "weights").write_bytes(npz(**OURS))
    assert same(models.load(tmp_path / "weights"), OURS)


H3, H4 = np.ones((12, 4)), np.ones((16, 4))
BAD_MODELS = {
    "a second layer": (
        torch_but(weight_ih_l1=OURS["W"]),
        "w.npz: weight_ih_l1: one of several layers, 2 of them "
        "(--layer 1: the lowest; --layer 2: the top one, with what the others make of x)",
    ),
    "two directions": (
        torch_but(weight_ih_l0_reverse=OURS["U"]),
        "w.npz: weight_ih_l0_reverse: the layer runs in both directions "
        "(--direction forward: from t = 1 on; --direction backward: from the last timestep back)",
    ),
    "a GRU": (
        torch_but(weight_hh_l0=H3, weight_ih_l0=np.ones((12, 3))),
        "w.npz: b has shape (4,), expected (12,) (give 12 numbers)",
    ),
    "an LSTM": (
        torch_but(weight_hh_l0=H4, weight_ih_l0=np.ones((16, 3))),
        "w.npz: b has shape (4,), expected (16,) (give 16 numbers)",
    ),
    "a Keras LSTM": (
        but("U", "W", kernel=np.ones((3, 16)), recurrent_kernel=H4.T),
        "w.npz: b has shape (4,), expected (16,) (give 16 numbers)",
    ),
    "one parameter twice": (
        but(W_hh=OURS["W"]),
        "w.npz: W and W_hh are all W (hidden → hidden) (keep one of them)",
    ),
    "a bias besides the pair": (
        torch_but(b=OURS["b"]),
        "w.npz: bias_ih_l0 and bias_hh_l0 and b are all b (hidden bias) (keep one of them)",
    ),
    "half a pair of biases": (
        but("b", bias_ih_l0=OURS["b"]),
        "w.npz: bias_ih_l0 without bias_hh_l0 (PyTorch adds them up: save both, or b)",
    ),
    "an unknown array": (but("W", Whhh=OURS["W"]), 'w.npz: unknown array "Whhh" (did you mean Whh?)'),
    "a missing bias": (
        but("c"),
        "w.npz: no c (output bias); it holds U, W, V, b "
        "(save it as c, b_y, by, decoder.bias; zeros if the network has none)",
    ),
    "a missing matrix": (
        but("W"),
        "w.npz: no W (hidden → hidden); it holds U, V, b, c (save it as W, W_hh, Whh, weight_hh_l0)",
    ),
    "a sequence": (
        npz(x=np.ones((2, 3)), y=[0, 1]),
        "w.npz: no weights; it holds x, y (it looks like a sequence, not weights)",
    ),
    "other arrays": (npz(q=np.ones(2)), "w.npz: no weights; it holds q (save them as U, W, V, b, c)"),
    "U the other way round": (
        but(U=OURS["U"].T),
        "w.npz, U: shape (3, 4), expected (4, inputs) (it looks transposed: save its .T as U)",
    ),
    "V the other way round": (
        but(V=OURS["V"].T),
        "w.npz, V: shape (4, 2), expected (classes, 4) (it looks transposed: save its .T as V)",
    ),
    "W not square": (
        but(W=np.ones((4, 5))),
        "w.npz: W has shape (4, 5), expected (4, 4) (U is (4, 3), so there are 4 hidden units)",
    ),
    "b too long": (but(b=np.ones(5)), "w.npz: b has shape (5,), expected (4,) (give 4 numbers)"),
    "h0 too long": (but(h0=np.ones(5)), "w.npz: h0 has shape (5,), expected (4,) (give 4 numbers)"),
    "a bias of the pair too long": (
        torch_but(bias_hh_l0=np.ones(7)),
        "w.npz: bias_hh_l0 has shape (7,), expected (4,) (give 4 numbers)",
    ),
    "complex numbers": (
        but(U=OURS["U"] + 1j),
        "w.npz, U: holds complex numbers (complex128), not real numbers (save the real part)",
    ),
    "text": (but(c=np.array(["a", "b"])), "w.npz, c: holds text (<U1), not real numbers (save numbers)"),
    "objects": (
        zipped({"U.npy": npy(OURS["U"]), "h0.npy": objects()}),
        "w.npz, h0: an array of Python objects, which would have to be unpickled "
        "(save it with a numeric dtype; pickles are never loaded)",
    ),
    "a zip bomb": (
        bomb(),
        "w.npz, x.npy: would unpack to 64.0 MiB, over 500 times its size, like a zip bomb "
        "(save it with np.savez, not savez_compressed)",
    ),
    "cut short": (but()[:-40], "w.npz: is damaged or cut short (copy it or save it again with np.savez)"),
    "text instead of a zip": (b"hello", "w.npz: holds other data, not NPZ (save it with np.savez)"),
    "a single array": (npy(OURS["U"]), "w.npz: holds a single NPY array, not NPZ (save it with np.savez)"),
    "a broken PyTorch checkpoint": (
        zipped({"archive/data.pkl": b"x"}),
        "w.npz: the pickle instruction 0x78, which no checkpoint needs "
        "(nothing of it is run: save a state dict of tensors)",
    ),
    "nothing": (b"", "w.npz: is empty (give a file with data)"),
}


@pytest.mark.parametrize("kind", BAD_MODELS)
def test_wrong_weights_get_one_line_that_says_what_was_found(kind: str, tmp_path: Path) -> None:
    data, says = BAD_MODELS[kind]
    with pytest.raises(RnnError) as caught:
        loaded(tmp_path, data)
    assert str(caught.value) == says
    assert caught.value.exit_status == 1
