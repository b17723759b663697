"""How gradients travel: the lattice, its causes, horizons, shares and spectra, each beside a slower way to the same."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest

from rnn_core.cells import cell
from rnn_core.data import Sequence
from rnn_core.flow import cause, units
from rnn_core.flow.horizon import horizon, relative
from rnn_core.flow.lattice import lattice, swept, whole
from rnn_core.flow.norms import norms
from rnn_core.flow.shares import shares
from rnn_core.flow.spectrum import spectra, trajectory
from rnn_core.flow.sweep import backward
from rnn_core.model import Params
from rnn_core.program import program
from rnn_core.recorder import record
from rnn_core.updates import Options
from tests.cells.cases import CELLS, LOSSES, network, options, sequence

EVERY = pytest.mark.parametrize("name", CELLS)


def made(name, timesteps=9, loss="cross-entropy", *, absent=0.0, **others):
    return record(
        network(name, start=True), sequence(loss, timesteps, absent=absent), options(loss, **others)
    )  # fmt: skip


def alone(trace, t):
    """The same run with the target of timestep t alone, weighted as it is there."""
    y = np.array(trace.y, dtype=float if trace.sequence.is_values else int)
    y[np.arange(1, len(trace) + 1) != t] = np.nan if trace.sequence.is_values else -1
    single = record(trace.params, replace(trace.sequence, y=y), replace(trace.options, reduction="sum"))
    return single, 1.0 if trace.options.reduction == "sum" else 1.0 / trace.sequence.target_count


def one_unit(weight, timesteps):
    """A linear unit whose gradient is multiplied by `weight` each timestep back."""
    params = Params(np.array([[1.0]]), np.array([[weight]]), np.array([[1.0], [-1.0]]), np.zeros(1), np.zeros(2),
                    cell=cell("rnn", "identity"))  # fmt: skip
    x = np.zeros((timesteps, 1))
    return record(params, Sequence(x, np.zeros(timesteps, dtype=int)))


class TestLattice:
    @EVERY
    @pytest.mark.parametrize("loss", LOSSES)
    @pytest.mark.parametrize(
        ("truncation", "reduction", "absent"), [(0, "sum", 0.0), (4, "mean", 0.3), (1, "sum", 0.0)]
    )
    def test_each_row_is_a_backward_pass_of_one_loss_alone(self, name, loss, truncation, reduction, absent):
        trace = made(name, 9, loss, absent=absent, truncation=truncation, reduction=reduction)
        found = whole(trace)
        for t in np.flatnonzero(trace.sequence.has_target) + 1:
            single, weight = alone(trace, t)
            for state in trace.program.cell.states:
                rows = weight * np.concatenate((single.rows[f"d{state}_next"][:1], single.rows[f"d{state}"]))
                expected = np.linalg.norm(rows[: t + 1], axis=1)
                sizes = 10.0 ** np.array([found.at(int(t), k, state) for k in range(t + 1)])
                np.testing.assert_allclose(sizes, expected, rtol=1e-11, atol=0.0)

    @EVERY
    def test_it_is_how_a_loss_moves_with_the_hidden_state(self, name):
        trace, step = made(name, 6), 1e-6
        found, states = whole(trace), trace.program.cell.states

        def loss_at(t, k, moved):
            """-log p[t] of a run that begins at k with the states that were there, h moved."""
            start = {f"{state}0": trace.rows[state][k] for state in states} | {"h0": trace.h[k] + moved}
            rest = Sequence(trace.x[k:], trace.y[k:])
            return record(trace.params, rest, carried=start).nll[t - k - 1]

        for t, k in [(6, 0), (6, 3), (4, 3), (1, 0)]:
            moves = step * np.eye(trace.sizes.hidden)
            slopes = [(loss_at(t, k, move) - loss_at(t, k, -move)) / (2.0 * step) for move in moves]
            assert 10.0 ** found.at(t, k) == pytest.approx(np.linalg.norm(slopes), rel=1e-6)

    def test_a_window_and_a_few_losses_hold_what_the_whole_holds(self):
        trace = made("lstm", 20)
        full, window, few = whole(trace), lattice(trace, 8, 15, 6), swept(trace, np.array([3, 9, 20]), 20)
        for part in (window, few):
            for state in ("h", "s"):
                for t in part.losses.tolist():
                    for k in range(max(0, t - part.lags), t + 1):
                        assert part.at(t, k, state) == pytest.approx(full.at(t, k, state), rel=1e-12)
        assert np.isnan(window.at(8, 1))
        assert np.isnan(window.at(7, 7))

    def test_the_triangle_has_losses_down_and_states_across(self):
        trace = made("tanh", 8)
        triangle = whole(trace).pairs(range(2, 7), 2, 6)
        assert triangle.shape == (5, 5)
        assert np.isnan(triangle[np.triu_indices(5, 1)]).all()
        assert triangle[4, 1] == whole(trace).at(6, 3)

    @pytest.mark.parametrize("weight", [0.01, 100.0])
    def test_hundreds_of_powers_of_ten_are_measured_exactly(self, weight):
        timesteps, power = 400, np.log10(weight)
        found = whole(one_unit(weight, timesteps))
        np.testing.assert_allclose(relative(found.log10["h"])[-1], power * np.arange(timesteps + 1), rtol=1e-9)

    def test_a_listing_that_carries_nothing_back_has_only_the_diagonal(self):
        params, data = network("tanh"), sequence("cross-entropy", 4)
        trace = record(params, data, listing=program(Options(), params.cell).without("dh_next"))
        found = whole(trace)
        assert np.isfinite(found.at(4, 4))
        assert [found.at(4, k) for k in range(4)] == [-np.inf] * 4

    def test_a_loss_without_a_target_has_no_gradient(self):
        trace = record(network("tanh"), Sequence(sequence("cross-entropy", 3).x, np.array([0, -1, 1])))
        assert whole(trace).at(2, 1) == -np.inf
        assert list(horizon(whole(trace), 1e-2).losses) == [1, 3]


class TestCauses:
    @pytest.mark.parametrize("name", ["tanh", "relu", "identity"])
    def test_the_factors_of_a_loss_multiply_up_to_what_is_left_of_it(self, name):
        trace = made(name, 9)
        for t, lags in [(9, 9), (9, 4), (3, 3)]:
            total = sum(np.sum(factor.log10[:lags]) for factor in cause.of_loss(trace, t, lags))
            assert total == pytest.approx(whole(trace).at(t, t - lags) - whole(trace).at(t, t), rel=1e-10)

    def test_the_plain_cell_has_the_activation_and_the_matrix(self):
        trace = made("tanh")
        size = {name: np.linalg.norm(trace.rows[name], axis=1) for name in ("dh", "da", "dh_next")}
        activation, matrix = cause.over_time(trace)
        assert (activation.place.label, matrix.place.label) == ("tanh′", "Wᵀ")
        np.testing.assert_allclose(10.0**activation.log10, size["da"] / size["dh"], rtol=1e-12)
        np.testing.assert_allclose(10.0**matrix.log10, size["dh_next"][:-1] / size["da"], rtol=1e-12)

    def test_truncation_does_not_count_as_a_factor(self):
        full, cut = (cause.over_time(made("tanh", 9, truncation=window))[1].log10 for window in (0, 3))
        assert np.isfinite(cut).all()
        assert cut[-1] == pytest.approx(full[-1], rel=1e-12)

    @pytest.mark.parametrize(("name", "gate", "d"), [("lstm", "f", "ds"), ("gru", "u", "dh")])
    def test_the_direct_way_of_a_gated_cell_is_its_gate(self, name, gate, d):
        trace = made(name)
        (kept,) = [
            factor for factor in cause.over_time(trace) if factor.place.kind == "gate" and factor.place.through_time
        ]
        assert kept.place.label == gate
        through = np.linalg.norm(trace.rows[gate] * trace.rows[d], axis=1) / np.linalg.norm(trace.rows[d], axis=1)
        np.testing.assert_allclose(10.0**kept.log10, through, rtol=1e-12)

    @EVERY
    def test_local_and_carried_are_the_two_parts_of_the_gradient(self, name):
        trace = made(name)
        found = norms(trace)
        local = trace.dz @ trace.params["V"]
        np.testing.assert_allclose(found.local[1:], np.linalg.norm(local, axis=1), rtol=1e-12)
        np.testing.assert_allclose(found.carried, np.linalg.norm(trace.dh_next, axis=1), rtol=1e-12)
        np.testing.assert_allclose(found.total[1:], np.linalg.norm(local + trace.dh_next[1:], axis=1), rtol=1e-12)
        assert found.total[0] == found.carried[0]

    def test_shut_units_are_counted_at_each_timestep(self):
        relu, lstm = made("relu"), made("lstm")
        (found,) = units.shut(relu)
        np.testing.assert_array_equal(found.share, np.mean(relu.h[1:] == 0.0, axis=1))
        assert [each.name for each in units.shut(lstm)] == ["i", "f", "g", "o"]


def test_a_trace_that_was_looked_at_is_let_go():
    trace = made("lstm", 6)
    whole(trace), cause.over_time(trace), norms(trace), trajectory(trace, 1, 6)
    gone = weakref.ref(trace)
    del trace
    gc.collect()
    assert gone() is None


class TestShares:
    @EVERY
    @pytest.mark.parametrize("timesteps", [1, 9, 300])
    def test_the_shares_of_the_timesteps_add_up_to_the_gradient(self, name, timesteps):
        trace = made(name, timesteps)
        for each in trace.program.sums:
            assert np.sum(shares(trace, each)) == pytest.approx(1.0, abs=1e-12)

    @EVERY
    def test_a_share_is_what_the_timestep_adds_in_the_direction_of_the_sum(self, name):
        trace = made(name)
        for each in trace.program.sums:
            total = trace.gradients[each[1:]]
            along = [np.sum(trace.contribution(each, t) * total) for t in range(1, len(trace) + 1)]
            np.testing.assert_allclose(shares(trace, each), np.array(along) / np.sum(total**2), rtol=1e-9, atol=1e-14)

    def test_a_gradient_that_is_zero_has_no_shares(self):
        trace = record(network("tanh"), sequence("cross-entropy", 1))
        assert not shares(trace, "dW").any()


class TestHorizon:
    @EVERY
    @pytest.mark.parametrize("share", [1e-1, 1e-2])
    def test_it_is_the_furthest_state_that_still_moves_that_much(self, name, share):
        trace = made(name, 40)
        found, reach = horizon(whole(trace), share), whole(trace).reach
        for t, steps, is_open in zip(found.losses, found.steps, found.open, strict=True):
            alive = [lag for lag in range(t + 1) if 10.0 ** (reach[t - 1, lag] - reach[t - 1, 0]) >= share]
            assert steps == max(alive)
            assert is_open == (steps == t)

    def test_a_tenth_a_timestep_is_a_hundredth_after_two(self):
        found = horizon(whole(one_unit(0.0999, 9)), 1e-2 * 0.99)
        assert found.steps.tolist() == [1, 2, 2, 2, 2, 2, 2, 2, 2]
        assert found.quartiles == (1, 2, 2, 2, 2)


class TestSpectrum:
    @EVERY
    def test_the_jacobian_is_how_the_next_state_moves(self, name):
        trace, step = made(name, 3), 1e-6
        states, H = trace.program.cell.states, trace.sizes.hidden
        before = np.concatenate([trace.rows[state][1] for state in states])

        def after(moved):
            start = {f"{state}0": moved[at * H : (at + 1) * H] for at, state in enumerate(states)}
            rows = record(trace.params, Sequence(trace.x[1:2], trace.y[1:2]), carried=start).rows
            return np.concatenate([rows[state][1] for state in states])

        moves = step * np.eye(len(before))
        columns = [(after(before + move) - after(before - move)) / (2.0 * step) for move in moves]
        np.testing.assert_allclose(backward(trace).jacobian(2), np.array(columns).T, atol=1e-8)

    @EVERY
    def test_the_product_along_the_run_is_that_of_the_jacobians(self, name):
        trace = made(name, 6)
        product = np.linalg.multi_dot([backward(trace).jacobian(t) for t in (6, 5, 4, 3, 2)])
        found = trajectory(trace, 2, 6)
        values = np.linalg.svd(product, compute_uv=False)
        clear = values > 1e-10 * values[0]
        np.testing.assert_allclose(10.0 ** found.singular[clear], values[clear], rtol=1e-6)
        assert not np.isfinite(found.singular[values == 0.0]).any()

    @pytest.mark.parametrize("name", ["tanh", "identity", "lstm", "gru"])
    def test_the_exponents_are_those_of_the_triangle_of_the_product(self, name):
        trace = made(name, 5)
        product = np.linalg.multi_dot([backward(trace).jacobian(t) for t in (5, 4, 3)])
        lengths = np.abs(np.diag(np.linalg.qr(product.T)[1]))
        np.testing.assert_allclose(trajectory(trace, 3, 5).exponents, np.sort(np.log(lengths) / 3)[::-1], rtol=1e-7)

    def test_a_linear_cell_has_the_logarithms_of_its_eigenvalues(self):
        params = Params(np.ones((3, 1)), np.diag([0.9, 0.5, 0.1]), np.ones((2, 3)), np.zeros(3), np.zeros(2),
                        cell=cell("rnn", "identity"))  # fmt: skip
        trace = record(params, Sequence(np.ones((60, 1)), np.zeros(60, dtype=int)), Options())
        np.testing.assert_allclose(trajectory(trace, 1, 60).exponents, np.log([0.9, 0.5, 0.1]), rtol=1e-10)
        (found,) = spectra(trace)
        assert found.radius == pytest.approx(0.9)
        np.testing.assert_allclose(found.singular, [0.9, 0.5, 0.1])

    def test_a_gated_cell_has_a_matrix_for_each_gate(self):
        trace = made("gru")
        assert [each.name for each in spectra(trace)] == ["W[r]", "W[u]", "W[n]"]
        H = trace.sizes.hidden
        values = np.linalg.svd(trace.params["W"][H : 2 * H], compute_uv=False)
        np.testing.assert_allclose(spectra(trace)[1].singular, values)
