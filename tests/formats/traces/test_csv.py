"""CSV: a row for each number, what is given first."""

from __future__ import annotations

import numpy as np
import pytest

from rnn_core.program import program
from tests.formats.traces.runs import OPTIONS, a_trace, as_file, csv_rows, diverged, documented, exported, specification
from tests.listing import GRADIENTS


def arrays_at(rows, k):
    """The values that the rows of position k spell, by name."""
    found = {}
    for row in rows:
        if int(row["k"]) == k:
            index = tuple(map(int, row["index"].split(","))) if row["index"] else ()
            found.setdefault((row["name"], int(row["t"])), {})[index] = float(row["value"] or -1)
    arrays = {}
    for name, cells in found.items():
        arrays[name] = np.full(tuple(np.max(list(cells), axis=0) + 1) if cells.keys() != {()} else (), np.nan)
        for index, value in cells.items():
            arrays[name][index] = value
    return arrays


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize("timesteps", [1, 4])
def test_what_a_line_wrote_is_what_the_interpreter_wrote(timesteps, options):
    trace = a_trace(timesteps, options)
    rows = csv_rows(exported(trace, "csv"))
    for k, expected in specification(trace):
        place = trace.place(k)
        for (name, t), value in arrays_at(rows, k).items():
            if place is None:
                assert name in ("U", "W", "V", "b", "c", "h0", "x", "y", *program(options).kept)
            elif name != "nll" and not name.endswith("_added_norm"):
                assert (name in place.instruction.writes, t) == (True, place.t)
                np.testing.assert_allclose(value, expected[name], rtol=1e-12, atol=1e-13)
        if place is not None:
            written = {name for name, _ in arrays_at(rows, k)}
            assert any(name in written or f"{name}_added_norm" in written for name in place.instruction.writes)


@pytest.mark.parametrize("every", ["line", "timestep"])
def test_the_documented_reader_rebuilds_every_gradient(every, tmp_path):
    trace = a_trace(5)
    path, gradient = as_file(trace, tmp_path, "csv", every=every), documented("gradient")
    start, update = trace.program.borders(5)[1:3]
    for k, expected in specification(trace):
        if start < k <= update and (every == "line" or (k - start) % 9 == 0):
            for name in GRADIENTS:
                np.testing.assert_allclose(gradient(path, name, k), expected.get(name, 0), rtol=1e-12, atol=1e-13)


def test_what_is_given_stands_at_zero():
    trace = a_trace(3)
    given = arrays_at(csv_rows(exported(trace, "csv")), 0)
    for name in ("U", "W", "V", "b", "c", "h0"):
        np.testing.assert_array_equal(given[name, 0], getattr(trace, name, getattr(trace.params, name)))
    for t in (1, 2, 3):
        np.testing.assert_array_equal(given["x", t], trace.x[t - 1])
        assert given["y", t] == trace.y[t - 1]


def test_a_timestep_without_a_target_has_an_empty_value():
    trace = a_trace(8)
    found = [row["value"] for row in csv_rows(exported(trace, "csv")) if row["name"] == "y"]
    assert found == ["" if y < 0 else str(y) for y in trace.y.tolist()]
    assert "" in found


def test_an_index_of_two_is_one_quoted_field():
    data = exported(a_trace(1), "csv").decode()
    assert data.startswith('k,phase,t,line,name,index,value\n0,given,0,,U,"0,0",')
    assert "\r" not in data


def test_numbers_that_are_not_finite_are_words_that_float_reads():
    values = {row["value"] for row in csv_rows(exported(diverged(), "csv"))}
    assert {"nan", "inf"} <= values
    assert all(isinstance(float(value), float) for value in values if value)


def test_a_file_that_stops_ends_with_its_last_line():
    trace = a_trace(4)
    for to in (0, 7, 30, trace.end):
        rows = csv_rows(exported(trace, "csv", to=to))
        assert int(rows[-1]["k"]) == to
