"""The norms of a long run thin out; what is said of any update stays what it is of a run that keeps every norm."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_core.formats.logs import Log
from rnn_core.training import thinned
from rnn_core.training.log import lines
from rnn_core.training.memory import Memory
from rnn_core.training.metrics import NORMS, Metrics
from rnn_core.training.thinned import Thinned, factor, multiples
from rnn_core.views.curves import curves
from tests.training.runs import any_run, little_memory, random_run
from tests.training.test_not_finite import RUNS, places_not_finite


@pytest.fixture
def few(monkeypatch):
    """Room for the norms of so few updates that they thin out soon."""
    monkeypatch.setattr(thinned, "MOST_ROWS", 7)


def again(run):
    """The same run, with nothing remembered of it."""
    return type(run)(run.dataset, run.params, run.options, run.order)


def learnt(run, count, most):
    """The same run after so many updates, with room for so many norms."""
    run = again(run)
    with pytest.MonkeyPatch.context() as patch, little_memory():
        patch.setattr(thinned, "MOST_ROWS", most)
        run.learn(count, stop=False)
    return run


@given(st.integers(0, 9), st.integers(1, 12), st.lists(st.integers(1, 30), max_size=12))
def test_the_rows_kept_are_those_of_the_least_power_that_leaves_room(first, epoch_length, portions):
    """Row u holds the number u, so that a row that stands wrong is seen."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(thinned, "MOST_ROWS", 8)
        table, stop = Thinned(first, 1, epoch_length), first
        for portion in portions:
            table.add(stop, np.arange(stop, stop + portion, dtype=float)[:, None])
            stop += portion
        spacing = 1
        while len(multiples(first, stop, spacing)) > 8:
            spacing *= factor(epoch_length)
        assert table.kept.spacing == spacing
        assert table.kept.rows[:, 0].tolist() == [u for u in range(first, stop) if u % spacing == 0]


@pytest.mark.parametrize(("epoch_length", "expected"), [(1, 2), (2, 3), (4, 3), (6, 5), (30, 7), (169, 2)])
def test_each_sequence_comes_in_its_turn(epoch_length, expected):
    assert factor(epoch_length) == expected
    taken = [update % epoch_length for update in multiples(0, epoch_length * expected**2, expected**2)]
    assert sorted(taken) == list(range(epoch_length))


@settings(max_examples=30)
@given(any_run, st.integers(8, 40), st.lists(st.integers(0, 39), max_size=6))
def test_norms_that_are_not_kept_are_computed_again_bit_for_bit(run, count, asked):
    whole, thin = learnt(run, count, 1000), learnt(run, count, 7)
    metrics = thin.metrics
    assert metrics.spacing > 1
    assert len(metrics.normed) == len(metrics.gradients) <= 7
    assert metrics.loss.tobytes() == whole.metrics.loss.tobytes()
    assert metrics.accuracy.tobytes() == whole.metrics.accuracy.tobytes()
    for name in NORMS:
        kept = getattr(whole.metrics, name)[list(metrics.normed)]
        assert getattr(metrics, name).tobytes() == kept.tobytes()
    with little_memory():
        for update in (each % count for each in asked):
            mine, theirs = metrics.norms_of(update), whole.metrics.norms_of(update)
            assert np.array(mine).tobytes() == np.array(theirs).tobytes()
        assert list(lines(thin.metrics_within(0, count), 0)) == list(lines(whole.metrics, 0))


def test_a_fork_is_as_thin_as_the_thinner_of_both_and_says_the_same(few):
    parent = random_run()
    parent.learn(30)
    fork = parent.fork(20)
    fork.learn(24)
    assert (fork.history.metrics.spacing, fork.metrics.spacing) == (1, parent.metrics.until(20).spacing)
    assert list(fork.metrics.normed) == [u for u in range(24) if u % fork.metrics.spacing == 0]
    for update in range(24):
        assert np.array(fork.metrics.norms_of(update)).tobytes() == np.array(parent.metrics.norms_of(update)).tobytes()
    assert fork.metrics_within(18, 23).gradients.tobytes() == parent.metrics_within(18, 23).gradients.tobytes()


def test_an_update_that_is_not_known_has_no_norms(few):
    run = random_run()
    run.learn(20)
    assert run.metrics.norms_of(20) is None
    assert run.metrics.norms_of(-1) is None


@pytest.mark.parametrize("kind", [kind for kind in RUNS if "overflow" in kind])
def test_the_first_number_that_is_not_finite_is_found_wherever_norms_are_kept(kind, monkeypatch):
    monkeypatch.setattr(thinned, "MOST_ROWS", 2)
    run = RUNS[kind]()
    wild = [update for update, _ in places_not_finite(run)]
    run.learn(12, stop=False)
    found, since = [], 0
    while (update := run.learn(12, since=since)) is not None:
        found.append(update)
        since = update + 1
    assert found == wild


@settings(max_examples=20)
@given(st.integers(1, 40), st.integers(1, 20))
def test_a_thinned_run_that_is_remembered_goes_on_as_if_it_had_never_stopped(reached, more):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(thinned, "MOST_ROWS", 7)
        before, after, whole = random_run(), random_run(), random_run()
        before.learn(reached)
        after.history.remember(before.history.memory())
        after.learn(reached + more)
        whole.learn(reached + more)
        mine, theirs = after.history.memory(), whole.history.memory()
        assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(mine, theirs, strict=True))


def test_what_was_remembered_when_every_norm_was_kept_is_thinned_when_it_is_taken_over(few):
    run, other = random_run(), random_run()
    run.learn(30)
    updates, rows, row, metrics, *_ = run.history.memory()
    told = run.metrics_within(0, 30)
    old = np.hstack((metrics[:, :2], told.gradients, told.weights, told.changes, metrics[:, 2:]))
    other.history.remember(Memory.of_every_norm(updates, rows, row, old))
    mine, theirs = run.history.memory(), other.history.memory()
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(mine, theirs, strict=True))


def test_norms_of_other_updates_than_the_run_keeps_are_refused(few):
    run, other = random_run(), random_run()
    run.learn(30)
    memory = run.history.memory()
    for normed in (memory.normed + 1, memory.normed[::-1].copy(), memory.normed * 0):
        with pytest.raises(ValueError, match=r"normed: not evenly spaced from 0 to 30"):
            other.history.remember(memory._replace(normed=normed))
    assert other.reached == 0


def test_a_log_is_the_same_whether_norms_are_kept_or_computed_again(few, tmp_path, monkeypatch):
    whole, thin, path = random_run(), random_run(), str(tmp_path / "log.jsonl")
    thin.learn(40)
    log = Log(path)
    log.write(thin)
    log.close()
    Log.resumed(path, thin).close()  # its last line is compared
    monkeypatch.setattr(thinned, "MOST_ROWS", 1000)
    whole.learn(40)
    assert (tmp_path / "log.jsonl").read_bytes() == b"".join(lines(whole.metrics, 0))


@pytest.mark.parametrize("chart", ["gradients", "ratio"])
def test_a_chart_of_thinned_norms_draws_those_kept_and_says_so(few, chart):
    run = random_run()
    run.learn(200)
    metrics = run.metrics
    shown = curves(metrics, chart, 4, cursor=100)
    assert shown.apart == metrics.spacing > 1
    kept = metrics.gradients if chart == "gradients" else metrics.ratios
    drawn = shown.lines[0]
    for column in range(4):
        at = [r for r, u in enumerate(metrics.normed) if shown.column(u) == column]
        if at:
            assert drawn.low[column] == kept[at, 0].min()
            assert drawn.high[column] == kept[at, 0].max()
    assert 100 % metrics.spacing
    trace = run.trace(100)
    moved = np.linalg.norm(trace.updated.U - trace.params.U) / np.linalg.norm(trace.params.U)
    expected = np.linalg.norm(trace.gradients.U) if chart == "gradients" else moved
    assert drawn.value == pytest.approx(expected, rel=1e-9)


def test_the_loss_of_every_update_stays_whatever_becomes_of_the_norms(few):
    run = random_run()
    run.learn(200)
    shown = curves(run.metrics, "loss", 4)
    assert shown.apart == 1
    drawn = next(line for line in shown.lines if line.kind == "update")
    assert drawn.high[0] == run.metrics.loss[:50].max()


def test_columns_of_many_thinned_norms_are_those_that_looking_at_each_gives(monkeypatch):
    """So many rows that tiles of them are reduced once: the columns begin where tiles do."""
    monkeypatch.setattr(thinned, "MOST_ROWS", 3000)
    table = Thinned(0, 15, 4)
    table.add(0, np.random.default_rng(0).random((20_000, 15)))
    gradients, weights, changes = np.split(table.kept.rows, 3, axis=1)
    nothing = np.zeros(20_000)
    metrics = Metrics(0, 4, nothing, nothing, gradients, weights, changes, spacing=table.kept.spacing)
    shown = curves(metrics, "gradients", 5)
    assert shown.across.tiled
    spread = [line for line in shown.lines if line.behind]
    assert len(spread) == 5
    columns = [shown.column(update) for update in metrics.normed]
    for i, line in enumerate(spread):
        for column in range(5):
            at = [r for r, c in enumerate(columns) if c == column]
            assert (line.low[column], line.high[column]) == (gradients[at, i].min(), gradients[at, i].max())
    means = gradients[: len(gradients) // 64 * 64, 0].reshape(-1, 64).mean(axis=1)
    calm = next(line for line in shown.lines if not line.behind)
    assert np.nanmax(calm.high) == pytest.approx(means.max(), rel=1e-12)
