"""Curves over the updates of a run: what a column shows, where the limits lie, and which update a click means."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rnn_core.training.metrics import Metrics
from rnn_core.views.axes import TILE, Across, Upright, upright
from rnn_core.views.curves import curves
from rnn_core.views.options import CHARTS
from rnn_core.views.reduced import SMOOTHING, smoothed

anything = st.floats(allow_nan=True, allow_infinity=True)
finite = st.floats(allow_nan=False, allow_infinity=False)
several = st.lists(anything, max_size=60)
width = st.integers(1, 40)
charts = st.sampled_from(CHARTS)


def run(loss, *, accuracy=None, first=0, length=1, gradients=None, weights=None, changes=None) -> Metrics:
    """Metrics with these losses, and quiet numbers for what is not said."""
    loss = np.array(loss, dtype=np.float64)
    five = np.full((len(loss), 5), 0.5)
    given_or = lambda array: five if array is None else np.array(array, dtype=np.float64).reshape(-1, 5)  # noqa: E731
    accuracy = np.full(len(loss), 0.5) if accuracy is None else np.array(accuracy, dtype=np.float64)
    return Metrics(first, length, loss, accuracy, *map(given_or, (gradients, weights, changes)))


def drawn(metrics, chart, log):
    """An oracle: (n, lines) the numbers that must be seen, NaN elsewhere."""
    with np.errstate(all="ignore"):
        values = {
            "loss": metrics.loss[:, None],
            "accuracy": metrics.accuracy[:, None],
            "gradients": metrics.gradients,
            "ratio": metrics.ratios,
        }[chart]
    seen = np.isfinite(values) & ((values > 0.0) if log else True)
    return np.where(seen, values, np.nan)


def of_updates(shown):
    """The curves of single updates, of which there is one for each number that an update leaves behind."""
    behind = [line for line in shown.lines if line.behind]
    return behind or [line for line in shown.lines if not line.compared]


# -- a column shows all of its updates ---------------------------------------------------------------------------


@given(several, width, st.booleans(), st.integers(0, 9), st.integers(1, 5), charts)
def test_every_finite_number_lies_within_the_extent_of_its_column(losses, columns, log, first, length, chart):
    table = np.resize(np.array(losses or [0.0]), (len(losses), 5))
    metrics = run(losses, accuracy=losses, first=first, length=length, gradients=table, changes=table)
    shown = curves(metrics, chart, columns, log=log)
    for i, line in enumerate(of_updates(shown)):
        for row, value in enumerate(drawn(metrics, chart, log)[:, i].tolist()):
            if value == value:
                column = shown.column(first + row)
                assert line.low[column] <= value <= line.high[column]


@given(st.lists(finite, min_size=1, max_size=80), width)
def test_an_extent_is_made_of_numbers_of_its_own_column(losses, columns):
    shown = curves(run(losses), "loss", columns)
    (line,) = shown.lines
    for column in range(columns):
        own = [loss for update, loss in enumerate(losses) if shown.column(update) == column]
        if own:
            assert (line.low[column], line.high[column]) == (min(own), max(own))


@pytest.mark.parametrize("first", [0, 1, 1001])
@pytest.mark.parametrize("chart", CHARTS)
@pytest.mark.parametrize("log", [False, True])
def test_a_long_run_reduced_by_tiles_shows_what_one_update_after_another_would(first, chart, log):
    random = np.random.RandomState(1)
    n, columns = 30_000, 20
    table = random.randn(n, 16)
    table[random.rand(n, 16) < 0.01] = np.nan
    metrics = Metrics(first, 4, table[:, 0], table[:, 15], table[:, 1:6], table[:, 5:10], table[:, 10:15])
    shown = curves(metrics, chart, columns, log=log)
    assert len(shown.across.window) > 2 * TILE * columns
    numbers = drawn(metrics, chart, log)
    for i, line in enumerate(of_updates(shown)):
        for column, (start, stop) in enumerate(pairwise((shown.across.edges - first).tolist())):
            own = numbers[start:stop, i]
            assert (line.low[column], line.high[column]) == (np.nanmin(own), np.nanmax(own))


@pytest.mark.parametrize("chart", CHARTS)
def test_a_run_that_has_grown_in_place_is_drawn_like_one_never_seen_before(chart):
    table = np.random.RandomState(2).rand(20_000, 17) + 0.1

    def part(rows, n):
        return Metrics(7, 3, rows[:n, 0], rows[:n, 1], rows[:n, 2:7], rows[:n, 7:12], rows[:n, 12:])

    for n in (6_000, 15_000, 20_000, 9_000):
        grown, fresh = (curves(part(rows, n), chart, 40, cursor=n) for rows in (table, table.copy()))
        for one, other in zip(grown.lines, fresh.lines, strict=True):
            np.testing.assert_array_equal(one.low, other.low)
            np.testing.assert_array_equal(one.high, other.high)
        assert grown.upright == fresh.upright


def test_updates_with_columns_of_their_own_are_joined_by_straight_lines_except_across_what_is_not_finite():
    shown = curves(run([0.0, 1.0, math.nan, 3.0]), "loss", 10)
    (line,) = shown.lines
    assert line.low[:4] == pytest.approx([0.0, 1 / 3, 2 / 3, 1.0])
    assert np.isnan(line.low[4:9]).all()
    assert line.low[9] == 3.0
    assert line.not_finite.nonzero()[0].tolist() == [6]


# -- what has no place ------------------------------------------------------------------------------------------


def test_numbers_that_are_not_finite_are_marked_and_a_loss_without_a_target_is_not():
    metrics = run([1.0, math.inf, math.nan, math.nan], accuracy=[0.5, 0.5, 0.5, math.nan])
    (line,) = curves(metrics, "loss", 4).lines
    assert line.not_finite.tolist() == [False, True, True, False]
    (line,) = curves(metrics, "accuracy", 4).lines
    assert not line.not_finite.any()


def test_a_ratio_to_a_weight_of_zero_is_left_out_and_an_infinite_change_is_marked():
    metrics = run([1.0, 1.0], weights=[[0.0] * 5, [1.0] * 5], changes=[[1.0] * 5, [math.inf] * 5])
    for line in curves(metrics, "ratio", 2).lines:
        assert np.isnan(line.low).all()
        assert line.not_finite.tolist() == [False, True]


def test_on_a_logarithmic_scale_zero_is_left_out_and_marked_below():
    shown = curves(run([1.0, 0.0, 100.0]), "loss", 3, log=True)
    (line,) = shown.lines
    assert line.below.tolist() == [False, True, False]
    assert (shown.upright.low, shown.upright.high) == (1.0, 100.0)
    assert not curves(run([1.0, 0.0, 100.0]), "loss", 3).lines[0].below.any()


# -- limits and heights ------------------------------------------------------------------------------------------


@given(st.lists(anything, min_size=2, max_size=60), width, st.booleans(), st.data())
def test_the_limits_are_those_of_the_numbers_in_the_window(losses, columns, log, data):
    start = data.draw(st.integers(0, len(losses) - 1))
    window = range(start, data.draw(st.integers(start + 1, len(losses))))
    axis = curves(run(losses), "loss", columns, log=log, window=window).upright
    seen = [x for x in losses[window.start : window.stop] if math.isfinite(x) and (x > 0.0 or not log)]
    assert axis.empty == (not seen)
    if seen and max(seen) / 2 - min(seen) / 2 > 1e-12 * max(map(abs, seen)):
        assert (axis.low, axis.high) == (min(seen), max(seen))
    elif seen:
        assert axis.low < axis.high
        assert axis.low <= min(seen) <= max(seen) <= axis.high


@pytest.mark.parametrize("log", [False, True])
def test_a_loss_that_never_changes_is_a_line_in_the_middle_and_so_is_its_mean(log):
    shown = curves(run([0.1] * 9, length=3), "loss", 40, log=log)
    for line in shown.lines:
        assert shown.upright.share(line.low) == pytest.approx(0.5)


@given(finite, finite, st.booleans(), st.lists(finite, min_size=2, max_size=5))
@example(0.0, 5e-324, False, [0.0, 5e-324])
@example(-1.7e308, 1.7e308, False, [-1e308, 1e308])
def test_heights_lie_between_the_limits_in_the_order_of_the_numbers(one, other, log, values):
    axis = upright([np.array([one, other])], log)
    shares = axis.share(np.array(sorted(values)))
    known = shares[~np.isnan(shares)]
    assert ((known >= 0.0) & (known <= 1.0)).all()
    assert (np.diff(known) >= 0.0).all()
    if not axis.empty:
        assert float(axis.share(axis.low)) == pytest.approx(0.0)
        assert float(axis.share(axis.high)) == pytest.approx(1.0)


@given(finite, finite, st.booleans(), st.integers(2, 12))
def test_ticks_are_few_rise_lie_between_the_limits_and_say_their_number(one, other, log, most):
    axis = upright([np.array([one, other])], log)
    ticks = axis.ticks(most)
    assert len(ticks) <= most
    assert all(a < b for (a, _), (b, _) in pairwise(ticks))
    for value, label in ticks:
        assert axis.low <= value <= axis.high
        assert float(label) == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize(
    ("low", "high", "log", "labels"),
    [
        (0.12, 1.1, False, ["0.5", "1.0"]),
        (0.0, 1.0, False, ["0.0", "0.5", "1.0"]),
        (-3.0, 5.0, False, ["-2", "0", "2", "4"]),
        (2.1e-9, 4.9e-9, False, ["3e-9", "4e-9"]),
        (1e-5, 2.0, True, ["0.0001", "0.01", "1"]),
        (1e-4, 1.0, True, ["0.0001", "0.01", "1"]),
        (1e-9, 1e9, True, ["1e-5", "1", "1e5"]),
        (0.3, 30.0, True, ["1", "10"]),
        (0.11, 0.6, True, ["0.2", "0.5"]),
        (1.1, 1.4, True, ["1.1", "1.2", "1.3", "1.4"]),
    ],
)
def test_ticks_are_round_numbers(low, high, log, labels):
    assert [label for _, label in Upright(low, high, log).ticks(4)] == labels


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("losses", [[], [1.0], [math.nan], [math.inf] * 3, [0.0], [2.5] * 9, [-1.0, -1.0], [5e-324]])
def test_a_chart_of_little_or_nothing_is_a_chart_all_the_same(losses, log):
    for chart in CHARTS:
        shown = curves(run(losses), chart, 12, log=log, cursor=0)
        assert shown.upright.low < shown.upright.high
        assert shown.update_at(5) in range(max(1, len(losses) + 1))


# -- updates and columns -----------------------------------------------------------------------------------------


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.integers(1, 300), st.data())
def test_the_update_of_an_updates_column_is_one_of_that_column(start, length, columns, data):
    across = Across(range(start, start + length), columns)
    update = data.draw(st.integers(start, start + length - 1))
    column = across.column(update)
    assert 0 <= column < columns
    assert across.column(across.update_at(column)) == column
    if not across.dense:
        assert across.update_at(column) == update
    else:
        assert across.edges[column] <= update < across.edges[column + 1]


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.integers(1, 300))
def test_every_column_of_a_dense_axis_stands_for_updates_and_all_have_one(start, length, columns):
    across = Across(range(start, start + length), columns)
    if across.dense:
        assert (np.diff(across.edges) > 0).all()
        assert (across.edges[0], across.edges[-1]) == (start, start + length)


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.integers(1, 20), st.integers(1, 500))
def test_the_numbers_under_the_chart_are_few_and_stand_at_their_updates(start, length, most, epoch):
    across = Across(range(start, start + length), 200)
    updates, epochs = across.ticks(most), across.ticks(most, epoch)
    assert len(updates) <= most
    assert len(epochs) <= most
    assert all(column == across.column(number) for column, number in updates)
    if epoch > 1:
        assert all(column == across.column((number - 1) * epoch) for column, number in epochs)


# -- calmer lines ------------------------------------------------------------------------------------------------


def test_an_epochs_mean_is_a_level_over_its_updates_once_it_is_whole():
    shown = curves(run([1.0, 3.0, 5.0, 7.0, 9.0], length=2), "loss", 5, cursor=3)
    updates, epochs = shown.lines
    assert updates.behind
    assert epochs.name == "epoch mean"
    np.testing.assert_array_equal(epochs.low, [2.0, 2.0, 6.0, 6.0, math.nan])
    assert (updates.value, epochs.value) == (7.0, 6.0)


def test_an_epochs_mean_leaves_out_what_has_no_target_and_none_is_drawn_where_a_loss_is_not_finite():
    metrics = run([1.0, math.nan, 3.0, math.inf], accuracy=[1.0, math.nan, 1.0, 1.0], length=2)
    np.testing.assert_array_equal(curves(metrics, "loss", 4).lines[1].low, [1.0, 1.0, math.nan, math.nan])


def test_many_epochs_in_a_column_show_the_least_and_the_largest_mean():
    losses = np.random.RandomState(3).rand(1000)
    shown = curves(run(losses, length=4), "loss", 10)
    means = losses.reshape(-1, 4).mean(axis=1)
    assert shown.lines[1].low == pytest.approx(means.reshape(10, 25).min(axis=1))
    assert shown.lines[1].high == pytest.approx(means.reshape(10, 25).max(axis=1))


@given(st.lists(st.floats(-1e6, 1e6) | st.sampled_from([math.nan, math.inf]), max_size=400), st.data())
def test_the_smoothed_loss_is_the_plain_loops(losses, data):
    plain, at = [], math.nan
    for loss in losses:
        if math.isfinite(loss):
            at = loss if math.isnan(at) else at
            at = SMOOTHING * at + (1.0 - SMOOTHING) * loss
        plain.append(at)
    start = data.draw(st.integers(0, len(losses)))
    np.testing.assert_allclose(smoothed(run(losses), start, len(losses)), plain[start:], rtol=1e-9, atol=1e-9)


def test_the_smoothed_loss_joins_where_epochs_are_long():
    losses = 4.0 + np.random.RandomState(4).rand(10_000)
    for length, names in ((10, ["loss", "epoch mean"]), (200, ["loss", "epoch mean", "smoothed"])):
        assert [line.name for line in curves(run(losses, length=length), "loss", 100).lines] == names
    line = curves(run(losses, length=200), "loss", 100, cursor=5_000).lines[-1]
    at = losses[0]
    for loss in losses[:5_001]:
        at = SMOOTHING * at + (1.0 - SMOOTHING) * loss
    assert line.value == pytest.approx(at, rel=1e-12)
    assert line.low[50] == pytest.approx(at, abs=0.05)


def test_the_gradients_of_several_updates_an_epoch_are_lines_of_means_before_their_spread():
    gradients = np.arange(40.0).reshape(8, 5)
    shown = curves(run([1.0] * 8, length=4, gradients=gradients), "gradients", 8, cursor=2)
    lines = [line for line in shown.lines if not line.behind]
    assert [line.name for line in lines] == ["dU", "dW", "dV", "db", "dc"]
    for i, line in enumerate(lines):
        assert line.low[0] == gradients[:4, i].mean()
        assert line.low[7] == gradients[4:, i].mean()
        assert line.value == gradients[2, i]


# -- two runs ----------------------------------------------------------------------------------------------------


def test_a_run_to_compare_with_is_one_more_line_on_the_same_axes():
    mine, other = run([3.0, 2.0, 1.0]), run([2.5, 9.0], first=1)
    shown = curves(mine, "loss", 3, cursor=1, other=other)
    compared, own = shown.lines
    assert (compared.compared, own.compared) == (True, False)
    assert (shown.upright.low, shown.upright.high) == (1.0, 9.0)
    np.testing.assert_array_equal(compared.low, [math.nan, 2.5, 9.0])
    assert (compared.value, own.value) == (2.5, 2.0)
    assert [line.compared for line in curves(mine, "gradients", 3, other=other).lines] == [False] * 5


def test_a_longer_run_to_compare_with_is_seen_to_its_end():
    shown = curves(run([1.0, 2.0]), "loss", 40, other=run(np.arange(100.0), length=7))
    assert shown.across.window == range(100)
    assert shown.upright.high == 99.0
