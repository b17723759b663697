"""The kernels' trace and the interpreter agree about every name at every position."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rnn_core.data import NO_TARGET
from rnn_core.interpreter import execute, registers
from rnn_core.model import PARAMETERS
from rnn_core.optimisers import Optimiser
from rnn_core.program import cross_entropy, program
from rnn_core.recorder import record
from rnn_core.updates import Clip, Options
from tests.core.cases import close, random_params, random_sequence, small_constants
from tests.listing import SERIES

CLIPS = (None, Clip("norm", 0.05), Clip("norm", 1e6), Clip("value", 0.02))
ROW_OF_TIMESTEP_1 = dict.fromkeys(SERIES, 0) | {"h": 1, "dh_next": 0}


@dataclass
class Replay:
    """The interpreter, run one line at a time, with a note of every row it wrote."""

    r: object
    options: Options
    rows: dict = field(default_factory=dict)
    nll: float | None = None

    def __post_init__(self):
        self.rows = {name: {} for name in SERIES}
        self.rows["h"][0] = self.r.h[0]

    def run(self, place):
        execute(place.instruction, self.r, place.t)
        name = place.instruction.name
        if name == "loss":
            y = self.r.y[place.t]
            self.nll = np.nan if y == NO_TARGET else cross_entropy(self.r.z, y)
            self.rows["nll"][place.t - 1] = self.nll
        elif name in SERIES:
            self.rows[name][place.t - 1 + ROW_OF_TIMESTEP_1[name]] = self.r.latest(name)

    def value(self, name):
        return self.nll if name == "nll" else self.r.latest(name)


def copied(value):
    return None if value is None else np.array(value)


def states(run, params, sequence, options):
    """Every position k with the interpreter's state there."""
    replay = Replay(registers(params, sequence, options), options)
    replay.rows["dh_next"][len(sequence)] = np.zeros(len(params.b))
    yield 0, replay
    for k in range(1, run.end + 1):
        with np.errstate(all="ignore"):
            replay.run(run.program.place(k, len(sequence)))
        yield k, replay


def assert_agreement(run, params, sequence, options):
    names = [name for name in run.names if name not in ("x", "y", "h0")]
    seen = [
        (k, {name: copied(replay.value(name)) for name in names}, {name: dict(replay.rows[name]) for name in SERIES})
        for k, replay in states(run, params, sequence, options)
    ]
    # The largest magnitude that each name reaches: what its rounding errors are relative to.
    scale = dict.fromkeys(names, 0.0)
    for _, held, _ in seen:
        for name in names:
            if held[name] is not None:
                scale[name] = max(scale[name], np.max(np.abs(held[name]), initial=0.0))
    for k, held, kept in seen:
        for name in names:
            found, expected = run.value(name, k), held[name]
            assert (found is None) == (expected is None), (name, k)
            assert found is None or close(found, expected, scale[name]), (name, k, found, expected)
        for name in SERIES:
            rows, mask = run.series(name, k)
            written = sorted(kept[name])
            assert np.flatnonzero(mask).tolist() == written, (name, k)
            expected = np.array([kept[name][row] for row in written])
            assert not len(expected) or close(rows[mask], expected, scale[name]), (name, k)
            assert np.array_equal(np.flatnonzero(mask), np.arange(len(rows))[run.written(name, k)])
        wrote = run.program.place(k, len(sequence)).instruction.writes if k else ()
        assert run.wrote(k) == wrote


@settings(max_examples=60)
@given(
    inputs=st.integers(1, 4),
    hidden=st.integers(1, 5),
    classes=st.integers(1, 4),
    timesteps=st.integers(1, 10),
    seed=st.integers(0, 2**20),
    scale=st.sampled_from([0.01, 0.3, 1.0]),
    absent=st.sampled_from([0.0, 0.4, 1.0]),
    h0=st.sampled_from(["none", "params", "sequence", "both"]),
    reduction=st.sampled_from(["sum", "mean"]),
    clip=st.sampled_from(CLIPS),
    block=st.integers(1, 4),
    strip=st.integers(1, 3),
    kept_share=st.sampled_from([0.0, 30.0, 100.0, 1e9]),
    narrow=st.sampled_from([0, 48]),
    optimiser=st.sampled_from(["sgd", "momentum:0.5", "adagrad", "adam"]),
    truncation=st.integers(0, 11),
)
@example(2, 3, 2, 10, 1, 0.3, 0.4, "sequence", "mean", CLIPS[1], 3, 2, 100.0, 0, "sgd", 0)
@example(2, 3, 2, 10, 1, 0.3, 0.4, "sequence", "mean", CLIPS[1], 3, 2, 100.0, 48, "adam", 4)
def test_a_trace_holds_what_the_interpreter_would_hold(
    inputs, hidden, classes, timesteps, seed, scale, absent, h0, reduction, clip, block, strip, kept_share, narrow,
    optimiser, truncation,
):  # fmt: skip
    params = random_params(inputs, hidden, classes, seed=seed, scale=scale, h0=h0 in ("params", "both"))
    sequence = random_sequence(
        timesteps, inputs, classes, hidden=hidden, seed=seed, absent=absent, h0=h0 in ("sequence", "both")
    )
    options = Options(0.1, reduction, clip, Optimiser.parse(optimiser), truncation)
    with small_constants(block=block, strip=strip, kept_share=kept_share, narrow=narrow):
        assert_agreement(record(params, sequence, options), params, sequence, options)


def test_the_state_is_the_interpreter_s_across_the_real_blocks_and_strips():
    params = random_params(66, 67, 5, seed=3, scale=0.1)
    sequence = random_sequence(300, 66, 5, hidden=67, seed=3, absent=0.1)
    options = Options()
    run = record(params, sequence, options)
    r = registers(params, sequence, options)
    for k in range(1, run.end + 1):
        place = run.program.place(k, 300)
        execute(place.instruction, r, place.t)
        if place.phase == "backward" and place.t % 43 == 0 and place.instruction.name == "dW":
            for name in ("dU", "dW", "dV", "db", "dc"):
                expected = r.latest(name)
                assert close(run.value(name, k), expected, np.max(np.abs(expected))), (name, k)


def test_the_given_names_are_whole_at_every_position():
    params, sequence = random_params(h0=True), random_sequence()
    run = record(params, sequence)
    for k in (0, 1, run.end):
        assert np.array_equal(run.value("x", k), sequence.x)
        assert np.array_equal(run.value("y", k), sequence.y)
        assert np.array_equal(run.value("h0", k), params.h0)
        assert run.series("x", k).mask.all()


def test_a_sequence_s_own_initial_state_goes_before_the_parameters_one():
    params, sequence = random_params(h0=True), random_sequence(h0=True)
    assert np.array_equal(record(params, sequence).value("h", 0), sequence.h0)


def test_names_that_are_one_number_or_matrix_have_a_series_of_one_row():
    run = record(random_params(), random_sequence())
    before, after = run.series("dW", 0), run.series("dW", run.end)
    assert before.rows.shape == (1, 4, 4)
    assert not before.mask.any()
    assert np.isnan(before.rows).all()
    assert np.array_equal(after.rows[0], run.gradients.W)
    assert after.mask.all()
    assert run.series("loss", run.end).rows.tolist() == [run.loss]


def test_a_contribution_is_what_one_backward_timestep_adds():
    params, sequence = random_params(), random_sequence(absent=0.3)
    run = record(params, sequence)
    for t in range(1, 6):
        for name in ("dU", "dW", "dV", "db", "dc"):
            k = program().number("backward", t, name, 5)
            before, after = run.value(name, k - 1), run.value(name, k)
            added = after - (0.0 if before is None else before)
            assert close(run.contribution(name, t), added, np.max(np.abs(after)), 1e-14), (name, t)


def test_a_window_of_a_contribution_is_that_part_of_it():
    run = record(random_params(), random_sequence())
    whole = run.contribution("dW", 3)
    assert np.array_equal(run.contribution("dW", 3, slice(1, 3), slice(0, 2)), whole[1:3, 0:2])
    assert np.array_equal(run.contribution("db", 3, slice(1, 3)), run.contribution("db", 3)[1:3])


def test_a_summary_is_the_norm_and_the_largest_magnitude_of_the_value():
    run = record(random_params(), random_sequence(), Options(clip=Clip("norm", 0.1)))
    for k in (0, run.program.borders(5)[1] + 9, run.program.borders(5)[2], run.end):
        for name in (f"d{name}" for name in PARAMETERS):
            value, summary = run.value(name, k), run.summary(name, k)
            expected = (0.0, 0.0) if value is None else (np.sqrt(np.sum(value**2)), np.abs(value).max())
            assert np.allclose(summary, expected, rtol=1e-14, atol=0)
