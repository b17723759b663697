"""Sums over time that can be read part-way, and how time is cut for them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core.accumulate import BLOCK, Blocks, TimeSum, blocks_within


@given(st.integers(1, 10**6), st.integers(8, 10**6), st.floats(-1e9, 1e9))
def test_the_partial_sums_kept_stay_within_the_bytes_allowed(timesteps, sums_bytes, allowed):
    length, stride = blocks_within(timesteps, sums_bytes, allowed)
    kept = timesteps // length // stride
    assert kept == 0 or kept * sums_bytes <= allowed
    assert BLOCK <= length <= 2 * BLOCK


def test_where_there_is_room_every_border_is_kept():
    assert blocks_within(10**6, 8, 1e9) == Blocks(BLOCK, 1)


@pytest.mark.parametrize("blocks", [Blocks(4, 1), Blocks(4, 2), Blocks(5, 3), Blocks(7, 100), Blocks(100, 1)])
def test_whole_numbers_are_added_up_exactly(blocks):
    """With integers in the rows there is no rounding: every sum is the plain sum."""
    rng = np.random.default_rng(0)
    left, right = (rng.integers(-9, 9, (41, n)).astype(float) for n in (3, 70))
    sums = TimeSum.of(left, right, blocks)
    assert sums.kept.shape[0] == 41 // blocks.length // blocks.stride
    for count in [*range(42), *range(41, -1, -1), 7, 33, 20]:
        expected = left[41 - count :].T @ right[41 - count :]
        assert np.array_equal(sums.at(count), expected)
        assert np.array_equal(sums.at(count, slice(1, 3), slice(60, 68)), expected[1:3, 60:68])
        assert np.array_equal(sums.at(count, slice(2, None, -1), slice(69, 2, -3)), expected[2::-1, 69:2:-3])
        assert sums.at(count, slice(0, 0), slice(5, 5)).shape == (0, 0)
