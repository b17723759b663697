"""Numbers, scales and windows: laws over everything that can come in, and pictures of what comes out."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core.views.numbers import cell, exponent_for, magnitude, plain, short, signed, times_ten
from rnn_core.views.scale import LEVELS, levels, limit_for
from rnn_core.views.window import page, shares

finite = st.floats(allow_nan=False, allow_infinity=False)
modes = st.sampled_from(["step", "run", "log", "fixed"])

# -- numbers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (0.0312, "+0.0312"),
        (-1.0986123, "-1.0986"),
        (1.2e-5, "+1.20e-5"),
        (-0.00999, "-9.99e-3"),
        (123.456, "+123.46"),
        (9999.4, "+9999.4"),
        (12345.0, "+1.23e4"),
        (1e300, "+1.00e300"),
        (5e-324, "+4.94e-324"),
        (math.inf, "+inf"),
        (-math.inf, "-inf"),
        (math.nan, "nan"),
    ],
)
def test_a_number_is_written_short_and_signed(value, written):
    assert short(value) == written
    assert plain(value) == written.removeprefix("+")


@given(st.floats(-1e308, 1e308))
def test_a_written_number_is_near_the_number_and_never_looks_like_zero_unless_it_is(value):
    for text in (short(value), plain(value), signed(value), magnitude(value)):
        assert (float(text) == 0.0) == (value == 0.0)
        assert math.isclose(float(text), value, rel_tol=6e-3)


def test_an_addend_has_its_sign_even_when_it_is_zero():
    assert [signed(value) for value in (0.0, 0.5, -0.5)] == ["+0", "+0.50000"[:7], "-0.5000"]


@given(finite, st.integers(-320, 308))
def test_a_number_of_a_table_takes_five_characters_and_never_looks_like_zero_unless_it_is(value, exponent):
    text = cell(value, exponent)
    assert len(text) <= 5
    assert (text in ("0", "+0.00", "-0.00", "+0", "-0")) == (value == 0.0)
    if value:
        assert text[0] == ("+" if value > 0 else "-")


@pytest.mark.parametrize(
    ("value", "exponent", "written"),
    [
        (0.0, 0, "0"),
        (0.18, 0, "+0.18"),
        (-0.0124, -2, "-1.24"),
        (0.00001, -2, "+1e-3"),
        (9.999, 0, "+10.0"),
        (-3e-7, 0, "-3e-7"),
        (3e-12, 0, "+≈0"),
        (4e20, 0, "+4e20"),
        (4e200, 0, "+big"),
        (-123.4, 0, "-123"),
        (math.inf, 3, "+inf"),
        (-math.inf, 3, "-inf"),
        (math.nan, 3, "nan"),
    ],
)
def test_a_number_of_a_table(value, exponent, written):
    assert cell(value, exponent) == written


@given(st.floats(1e-300, 1e300))
def test_a_table_s_power_of_ten_gives_its_largest_number_one_or_no_digit_before_the_point(limit):
    scaled = limit / 10.0 ** exponent_for(limit)
    assert 0.09 < scaled < 10.01


def test_the_power_of_ten_is_named_where_there_is_one():
    assert [exponent_for(limit) for limit in (0.0, 0.1, 0.99, 1.0, 9.9, 10.0, 0.099, math.inf)] == [
        0, 0, 0, 0, 0, 1, -2, 0,
    ]  # fmt: skip
    assert (times_ten(0), times_ten(-3)) == ("", "×1e-3")


# -- scale ----------------------------------------------------------------------------------------------------


@given(st.lists(finite, min_size=1, max_size=20), st.floats(1e-300, 1e300), modes)
def test_colours_are_symmetric_ordered_and_only_zero_looks_like_zero(values, limit, mode):
    values = np.sort(np.array(values))
    found = levels(values, limit, mode)
    assert np.array_equal(levels(-values, limit, mode), -found)
    assert np.array_equal(found == 0, values == 0.0)
    assert (np.diff(found) >= 0).all()
    assert (np.abs(found) <= LEVELS).all()


def test_what_is_not_finite_stands_out_and_the_limit_takes_the_last_colour():
    found = levels(np.array([np.nan, np.inf, -np.inf, 2.0, -2.0, 1e9]), 2.0, "step")
    assert found.tolist() == [LEVELS + 1] * 3 + [LEVELS, -LEVELS, LEVELS]


def test_half_the_limit_takes_the_middle_colour_and_log_counts_decades():
    assert levels(np.array([1.0]), 2.0, "step").tolist() == [LEVELS // 2]
    # Six decades over 24 levels: four levels a decade, so a thousandth of the limit stands at 12.
    assert levels(np.array([1.0, 0.1, 1e-3, 1e-6, 1e-30]), 1.0, "log").tolist() == [24, 20, 12, 1, 1]


def test_the_limit_follows_the_mode_and_is_never_zero():
    assert [limit_for(mode, 2.0, 5.0) for mode in ("step", "run", "log", "fixed")] == [2.0, 5.0, 2.0, 1.0]
    assert [limit_for(mode, 0.0, 0.0) for mode in ("step", "run", "log", "fixed")] == [1.0] * 4


# -- windows --------------------------------------------------------------------------------------------------


@given(st.integers(1, 500), st.integers(-2, 60), st.data())
def test_a_page_is_full_holds_its_place_and_stands_still_within_itself(total, fits, data):
    at = data.draw(st.integers(0, total - 1))
    shown = page(total, fits, at)
    if fits <= 0:
        assert len(shown) == 0
        return
    assert len(shown) == min(total, fits)
    assert at in shown
    assert shown[0] >= 0
    assert shown[-1] < total
    if at + 1 < total and at + 1 in shown and (at + 1) % fits:
        assert page(total, fits, at + 1) in (shown, page(total, fits, total - 1))


def test_pages():
    assert [page(10, 4, at) for at in (0, 3, 4, 7, 8, 9)] == [
        range(4), range(4), range(4, 8), range(4, 8), range(6, 10), range(6, 10),
    ]  # fmt: skip


@given(st.lists(st.integers(0, 100), min_size=1, max_size=6), st.integers(0, 300))
def test_shares_never_exceed_what_is_wanted_and_all_of_it_is_given_where_it_fits(wanted, available):
    granted = shares(tuple(wanted), available)
    assert all(g <= w for g, w in zip(granted, wanted, strict=True))
    if sum(wanted) <= available:
        assert granted == tuple(wanted)
    elif available >= len(wanted):
        assert sum(granted) <= available


def test_the_small_wishes_are_granted_first():
    assert shares((30, 5, 30), 25) == (10, 5, 10)
