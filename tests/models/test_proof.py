"""A proof: what a framework computed, held against what is computed here, array by array."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rnn_core.debugger.persistence.opening import open_session
from rnn_core.errors import RnnError
from rnn_core.recipe import Recipe

FILES = Path(__file__).parent / "files"
MODEL = str(FILES / "rnn.pt")


def proven(folder, change=None, model=MODEL, **recipe):
    """The proof of the trained RNN, changed, held against the model."""
    held = dict(np.load(FILES / "rnn_proof.npz"))
    held = change(held) if change else held
    np.savez(folder / "proof.npz", **held)
    return open_session(Recipe(model=model, verify=str(folder / "proof.npz"), **recipe)).proof


def without(*names):
    return lambda held: {name: array for name, array in held.items() if not name.startswith(names)}


@pytest.mark.parametrize("left_out", ["outputs", "hidden", "loss", "grad.", "grad.memory.bias_hh", "grad.readout"])
def test_any_subset_is_compared(tmp_path, left_out):
    proof = proven(tmp_path, without(left_out))
    assert proof.good
    assert len(proof.differences) >= 3


def test_the_largest_difference_and_its_place_are_named(tmp_path):
    def wrong(held):
        hidden = held["hidden"].copy()
        hidden[7, 3] += 0.5
        return {**held, "hidden": hidden}

    proof = proven(tmp_path, wrong)
    assert not proof.good
    assert (proof.worst.name, proof.worst.at) == ("h", (7, 3))
    assert proof.worst.largest == pytest.approx(0.5)
    assert "h differs by 5e-01" in proof.lines()[-1]
    assert sum("more than 1e-10" in line for line in proof.lines()) == 1


@pytest.mark.parametrize("name", ["memory.weight_ih_l0", "memory.weight_hh_l0", "memory.bias_ih_l0", "readout.bias"])
def test_a_wrong_gradient_is_found_whichever_it_is(tmp_path, name):
    proof = proven(tmp_path, lambda held: {**held, f"grad.{name}": held[f"grad.{name}"] + 0.01})
    assert not proof.good
    assert proof.worst.name == {"memory.weight_ih_l0": "dU", "memory.weight_hh_l0": "dW", "memory.bias_ih_l0": "db",
                                "readout.bias": "dc"}[name]  # fmt: skip


def test_a_batch_of_one_and_the_names_of_other_tools_are_taken(tmp_path):
    def renamed(held):
        return {
            "x": held["inputs"][:, None], "y": held["targets"][:, None], "logits": held["outputs"][None],
            "h": held["hidden"][:, None], "h_n": held["hidden"][-1][None],
        }  # fmt: skip

    assert proven(tmp_path, renamed).good


def test_a_single_target_stands_at_the_last_timestep(tmp_path):
    assert proven(tmp_path, lambda held: {**held, "targets": held["targets"][-1:]}).good


def test_single_precision_is_held_to_single_precision(tmp_path):
    def narrow(held):
        return {n: a.astype(np.float32) if a.dtype == np.float64 and n != "inputs" else a for n, a in held.items()}

    proof = proven(tmp_path, narrow)
    assert proof.good
    assert proof.worst.tolerance == 1e-4
    assert proof.worst.largest > 1e-12


def test_without_inputs_the_sequence_that_is_opened_is_run(tmp_path):
    held = dict(np.load(FILES / "rnn_proof.npz"))
    np.savez(tmp_path / "x.npz", x=held["inputs"], y=held["targets"])
    assert proven(tmp_path, without("inputs", "targets"), path=str(tmp_path / "x.npz")).good


BAD = {
    "nothing to compare": (without("outputs", "hidden", "loss", "grad"), "holds nothing to compare"),
    "an unknown array": (lambda held: {**held, "epoch": np.ones(3)}, 'unknown array "epoch"'),
    "hidden states of two sequences": (
        lambda held: {**held, "hidden": np.stack([held["hidden"]] * 2)},
        "h: has shape (2, 20, 8), and here it is (20, 8)",
    ),
    "inputs of two sequences": (
        lambda held: {**held, "inputs": np.stack([held["inputs"]] * 2)}, "expected one sequence",
    ),
    "whole numbers": (lambda held: {**held, "outputs": np.ones((20, 2), int)}, "z: holds int64, not floats"),
    "too few targets": (lambda held: {**held, "targets": held["targets"][:7]}, "7 targets for 20 timesteps"),
    "only gradients of something else": (
        lambda held: {"inputs": held["inputs"], "grad.other": np.ones(3)}, "nothing in it can be compared",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "says"), BAD.values(), ids=BAD)
def test_a_proof_that_cannot_be_used_is_one_line(tmp_path, change, says):
    with pytest.raises(RnnError) as refused:
        proven(tmp_path, change)
    assert says in str(refused.value)
    assert str(refused.value).startswith("proof.npz")
    assert refused.value.fix


def test_the_command_line_prints_every_array_and_its_status_is_the_verdict(tmp_path):
    for more, status, says in ((), 0, "verified "), (("--activation", "relu"), 1, "NOT verified: "):
        command = [sys.executable, "-m", "rnn_tui", "--model", MODEL, "--verify", str(FILES / "rnn_proof.npz"), *more]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        lines = done.stdout.splitlines()
        assert done.returncode == status
        assert lines[-1].startswith(says)
        assert [line.split()[0] for line in lines[:-1]] == ["z", "h", "loss", "dU", "dW", "dV", "db", "dc"]
