"""One number has one value, bit for bit, wherever it is asked for and however one came there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_core.recorder import record
from rnn_core.updates import Clip, Options
from tests.core.cases import MATRICES_AND_BIASES, random_params, random_run, small_constants
from tests.listing import NAMES, SERIES

GRADIENTS = tuple(f"d{name}" for name in MATRICES_AND_BIASES)


def bits(array):
    """Equal only for equal bits: NaN is itself, and -0.0 is not 0.0."""
    return None if array is None else (np.asarray(array).shape, np.asarray(array).tobytes())


@pytest.fixture(scope="module")
def wide():
    """Matrices of several strips and a run of several blocks."""
    return record(*random_run(70, 131, 66, 700, scale=0.1))


@settings(max_examples=150)
@given(data=st.data())
def test_a_window_is_a_slice_of_the_whole(wide, data):
    name = data.draw(st.sampled_from(GRADIENTS))
    k = data.draw(st.integers(wide.program.borders(700)[1], wide.end))
    whole = wide.value(name, k)
    shape = getattr(wide.params, name[1:]).shape
    parts = [slice(*sorted(data.draw(st.tuples(st.integers(0, n + 5), st.integers(0, n + 5))))) for n in shape]
    window = wide.window(name, k, *parts)
    assert bits(window) == bits(None if whole is None else whole[tuple(parts)])


@settings(max_examples=60)
@given(
    seed=st.integers(0, 1000), block=st.integers(1, 4), strip=st.integers(1, 3), kept=st.sampled_from([0.0, 40, 1e9])
)
def test_a_value_does_not_depend_on_what_was_visited_before(seed, block, strip, kept):
    """A fresh trace asked once, and one asked everywhere in random order, say the same."""
    with small_constants(block=block, strip=strip, kept_share=kept):
        params, sequence = random_run(timesteps=13, seed=seed)
        options = Options(clip=Clip("norm", 0.1) if seed % 2 else None)
        warm = record(params, sequence, options)
        rng = np.random.default_rng(seed)
        visits = rng.integers(0, warm.end + 1, 10).tolist()
        once = {k: {name: bits(record(params, sequence, options).value(name, k)) for name in GRADIENTS} for k in visits}
        for k in rng.permutation(visits * 3).tolist():
            for name in rng.permutation(GRADIENTS).tolist():
                assert bits(warm.value(name, k)) == once[k][name]


def test_stepping_back_and_seeking_at_the_real_block_size_give_the_same_bits(wide):
    fresh = record(wide.params, wide.sequence)
    start, stop = wide.program.borders(700)[1:3]
    forwards = {k: bits(wide.value("dW", k)) for k in range(start + 1, stop, 331)}
    backwards = {k: bits(fresh.value("dW", k)) for k in reversed(forwards)}
    assert forwards == backwards


def test_how_many_partial_sums_are_kept_changes_no_bit():
    params, sequence = random_run(timesteps=40)
    runs = []
    for kept_share in (0.0, 5.0, 20.0, 1e9):
        with small_constants(kept_share=kept_share):
            run = record(params, sequence)
            runs.append([bits(run.value(name, k)) for name in GRADIENTS for k in range(run.end + 1)])
    assert all(run == runs[0] for run in runs)


@pytest.mark.parametrize("clip", [None, Clip("norm", 0.01), Clip("value", 0.001)])
@pytest.mark.parametrize("timesteps", [1, 127, 128, 129, 500])
def test_the_gradient_shown_at_the_end_is_the_one_that_updated(clip, timesteps):
    options = Options(learning_rate=0.37, clip=clip)
    params, sequence = random_run(timesteps=timesteps)
    run = record(params, sequence, options)
    before_the_update = run.program.borders(timesteps)[2]
    held = run.arrays()
    for name in MATRICES_AND_BIASES:
        raw, used = run.value(f"d{name}", before_the_update), run.value(f"d{name}", run.end)
        assert bits(raw) == bits(getattr(run.gradients, name)) == bits(held[f"d{name}"])
        assert bits(used) == bits(held[f"d{name}_clipped"] if clip else raw)
        new = getattr(params, name) - 0.37 * used
        assert bits(new) == bits(run.value(name, run.end)) == bits(getattr(run.updated, name))
        assert bits(new) == bits(held[f"{name}_new"])
        assert bits(run.value(name, before_the_update)) == bits(getattr(params, name)) == bits(held[name])


def test_a_row_has_the_same_bits_in_a_value_in_a_series_and_in_the_file():
    run = record(*random_run())
    held = run.arrays()
    for name in SERIES:
        assert bits(run.series(name, run.end).rows) == bits(held[name])
        first_or_last = 0 if SERIES[name].backward else -1
        assert bits(run.value(name, run.end)) == bits(held[name][first_or_last])


def test_the_same_input_gives_the_same_bytes():
    params, sequence = random_run(20, 60, 9, 300)
    one, two = record(params, sequence).arrays(), record(params, sequence).arrays()
    assert {name: bits(array) for name, array in one.items()} == {name: bits(array) for name, array in two.items()}


def test_whatever_a_trace_hands_out_is_read_only():
    run = record(*random_run(), Options(clip=Clip("norm", 0.01)))
    handed_out = [*run.arrays().values(), *run.gradients.values(), *run.clipped.values()]
    handed_out += [run.value(name, k) for name in NAMES for k in (0, 33, run.program.borders(5)[2], run.end)]
    handed_out += [run.series(name, run.end).rows for name in NAMES]
    handed_out += [run.contribution(name, 2) for name in GRADIENTS]
    for array in handed_out:
        assert array is None or array.ndim == 0 or not array.flags.writeable


def test_recording_changes_nothing_it_was_given():
    params, sequence = random_run()
    before = [bits(getattr(params, name)) for name in MATRICES_AND_BIASES], bits(sequence.x), bits(sequence.y)
    record(params, sequence, Options(learning_rate=1.0))
    assert before == ([bits(getattr(params, name)) for name in MATRICES_AND_BIASES], bits(sequence.x), bits(sequence.y))


def test_the_caller_s_own_arrays_stay_writable_and_apart():
    x = np.ones((3, 2))
    params = random_params(2, 3, 2)
    from_caller = {name: np.array(getattr(params, name)) for name in MATRICES_AND_BIASES}
    kept = type(params)(**from_caller)
    from_caller["W"][:] = 7.0
    x[:] = 5.0
    assert not np.any(kept.W == 7.0)
