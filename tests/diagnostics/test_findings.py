"""What is wrong with a run is found, with its cause; what is healthy is left alone."""

from __future__ import annotations

import json

import numpy as np
import pytest

from rnn_core.cells import cell
from rnn_core.cells.cell import Cell
from rnn_core.data import Dataset, Sequence
from rnn_core.debugger.position.places import locate
from rnn_core.diagnostics.findings.evidence import Evidence
from rnn_core.diagnostics.findings.registry import found, rules, watches
from rnn_core.flow.cause import of_loss
from rnn_core.language.expressions import Apply, Name, Product, Sum
from rnn_core.language.functions import TANH
from rnn_core.model import Params
from rnn_core.optimisers import Optimiser
from rnn_core.recorder import record
from rnn_core.training import thinned
from rnn_core.training.run import Run
from rnn_core.updates import Clip, Options
from tests.cells.cases import network, sequence
from tests.diagnostics.synthetic import REASONS, ill, well
from tests.diagnostics.trained import FOLDER


def of(trace, run=None, **others):
    return found(Evidence(trace, run, **others))


def named(trace, rule, run=None, **others):
    return [finding for finding in of(trace, run, **others) if finding.rule == rule]


class TestKnownReasons:
    @pytest.mark.parametrize("seed", range(30))
    def test_the_reason_is_found_first_and_no_other_is_named(self, seed):
        reason, trace = ill(seed)
        causes = [finding.cause for finding in of(trace)]
        assert causes[0] == reason
        assert not (set(causes) & set(REASONS)) - {reason}

    @pytest.mark.parametrize("seed", range(10))
    def test_a_healthy_model_is_not_accused(self, seed):
        assert of(well(seed)) == ()

    @pytest.mark.parametrize("seed", range(14))
    def test_each_finding_can_be_gone_to_and_written_as_json(self, seed):
        _reason, trace = ill(seed)
        for finding in of(trace):
            assert 0 <= locate(trace, finding.place, 0) <= trace.end
            assert json.loads(json.dumps(finding.as_json(), allow_nan=False))["rule"] in {rule.name for rule in rules()}


class TestTrainedInPyTorch:
    """Models trained to remember a first number, and PyTorch's own gradients of their last loss."""

    @staticmethod
    def of(kind):
        held = np.load(FOLDER / f"{kind}.npz")
        params = Params(
            cell=cell(kind, "tanh" if kind == "rnn" else ""), U=held["weight_ih_l0"], W=held["weight_hh_l0"],
            V=held["head.weight"], b=held["bias_ih_l0"] + held["bias_hh_l0"], c=held["head.bias"],
        )  # fmt: skip
        y = np.array([-1] * (len(held["x"]) - 1) + held["y"].tolist())
        return record(params, Sequence(held["x"], y)), held["left"], held["through"]

    @pytest.mark.parametrize("kind", ["rnn", "lstm"])
    def test_the_timestep_is_the_one_at_which_autograd_has_a_millionth_left(self, kind):
        trace, left, _ = self.of(kind)
        finding = named(trace, "vanishing")[0]
        k = int(np.flatnonzero(left < 1e-6)[-1])
        assert (finding.numbers["t"], finding.numbers["k"]) == (len(trace), k)
        assert finding.numbers["left"] == pytest.approx(left[k], rel=1e-9)

    @pytest.mark.parametrize("kind", ["rnn", "lstm"])
    def test_the_cause_is_the_place_that_takes_most_of_it(self, kind):
        trace, left, through = self.of(kind)
        finding = named(trace, "vanishing")[0]
        k = finding.numbers["k"]
        (place,) = [each for each in of_loss(trace, len(trace), len(trace) - k)
                    if each.place.label == ("tanh′" if kind == "rnn" else "f")]  # fmt: skip
        assert 10.0**place.total == pytest.approx(through[k], rel=1e-9)
        if kind == "lstm":
            assert finding.cause == "closed gate"
            assert through[k] < 1e-3, "the forget gate alone takes three powers of ten"
        else:
            by_matrix = left[k] / through[k]
            assert by_matrix < through[k]
            assert finding.cause == "small W"


def one_unit(weight, targets, *, head=1.0, **others):
    """A tanh unit near 0: its gradient is multiplied by `weight` each timestep back."""
    y = np.array([-1 if target is None else target for target in targets])
    params = Params(np.array([[0.0]]), np.array([[weight]]), np.array([[head], [-head]]), np.zeros(1), np.zeros(2))
    return record(params, Sequence(np.ones((len(y), 1)), y), Options(**others))


class TestVanishing:
    def test_it_names_the_timestep_at_which_a_millionth_is_left(self):
        # a tenth a timestep: from t=20 a millionth is left after 6; a little less than that is asked for
        (finding,) = named(one_unit(0.0999, [None] * 19 + [1]), "vanishing")
        assert (finding.numbers["t"], finding.numbers["k"], finding.cause) == (20, 14, "small W")
        assert finding.place == "dh t=14"

    def test_small_is_not_vanished(self):
        assert not named(one_unit(1.0, [None] * 5 + [1], head=1e-9), "vanishing")

    def test_what_truncation_cuts_has_not_vanished(self):
        trace = one_unit(1.0, [1] * 9, truncation=3)
        assert not named(trace, "vanishing")
        assert named(trace, "truncation")

    def test_a_loss_at_each_timestep_does_not_hide_it(self):
        # every timestep's own loss is as large as ever: ‖dh[t]‖ falls nowhere, and yet no loss reaches far
        trace = one_unit(0.05, [1] * 30)
        assert np.ptp(np.log10(np.abs(trace.dh[:-1, 0]))) < 0.1
        (finding,) = named(trace, "vanishing")
        assert finding.numbers["lags"] == 5


class TestExploding:
    def test_it_names_where_it_is_a_thousandfold(self):
        (finding,) = named(one_unit(10.1, [None] * 6 + [1]), "exploding")
        assert (finding.numbers["t"], finding.place, finding.cause) == (7, "dh t=4", "large W")

    def test_large_is_not_exploded(self):
        assert not named(one_unit(1.0, [None] * 6 + [1], head=1e9), "exploding")


class TestZeros:
    def test_one_timestep_from_zero_teaches_w_nothing(self):
        trace = record(network("tanh"), sequence("cross-entropy", 1))
        (finding,) = named(trace, "zero-gradient")
        assert finding.says.startswith("dW is exactly zero")
        assert not trace.gradients.W.any()

    def test_from_an_initial_state_it_does(self):
        assert not named(record(network("tanh", start=True), sequence("cross-entropy", 1)), "zero-gradient")

    def test_no_target_is_no_gradient(self):
        (finding,) = of(one_unit(1.0, [None] * 4))
        assert finding.cause == "no targets"

    def test_nothing_goes_back_through_zeros(self):
        params = network("tanh")
        trace = record(params.replaced(V=np.zeros_like(params.V)), sequence("cross-entropy", 5))
        assert [finding.cause for finding in named(trace, "zero-gradient")] == ["V is 0"]


class TestNotFinite:
    def test_the_first_row_in_the_order_of_running_is_named(self):
        params = network("identity")
        trace = record(params.replaced(W=1e200 * params.W), sequence("cross-entropy", 6))
        t = int(np.flatnonzero(~np.isfinite(trace.a).all(axis=1))[0]) + 1
        assert of(trace)[0].place == f"a t={t}"


def trained(updates, options=Options(), data=None, scale=0.5):
    dataset = Dataset(tuple(data or (sequence("cross-entropy", 6, seed=each) for each in range(3))))
    run = Run(dataset, network("tanh", scale=scale), options)
    return run.trace(updates), run


def clipping(trace, run):
    return named(trace, "clipping", run)


class TestUpdates:
    def test_a_large_step_is_told_by_its_share_of_the_weights(self):
        trace, run = trained(0, Options(learning_rate=5.0))
        (finding,) = named(trace, "update-ratio", run)
        assert finding.cause == "large updates"
        for name in "UWV":
            moved = np.linalg.norm(trace.updated[name] - trace.params[name]) / np.linalg.norm(trace.params[name])
            assert finding.numbers[f"ratio_{name}"] == pytest.approx(moved)

    def test_a_tiny_one_too(self):
        trace, run = trained(0, Options(learning_rate=1e-12))
        assert [finding.cause for finding in named(trace, "update-ratio", run)] == ["tiny updates"]

    @pytest.mark.parametrize(("limit", "cause"), [(1e-4, ["always active"]), (1e4, ["never active"]), (2.0, [])])
    def test_clipping_is_asked_whether_it_does_anything(self, limit, cause):
        trace, run = trained(30, Options(clip=Clip("norm", limit)))
        if not cause:
            sizes = np.sqrt(np.sum(run.metrics.gradients**2, axis=1))
            assert sizes.min() < limit < sizes.max(), "the case is one of both"
        assert [finding.cause for finding in named(trace, "clipping", run)] == cause

    def test_a_run_whose_norms_are_thinned_is_told_of_the_same_updates(self, monkeypatch):
        options = Options(clip=Clip("norm", 1e-4), learning_rate=5e4)
        whole = clipping(*trained(250, options))
        monkeypatch.setattr(thinned, "MOST_ROWS", 40)
        trace, run = trained(250, options)
        assert run.metrics.spacing > 1
        thin = clipping(trace, run)
        assert [finding.numbers for finding in thin] == [finding.numbers for finding in whole]
        assert whole[0].numbers["updates"] == 200
        assert whole[0].says == "clipping is always active: it has scaled every one of the last 200 updates"

    def test_a_few_updates_say_nothing_of_clipping(self):
        assert not named(*trained(5, Options(clip=Clip("norm", 1e4)))[:1], "clipping")


class TestAnswers:
    def test_a_class_that_is_never_predicted_is_named(self):
        rng = np.random.default_rng(3)
        params = network("tanh", scale=0.1).replaced(c=np.array([5.0, 0.0, 0.0]))
        y = np.array([0] * 6 + [1] * 8 + [2] * 2)
        trace = record(params, Sequence(rng.standard_normal((16, 3)), y))
        (finding,) = named(trace, "never-predicted", trained=True)
        assert (finding.numbers["class"], finding.numbers["targets"], finding.place) == (1, 8, "p t=7")
        assert not named(trace, "never-predicted"), "what has not learnt yet may answer as it likes"

    def test_the_other_sequences_of_the_dataset_count(self):
        V = np.zeros((3, 4))
        V[1, 0] = 10.0  # unit 0 says 1, and it is on only where h0 has turned it on: W keeps it there
        model = network("tanh").replaced(
            U=np.zeros((4, 3)), W=50.0 * np.eye(4), V=V, b=np.zeros(4), c=np.array([5.0, 0.0, 0.0])
        )
        one = Sequence(np.zeros((12, 3)), np.array([1] * 6 + [0] * 6))
        other = Sequence(np.zeros((3, 3)), np.array([1, -1, -1]), h0=np.eye(4)[0])
        alone, both = (Run(Dataset(tuple(each)), model) for each in ([one], [one, other]))
        (finding,) = named(alone.trace(0), "never-predicted", alone, trained=True)
        assert (finding.numbers["class"], finding.numbers["sequences"]) == (1, 1)
        assert not named(both.trace(0), "never-predicted", both, trained=True)

    def test_a_loss_that_jumps_is_named_with_its_sequence_and_timestep(self):
        rng = np.random.default_rng(5)
        usual = [Sequence(np.eye(3)[[0, 1, 2, 0]], np.array([0, 1, 2, 0]))] * 100
        odd = Sequence(np.eye(3)[[0, 1, 2, 0]], np.array([0, 1, 0, 0]))  # wrong at t=3
        usual[90] = odd
        options = Options(learning_rate=0.1, optimiser=Optimiser.parse("adam"))
        trace, run = trained(95, options, usual, scale=rng.uniform(0.2, 0.3))
        (finding,) = named(trace, "loss-spike", run)
        assert (finding.numbers["update"], finding.numbers["sequence"], finding.numbers["t"]) == (90, 91, 3)
        assert finding.place == "update 90 loss t=3"


class TestWatches:
    @pytest.mark.parametrize("seed", range(14))
    def test_what_is_offered_comes_from_a_rule_and_a_healthy_model_offers_nothing_of_gradients(self, seed):
        assert [watch for watch, _ in watches(well(seed)) if "dh_next" in watch] == []

    def test_zeros_of_a_window_without_a_target_are_offered_by_nobody(self):
        # the window of t=4 … 6 has no target: nothing arises in it, and nothing comes in from t=7
        trace = one_unit(0.9, [None, None, 1, None, None, None, None, None, 1], truncation=3)
        assert watches(trace) == []


def test_a_cell_without_a_register_called_a_is_watched_by_its_hidden_state():
    inside = Sum(input=Product(Name("U"), Name("x")), recurrent=Product(Name("W"), Name("h", -1)), bias=Name("b"))
    made = Cell(
        "own",
        lines=(("v", inside), ("q", Apply(TANH, Name("v"))), ("h", Sum(new=Name("q"), kept=Name("h", -1)))),
        parameters={"U": ("hidden", "input"), "W": ("hidden", "column"), "b": ("hidden",)},
        meanings={},
        aliases={},
    )
    plain = network("tanh")
    wild = Params(cell=made, **{**dict(plain.items()), "U": plain.U * np.inf})
    trace = record(wild, sequence("cross-entropy"))
    assert watches(trace)[0][0] == "not finite(h)"
    assert of(trace)[0].rule == "not-finite"
