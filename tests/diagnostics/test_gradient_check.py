"""The gradient check: right gradients pass to rounding, wrong ones are named where they begin."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rnn_core.arrays import Arrays
from rnn_core.data import Sequence
from rnn_core.debugger.effects.performing import perform
from rnn_core.debugger.outcome import Check
from rnn_core.debugger.persistence.opening import open_session
from rnn_core.diagnostics import complex_step, gradient_check
from rnn_core.diagnostics.gradient_check import check
from rnn_core.diagnostics.report import GOOD, lines, verdict
from rnn_core.errors import Cancelled, UsageError
from rnn_core.model import PARAMETERS, Params
from rnn_core.recipe import Recipe
from rnn_core.recorder import record
from rnn_core.updates import Clip, Options
from tests.core.cases import random_params, random_run, random_sequence
from tests.debugger.sessions import answer, demo, made
from tests.diagnostics.wrong import mistaken, spoiled, trace

BLOCKS = ["dz", "dV", "dc", "dh", "da", "db", "dU", "dW", "dh_next[0]", "dx"]
MEAN_CLIPPED = Options(reduction="mean", clip=Clip("norm", 0.01))


def errors(report) -> dict[str, float]:
    return {block.name: block.error for block in report.blocks}


# -- right gradients ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("index", range(4))
@pytest.mark.parametrize("options", [Options(), MEAN_CLIPPED], ids=["sum", "mean, clipped"])
def test_every_gradient_of_the_demo_agrees_to_rounding(index, options):
    report = check(open_session(Recipe(sequence=index, options=options)).trace)
    assert [block.name for block in report.blocks] == BLOCKS
    assert max(errors(report).values()) < 1e-11
    assert report.good
    assert all(block.checked == block.size for block in report.blocks)


@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("absent", [0.0, 0.4, 1.0])
def test_missing_targets_reduction_and_an_initial_state(reduction, absent):
    params = random_params(h0=True)
    sequence = random_sequence(6, absent=absent, h0=True)
    report = check(record(params, sequence, Options(reduction=reduction)))
    assert max(errors(report).values()) < 1e-12
    if absent == 1.0:
        assert set(errors(report).values()) == {0.0}


@pytest.mark.parametrize("scale", [1e-3, 3.0, 30.0, 1e3])
@pytest.mark.parametrize("inputs", [1.0, 100.0])
def test_saturation_and_certainty_are_no_errors(scale, inputs):
    params, sequence = random_run(timesteps=6, absent=0.5, scale=scale)
    report = check(record(params, Sequence(x=inputs * sequence.x, y=sequence.y)))
    assert report.good, lines(report)


def test_a_sure_and_right_output_is_good():
    params, sequence = random_run()
    c = np.array([25.0, 0.0, 0.0])
    given = {name: getattr(params, name) for name in "UWVb"}
    assert check(record(Params(**given, c=c), Sequence(x=sequence.x, y=np.zeros(5, dtype=int)))).good


def test_at_one_timestep_the_series_are_those_of_it():
    report = check(trace(), timestep=3)
    assert [block.name for block in report.blocks if "[" in block.name] == ["dz[3]", "dh[3]", "da[3]", "dh_next[0]"]
    assert [block.size for block in report.blocks if block.name == "dh[3]"] == [4]
    assert all(block.worst.t == 3 for block in report.blocks if block.name.endswith("[3]"))


@pytest.mark.parametrize("t", [-1, 6])
def test_a_timestep_that_is_not_there_is_refused(t):
    with pytest.raises(UsageError, match="1 to 5"):
        check(trace(), timestep=t)


# -- wrong gradients ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["dz", "dh", "da"])
def test_an_error_in_one_element_at_one_timestep_is_named(name):
    report = check(spoiled(trace(), name, (2, 1), 0.1))
    block, element = report.culprit
    assert (block.name, element.name, element.t) == (name, f"{name}[3][1]", 3)
    assert element.analytic - element.numeric == pytest.approx(0.1)
    assert {found.name for found in report.blocks if found.verdict != "good"} == {
        name,
        *(["dx"] if name == "da" else []),
    }
    assert verdict(report).startswith(f"wrong: {name}[3][1] is ")
    assert verdict(report).endswith("the first wrong row going back")
    assert check(spoiled(trace(), name, (2, 1), 0.1), timestep=2).blocks[0].verdict == "good"


@pytest.mark.parametrize("name", PARAMETERS)
def test_an_error_in_one_element_of_a_sum_is_named(name):
    good = trace()
    gradient = np.array(getattr(good.gradients, name))
    at = (2, 1) if gradient.ndim == 2 else (2,)
    gradient[at] += 0.1
    report = check(replace(good, gradients=Arrays({**good.gradients, name: gradient})))
    assert report.culprit[0].name == f"d{name}"
    assert report.culprit[1].name == f"d{name}[{','.join(map(str, at))}]"
    assert "dz, dh and da are good" in verdict(report)


def test_an_error_of_the_initial_state_is_named():
    good = trace()
    assert check(spoiled(good, "dh_next", (0, 3), 1e-3)).culprit[1].name == "dh_next[0][3]"


def test_a_small_error_is_suspicious_and_no_pass():
    good = trace()
    report = check(spoiled(good, "dh", 2, 1e-4 * good.dh[2]))
    assert report.culprit[0].verdict == "suspicious"
    assert not report.good
    assert verdict(report).startswith("suspicious: dh[3]")


def test_a_row_far_smaller_than_the_others_is_judged_by_itself():
    good = trace(30, scale=0.05, absent=0.0)
    y = np.full(30, -1)
    y[-1] = 1
    faint = record(good.params, Sequence(x=good.x, y=y))
    assert np.linalg.norm(faint.dh[2]) < 1e-12 * np.linalg.norm(faint.dh)
    assert check(faint).good
    report = check(spoiled(faint, "dh", 2, 0.5 * faint.dh[2]))
    assert (report.culprit[1].t, report.culprit[0].verdict) == (3, "wrong")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_is_wrong(value):
    report = check(spoiled(trace(), "da", (2, 1), value))
    assert (report.culprit[1].name, report.culprit[0].error) == ("da[3][1]", np.inf)
    assert lines(report)


def test_the_interpreter_s_own_backward_pass_is_good():
    good = trace()
    assert check(mistaken(good, "dc", lambda r, t: r.dz)).good


MISTAKES = [
    ("h[t] for h[t-1] in dW", "dW", lambda r, t: np.outer(r.da, r.h[t]), "dW["),
    ("dc += dc", "dc", lambda r, t: getattr(r, "dc", r.dz), "dc["),
    ("nothing is carried back", "dh", lambda r, t: r.V.T @ r.dz, "dh[4]"),
    ("tanh' at the wrong timestep", "da", lambda r, t: (1 - r.h[t - 1] ** 2) * r.dh, "da[5]"),
    ("tanh' as 1/(1-h²)", "da", lambda r, t: r.dh / (1 - r.h[t] ** 2), "da[5]"),
    ("tanh' as 1-a²", "da", lambda r, t: (1 - np.arctanh(r.h[t]) ** 2) * r.dh, "da[5]"),
    ("dh_next with dh", "dh_next", lambda r, t: r.W.T @ r.dh, "dh[4]"),
    ("W not transposed", "dh_next", lambda r, t: r.W @ r.da, "dh[4]"),
    ("dz = onehot - p", "dz", lambda r, t: np.eye(len(r.c))[r.y[t]] - r.p[t], "dz[5]"),
    ("averaged where summed", "dz", lambda r, t: (r.p[t] - np.eye(len(r.c))[r.y[t]]) / 5, "dz[5]"),
    ("one timestep short", "dz", lambda r, t: 0 * r.p[t] if t == 1 else r.p[t] - np.eye(len(r.c))[r.y[t]], "dz[1]"),
    ("clipped before it is accumulated", "da", lambda r, t: np.clip((1 - r.h[t] ** 2) * r.dh, -0.1, 0.1), "da[5]"),
]


@pytest.mark.parametrize(("name", "compute", "named"), [row[1:] for row in MISTAKES], ids=[row[0] for row in MISTAKES])
def test_the_mistakes_that_people_make_are_found_where_they_begin(name, compute, named):
    report = check(mistaken(trace(), name, compute))
    assert report.culprit[1].name.startswith(named), lines(report)
    assert not report.good


def test_a_sum_that_is_assigned_is_found():
    report = check(mistaken(trace(), "dV", lambda r, t: np.outer(r.dz, r.h[t]), op="="))
    assert [block.name for block in report.blocks if block.verdict != "good"] == ["dV"]


def test_a_carried_gradient_that_is_not_reset_between_sequences_is_found():
    report = check(mistaken(trace(), "dc", lambda r, t: r.dz, dh_next=np.full(4, 0.1)))
    assert report.culprit[1].name.startswith("dh[5]")


def test_a_wrong_forward_pass_is_said():
    good = trace()
    h = np.array(good.h)
    h[2] += 1e-3
    wrong = spoiled(replace(good, rows={**good.rows, "h": h}), "da", (2, 1), 0.1)
    assert "h itself is 0.001 off" in verdict(check(wrong))


# -- samples, progress ---------------------------------------------------------------------------------------------


def test_a_sample_is_spread_evenly_and_its_size_is_said():
    report = check(trace(20), samples=7)
    assert {block.checked for block in report.blocks} == {3, 4, 7}
    assert report.good
    checked, size = (sum(getattr(block, name) for block in report.blocks) for name in ("checked", "size"))
    assert lines(report)[-1].endswith(f", a sample of {checked} of {size} elements")
    assert any(" 7 of 80 " in line for line in lines(report))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", ["U", "W", "V"])
def test_a_wrong_element_that_the_sample_leaves_out_is_found_by_halving(name, seed):
    good = trace(6, hidden=12, inputs=9)
    gradient = np.array(getattr(good.gradients, name))
    gradient[1, 7] += 0.1
    report = check(replace(good, gradients=Arrays({**good.gradients, name: gradient})), samples=2, seed=seed)
    assert report.culprit[1].name == f"d{name}[1,7]"
    assert report.culprit[0].checked in (2, 3)


@pytest.mark.parametrize("name", ["dz", "dh", "da"])
@pytest.mark.parametrize("value", [0.1, np.nan])
def test_so_is_one_of_a_series(name, value):
    report = check(spoiled(trace(20, hidden=6), name, (13, 2), value), samples=2)
    assert report.culprit[1].name == f"{name}[14][2]"


def test_the_same_seed_gives_the_same_report_and_another_another_sample():
    one, same, other = (check(trace(20), samples=5, seed=seed) for seed in (1, 1, 2))
    assert one == same
    assert one != other


def test_the_runs_of_a_large_model_are_capped(monkeypatch):
    large = trace(20, hidden=16, inputs=6)
    assert check(large, samples=10**6).good
    monkeypatch.setattr(gradient_check, "MOST_RUNS", 300)
    report = check(large)
    assert 200 <= sum(block.checked for block in report.blocks) <= 300, "and ten more along a direction"
    assert report.good


@pytest.mark.parametrize("most", [1, 3, 10, 99, 100])
def test_what_is_drawn_is_of_that_size_without_repeats(most):
    chosen = gradient_check._chosen(np.random.RandomState(0), 100, most)
    assert len(set(chosen)) == most
    assert sorted(chosen) == list(chosen)
    assert 0 <= min(chosen) <= max(chosen) < 100


def test_long_runs_are_run_in_strides(monkeypatch):
    whole = check(trace(8))
    monkeypatch.setattr(complex_step, "STRIDE", 3)
    assert check(trace(8)) == whole


def test_progress_goes_from_0_to_1_and_cancels():
    shares: list[float] = []
    check(trace(), progress=shares.append)
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)

    def cancel(share):
        if share > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        check(trace(), progress=cancel)


def test_nothing_of_the_trace_is_changed():
    good = trace()
    before = {name: array.copy() for name, array in good.arrays().items()}
    check(good)
    for name, array in good.arrays().items():
        np.testing.assert_array_equal(array, before[name])


# -- the command ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("k", "line", "timestep"),
    [(0, "check", 1), (20, "check", 3), (30, "check", 2), (44, "check", 0), (47, "check", 0), (0, "check t=3", 3),
     (0, "check t = 2", 2), (20, "check all", 0)],
)  # fmt: skip
def test_the_command_asks_for_the_cursor_s_timestep_or_the_one_that_is_named(k, line, timestep):
    assert answer(demo().at(k), line).effects == (Check(timestep),)
    assert answer(demo().at(k), f"{line} map").effects == (Check(timestep, maps=True),)


@pytest.mark.parametrize("line", ["check maps", "check map all", "check map map", "check 3", "check t=3map"])
def test_what_the_command_does_not_know_is_refused_with_what_it_does(line):
    refused = answer(demo(), line)
    assert refused.failed
    assert refused.effects == ()
    assert "check all map" in refused.message


def test_the_runner_answers_with_the_table_and_its_verdict():
    done = perform(Check(), demo())
    assert done.message.split("\n")[-1].startswith("good: relative error ")
    assert not done.failed
    assert done.session is demo()


def test_a_wrong_gradient_fails_the_command_and_says_where_to_look():
    session = made()
    wrong = replace(session, trace=spoiled(session.trace, "dh", (2, 1), 0.1))
    done = perform(Check(3), wrong)
    assert done.failed
    assert done.message.endswith("check all finds where it begins")
    assert perform(Check(), wrong).message.endswith("the first wrong row going back")


def test_the_runner_draws_the_maps_that_are_asked_for():
    titles = [f"{name}: " for name in BLOCKS]
    drawn = perform(Check(maps=True), demo()).message.split("\n")
    assert [line for line in drawn if line.startswith(tuple(titles))] == [
        line for title in titles for line in drawn if line.startswith(title)
    ]
    assert sum(line.startswith(tuple(titles)) for line in drawn) == len(BLOCKS)
    assert not any(line.startswith(tuple(titles)) for line in perform(Check(), demo()).message.split("\n"))


def test_the_table_is_aligned_and_narrow():
    text = lines(check(demo().trace))
    assert len({line.index(column) for line, column in zip(text[1:-1], ["good"] * 10, strict=True)}) == 1
    assert len(text) == 12
    assert max(map(len, text)) <= 80
    assert GOOD == 1e-7
