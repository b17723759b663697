""" "This step": the numbers that are printed must add up to the number that they explain.

The oracle reads the printed text back: each number with half a unit of its last digit as its uncertainty.
"""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core.data import Sequence
from rnn_core.language.expressions import Expression, Name, bare
from rnn_core.model import Params
from rnn_core.optimisers import KINDS, Optimiser
from rnn_core.program import program
from rnn_core.recorder import record
from rnn_core.updates import Options
from rnn_core.views.cells import axes as axes_of
from rnn_core.views.cells import cell_text, cell_value, extent, first_timestep
from rnn_core.views.contributions import contributions
from rnn_core.views.explain import explain
from rnn_core.views.numbers import plain, short
from rnn_core.views.options import Cell, Units, View
from rnn_core.views.parts import width_of
from tests.cells.cases import network, sequence
from tests.debugger.sessions import demo, made, spoiled, with_params

WIDTHS = (66, 78, 118)


class Printed:
    """A number as printed, and how far the true one may be from it."""

    def __init__(self, text: str) -> None:
        self.value = float(text)
        mantissa, _, exponent = text.lstrip("+-").partition("e")
        decimals = len(mantissa.partition(".")[2])
        self.error = 0.0 if mantissa in ("0", "1") else 0.5 * 10.0 ** (int(exponent or 0) - decimals)


def values(row) -> list[Printed]:
    """The numbers of a row that play the role of a value."""
    return [Printed(part.text.split(" ")[0]) for part in row if part.role == "value"]


def result(row) -> Printed:
    return next(Printed(part.text) for part in row if part.role == "result")


def near(one: Printed, other: float, error: float = 0.0) -> bool:
    return math.isclose(one.value, other, rel_tol=1e-12, abs_tol=(one.error + error) * 1.0001 + 1e-300)


def adds_up(total: Printed, addends: list[Printed]) -> bool:
    return near(total, sum(a.value for a in addends), sum(a.error for a in addends))


def of_terms(row) -> tuple[float, float]:
    """The sum of a row of products `2·3 + 4·5`, or of a row of addends, and its uncertainty."""
    numbers = values(row)
    if re.search(r"\d·-?\d", "".join(part.text for part in row)):
        pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
        error = sum(abs(u.value) * v.error + abs(v.value) * u.error + u.error * v.error for u, v in pairs)
        return sum(u.value * v.value for u, v in pairs), error
    return sum(n.value for n in numbers), sum(n.error for n in numbers)


def check(trace, k, view, width) -> None:
    """What is printed for the line that ran last at k adds up."""
    rows = explain(trace, k, view, width).rows
    name = trace.place(k).instruction.name
    if name in ("a", "z"):
        parts = values(rows[0])
        assert adds_up(result(rows[0]), parts)
        for part, row in zip(parts, rows[1:], strict=False):
            assert near(part, *of_terms(row))
    elif name == "dh":
        parts = values(rows[0])
        assert adds_up(result(rows[0]), parts)
        for part, row in zip(parts, rows[1:], strict=False):
            assert near(part, *of_terms(row))
        assert len(rows) == (2 if trace.place(k).t == len(trace) else 3)
    elif name == "h":
        (a,) = values(rows[0])
        assert near(result(rows[0]), math.tanh(a.value), a.error)
        assert near(values(rows[1])[0], 1 - result(rows[0]).value ** 2, 2 * result(rows[0]).error)
    elif name == "p":
        part, whole = values(rows[0])
        assert near(result(rows[0]), part.value / whole.value, part.error + whole.error)
    elif name == "loss":
        assert adds_up(result(rows[0]), values(rows[0]))
        p, nll = values(rows[1])
        assert near(nll, -math.log(p.value), p.error / p.value * 1.1)
        assert near(values(rows[0])[1], nll.value, nll.error)
    elif name == "dz":
        p, minus = (part.text for part in rows[0] if part.role == "value")
        assert near(result(rows[0]), Printed(p).value - float(minus.removeprefix(" - ")), Printed(p).error)
    elif name == "da":
        (h, dh), (slope,) = values(rows[0]), values(rows[1])
        assert near(slope, 1 - h.value**2, 2 * h.error)
        assert near(result(rows[0]), slope.value * dh.value, slope.error * abs(dh.value) + dh.error * slope.value)
    elif name == "dh_next":
        assert near(result(rows[0]), *of_terms(rows[1]))
    elif name in ("dU", "dW", "dV", "db", "dc"):
        before, added = values(rows[0])
        assert adds_up(result(rows[0]), [before, added])
        factors = values(rows[1])
        product = math.prod(f.value for f in factors)
        assert near(added, product, sum(abs(product / f.value) * f.error for f in factors if f.value) * 1.1)
        if len(rows) > 2:
            assert near(result(rows[0]), *of_terms(rows[2]))
    elif name in ("U", "W", "V", "b", "c"):
        old, rate, d = values(rows[0])
        assert near(result(rows[0]), old.value - rate.value * d.value, old.error + rate.value * d.error)
    else:
        raise AssertionError(f"no check for {name}")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("units", [Units(), Units(hidden=3, column=2, output=1, input=2)])
def test_the_numbers_printed_for_every_line_of_the_run_add_up(width, units):
    for session in (demo(), made(timesteps=4, hidden=4, inputs=3, classes=3, seed=3), made(hidden=40, inputs=30)):
        for k in range(1, session.trace.end + 1):
            check(session.trace, k, View(units=units), width)


@given(st.integers(1, 61), st.integers(0, 2))
def test_the_result_is_the_register_s_value(k, unit):
    trace = made(timesteps=4, hidden=4, inputs=3, classes=3).trace
    place = trace.place(k)
    rows = explain(trace, k, View(units=Units(unit, unit, unit, unit)), 118).rows
    register = np.atleast_1d(trace.value(place.instruction.name, k))
    at = (unit,) * register.ndim if register.size > 1 else (0,)
    shown = result(rows[0])
    assert near(shown, float(register[at]))


def test_with_mean_reduction_the_error_is_divided_as_printed():
    trace = made(timesteps=4, reduction="mean").trace
    text = "".join(part.text for part in explain(trace, 21, View(), 118).rows[0])
    match = re.search(r"= ([-+.\de]+) = \(([-+.\de]+) - ([01])\) / 4", text)
    assert match
    assert float(match[1]) == pytest.approx((float(match[2]) - float(match[3])) / 4, abs=1e-4)


def test_clipping_shows_the_norm_the_factor_and_the_clipped_value():
    session = made(timesteps=4, clip="norm:0.5")
    trace = session.trace
    clip = trace.program.number("update", 0, "clip", 4)
    rows = explain(trace, clip, View(), 118).rows
    norm = math.sqrt(sum(float(np.sum(g**2)) for g in trace.gradients.values()))
    assert near(result(rows[0]), norm)
    assert near(values(rows[1])[0], min(1.0, 0.5 / (norm + 1e-6)))
    text = "\n".join(
        "".join(p.text for p in row) for row in explain(trace, clip, View(pinned=Cell("dW", (0, 0))), 118).rows
    )
    assert f"clipped to {trace.clipped.W[0, 0]:+.4f}"[:17] in text


# -- the update -----------------------------------------------------------------------------------------------


def later(optimiser):
    """The second update of a run, which finds something kept."""
    first = made(optimiser=optimiser)
    return record(first.trace.updated, first.trace.sequence, first.options, state=first.trace.updated_state, update=1)


def rows_of(trace, line, cell):
    k = trace.program.number("update", 0, line, len(trace))
    return ["".join(part.text for part in row) for row in explain(trace, k, View(pinned=cell), 118).rows]


@pytest.mark.parametrize("optimiser", KINDS)
def test_an_update_is_the_old_value_minus_the_learning_rate_times_a_direction(optimiser):
    trace, cell = later(optimiser), Cell("W", (1, 2))
    k = trace.program.number("update", 0, "W", len(trace))
    first = explain(trace, k, View(pinned=cell), 118).rows[0]
    old, rate, step = values(first)
    assert near(result(first), old.value - rate.value * step.value, old.error + step.error)
    assert near(old, trace.params.W[1, 2])
    assert near(result(first), trace.updated.W[1, 2])


def test_a_step_of_adam_says_its_correction_and_which_update_it_is():
    trace = later("adam")
    text = rows_of(trace, "W", Cell("W", (1, 2)))
    m, v = trace.updated_state.m.W[1, 2], trace.updated_state.v.W[1, 2]
    assert f"hat(mW) = {short(m)}/0.1900" in text[2]  # 1 - 0.9²
    assert f"hat(vW) = {short(v)}/2.00e-3" in text[2]  # 1 - 0.999²
    assert "n = 2" in text[2]
    direction = (m / 0.19) / (math.sqrt(v / (1 - 0.999**2)) + 1e-8)
    assert text[1].startswith(f"{short(direction)} = hat(mW)/(√hat(vW) + ε)")


def test_what_is_kept_says_what_stays_and_what_is_added():
    trace = later("adam")
    d, m = trace.gradients.W[1, 2], trace.state.m.W[1, 2]
    row = rows_of(trace, "mW", Cell("mW", (1, 2)))[0]
    assert row.endswith(f"= 0.9·{plain(m)} before + 0.1·{plain(d)} by dW")
    row = rows_of(trace, "vW", Cell("vW", (1, 2)))[0]
    assert row.endswith(f"+ 0.001·({plain(d)})² by dW" if d < 0 else f"+ 0.001·{plain(d)}² by dW")


def test_a_line_that_a_window_s_border_cuts_says_so_and_what_it_cut_off():
    trace = made(timesteps=6, truncation=2).trace
    k = trace.program.number("backward", 3, "dh_next", 6)
    shown = explain(trace, k, View(), 118)
    text = ["".join(part.text for part in row) for row in shown.rows]
    assert "not run" in shown.equation
    assert text[0] == "dh_next[2][0] = 0   a window of 2 ends: t=3 begins the next"
    assert text[1].startswith("cut off = ")
    carried = explain(trace, trace.program.number("backward", 2, "dh", 6), View(), 118).rows[0]
    assert "a window ends: t=3 is in the next" in "".join(part.text for part in carried)


# -- every cell, every width ----------------------------------------------------------------------------------


def every_cell(trace):
    """For each name, its first, a middle and its last element."""
    for name in trace.names:
        axes = axes_of(trace, name)
        lowest = [first_timestep(trace, name) if axis == "t" else 0 for axis in axes]
        highest = [extent(trace, axis) - 1 for axis in axes]
        middle = [(low + high) // 2 for low, high in zip(lowest, highest, strict=True)]
        for index in {tuple(lowest), tuple(middle), tuple(highest)}:
            yield Cell(name, index)


ODD = {
    "demo": demo,
    "clipped": lambda: made(clip="value:0.1"),
    "momentum": lambda: made(optimiser="momentum"),
    "adagrad": lambda: made(optimiser="adagrad", clip="norm:0.1"),
    "adam": lambda: made(optimiser="adam"),
    "adam, infinite": lambda: with_params(made(), spoiled(1e300, "V").params, Options(optimiser=Optimiser("adam"))),
    "windows": lambda: made(truncation=2),
    "one of everything": lambda: made(timesteps=1, hidden=1, inputs=1, classes=1),
    "512 units": lambda: made(timesteps=3, hidden=512, inputs=300, classes=40),
    "no targets": lambda: made(absent=1.0),
    "nan": lambda: spoiled(math.nan),
    "inf": lambda: spoiled(math.inf, "U"),
    "huge": lambda: with_params(made(), spoiled(1e300, "V").params),
}


@pytest.mark.parametrize("odd", ODD)
def test_every_cell_is_explained_at_every_moment_within_the_width(odd):
    trace = ODD[odd]().trace
    borders = trace.program.borders(len(trace))
    moments = {0, 1, 3, borders[1], borders[1] + 4, borders[2], borders[2] + 2, trace.end} & set(range(trace.end + 1))
    for k in moments:
        for cell in every_cell(trace):
            for width in (66, 118):
                shown = explain(trace, k, View(pinned=cell), width)
                first = "".join(part.text for part in shown.rows[0])
                assert all(width_of(row) <= width for row in shown.rows), (k, cell)
                assert shown.equation
                if cell_value(trace, k, cell) is None:
                    assert first == f"{cell_text(trace, cell)} is not computed yet"


@pytest.mark.parametrize("odd", ODD)
def test_no_row_of_the_step_outgrows_its_width(odd):
    trace = ODD[odd]().trace
    for k in range(trace.end + 1):
        for width in (66, 78, 118):
            assert all(width_of(row) <= width for row in explain(trace, k, View(), width).rows), (k, width)


def test_every_name_has_an_explanation_at_the_end_of_the_run():
    for optimiser in KINDS:
        trace = made(clip="norm:1", optimiser=optimiser).trace
        for name in trace.names:
            cell = Cell(name, tuple(1 if axis == "t" else 0 for axis in axes_of(trace, name)))
            assert explain(trace, trace.end, View(pinned=cell), 118).rows, name


def test_at_the_start_it_says_what_to_press():
    text = " ".join("".join(part.text for part in row) for row in explain(demo().trace, 0, View(), 78).rows)
    assert text.startswith("Press s to run the first line: a = U·x[1] + W·h[0] + b")
    assert "? help" in text


# -- by hand --------------------------------------------------------------------------------------------------


def by_hand():
    """One unit with h = 0.6 whatever comes in, and p = (3/4, 1/4) with the target 1."""
    zeros = np.zeros((1, 1))
    params = Params(U=zeros, W=zeros, V=np.zeros((2, 1)), b=[math.atanh(0.6)], c=[math.log(3.0), 0.0])
    return record(params, Sequence(x=[[1.0]], y=[1]))


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("da", "64 % of the gradient passes through tanh here"),  # 1 - 0.6²
        ("p", "target 1 has 0.2500"),
        ("p", "predicts 0 with 0.7500"),
    ],
)
def test_what_a_step_says_of_a_run_that_is_worked_out_by_hand(line, says):
    trace = by_hand()
    phase = trace.program.instruction(line).phase
    rows = explain(trace, trace.program.number(phase, 1, line, 1), View(), 118).rows
    assert says in "\n".join("".join(part.text for part in row) for row in rows)


class Sign(Expression):
    """An error that no view knows: sign(z - y), weighted."""

    def __init__(self) -> None:
        super().__init__(Name("z"), Name("y"), Name("weight"))

    def text(self, timed=frozenset(), after=bare):
        return "sign(z[t] - y[t])"

    def value(self, *operands, out=None):
        z, y, weight = operands
        return weight * np.sign(z - y)


@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_an_error_that_no_view_knows_is_explained_by_its_text(reduction):
    options, run = Options(loss="squared-error", reduction=reduction), sequence("squared-error")
    trace = record(network("tanh"), run, options, listing=program(options).replacing("dz", Sign()))
    cell = Cell("dz", (2, 0))
    (part,) = contributions(trace, trace.end, cell).parts
    assert part.value == trace.dz[1, 0]
    assert part.what == "sign(z[t] - y[t])"
    assert "sign(z[t] - y[t])" in "".join(p.text for p in explain(trace, trace.end, View(pinned=cell), 118).rows[0])
