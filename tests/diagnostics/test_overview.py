"""A dataset at a glance: each number is that of the sequence's own trace, found here by loops over timesteps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_core.cells import cell
from rnn_core.data import Dataset, Sequence, in_chunks, text_dataset
from rnn_core.diagnostics import overview as listed
from rnn_core.diagnostics.overview import NEITHER, RIGHT, overview
from rnn_core.errors import Cancelled
from rnn_core.flow.horizon import horizon
from rnn_core.flow.lattice import whole
from rnn_core.model import Params, Sizes, initialise
from rnn_core.optimisers import Optimiser
from rnn_core.recorder import record
from rnn_core.trace import Trace
from rnn_core.training.run import Run
from rnn_core.updates import Clip, Options

SIZES = Sizes(3, 4, 3)


def params(seed: int = 0, scale: float = 1.0, kind: str = "rnn") -> Params:
    return initialise("normal", SIZES, seed=seed, scale=40 * scale, cell=cell(kind))


def several(count: int, seed: int = 0, absent: float = 0.3) -> Dataset:
    rng = np.random.default_rng(seed)
    made = []
    for length in rng.integers(1, 9, count):
        y = np.where(rng.random(length) < absent, -1, rng.integers(0, 3, length))
        made.append(Sequence(rng.standard_normal((length, 3)), y))
    return Dataset(tuple(made))


def by_hand(trace: Trace) -> tuple[float, int, int]:
    """Mean loss, first wrong timestep, reach, one timestep after another."""
    targeted = [t for t in range(1, len(trace) + 1) if trace.y[t - 1] >= 0]
    if not targeted:
        return float("nan"), NEITHER, NEITHER
    mean = sum(float(trace.nll[t - 1]) for t in targeted) / len(targeted)
    wrong = next((t for t in targeted if int(np.argmax(trace.p[t - 1])) != trace.y[t - 1]), RIGHT)
    sizes = [np.linalg.norm(trace.dh_next[0]), *(np.linalg.norm(row) for row in trace.dh)]
    first = next((k for k, size in enumerate(sizes) if size >= 0.01 * max(sizes)), 0)
    return mean, wrong, targeted[-1] - first if max(sizes) > 0 else 0


@settings(max_examples=30)
@given(st.integers(0, 50), st.sampled_from(["rnn", "lstm", "gru"]), st.sampled_from(["sum", "mean"]))
def test_each_row_is_what_a_walk_over_the_timesteps_finds(seed, kind, reduction):
    dataset, weights, options = several(6, seed), params(seed, kind=kind), Options(reduction=reduction)
    found = overview(weights, dataset, options)
    for i, sequence in enumerate(dataset.sequences):
        loss, wrong, reach = by_hand(record(weights, sequence, options))
        assert (found.lengths[i], found.wrong[i], found.reaches[i]) == (len(sequence), wrong, reach)
        assert found.losses[i] == pytest.approx(loss, rel=1e-12, nan_ok=True)


def test_the_loss_is_the_bits_of_the_trace_however_many_are_looked_at_together(monkeypatch):
    dataset, weights = several(40), params()
    one = overview(weights, dataset, Options())
    monkeypatch.setattr(listed, "AT_ONCE", 0)
    other = overview(params(), dataset, Options())
    expected = [record(weights, sequence).mean_loss for sequence in dataset.sequences]
    for found in (one, other):
        assert np.array_equal(found.losses, expected, equal_nan=True)
    assert np.array_equal(one.reaches, other.reaches)


@pytest.mark.parametrize("scale", [0.02, 0.3, 3.0])
def test_the_reach_of_a_single_loss_is_its_memory_horizon(scale):
    x = np.random.default_rng(1).standard_normal((30, 3))
    y = np.full(30, -1)
    y[24] = 1
    weights = params(scale=scale)
    (reach,) = overview(weights, Dataset((Sequence(x, y),)), Options()).reaches
    trace = record(weights, Sequence(x, y))
    sizes = np.array([np.linalg.norm(trace.dh_next[0]), *np.linalg.norm(trace.dh, axis=1)])
    if sizes.max() == sizes[25]:  # the horizon is measured by the gradient at its own timestep
        assert [reach] == horizon(whole(trace), 1e-2).steps.tolist()
    assert reach == 25 - int(np.argmax(sizes >= 0.01 * sizes.max()))


def test_gradients_too_small_or_too_large_to_be_squared_reach_as_far_as_others():
    matrices = {"U": np.eye(1), "W": np.array([[0.5]]), "b": np.zeros(1), "c": np.zeros(2)}
    dataset = Dataset((Sequence(np.zeros((20, 1)), np.array([-1] * 19 + [0])),))
    found = [
        int(overview(Params(V=np.array([[size], [-size]]), **matrices), dataset, Options()).reaches[0])
        for size in (1e-200, 1.0, 1e200)
    ]
    assert found == [6, 6, 6]  # 0.5**6 is the last power above 0.01


def test_what_has_no_targets_and_what_is_never_wrong_is_told_apart():
    x = np.ones((2, 3))
    none = overview(params(), Dataset((Sequence(x),)), Options())
    assert (none.wrong[0], none.reaches[0], none.worst) == (NEITHER, NEITHER, None)
    assert np.isnan(none.losses[0])
    values = Dataset((Sequence(x, np.ones((2, 3)) * 0.5),))
    real = overview(params(), values, Options(loss="squared-error"))
    assert real.wrong[0] == NEITHER
    assert real.losses[0] == record(params(), values.sequences[0], Options(loss="squared-error")).mean_loss


def test_the_chunks_of_a_text_begin_where_the_one_before_has_ended():
    dataset = in_chunks(text_dataset("hello you all"), 4)
    weights = initialise("normal", Sizes(dataset.inputs, 5, dataset.inputs), scale=30)
    still = Run(dataset, weights, Options(learning_rate=0.0))
    expected = [still.trace(u).mean_loss for u in range(len(dataset.sequences))]
    assert overview(weights, dataset, Options()).losses.tolist() == expected


def test_the_worst_is_the_largest_loss_and_a_number_that_is_none_before_it():
    dataset = several(12, absent=0.0)
    found = overview(params(), dataset, Options())
    assert found.worst == int(np.argmax(found.losses))
    broken = list(dataset.sequences)
    broken[7] = Sequence(np.full((2, 3), 1e308), np.array([0, 1]))
    matrices = {name: np.array(params()[name]) for name in ("U", "W", "V", "b", "c")}
    matrices["U"][:] = [2, -2, 0]  # inf - inf in that sequence only
    assert overview(Params(**matrices), Dataset(tuple(broken)), Options()).worst == 7


@pytest.mark.parametrize("by", ["loss", "length", "wrong", "reach", "number"])
def test_the_list_is_sorted_by_any_column_and_what_is_unknown_comes_last(by):
    dataset = Dataset((Sequence(np.ones((2, 3))), *several(20).sequences))
    found = overview(params(), dataset, Options())
    columns = {"loss": found.losses, "length": found.lengths, "wrong": found.wrong, "reach": found.reaches}
    for reverse in (False, True):
        chosen = listed.order(found, by, reverse=reverse)
        assert sorted(chosen.tolist()) == list(range(len(dataset.sequences)))
        known = [i for i in chosen.tolist() if found.reaches[i] != NEITHER or by in ("length", "number")]
        assert chosen.tolist()[: len(known)] == known
        column = columns.get(by, np.arange(len(found)))
        shown = [float(column[i]) for i in known if not (by == "wrong" and column[i] == RIGHT)]
        descending = (by in ("loss", "length")) is not reverse
        assert shown == sorted(shown, reverse=descending)


def test_the_overview_is_remembered_for_its_parameters_and_not_for_others():
    dataset, weights = several(5), params()
    found = overview(weights, dataset, Options())
    assert overview(weights, dataset, Options()) is found
    assert overview(weights, dataset, Options(clip=Clip.parse("norm:1"), optimiser=Optimiser("adam"))) is found
    assert overview(weights, dataset, Options(truncation=1)) is not found
    assert overview(params(), dataset, Options()) is not found


def test_cancelled_it_leaves_nothing_behind():
    dataset, weights = several(5), params()

    def stop(share: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        overview(weights, dataset, Options(), stop)
    shares = []
    overview(weights, dataset, Options(), shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
