"""The options of a run are checked where they are made, and read back as they were written."""

from __future__ import annotations

import numpy as np
import pytest

from rnn_core.arrays import Arrays
from rnn_core.errors import UsageError
from rnn_core.interpreter import registers, run
from rnn_core.language.expressions import Name, Product
from rnn_core.program import program
from rnn_core.recorder import record
from rnn_core.updates import Clip, Options, clip_gradients, updated
from tests.core.cases import MATRICES_AND_BIASES, random_params, random_run


def five(*numbers):
    return Arrays({name: np.array([float(n)]) for name, n in zip("UWVbc", numbers, strict=True)})


@pytest.mark.parametrize(
    "text", ["norm:1", "norm:0.5", "value:0.25", "value:1e-06", "norm:0.123456789", "value:0.1234567890123456"]
)
def test_a_clip_reads_as_it_is_written(text):
    assert str(Clip.parse(text)) == text


def test_a_limit_alone_is_one_of_the_norm():
    assert Clip.parse("1.5") == Clip("norm", 1.5)


def test_off_is_no_clipping():
    assert Clip.parse("off") is None


@pytest.mark.parametrize(
    "text", ["", "norm", "norm:", "norm:0", "norm:-1", "norm:nan", "norm:inf", "l2:1", "norm:1_0", "norm:१"]
)
def test_a_clip_that_makes_no_sense_is_refused_in_one_line(text):
    with pytest.raises(UsageError) as refused:
        Clip.parse(text)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("bad", [{"learning_rate": np.nan}, {"learning_rate": np.inf}, {"reduction": "max"}])
def test_options_that_make_no_sense_are_refused(bad):
    with pytest.raises(UsageError):
        Options(**bad)


def test_the_norm_is_over_all_five_together():
    assert five(1, 2, 4, 6, 8).norm() == pytest.approx(11.0)


def test_clipping_by_norm_scales_all_five_alike():
    clipped = clip_gradients(five(1, 2, 4, 6, 8), Clip("norm", 5.5))
    factor = 5.5 / (11.0 + 1e-6)
    assert [float(d[0]) for d in clipped.values()] == pytest.approx([factor * d for d in (1, 2, 4, 6, 8)], rel=1e-15)


def test_gradients_within_the_limit_are_left_alone():
    gradients = five(1, 2, 4, 6, 8)
    for clip in (Clip("norm", 100), Clip("value", 8)):
        assert all(
            np.array_equal(one, two)
            for one, two in zip(clip_gradients(gradients, clip).values(), gradients.values(), strict=True)
        )


def test_clipping_by_value_clamps_each_element():
    assert [float(d[0]) for d in clip_gradients(five(1, -2, 4, -6, 0), Clip("value", 3)).values()] == [1, -2, 3, -3, 0]


def test_an_update_moves_against_the_gradient_and_keeps_the_initial_state():
    params = random_params(h0=True)
    gradients = Arrays({name: np.ones_like(params[name]) for name in MATRICES_AND_BIASES})
    options = Options(learning_rate=0.5)
    new, _ = updated(params, gradients, options.optimiser.fresh(params), options)
    for name in MATRICES_AND_BIASES:
        assert np.array_equal(getattr(new, name), getattr(params, name) - 0.5)
        assert not getattr(new, name).flags.writeable
    assert np.array_equal(new.h0, params.h0)


def test_the_interpreter_runs_a_listing_in_which_a_line_was_replaced():
    """A student's mistake, `dh_next = Wᵀ·dh`: the last timestep's da is still right, the one before is not."""
    params, sequence = random_run()
    mistaken = program().replacing("dh_next", Product(Name("W"), Name("dh"), transposed=True))
    assert str(mistaken.instruction("dh_next")) == "dh_next = Wᵀ·dh"
    right = record(params, sequence)
    r = registers(params, sequence, Options())
    run(mistaken, r, 5, 0, mistaken.number("backward", 5, "da", 5))
    assert np.allclose(r.da, right.da[4], rtol=1e-13)
    run(mistaken, r, 5, mistaken.number("backward", 5, "da", 5), mistaken.number("backward", 4, "da", 5))
    assert not np.allclose(r.da, right.da[3], rtol=1e-3)


def test_running_in_pieces_is_running_at_once():
    params, sequence = random_run()
    whole = run(program(), registers(params, sequence, Options()), 5, 0, 75)
    pieces = registers(params, sequence, Options())
    for start in range(75):
        run(program(), pieces, 5, start, start + 1)
    for name in MATRICES_AND_BIASES:
        assert np.array_equal(whole.latest(name), pieces.latest(name))
        assert np.array_equal(whole.latest(f"d{name}"), pieces.latest(f"d{name}"))
