"""`open` on a file of weights: the data stay, and the run is that of the model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rnn_core.debugger.persistence.opening import open_session
from rnn_core.debugger.scripts import playing
from rnn_core.debugger.scripts.script import parse
from rnn_core.formats import models
from rnn_core.recipe import Recipe

FILES = Path(__file__).parent / "files"


@pytest.fixture
def data(tmp_path) -> str:
    path = tmp_path / "d.csv"
    path.write_text("x1,x2,target\n1,0,\n0,1,\n1,1,1\n")
    return str(path)


def last(recipe: Recipe, script: str):
    *_, done = playing.play(open_session(recipe), parse(script))
    return done


@pytest.mark.parametrize("name", ["rnn.pt", "rnn.safetensors", "lstm.pt", "lstm.safetensors"])
def test_a_file_of_weights_is_told_by_content_and_runs_on_the_same_data(data, name):
    recipe = Recipe(path=data)
    opened = last(recipe, f"open {FILES / name}")
    assert not opened.failed, opened.message
    assert opened.message.startswith(f"opened the weights in {name}: {name.split('.')[0]}")
    expected = open_session(Recipe(path=data, model=str(FILES / name))).trace
    trace = opened.session.trace
    assert np.array_equal(trace.h, expected.h)
    assert np.array_equal(trace.x, open_session(recipe).trace.x)


def test_weights_of_our_own_and_json_are_told_as_well(data, tmp_path):
    session = open_session(Recipe(path=data, seed=3))
    models.save(session.params, str(tmp_path / "m.npz"))
    found = last(Recipe(path=data), f"open {tmp_path / 'm.npz'}")
    assert np.array_equal(found.session.trace.h, session.trace.h)


def test_weights_that_do_not_fit_the_data_are_one_line_and_change_nothing():
    before = open_session(Recipe())
    *_, done = playing.play(before, parse(f"open {FILES / 'rnn.pt'}"))
    assert done.failed
    assert done.message.count("\n") == 0
    assert done.session is before


def test_a_checkpoint_in_the_place_of_a_sequence_is_told_where_it_belongs(data):
    with pytest.raises(ValueError, match="open them with --model, beside a sequence"):
        open_session(Recipe(path=str(FILES / "rnn.pt")))


def test_what_a_model_leaves_open_is_said_by_the_options_of_the_command_line(data, tmp_path):
    path, head = tmp_path / "m.npz", np.arange(6.0).reshape(3, 2)
    W = {"weight_ih_l0": np.ones((2, 2)), "weight_hh_l0": np.eye(2), "bias_ih_l0": np.ones(2), "bias_hh_l0": np.ones(2)}
    np.savez(path, **W, **{"one.weight": head, "other.weight": head[::-1]})
    undecided = last(Recipe(path=data, classes=3), f"open {path}")
    assert undecided.failed
    assert "--head one" in undecided.message
    chosen = last(Recipe(path=data, classes=3), f"open {path} --head other")
    assert not chosen.failed, chosen.message
    assert np.array_equal(chosen.session.params["V"], head[::-1])
