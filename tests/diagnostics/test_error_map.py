"""The maps of a gradient check: what is wrong stands out, at its place, at any size, without colour."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_core.arrays import Arrays
from rnn_core.data import Sequence
from rnn_core.diagnostics.error_map import (
    COLUMNS,
    GLYPHS,
    NOT_FINITE,
    ROWS,
    UNCHECKED,
    ErrorMap,
    glyph,
    legend,
    picture,
)
from rnn_core.diagnostics.gradient_check import check
from rnn_core.diagnostics.report import lines
from rnn_core.recorder import record
from rnn_core.trace import Trace
from tests.core.cases import random_run
from tests.diagnostics.wrong import mistaken, spoiled, trace

BAD = set("01234567") | {NOT_FINITE}


def block_of(report, name):
    return next(block for block in report.blocks if block.name == name)


def cells(drawn: list[str]) -> list[str]:
    """The rows of glyphs of one picture."""
    return [line.partition("|")[2].removesuffix("|") for line in drawn[1:-1]]


def map_of(wrong: Trace, name: str, **options) -> list[str]:
    """The rows of glyphs of one block of a check."""
    return cells(picture(block_of(check(wrong, **options), name).map))


def wrong_columns(rows: list[str]) -> set[int]:
    """The columns, from 1 on as timesteps are, in which every glyph is bad; a column is all bad or all good."""
    columns = ["".join(column) for column in zip(*rows, strict=True)]
    assert all(set(column) <= BAD or not set(column) & BAD for column in columns), rows
    return {t for t, column in enumerate(columns, start=1) if set(column) <= BAD}


def made_map(shape, errors: dict[tuple[int, ...], float], *, axes=("unit", "input"), first_t=0) -> ErrorMap:
    places = tuple(int(np.ravel_multi_index(index, shape)) for index in errors)
    return ErrorMap("d", shape, axes, places, tuple(errors.values()), first_t)


# -- one glyph ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "shown"),
    [(2.0, "0"), (1.0, "0"), (0.5, "1"), (3e-3, "3"), (1e-7, "7"), (9.9e-8, "8"), (5e-9, "9"), (5e-10, ":"),
     (1e-12, ":"), (9e-13, "."), (1e-16, "."), (0.0, "."), (np.inf, NOT_FINITE), (-1.0, UNCHECKED)],
)  # fmt: skip
def test_a_digit_is_the_exponent_of_the_error(error, shown):
    assert glyph(error) == shown


@given(st.floats(min_value=1.01e-9, max_value=0.99))
def test_a_digit_is_the_exponent_that_the_number_is_written_with(error):
    assert glyph(error) == str(-Decimal(repr(error)).adjusted())


@given(st.floats(min_value=0.0), st.floats(min_value=0.0))
def test_a_larger_error_never_has_a_fainter_glyph(one, other):
    order = f"{NOT_FINITE}{GLYPHS}"
    less, more = sorted((one, other))
    assert order.index(glyph(more)) <= order.index(glyph(less))


# -- the picture -------------------------------------------------------------------------------------------------


def test_a_series_has_its_units_down_and_its_timesteps_across():
    errors = {(0, 0): 1e-15, (1, 0): 0.02, (2, 0): 1e-11, (0, 1): 3e-5, (2, 1): np.inf}
    assert picture(made_map((3, 2), errors, axes=("t", "unit"), first_t=1)) == [
        "d: 2 units down, 3 timesteps across",
        "unit 0 |.2:|",
        "     1 |5 !|",
        "        t=1",
    ]


def test_a_matrix_has_its_rows_down_and_a_vector_is_one_row():
    assert picture(made_map((2, 3), {(1, 2): 0.5})) == [
        "d: 2 units down, 3 inputs across",
        "unit 0 |   |",
        "     1 |  1|",
        "        0",
    ]
    assert picture(made_map((12,), {(11,): 0.5}, axes=("unit",))) == [
        "d: 12 units across",
        " |           1|",
        "  0         10",
    ]


def test_one_timestep_of_a_series_is_one_row():
    assert picture(made_map((1, 3), {(0, 0): 0.5}, axes=("t", "unit"), first_t=4)) == [
        "d: 3 units across",
        "t=4 |1  |",
        "     0",
    ]


def test_columns_are_numbered_every_ten_glyphs_and_rows_all():
    drawn = picture(made_map((120, 32), {(0, 0): 0.0}, axes=("t", "unit"), first_t=1))
    assert drawn[0] == "d: 32 units down, 120 timesteps across; a glyph is the largest error of 2x2"
    assert drawn[-1] == "        t=1       t=21      t=41      t=61      t=81      t=101"
    assert [line[:6].strip() for line in drawn[1:-1]] == ["unit 0", *map(str, range(2, 32, 2))]


SIZES = st.integers(1, 3000)


@settings(max_examples=60)
@given(SIZES, SIZES, st.data())
def test_one_wrong_element_is_seen_at_its_place_whatever_the_size(height, width, data):
    at = data.draw(st.integers(0, height - 1)), data.draw(st.integers(0, width - 1))
    beside = {(row, column): 1e-15 for row in {0, at[0], height - 1} for column in {0, at[1], width - 1}}
    drawn = picture(made_map((height, width), {**beside, at: 0.3}))
    rows = cells(drawn)
    assert len(rows) <= ROWS
    assert {len(row) for row in rows} == {len(rows[0])}
    assert len(rows[0]) <= COLUMNS
    assert max(map(len, drawn)) <= 80
    assert "".join(drawn).isascii()
    assert "".join(rows).count("1") == 1
    y = next(y for y, row in enumerate(rows) if "1" in row)
    labels = [int(line.partition("|")[0].removeprefix("unit").strip()) for line in drawn[1:-1]]
    assert labels[y] == max(label for label in labels if label <= at[0])
    ticks = [(found.start(), int(found[0])) for found in re.finditer(r"[0-9]+", drawn[-1])]
    column = drawn[1 + y].index("|") + 1 + rows[y].index("1")
    x, first = max(tick for tick in ticks if tick[0] <= column)
    if len(ticks) > 1:
        tile = (ticks[1][1] - ticks[0][1]) // 10
        assert first + (column - x) * tile <= at[1] < first + (column - x + 1) * tile


def test_what_was_not_looked_at_is_blank_and_hides_nothing_that_was():
    rows = cells(picture(made_map((40, 4), {(0, 0): 0.5, (1, 0): 1e-15, (39, 3): 1e-15})))
    assert rows[0][0] == "1"
    assert rows[-1][3] == "."
    assert "".join(rows).count(UNCHECKED) == len("".join(rows)) - 2


def test_the_legend_is_of_what_is_shown():
    assert legend(picture(made_map((2, 1), {(0, 0): 0.0, (1, 0): 1e-13}))) == ". <1e-12"
    assert (
        legend(picture(made_map((2, 1), {(0, 0): 0.1}))) == "n: error ..e-n, 0-2 wrong, 3-7 suspicious  blank unchecked"
    )
    assert "! not finite" in legend(picture(made_map((1, 1), {(0, 0): np.inf})))
    assert legend(["no map: 0123"]) == ""


# -- what a check draws ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1e-3, 0.5, 3.0, 30.0, 1e3])
@pytest.mark.parametrize("absent", [0.0, 0.5])
def test_no_element_of_right_gradients_looks_wrong(scale, absent):
    params, sequence = random_run(timesteps=6, absent=absent, scale=scale)
    for block in check(record(params, sequence)).blocks:
        assert not set("".join(cells(picture(block.map)))) & BAD, picture(block.map)


@pytest.mark.parametrize("by", [1e-9, 1e-6, 1e-3, 1.0])
@pytest.mark.parametrize("name", ["dz", "dh", "da"])
def test_what_the_table_says_is_off_is_off_in_the_map(name, by):
    """If each element were off by ε of itself, the block could be off by √3·ε at most."""
    for block in check(spoiled(trace(), name, (2, 1), by)).blocks:
        assert max(block.map.errors) >= 0.5 * block.error


def test_an_element_s_error_is_relative_to_itself():
    """Half as much again: 0.5 of 1.5 is 1/3; a tenth of a thousandth more: about 1e-4."""
    good = trace()
    wrong = spoiled(spoiled(good, "dh", (2, 1), 0.5 * good.dh[2, 1]), "dh", (3, 0), 1.1e-4 * good.dh[3, 0])
    found = block_of(check(wrong), "dh").map
    errors = dict(zip(found.places, found.errors, strict=True))
    assert errors.pop(2 * 4 + 1) == pytest.approx(1 / 3)
    assert errors.pop(3 * 4 + 0) == pytest.approx(1.1e-4, rel=1e-3)
    assert max(errors.values()) < 1e-12
    assert cells(picture(found)) == ["...4.", "..1..", ".....", "....."]


def test_h_t_for_h_t_1_in_dW_leaves_everything_else_as_it_was():
    report = check(mistaken(trace(), "dW", lambda r, t: np.outer(r.da, r.h[t])))
    assert {block.name for block in report.blocks if set("".join(cells(picture(block.map)))) & BAD} == {"dW"}
    assert set("".join(cells(picture(block_of(report, "dW").map)))) <= BAD


def test_tanh_s_slope_at_the_wrong_timestep_is_seen_in_da_at_every_timestep():
    wrong = mistaken(trace(), "da", lambda r, t: (1 - r.h[t - 1] ** 2) * r.dh)
    assert wrong_columns(map_of(wrong, "da")) == {1, 2, 3, 4, 5}
    assert wrong_columns(map_of(wrong, "dh")) == {1, 2, 3, 4}, "dh at the last timestep has nothing carried into it"
    assert wrong_columns(map_of(wrong, "dz")) == set()


def test_a_slope_that_is_wrong_at_one_timestep_is_seen_from_there_back():
    wrong = mistaken(trace(8), "da", lambda r, t: (1 - r.h[2 if t == 3 else t] ** 2) * r.dh)
    assert wrong_columns(map_of(wrong, "da")) == {1, 2, 3}
    assert wrong_columns(map_of(wrong, "dh")) == {1, 2}


def test_a_gradient_that_is_not_carried_is_missing_before_the_last_timestep():
    wrong = mistaken(trace(), "dh", lambda r, t: r.V.T @ r.dz)
    assert wrong_columns(map_of(wrong, "dh")) == {1, 2, 3, 4}


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_marked_where_it_is(value):
    assert map_of(spoiled(trace(), "da", (2, 1), value), "da") == [".....", "..!..", ".....", "....."]


def test_a_run_of_one_timestep():
    wrong = spoiled(trace(1), "dh", (0, 2), 1.0)
    assert map_of(wrong, "dh")[0][2] in BAD
    assert picture(block_of(check(wrong), "dh").map)[1].startswith("t=1 |")


def test_a_long_run_in_which_one_element_is_wrong():
    """Ten thousand timesteps are 167 a glyph: timestep 1235 is in the eighth."""
    drawn = picture(made_map((10_000, 2), {(row, 1): 1e-15 for row in range(10_000)} | {(1234, 1): 1e-3},
                             axes=("t", "unit"), first_t=1))  # fmt: skip
    assert cells(drawn) == [" " * 60, "." * 7 + "3" + "." * 52]
    long = record(*random_run(timesteps=1500, hidden=2, inputs=1, classes=2))
    assert "!" in "".join(map_of(spoiled(long, "da", (1234, 1), np.nan), "da", samples=1))


def test_a_large_model_is_a_sample_and_its_one_wrong_element_is_there():
    large = record(*random_run(timesteps=3, hidden=512, scale=0.03))
    dW = np.array(large.gradients.W)
    dW[400, 77] *= 2.0
    drawn = lines(check(replace(large, gradients=Arrays({**large.gradients, "W": dW})), samples=20))
    start = next(at for at, line in enumerate(drawn) if line.startswith("dW: "))
    rows = cells(drawn[start : start + 2 + ROWS])
    assert rows[400 // 32][77 // 9] == "1", "twice as much is 1/2 off"
    assert "".join(rows).count("1") == 1
    assert set("".join(rows)) == {"1", ".", UNCHECKED}
    assert "blank unchecked" in drawn[-2]


# -- the report --------------------------------------------------------------------------------------------------


def maps_in(text: list[str]) -> list[str]:
    return [line.partition(":")[0] for line in text if line.endswith("across")]


def test_a_good_report_has_maps_only_on_request():
    report = check(trace())
    assert maps_in(lines(report)) == []
    assert maps_in(lines(report, maps=True)) == [block.name for block in report.blocks]


def test_a_wrong_one_has_that_of_the_block_where_it_begins():
    report = check(mistaken(trace(), "dh_next", lambda r, t: r.W.T @ r.dh))
    text = lines(report)
    assert maps_in(text) == ["dh"]
    assert text[-1].startswith("wrong: dh[4]")
    assert text[-2].startswith("n: error ..e-n")
    assert maps_in(lines(check(spoiled(trace(), "dh", (2, 1), 0.1), timestep=3))) == ["dh[3]"]


def test_a_run_without_targets_has_gradients_of_nothing_and_no_errors():
    params, sequence = random_run()
    text = lines(check(record(params, Sequence(x=sequence.x, y=np.full(5, -1)))), maps=True)
    assert text[-2] == ". <1e-12"
