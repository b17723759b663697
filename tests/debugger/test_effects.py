"""Recipes become sessions, effects are performed, and what does not fit is refused in one line."""

from __future__ import annotations

import inspect
import json
import os
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from rnn_core.debugger import outcome
from rnn_core.debugger.effects import estimates, performing
from rnn_core.debugger.outcome import Export, Open, RunSequence
from rnn_core.debugger.persistence import opening
from rnn_core.errors import Cancelled, RnnError, UsageError
from rnn_core.model import Sizes
from rnn_core.recipe import Recipe
from rnn_core.updates import Clip, Options
from tests.core import notebook


@pytest.fixture
def session():
    return opening.open_session(Recipe())


@pytest.fixture
def two(tmp_path):
    """A file of two sequences, two features and three classes."""
    path = tmp_path / "two.csv"
    path.write_text("sequence,u,v,target\na,1,2,0\na,3,4,2\nb,5,6,1\n")
    return path


def refused(recipe, data=None):
    with pytest.raises(RnnError) as error:
        opening.open_session(recipe, data)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("seed", [0, 42])
@pytest.mark.parametrize("index", range(4))
def test_the_demo_is_the_notebook_seeded_alike(seed, index):
    session = opening.open_session(Recipe(seed=seed, sequence=index))
    rng = np.random.RandomState(seed)
    weights = notebook.weights(rng)
    xs, targets = notebook.sequences(rng)[index]
    new, gradients, loss = notebook.train_step(xs, targets, *weights, 0.01)
    for name, expected, gradient in zip("UWVbc", new, gradients, strict=True):
        shape = getattr(session.params, name).shape
        np.testing.assert_allclose(getattr(session.trace.updated, name), expected.reshape(shape), rtol=1e-12)
        np.testing.assert_allclose(
            getattr(session.trace.gradients, name), gradient.reshape(shape), rtol=1e-11, atol=1e-16
        )
    assert session.trace.mean_loss == pytest.approx(loss, abs=1e-7)
    assert (session.index, session.k) == (index, 0)


def test_the_options_of_the_recipe_are_those_of_the_run():
    options = Options(learning_rate=0.5, reduction="mean", clip=Clip("norm", 1.0))
    session = opening.open_session(Recipe(demo="hello", hidden=6, init="xavier", scale=2.0, options=options))
    assert session.trace.options == session.options == options
    assert session.trace.sizes == Sizes(4, 6, 4)
    assert session.trace.sequence.tokens == tuple("hell")


def test_a_text_a_file_and_standard_input_are_sources(two):
    assert opening.open_session(Recipe(text="a b a", tokens="words")).dataset.classes == ("a", "b")
    assert len(opening.open_session(Recipe(path=str(two))).dataset.sequences) == 2
    session = opening.open_session(Recipe(path="-"), b'{"inputs": [[1, 2]], "targets": [1]}')
    assert session.dataset.name == "standard input"
    assert session.trace.sizes == Sizes(2, 10, 2)


def test_an_initial_state_in_the_data_says_how_many_hidden_units_there_are(tmp_path):
    path = tmp_path / "h0.json"
    path.write_text('{"inputs": [[1]], "h0": [1, 2, 3]}')
    assert opening.open_session(Recipe(path=str(path))).trace.sizes.hidden == 3
    assert "10 hidden units" in refused(Recipe(path=str(path), hidden=10))


def test_every_sequence_is_checked_not_only_the_one_that_runs(two, tmp_path, session):
    weights = opening.open_session(Recipe(path=str(two), classes=3)).params
    np.savez(tmp_path / "m.npz", U=weights.U, W=weights.W, V=weights.V[:2], b=weights.b, c=weights.c[:2])
    message = refused(Recipe(path=str(two), sequence=1, model=str(tmp_path / "m.npz")))
    assert message.startswith("two.csv, sequence 1, timestep 2: target 2")


def test_a_trace_too_large_for_memory_names_its_sequence(two, monkeypatch):
    monkeypatch.setattr("rnn_core.recorder.MOST_BYTES", 600)
    assert refused(Recipe(path=str(two))).startswith("two.csv, sequence 1: T=2 with 10 hidden units takes")


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        (Recipe(sequence=4), "demo: no sequence 5 (1 to 4)"),
        (Recipe(demo="bye"), 'no demo "bye" (one of teaching, hello)'),
        (Recipe(text="hi", targets="t.npy"), "a file of targets goes with a file of inputs (leave it out)"),
        (Recipe(targets="t.npy"), "a file of targets goes with a file of inputs (leave it out)"),
        (Recipe(hidden=1_000_000), "1000000 hidden units and 3 classes make weights of 7.3 TiB, more than 1.0 GiB"),
        (Recipe(classes=2), "demo, sequence 1, timestep 3: target 2, but 2 classes were asked for"),
        (Recipe(init="zeros"), "no initialisation 'zeros'"),
        (Recipe(path="-"), "standard input: nothing was read from it"),
        (Recipe(path="no\nsuch\x1b.csv"), "no such�.csv: no such file"),
    ],
)
def test_a_recipe_that_cannot_be_cooked_is_refused_in_a_line(recipe, message):
    assert refused(recipe).startswith(message)


def test_a_model_brings_its_own_sizes_and_contradictions_are_told(tmp_path, session):
    path = str(tmp_path / "m.npz")
    performing.perform(Export(path), session)
    again = opening.open_session(Recipe(model=path, sequence=1))
    np.testing.assert_array_equal(again.params.W, session.params.W)
    assert "10" in refused(Recipe(model=path, hidden=9))
    assert "5 classes were asked for, and the model has 3" in refused(Recipe(model=path, classes=5))
    assert "4 features, but the model's U takes 5" in refused(Recipe(model=path, demo="hello"))


class TestPerforming:
    def test_a_file_opens_with_weights_drawn_alike_at_its_start(self, session, two):
        session = replace(session.at(5), recipe=replace(session.recipe, hidden=7, seed=3, classes=9, targets="x"))
        session = session.seen(scale="log", playing=True)
        opened = performing.perform(Open(str(two)), session)
        assert opened.message == "opened two.csv: 2 sequences"
        after = opened.session
        assert (after.k, after.index, after.trace.sizes) == (0, 0, Sizes(2, 7, 3))
        assert (after.view.scale, after.view.playing) == ("log", False)
        assert (after.recipe.path, after.recipe.targets, after.recipe.classes) == (str(two), "", None)
        np.testing.assert_array_equal(after.params.U, opening.open_session(after.recipe).params.U)

    def test_a_model_stays_and_must_fit(self, session, two, tmp_path):
        path = str(tmp_path / "m.npz")
        performing.perform(Export(path), session)
        with_model = opening.open_session(Recipe(model=path))
        with pytest.raises(RnnError, match="2 features, but the model's U takes 5"):
            performing.perform(Open(str(two)), with_model)
        reopened = performing.perform(Open(path), with_model).session
        np.testing.assert_array_equal(reopened.params.W, session.params.W)

    def test_another_sequence_runs_with_the_same_weights(self, session):
        done = performing.perform(RunSequence(1), session.at(7))
        assert done.message == "sequence 2/4"
        after = done.session
        assert (after.index, after.k, len(after.trace), after.recipe.sequence) == (1, 0, 5, 1)
        assert after.params is session.params
        with pytest.raises(UsageError, match=r"no sequence 5 \(1 to 4\)"):
            performing.perform(RunSequence(4), session)

    def test_the_whole_trace_is_exported_wherever_the_cursor_is(self, session, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        path = "trace.npz"
        done = performing.perform(Export(str(path)), session.at(3))
        assert done.message.startswith(f"wrote {path} (1")
        with np.load(path) as file:
            meta = json.loads(file["meta"].item())
            np.testing.assert_array_equal(file["dW"], session.trace.gradients.W)
        assert meta["dataset"] == {"name": "demo", "sequences": 4, "sequence": 1, "sequence_name": "1"}
        assert (meta["seed"], meta["recipe"]["source"]) == (0, "demo teaching")

    def test_a_home_folder_is_understood(self, session, tmp_path, monkeypatch):
        monkeypatch.setenv("HOME", str(tmp_path))
        performing.perform(Export("~/trace.csv"), session)
        assert (tmp_path / "trace.csv").exists()

    def test_standard_output_is_the_screens(self, session):
        with pytest.raises(UsageError, match="standard output is the screen"):
            performing.perform(Export("-", "csv"), session)

    def test_cancelling_leaves_nothing_behind(self, session, tmp_path):
        def cancel(_share):
            raise Cancelled

        for effect in (RunSequence(1), Export(str(tmp_path / "trace.csv")), Open("nowhere.csv")):
            with pytest.raises(RnnError):
                performing.perform(effect, session, cancel)
        assert os.listdir(tmp_path) == []

    @pytest.mark.parametrize("effect", [outcome.Quit(), outcome.Ask("open"), outcome.Copy("x")])
    def test_what_only_a_screen_can_do_is_said(self, session, effect):
        done = performing.perform(effect, session)
        assert done.session is session
        assert done.message == performing.EFFECTS[type(effect)].refusal(effect)


def test_every_effect_says_once_who_performs_it():
    assert set(performing.EFFECTS) == set(get_args(outcome.Effect))
    performed = [entry for entry in performing.EFFECTS.values() if isinstance(entry, performing.Performed)]
    assert all(list(inspect.signature(entry.function).parameters)[1:2] == ["session"] for entry in performed)


def test_progress_goes_up_to_one(session):
    for work in (
        lambda p: opening.open_session(Recipe(), progress=p),
        lambda p: performing.perform(RunSequence(2), session, p),
    ):
        shares = []
        work(shares.append)
        assert shares == sorted(shares)
        assert shares[-1] == 1.0
        assert min(shares) >= 0.0


def test_estimates_grow_with_the_work():
    assert estimates.seconds(Sizes(5, 10, 3), 5) < 0.01
    assert estimates.seconds(Sizes(5, 10, 3), 1_000_000) > estimates.LONG
    assert estimates.seconds(Sizes(64, 512, 64), 1000) > estimates.seconds(Sizes(64, 128, 64), 1000)


def test_small_things_open_at_once_and_large_ones_look_long(tmp_path):
    small, large = tmp_path / "small.csv", tmp_path / "large.csv"
    small.write_text("1,2\n")
    large.write_bytes(b"\0" * 20_000_000)
    for recipe in (Recipe(), Recipe(demo="hello"), Recipe(text="hello"), Recipe(path=str(small)), Recipe(path="none")):
        assert not estimates.looks_long(recipe)
    assert estimates.looks_long(Recipe(path=str(large)))
    assert estimates.looks_long(Recipe(path="-"), b"\0" * 20_000_000)
    assert estimates.looks_long(Recipe(hidden=8000))
    assert estimates.looks_long(Recipe(text="x" * 1_000_000))
