"""`rnn-tui diff`, `--against` and `weights`: two models or traces beside each other, on the screen and without."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from rnn_core.data import demo_dataset
from rnn_core.debugger.persistence import session_file
from rnn_core.debugger.persistence.opening import open_session
from rnn_core.debugger.persistence.reopening import reopen
from rnn_core.debugger.scripts import playing
from rnn_core.debugger.scripts.script import parse
from rnn_core.debugger.session import Cursor
from rnn_core.debugger.whatif.compared import differing
from rnn_core.differences import apart, worst
from rnn_core.formats import models
from rnn_core.model import Sizes, initialise
from rnn_core.recipe import Recipe
from rnn_core.recorder import record
from rnn_tui import cli

SIZES = Sizes(5, 10, 3)


@pytest.fixture
def two(tmp_path):
    """Two models of the demo's sizes that differ in one weight: by 0.5 at W[2,3]."""
    one = initialise("normal", SIZES, seed=1)
    W = np.array(one["W"])
    W[2, 3] += 0.5
    other = one.replaced(W=W)
    paths = str(tmp_path / "a.npz"), str(tmp_path / "b.npz")
    for params, path in zip((one, other), paths, strict=True):
        models.save(params, path)
    return paths, (one, other)


def played(session, script):
    *_, last = playing.play(session, parse(script))
    return last


def out_of(capsys, *argv, status):
    assert cli.main(["diff", *argv]) == status
    out, err = capsys.readouterr()
    assert err == ""
    return out


# -- without a screen ------------------------------------------------------------------------------------------------


def test_models_that_are_the_same_differ_in_nothing_and_are_status_0(capsys, two):
    (path, _), _ = two
    assert out_of(capsys, path, path, status=0).splitlines()[-1] == "no array differs"


def test_the_largest_difference_of_each_array_is_told_with_its_place_and_both_numbers(capsys, two):
    paths, (one, other) = two
    found = json.loads(out_of(capsys, *paths, "--json", status=1))
    rows = {row["name"]: row for row in found["arrays"]}
    assert [name for name, row in rows.items() if not row["passes"]] == ["W"]
    assert rows["W"]["at"] == [2, 3]
    assert rows["W"]["values"] == [one["W"][2, 3], other["W"][2, 3]]
    assert rows["W"]["largest"] == other["W"][2, 3] - one["W"][2, 3]


def test_a_difference_up_to_the_tolerance_passes(capsys, two):
    paths, (_, other) = two
    share = 0.5 / np.abs(other["W"]).max()
    assert out_of(capsys, *paths, "--tolerance", str(share * 1.01), status=0)
    assert out_of(capsys, *paths, "--tolerance", str(share * 0.99), status=1)


def test_on_data_every_number_of_every_sequence_is_compared_and_the_first_place_named(capsys, two):
    paths, both = two
    found = json.loads(out_of(capsys, *paths, "--demo", "teaching", "--json", status=1))
    rows = {row["name"]: row for row in found["arrays"]}
    traces = [[record(params, sequence) for params in both] for sequence in demo_dataset(0).sequences]
    expected = max(np.abs(a.h - b.h).max() / max(np.abs(a.h).max(), np.abs(b.h).max()) for a, b in traces)
    assert rows["h"]["relative"] == expected
    t, unit = rows["h"]["at"]
    one, other = traces[rows["h"]["sequence"] - 1]
    assert rows["h"]["values"] == [one.h[t, unit], other.h[t, unit]]
    t, unit = rows["a"]["at"]  # a[1] is the first timestep's, and stands in row 0
    one, other = traces[rows["a"]["sequence"] - 1]
    assert rows["a"]["values"] == [one.a[t - 1, unit], other.a[t - 1, unit]]
    assert found["parted"] == {"sequence": 1, "place": "the start: W"}
    assert found["loss"] == pytest.approx(
        [sum(pair[i].loss for pair in traces) / sum(len(pair[i]) for pair in traces) for i in (0, 1)], rel=1e-12
    )


def test_one_sequence_is_compared_where_one_is_asked_for(capsys, two):
    paths, both = two
    found = json.loads(out_of(capsys, *paths, "--demo", "teaching", "--sequence", "3", "--json", status=1))
    sequence = demo_dataset(0).sequences[2]
    assert found["loss"] == pytest.approx([record(p, sequence).mean_loss for p in both], rel=1e-12)
    assert {row["sequence"] for row in found["arrays"]} == {3}


def test_models_of_other_sizes_are_compared_as_far_as_they_can_be(capsys, tmp_path, two):
    (path, _), _ = two
    small = str(tmp_path / "small.npz")
    models.save(initialise("normal", Sizes(5, 6, 3), seed=1), small)
    out = out_of(capsys, path, small, "--demo", "teaching", status=1)
    assert "≠ W        shape 10×10 and 6×6" in out
    assert "mean loss" in out


def test_exported_traces_are_compared_as_they_were_written(capsys, tmp_path):
    paths = [str(tmp_path / name) for name in ("a.npz", "b.npz")]
    played(open_session(Recipe()), f"export {paths[0]}")
    played(open_session(Recipe()), f"set x[2,1] = 0.25; export {paths[1]}")
    found = json.loads(out_of(capsys, *paths, "--json", status=1))
    rows = {row["name"]: row for row in found["arrays"]}
    assert (rows["x"]["at"], rows["x"]["values"][1]) == ([2, 1], 0.25)
    assert rows["U"]["passes"]
    assert not rows["dU"]["passes"]


@pytest.mark.parametrize(
    ("argv", "status", "said"),
    [
        (["a.npz"], 2, "diff takes two files"),
        (["a.npz", "b.npz", "--tolerance", "-1"], 2, "is not a number from 0 on"),
        (["a.npz", "b.npz", "--model", "c.npz"], 2, "leave out --model"),
        (["a.npz", "nowhere.npz"], 1, "nowhere.npz: no such file"),
        (["a.npz", "b.npz", "d.csv", "--data", "d.csv"], 2, "more than one source"),
    ],
)
def test_a_mistake_is_one_line(capsys, monkeypatch, tmp_path, two, argv, status, said):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["diff", *argv]) == status
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert said in err


# -- the difference of two arrays --------------------------------------------------------------------------------------


def test_nan_equals_nan_and_a_finite_number_is_infinitely_far_from_an_infinite_one():
    same = np.array([np.nan, np.inf, -np.inf, 1.0])
    assert apart("a", same, same).passes(0.0)
    found = apart("a", same, np.array([np.nan, np.inf, 2.0, 1.0]))
    assert (found.largest, found.at, found.passes(1e9)) == (np.inf, (2,), False)
    assert not apart("a", np.array([np.nan]), np.array([0.0])).passes(1e9)


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_the_largest_difference_is_where_it_is_said_to_be(data):
    shape = data.draw(arrays.array_shapes(max_dims=2, max_side=4))
    one, other = (data.draw(arrays.arrays(np.float64, shape, elements=st.floats(-1e3, 1e3))) for _ in range(2))
    found = apart("a", one, other)
    assert found.largest == np.max(np.abs(one - other))
    assert abs(one[found.at] - other[found.at]) == found.largest
    assert found.passes(0.0) == bool((one == other).all())


def test_the_worst_of_several_is_kept_with_its_number():
    rows = [(i, apart("a", np.array([1.0]), np.array([1.0 + by]))) for i, by in enumerate((0.1, 0.3, 0.2))]
    assert worst(rows)["a"][0] == 1


# -- in a session ------------------------------------------------------------------------------------------------------


def test_against_shows_this_run_minus_the_other_and_stays_where_it_is(two):
    (path, other), (one, params) = two
    last = played(open_session(Recipe(model=path)), f"until backward; against {other}")
    session = differing(last.session)
    assert (session.branch, session.compared, session.cursor) == ("main", "b", Cursor(0, 15))
    ours, theirs = (record(p, demo_dataset(0).sequences[0]) for p in (one, params))
    assert np.array_equal(session.shown.rows["h"], ours.h - theirs.h)
    assert np.array_equal(session.shown.value("W", 0), ours.params["W"] - theirs.params["W"])


def test_weights_goes_on_in_a_fork_that_trains_as_a_run_of_that_model_does(two):
    (path, other), _ = two
    forked = played(open_session(Recipe(model=path)), f"weights {other}; train 3").session
    alone = played(open_session(Recipe(model=other)), "train 3").session
    assert forked.branch == "b"
    assert all(np.array_equal(forked.parameters[name], alone.parameters[name]) for name in alone.parameters)


def test_the_optimiser_begins_anew_with_other_weights(two):
    (path, other), _ = two
    session = played(open_session(Recipe(model=path)), f"optimiser adam; train 2; weights {other}").session
    assert not np.any(session.trace.value("mW", 0))
    assert session.trace.state.steps == 0


def test_a_trace_brings_its_own_sequence(tmp_path, two):
    (path, _), (one, _) = two
    saved = str(tmp_path / "trace.npz")
    played(open_session(Recipe(model=path)), f"sequence 3; export {saved}")
    session = played(open_session(Recipe(model=path)), f"weights {saved}").session
    assert np.array_equal(session.trace.h, record(one, demo_dataset(0).sequences[2]).h)


def test_a_session_with_another_file_s_weights_is_saved_and_opened_again(tmp_path, two):
    (path, other), _ = two
    session = played(open_session(Recipe(model=path)), f"against {other}; goto dh").session
    session_file.save(session, str(tmp_path / "s.json"))
    again, notes = reopen(str(tmp_path / "s.json"))
    assert notes == ()
    assert (again.compared, again.cursor, again.branch) == ("b", session.cursor, "main")
    assert np.array_equal(differing(again).shown.rows["h"], differing(session).shown.rows["h"])


def test_a_recording_makes_the_fork_again(tmp_path, two):
    (path, other), _ = two
    script = tmp_path / "r.rnn"
    session = played(open_session(Recipe(model=path)), f"record {script}; against {other}; goto dh; record off").session
    again = played(open_session(Recipe(model=path)), script.read_text()).session
    assert (again.compared, again.cursor) == (session.compared, session.cursor)


@pytest.mark.parametrize(
    ("hidden", "cell", "said"),
    [(6, "rnn", "6 hidden units"), (10, "lstm", "an lstm of 5 inputs")],
)
def test_weights_that_leave_nothing_to_subtract_are_refused(tmp_path, hidden, cell, said):
    saved = str(tmp_path / "m.npz")
    played(open_session(Recipe(hidden=hidden, cell=cell)), f"save-model {saved}")
    last = played(open_session(Recipe()), f"against {saved}")
    assert last.failed
    assert said in last.message
    assert last.session.branches[1:] == ()


def test_against_on_the_command_line_does_the_same(capsys, two):
    (path, other), (_, params) = two
    assert cli.main(["run", "--model", path, "--against", other, "-e", "fork b; end; p loss"]) == 0
    loss = record(params, demo_dataset(0).sequences[0]).loss
    assert capsys.readouterr().out.splitlines()[-1] == repr(float(loss))


def test_json_records_hold_what_a_command_answers_as_a_value_with_its_shape(capsys):
    assert cli.main(["run", "--json", "-e", "end; p dW; p k; p 1/0; assert k > 1; assert k < 1"]) == 1
    end, dW, k, infinite, holds, fails = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    trace = open_session(Recipe()).trace
    assert (end["value"], end["shape"]) == (None, None)
    assert np.array_equal(dW["value"], trace.gradients["W"])
    assert dW["shape"] == [10, 10]
    assert (k["value"], k["shape"]) == (trace.end, [])
    assert infinite["value"] == "inf"
    assert (holds["value"], fails["value"], fails["failed"]) == (True, False, True)
