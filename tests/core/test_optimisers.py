"""Each optimiser is torch.optim's, each line of it is in the listing, and what it keeps is a value of the trace."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core.errors import ShapeError, UsageError
from rnn_core.interpreter import registers, run
from rnn_core.model import PARAMETERS
from rnn_core.optimisers import Optimiser, State, advance
from rnn_core.recorder import record
from rnn_core.updates import Clip, Options
from tests.core.cases import close, random_params, random_run, random_sequence
from tests.listing import NAMES

KINDS = ["sgd", "momentum", "adagrad", "adam"]
OTHERS = ["momentum:0.5", "adam:0.8,0.95"]


def options(optimiser, **others):
    return Options(learning_rate=0.05, optimiser=Optimiser.parse(optimiser), **others)


def several(optimiser, updates=5, **others):
    """Traces of one update after another, each over a sequence of its own."""
    params, state, traces = random_params(), None, []
    for u in range(updates):
        trace = record(params, random_sequence(seed=u), options(optimiser, **others), state=state, update=u)
        params, state = trace.updated, trace.updated_state
        traces.append(trace)
    return traces


# -- as they are written --------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [*KINDS, *OTHERS])
def test_an_optimiser_reads_as_it_is_written(text):
    assert str(Optimiser.parse(text)) == text


@given(beta1=st.floats(0, 1, exclude_max=True), beta2=st.floats(0, 1, exclude_max=True))
def test_no_digit_of_its_numbers_is_lost(beta1, beta2):
    for optimiser in (Optimiser("adam", beta1=beta1, beta2=beta2), Optimiser("momentum", momentum=beta1)):
        assert Optimiser.parse(str(optimiser)) == optimiser


@pytest.mark.parametrize("text", [
    "", "SGD", "rmsprop", "sgd:", "sgd:0.9", "momentum:", "momentum:x", "momentum:0.9,0.9", "momentum:1_0",
    "momentum:1", "momentum:-0.1", "momentum:nan", "adagrad:0.1", "adam:0.9", "adam:0.9,", "adam:0.9,1", "adam: 0,0",
    "adam:0.9,0.9,0.9", "adam:inf,0.9", "momentum:٠.٩",
])  # fmt: skip
def test_an_optimiser_that_makes_no_sense_is_refused_in_one_line(text):
    with pytest.raises(UsageError) as refused:
        Optimiser.parse(text)
    assert "\n" not in str(refused.value)


# -- the numbers ----------------------------------------------------------------------------------------------


def torch_optimiser(text, parameters, learning_rate):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: its optimisers are not compared")
    ours = Optimiser.parse(text)
    if ours.kind == "adagrad":
        return torch.optim.Adagrad(parameters, lr=learning_rate)
    if ours.kind == "adam":
        return torch.optim.Adam(parameters, lr=learning_rate, betas=(ours.beta1, ours.beta2))
    return torch.optim.SGD(parameters, lr=learning_rate, momentum=ours.momentum if ours.kind == "momentum" else 0.0)


@pytest.mark.parametrize("clip", [None, Clip("norm", 0.3)])
@pytest.mark.parametrize("text", [*KINDS, *OTHERS])
def test_several_updates_are_those_of_pytorch(text, clip):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: its optimisers are not compared")
    traces = several(text, 7, clip=clip)
    theirs = {name: torch.tensor(np.array(getattr(traces[0].params, name)), requires_grad=True) for name in PARAMETERS}
    optimiser = torch_optimiser(text, list(theirs.values()), 0.05)
    for trace in traces:
        for name, parameter in theirs.items():
            parameter.grad = torch.tensor(np.array(getattr(trace.clipped or trace.gradients, name)))
        optimiser.step()
        for name, parameter in theirs.items():
            assert close(getattr(trace.updated, name), parameter.detach().numpy(), 1.0), (trace.update, name)


@pytest.mark.parametrize("text", [*KINDS, *OTHERS])
def test_the_lines_of_the_listing_make_the_same_updates(text):
    for trace in several(text):
        r = registers(trace.params, trace.sequence, trace.options, trace.state)
        run(trace.program, r, len(trace), 0, trace.end)
        for name in (*PARAMETERS, *trace.program.kept):
            found = trace.value(name, trace.end)
            assert close(found, r.latest(name), np.max(np.abs(found))), (trace.update, name)


def test_sgd_subtracts_the_learning_rate_times_the_gradient_bit_for_bit():
    for trace in several("sgd"):
        for name in PARAMETERS:
            expected = getattr(trace.params, name) - 0.05 * getattr(trace.gradients, name)
            assert getattr(trace.updated, name).tobytes() == expected.tobytes()


@pytest.mark.parametrize("text", [*KINDS, *OTHERS])
def test_one_vector_of_all_parameters_moves_bit_for_bit_as_each_alone(text):
    optimiser = Optimiser.parse(text)

    def flat(five):
        return np.concatenate([np.ravel(getattr(five, name)) for name in PARAMETERS])

    traces = several(text, 9)
    theta = flat(traces[0].params)
    m, v = (np.zeros_like(theta) if slot in optimiser.slots else None for slot in "mv")
    for trace in traces:
        advance(optimiser, theta, flat(trace.gradients), m, v, trace.update + 1, 0.05, np.empty_like(theta))
        assert theta.tobytes() == flat(trace.updated).tobytes()
        for slot, held in (("m", m), ("v", v)):
            assert held is None or held.tobytes() == flat(getattr(trace.updated_state, slot)).tobytes()


@pytest.mark.parametrize(("kind", "epsilon"), [("adam", 1e-8), ("adagrad", 1e-10)])
def test_a_first_gradient_of_epsilon_makes_half_a_step(kind, epsilon):
    """√v̂ is |dθ| in the first update, so dθ = ε is divided by 2ε. Each ε is torch.optim's default."""
    theta, m, v = np.zeros(1), np.zeros(1), np.zeros(1)
    advance(Optimiser(kind), theta, np.array([epsilon]), m, v, 1, 1.0, np.empty(1))
    assert theta[0] == pytest.approx(-0.5, rel=1e-12)


def test_adam_s_first_step_is_the_learning_rate_long_whatever_the_gradient():
    """m̂ = dθ and v̂ = dθ² in the first update, so that the step is lr·dθ/|dθ|, up to ε."""
    params, sequence = random_run()
    trace = record(params, sequence, options("adam"))
    assert np.allclose(np.abs(trace.updated.W - params.W), 0.05, rtol=1e-4)


# -- in the trace ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", KINDS)
def test_what_is_kept_is_zeros_at_first_and_changes_at_its_own_line(text):
    trace = several(text, 1)[0]
    for name in trace.program.kept:
        line = trace.program.number("update", 0, name, len(trace))
        assert not trace.value(name, 0).any()
        assert np.array_equal(trace.value(name, line - 1), trace.state.kept(name))
        assert np.array_equal(trace.value(name, line), trace.updated_state.kept(name))
        assert trace.value(name, line).any()
        assert not trace.value(name, line).flags.writeable
        assert trace.series(name, trace.end).rows.shape == (1, *trace.value(name, 0).shape)
        with pytest.raises(UsageError):
            trace.value(name, trace.end + 1)


def test_the_next_update_begins_with_what_this_one_left():
    first, second = several("adam", 2)
    assert second.state is first.updated_state
    assert (first.state.steps, second.state.steps, second.updated_state.steps) == (0, 1, 2)
    assert np.array_equal(second.value("vW", 0), first.value("vW", first.end))


def test_a_run_has_the_names_of_its_own_optimiser_only():
    run_of = {kind: record(*random_run(), options(kind)) for kind in KINDS}
    assert run_of["sgd"].names == NAMES
    assert set(run_of["adam"].names) - set(NAMES) == {f"{slot}{name}" for slot in "mv" for name in PARAMETERS}
    with pytest.raises(UsageError, match="adagrad or adam does"):
        run_of["momentum"].value("vU", 0)


def test_an_update_that_halts_keeps_what_was_kept():
    params, sequence = random_run()
    huge = type(params)(params.U, params.W, params.V * np.inf, params.b, params.c)
    trace = record(huge, sequence, options("adam", clip=Clip("norm", 1.0)))
    assert trace.halted
    assert trace.updated_state is trace.state


def test_every_array_that_is_kept_is_exported():
    trace = several("adam", 2)[1]
    arrays = trace.arrays()
    assert arrays["steps"] == 1
    for name in trace.program.kept:
        assert np.array_equal(arrays[name], trace.state.kept(name))
        assert np.array_equal(arrays[f"{name}_new"], trace.updated_state.kept(name))
    assert "steps" not in record(*random_run()).arrays()


def test_a_state_that_does_not_fit_is_refused():
    params, sequence = random_run()
    with pytest.raises(ShapeError, match="mU has nothing"):
        record(params, sequence, options("adam"), state=State(0))
    with pytest.raises(ShapeError, match="mU has shape"):
        record(params, sequence, options("momentum"), state=options("momentum").optimiser.fresh(random_params(2, 3, 2)))


# -- what is carried into an update ---------------------------------------------------------------------------


def test_a_carried_hidden_state_goes_before_all_others():
    params, sequence = random_params(h0=True), random_sequence(h0=True)
    h0 = np.array([0.1, -0.2, 0.3, -0.4])
    trace = record(params, sequence, carried={"h0": h0}, update=3, epoch=1)
    assert np.array_equal(trace.h[0], h0)
    assert np.array_equal(trace.value("h0", 0), h0)
    assert (trace.update, trace.epoch) == (3, 1)
    assert h0.flags.writeable
    r = registers(params, sequence, Options(), carried={"h0": h0})
    run(trace.program, r, len(trace), 0, trace.end)
    assert close(trace.updated.W, r.W, 1.0)
    with pytest.raises(ShapeError):
        record(params, sequence, carried={"h0": np.zeros(3)})
