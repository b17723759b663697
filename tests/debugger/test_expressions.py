"""Expressions against an oracle that walks over the lines: every name, index and function, and every refusal."""

from __future__ import annotations

import math
import tracemalloc
import warnings
from functools import cache

import numpy as np
import pytest

from rnn_core.debugger.effects.performing import perform
from rnn_core.debugger.expressions import NotComputed, Scope, compile_expression, compiled
from rnn_core.debugger.expressions.bounds import LARGEST
from rnn_core.debugger.expressions.compiled import DEEPEST, LONGEST
from rnn_core.debugger.expressions.functions import FUNCTIONS, SATURATED
from rnn_core.debugger.expressions.scope import BOOLEANS, NUMBERS
from rnn_core.debugger.outcome import Export
from rnn_core.errors import UsageError
from rnn_core.model import PARAMETERS
from rnn_core.recorder import record
from rnn_core.views.cells import cell_value
from rnn_core.views.options import Cell
from tests.debugger.sessions import demo, made, spoiled, with_params
from tests.listing import EXPRESSION_NAMES as NAMES
from tests.listing import GRADIENTS, OVER_TIME, REGISTERS

RUNS = {
    "demo": demo,
    "clipped, targets absent": lambda: made(timesteps=3, absent=0.4, clip="norm:0.1", seed=1),
    "mean": lambda: made(timesteps=4, absent=0.3, reduction="mean"),
    "one timestep": lambda: made(timesteps=1),
    "no targets": lambda: made(timesteps=3, absent=1.0, reduction="mean"),
    "not a number": lambda: spoiled(math.nan, timesteps=3),
}
GIVEN_ROW = {"h": 0, "dh_next": 0}
"""Series whose row 0 is timestep 0; row 0 of all others is timestep 1."""


def at(trace, k, text):
    return compile_expression(text, trace).value(Scope(trace, k))


def halted():
    session = spoiled(math.inf, timesteps=2)
    return with_params(session, session.params, made(clip="norm:1").options)


@cache
def walked(name, k):
    """The registers of a run after k lines, by walking over them: (latest value by name, rows by name and timestep)."""
    trace = RUNS[name]().trace
    rows = {series: {} for series in OVER_TIME}
    latest = {"x": trace.x, "y": trace.y, "h0": trace.h0, **{each: getattr(trace.params, each) for each in PARAMETERS}}
    rows["x"] = dict(enumerate(trace.x, start=1))
    rows["y"] = dict(enumerate(trace.y, start=1))
    rows["h"][0] = latest["h"] = trace.h0
    rows["dh_next"][len(trace)] = latest["dh_next"] = np.zeros_like(trace.h0)
    weight = 1.0 if trace.options.reduction == "sum" else 1.0 / max(trace.sequence.target_count, 1)
    for i in range(1, k + 1):
        line, t = trace.place(i).instruction.name, trace.place(i).t
        if line == "loss":
            rows["nll"][t] = latest["nll"] = trace.nll[t - 1]
            step = 0.0 if trace.y[t - 1] < 0 else weight * trace.nll[t - 1]
            latest["loss"] = latest.get("loss", 0.0) + step
        elif line == "clip":
            latest |= {f"d{each}": getattr(trace.clipped, each) for each in PARAMETERS}
            latest["clip_norm"] = trace.clip_norm
        elif line in PARAMETERS:
            latest[line] = getattr(trace.updated, line)
        elif line in GRADIENTS:
            left = (trace.dz if line in ("dV", "dc") else trace.da)[t - 1]
            right = {"dU": trace.x[t - 1], "dW": trace.h[t - 1], "dV": trace.h[t]}.get(line)
            with np.errstate(all="ignore"):
                product = left if right is None else left[:, None] * right[None, :]
                latest[line] = latest.get(line, 0.0) + product
        else:
            stands = t - 1 if line == "dh_next" else t
            rows[line][stands] = latest[line] = getattr(trace, line)[stands - (0 if line in GIVEN_ROW else 1)]
    return latest, rows


def positions(name):
    end = RUNS[name]().trace.end
    return range(end + 1) if end < 60 else sorted({*range(0, end + 1, 3), end})


def agree(found, expected):
    return np.shape(found) == np.shape(expected) and np.allclose(
        found, expected, rtol=1e-12, atol=1e-15, equal_nan=True
    )


# -- names ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("run", RUNS)
def test_every_name_is_what_the_listing_s_register_holds_at_every_position(run):
    trace = RUNS[run]().trace
    for k in positions(run):
        latest, _ = walked(run, k)
        for name in REGISTERS:
            if name in latest:
                assert agree(at(trace, k, name), latest[name]), (name, k)
            else:
                with pytest.raises(NotComputed):
                    at(trace, k, name)


@pytest.mark.parametrize("run", RUNS)
def test_a_series_at_a_timestep_is_that_row_once_it_is_written(run):
    trace = RUNS[run]().trace
    for k in positions(run):
        _, rows = walked(run, k)
        for name in OVER_TIME:
            for t in range(0 if name in GIVEN_ROW else 1, len(trace) + 1):
                if t in rows[name]:
                    assert np.array_equal(at(trace, k, f"{name}[{t}]"), rows[name][t], equal_nan=True), (name, t, k)
                else:
                    with pytest.raises(NotComputed):
                        at(trace, k, f"{name}[{t}]")


@pytest.mark.parametrize("run", RUNS)
def test_the_numbers_and_the_phases_are_those_of_the_line_about_to_run(run):
    trace = RUNS[run]().trace
    for k in range(trace.end + 1):
        place = trace.place(min(k + 1, trace.end))
        expected = {"t": place.t, "k": k, "T": len(trace), "N": trace.end, "update": 0, "epoch": 1, "lr": 0.01}
        assert {name: float(at(trace, k, name)) for name in NUMBERS} == expected
        assert {name: bool(at(trace, k, name)) for name in BOOLEANS} == {
            f"in_{phase}": phase == place.phase for phase in ("forward", "backward", "update")
        }


def test_at_the_end_of_a_halted_run_the_phase_is_that_of_its_last_line():
    trace = halted().trace
    assert trace.halted
    assert bool(at(trace, trace.end, "in_backward and t == 1 and not in_update and k == N"))


def test_update_and_epoch_say_where_in_a_training_run_the_trace_stands():
    trace = record(demo().params, demo().dataset.sequences[0], update=7, epoch=2)
    assert compile_expression("update", trace).value(Scope(trace, 3)) == 7
    assert compile_expression("epoch", trace).value(Scope(trace, 3)) == 3


# -- bits -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("run", RUNS)
def test_a_number_has_the_same_bits_in_an_expression_a_window_a_cell_and_the_trace(run):
    trace = RUNS[run]().trace
    for k in positions(run):
        for name in GRADIENTS:
            if (whole := trace.value(name, k)) is None:
                continue
            for index in np.ndindex(whole.shape):
                text = f"{name}[{','.join(map(str, index))}]"
                bits = at(trace, k, text).tobytes()
                window = trace.window(name, k, *(slice(i, i + 1) for i in index))
                assert bits == whole[index].tobytes() == window.tobytes(), (text, k)
                assert bits == np.float64(cell_value(trace, k, Cell(name, index))).tobytes()


def test_a_number_at_the_end_has_the_bits_of_the_exported_file(tmp_path):
    session = made(timesteps=40, hidden=7)
    perform(Export(str(tmp_path / "t.npz")), session)
    with np.load(tmp_path / "t.npz") as file:
        for name in (*GRADIENTS, "loss"):
            assert at(session.trace, session.trace.end, name).tobytes() == file[name].tobytes()
        for name in PARAMETERS:
            assert at(session.trace, session.trace.end, name).tobytes() == file[f"{name}_new"].tobytes()
        for name in ("h", "dh_next"):
            assert at(session.trace, session.trace.end, f"{name}[:]").tobytes() == file[name].tobytes()
        for name in ("a", "z", "p", "dz", "dh", "da", "nll"):
            assert at(session.trace, session.trace.end, f"{name}[17]").tobytes() == file[name][16].tobytes()


# -- indices --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("h[3]", lambda r: r.h[3]),
        ("h[0]", lambda r: r.h0),
        ("h[3][2]", lambda r: r.h[3, 2]),
        ("h[3,2]", lambda r: r.h[3, 2]),
        ("h[3][-1]", lambda r: r.h[3, -1]),
        ("h[T][2:4]", lambda r: r.h[4, 2:4]),
        ("h[T-1,::2]", lambda r: r.h[3, ::2]),
        ("h[1:3]", lambda r: r.h[1:3]),
        ("h[:]", lambda r: r.h),
        ("h[:,2]", lambda r: r.h[:, 2]),
        ("h[1:,1:3]", lambda r: r.h[1:, 1:3]),
        ("h[:3,0:1]", lambda r: r.h[:3, 0:1]),
        ("h[1:3][0]", lambda r: r.h[1]),
        ("h[1:3][0][2]", lambda r: r.h[1, 2]),
        ("h", lambda r: r.h[4]),
        ("h[:][2]", lambda r: r.h[2]),
        ("p[1]", lambda r: r.p[0]),
        ("p[1:]", lambda r: r.p),
        ("p[:]", lambda r: r.p),
        ("p[2:4,1]", lambda r: r.p[1:3, 1]),
        ("p", lambda r: r.p[3]),
        ("x", lambda r: r.x),
        ("x[2]", lambda r: r.x[1]),
        ("x[2][1]", lambda r: r.x[1, 1]),
        ("x[:,0:1]", lambda r: r.x[:, 0:1]),
        ("y", lambda r: r.y),
        ("y[4]", lambda r: r.y[3]),
        ("y[2:4]", lambda r: r.y[1:3]),
        ("nll[2]", lambda r: r.nll[1]),
        ("nll", lambda r: r.nll[3]),
        ("nll[:]", lambda r: r.nll),
        ("dh_next", lambda r: r.dh_next[0]),
        ("dh_next[T]", lambda r: np.zeros(4)),
        ("dh_next[0]", lambda r: r.dh_next[0]),
        ("dh_next[1:3]", lambda r: r.dh_next[1:3]),
        ("dh", lambda r: r.dh[0]),
        ("dh[T]", lambda r: r.dh[3]),
        ("dW", lambda r: r.gradients.W),
        ("dW[2,1]", lambda r: r.gradients.W[2, 1]),
        ("dW[2][1]", lambda r: r.gradients.W[2, 1]),
        ("dW[2]", lambda r: r.gradients.W[2]),
        ("dW[2,:]", lambda r: r.gradients.W[2]),
        ("dW[:,1]", lambda r: r.gradients.W[:, 1]),
        ("dW[::-1,0]", lambda r: r.gradients.W[::-1, 0]),
        ("dW[1:3,0:2]", lambda r: r.gradients.W[1:3, 0:2]),
        ("db[0]", lambda r: r.gradients.b[0]),
        ("W", lambda r: r.updated.W),
        ("V[1,2]", lambda r: r.updated.V[1, 2]),
        ("loss", lambda r: r.running_loss[3]),
        ("h[argmax(p)]", lambda r: r.h[np.argmax(r.p[3])]),
        ("W[y[1], 0]", lambda r: r.updated.W[r.y[0], 0]),
    ],
)
def test_indices_and_slices_read_what_numpy_would_with_time_counted_as_the_listing_does(text, expected):
    trace = made(timesteps=4).trace
    found, wanted = at(trace, trace.end, text), expected(trace)
    assert np.shape(found) == np.shape(wanted)
    assert np.array_equal(found, wanted)


def test_a_slice_over_time_is_computed_when_all_of_its_rows_are():
    trace = made(timesteps=3).trace
    for k in range(trace.end + 1):
        _, rows = walked_rows(trace, k)
        for low in range(4):
            for high in range(low + 1, 5):
                if all(t in rows for t in range(low, high)):
                    assert np.array_equal(at(trace, k, f"h[{low}:{high}]"), trace.h[low:high])
                else:
                    with pytest.raises(NotComputed):
                        at(trace, k, f"h[{low}:{high}]")


def walked_rows(trace, k):
    done = [trace.place(i) for i in range(1, k + 1)]
    return done, {0, *(place.t for place in done if place.instruction.name == "h")}


# -- operators and functions ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("7 // 2", 3), ("-7 // 2", -4), ("7 % 3", 1), ("2 ** -1", 0.5),
        ("-2 ** 2", -4), ("+3 - -3", 6), ("1 / 0", math.inf), ("-1 / 0", -math.inf), ("0 / 0", math.nan),
        ("9 ** 9 ** 9", math.inf), ("(0 - 1) ** 0.5", math.nan), ("1e400", math.inf), ("1e-400", 0),
        ("7 % 0", math.nan),
        ("0x10 + 0b11 + 1_000", 1019), ("True + True", 2), ("1 < 2 < 3", 1), ("1 < 3 < 2", 0), ("2 > 1 == 1", 1),
        ("1 == 1.0", 1), ("1 != 1", 0), ("0 / 0 == 0 / 0", 0), ("not 1 > 2", 1), ("1 > 2 or 2 > 1", 1),
        ("1 and 0", 0), ("2 and 3", 1), ("not 0", 1), ("1 > 2 and 0 / 0 > 1", 0), ("sum(h > 0) + sum(h <= 0)", 10),
        ("(h > 0) @ (h > 0) == sum(h > 0)", 1), ("h @ h == dot(h, h)", 1), ("norm(W @ h - W @ h)", 0),
        ("size(W @ W)", 100), ("size(U)", 50), ("max(sqrt(h > 9))", 0), ("exp(1 < 2)", math.e), ("any(h != h)", 0),
    ],
)  # fmt: skip
def test_arithmetic_is_that_of_float64(text, expected):
    value = at(demo().trace, 15, text)
    assert np.ndim(value) == 0
    assert agree(np.float64(value), np.float64(expected)), value


def total(values):
    return math.fsum(values)


def length(values):
    return math.sqrt(total(v * v for v in values))


def largest_eigenvalue(matrix):
    """By Gelfand's formula: the 2⁹-th root of the norm of the 2⁹-th power, scaled at each squaring."""
    power, log = np.array(matrix), 0.0
    for _ in range(9):
        scale = np.abs(power).max()
        power, log = (power / scale) @ (power / scale), 2 * (log + math.log(scale))
    return math.exp((log + math.log(np.linalg.norm(power))) / 2**9)


def angle(one, other):
    return total(a * b for a, b in zip(one, other, strict=True)) / (length(one) * length(other))


ORACLE = {
    "norm": length,
    "mean": lambda v: total(v) / len(v),
    "min": lambda v: sorted(v)[0],
    "max": lambda v: sorted(v)[-1],
    "sum": total,
    "std": lambda v: math.sqrt(total((each - total(v) / len(v)) ** 2 for each in v) / len(v)),
    "abs": lambda v: [each if each > 0 else -each for each in v],
    "sqrt": lambda v: [math.sqrt(each) if each >= 0 else math.nan for each in v],
    "exp": lambda v: [math.exp(each) for each in v],
    "log": lambda v: [math.log(each) if each > 0 else -math.inf if each == 0 else math.nan for each in v],
    "log10": lambda v: [math.log10(each) if each > 0 else -math.inf if each == 0 else math.nan for each in v],
    "tanh": lambda v: [math.tanh(each) for each in v],
    "argmax": lambda v: v.index(max(v)),
    "argmin": lambda v: v.index(min(v)),
    "size": len,
    "any": lambda v: sum(each != 0 for each in v) > 0,
    "all": lambda v: sum(each == 0 for each in v) == 0,
    "finite": lambda v: not any(math.isnan(each) or math.isinf(each) for each in v),
    "saturated": lambda v: sum(each >= SATURATED or each <= -SATURATED for each in v) / len(v),
    "cos": angle,
    "dot": lambda one, other: total(a * b for a, b in zip(one, other, strict=True)),
}
OF_MATRICES = {
    "rho": largest_eigenvalue,
    "sigma_max": lambda m: math.sqrt(largest_eigenvalue(m.T @ m)),
    "rank": lambda m: float(np.sum(np.linalg.svd(m, compute_uv=False) > 1e-13 * np.abs(m).sum())),
}


def test_every_function_has_an_oracle():
    assert {*ORACLE, *OF_MATRICES} == set(FUNCTIONS)


@pytest.mark.parametrize("function", ORACLE)
@pytest.mark.parametrize("argument", ["h", "dW", "z", "h > 0", "h * 30", "da[2]", "loss", "y", "U[:,0]"])
def test_every_function_is_what_a_plain_loop_says(function, argument):
    trace = made(timesteps=3, hidden=4, seed=3).trace
    for k in (trace.end, trace.end - 14):
        values = np.ravel(np.asarray(at(trace, k, argument), dtype=np.float64)).tolist()
        takes = FUNCTIONS[function].takes
        found = at(trace, k, f"{function}({', '.join([argument] * takes)})")
        assert np.allclose(np.ravel(found), ORACLE[function](*[values] * takes), rtol=1e-12, equal_nan=True)
        assert np.asarray(found).dtype != np.float16


@pytest.mark.parametrize("function", OF_MATRICES)
@pytest.mark.parametrize("argument", ["W", "dW", "W @ W", "dW[0:3,1:4]"])
def test_functions_of_matrices_agree_with_their_definition(function, argument):
    trace = made(timesteps=6, hidden=4, seed=3).trace
    found = at(trace, trace.end, f"{function}({argument})")
    tolerance = 2e-2 if function == "rho" else 1e-2
    assert found == pytest.approx(OF_MATRICES[function](at(trace, trace.end, argument)), rel=tolerance)


def test_rho_and_sigma_max_of_what_is_known():
    trace = demo().trace
    assert at(trace, 0, "rho(W)") == pytest.approx(max(abs(np.linalg.eigvals(trace.params.W))))
    assert at(trace, 0, "sigma_max(W) ** 2") == pytest.approx(at(trace, 0, "rho(W @ W)"), rel=10)
    assert at(trace, 0, "sigma_max(W)") == pytest.approx(np.linalg.svd(trace.params.W)[1][0])
    assert at(trace, 18, "rank(dV)") == 1, "one timestep's outer product"
    assert at(trace, 47, "rank(dV)") == 2, "dz sums to zero, so three classes give rank two"
    assert at(trace, 0, "cos(W, W)") == pytest.approx(1)
    assert at(trace, 0, "cos(W, -W)") == pytest.approx(-1)
    assert math.isnan(at(trace, 0, "cos(W, W - W)"))


@pytest.mark.parametrize("scale", [1e-200, 1e-320, 1e200, 1e300])
def test_a_norm_neither_overflows_nor_underflows(scale):
    found = at(demo().trace, 0, f"norm(W * 0 + {scale})")
    assert found == pytest.approx(10 * scale, rel=1e-2 if scale == 1e-320 else 1e-12)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_not_finite_goes_through_every_function_without_an_error(value):
    trace = spoiled(value, timesteps=3).trace
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name, function in FUNCTIONS.items():
            at(trace, trace.end, f"{name}({', '.join(['dW'] * function.takes)})")
    assert not at(trace, trace.end, "finite(dW)")
    assert math.isnan(at(trace, trace.end, "rho(W)"))


# -- prev -----------------------------------------------------------------------------------------------------

WRITERS = {"nll": ("loss",), "t": ("loss", "dh_next", "c")}


@pytest.mark.parametrize("run", ["demo", "clipped, targets absent", "one timestep"])
@pytest.mark.parametrize("text", ["dW", "h", "loss", "dh_next", "p", "W", "db", "norm(dh)", "h[1]", "h - dh_next"])
def test_prev_is_the_value_before_the_latest_line_that_writes_what_it_reads(run, text):
    trace = RUNS[run]().trace
    reads = {"norm(dh)": ("dh",), "h[1]": ("h",), "h - dh_next": ("h", "dh_next")}.get(text, (text,))
    for k in range(trace.end + 1):
        wrote = [i for i in range(1, k + 1) if set(trace.wrote(i)) & set(reads)]
        try:
            expected = at(trace, wrote[-1] - 1, text) if wrote else None
        except NotComputed:
            expected = None
        if expected is None:
            with pytest.raises(NotComputed):
                at(trace, k, f"prev({text})")
        else:
            assert np.array_equal(at(trace, k, f"prev({text})"), expected, equal_nan=True), k


def test_prev_inside_prev_goes_back_twice_and_nothing_moves():
    trace = made(timesteps=4).trace
    scope = Scope(trace, trace.end)
    twice = compile_expression("prev(prev(h))", trace).value(scope)
    assert np.array_equal(twice, trace.h[2])
    assert scope.k == trace.end
    with pytest.raises(NotComputed):
        compile_expression("prev(prev(prev(prev(prev(h)))))", trace).value(scope)
    assert scope.k == trace.end


@pytest.mark.parametrize("text", ["prev(x)", "prev(lr)", "prev(3)", "prev(h0[1])", "prev(clip_norm)"])
def test_prev_of_what_no_line_writes_is_refused(text):
    with pytest.raises(UsageError, match="column 6: no line of this run writes this"):
        compile_expression(text, demo().trace)


# -- conditions -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "k", "holds"),
    [
        ("norm(dW) < 1", 0, False), ("norm(dW) >= 0", 0, False), ("not norm(dW) < 1", 0, False),
        ("norm(dW) < 1 or t == 1", 0, True), ("t == 1 or norm(dW) < 1", 0, True),
        ("norm(dW) < 1 and t == 1", 0, False),
        ("norm(dW) < 1", 47, True), ("h[t] > 0", 0, False), ("h[3][2] > -1", 11, False), ("h[3][2] > -1", 12, True),
        ("norm(h[1:t]) >= 0", 0, False), ("norm(h[1:t]) >= 0", 10, True), ("norm(h[t-1]) >= 0", 47, False),
        ("finite(dh)", 3, False), ("in_backward", 15, True), ("in_backward", 14, False),
        ("t > 2 and in_forward", 14, True),
        ("dW[t-9,0] < 9 and t > 12", 47, False), ("t > 12 and dW[t-9,0] < 9", 47, False), ("size(h) == 10", 0, True),
    ],
)  # fmt: skip
def test_a_condition_on_what_is_not_computed_is_false(text, k, holds):
    trace = demo().trace
    assert compile_expression(text, trace).true(Scope(trace, k)) is holds


def test_a_condition_has_one_value():
    trace = demo().trace
    for text in ("h", "h > 0", "not h", "h and 1", "h > 0 or t > 3", "dW == dW"):
        with pytest.raises(UsageError, match=r"has \d+ values, a condition has one \(use any\(\), all\(\) or norm"):
            compile_expression(text, trace).check_truth(trace)
    assert compile_expression("W[0:1,0:1] < 9", trace).true(Scope(trace, 0))


# -- refusals -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "an expression is needed (for example norm(dh_next) < 1e-6)"),
        ("norm(dw)", 'column 6: no name "dw" (did you mean dW?)'),
        ("DH", 'column 1: no name "DH" (did you mean dh?)'),
        ("dhnext", 'column 1: no name "dhnext" (did you mean dh_next?)'),
        ("nrm(h)", 'column 1: no function "nrm" (did you mean norm?)'),
        ("Max(h)", 'column 1: no function "Max" (did you mean max?)'),
        ("t + quux", 'column 5: no name "quux" (help names them)'),
        ("1 + norm", "column 5: norm is a function (norm(…))"),
        ("prev", "column 1: prev is a function (prev(…))"),
        ("norm()", "column 1: norm takes 1 value, not 0"),
        ("1 + cos(h)", "column 5: cos takes 2 values, not 1"),
        ("prev(h, h)", "column 1: prev takes 1 value, not 2"),
        ("h[9]", "column 3: h has no timestep 9 (0 to 3)"),
        ("h[-1]", "column 3: h has no timestep -1 (0 to 3)"),
        ("p[0]", "column 3: p has no timestep 0 (1 to 3)"),
        ("x[4]", "column 3: x has no timestep 4 (1 to 3)"),
        ("1 + h[1:9]", "column 7: h has no timestep 8 (0 to 3)"),
        ("p[0:2]", "column 3: p has no timestep 0 (1 to 3)"),
        ("h[-2:]", "column 3: h has no timestep -2 (0 to 3)"),
        ("h[3:3]", "column 3: an empty range of timesteps"),
        ("h[1:3:2]", "column 3: a slice over time takes no step"),
        ("h[1][10]", "column 1: [10] does not fit shape (10,) (indices count from 0)"),
        ("dW[10,0]", "column 1: [10,0] does not fit shape (10, 10) (indices count from 0)"),
        ("1 < dW[1,2,3]", "column 5: [1,2,3] does not fit shape (10, 10) (indices count from 0)"),
        ("loss[0]", "column 1: [0] does not fit one number (indices count from 0)"),
        ("t[1]", "column 1: t is one number and has no index"),
        ("dW[1.5,0]", "column 4: an index is a whole number, not 1.5"),
        ("dW[h,0]", "column 4: an index is a whole number"),
        ("dW[::0]", "column 4: a slice's step cannot be 0"),
        ("h[()]", "column 3: an index is needed (for example h[1])"),
        ("h + p", "column 1: shapes (10,) and (3,) do not fit"),
        ("1 + (U @ W)", "column 6: shapes (10, 5) and (10, 10) do not fit"),
        ("W @ 2", "column 1: @ takes vectors and matrices (* multiplies by a number)"),
        ("h < 1 < p", "column 1: shapes (10,) and (3,) do not fit"),
        ("cos(h, p)", "column 1: cos needs two values of one size, not 10 and 3"),
        ("rho(U)", "column 1: rho takes a square matrix"),
        ("rank(h)", "column 1: rank takes a matrix"),
        ("max(dW[5:5,0])", "column 1: of an empty range"),
        ("h ++", 'column 5: cannot read "h ++"'),
        ("(h", 'column 1: cannot read "(h"'),
        ("h ° p", 'column 3: cannot read "h ° p"'),
        ("ｈ + quux", 'column 5: no name "quux" (help names them)'),
        ("a = 3", 'column 3: cannot read "a = 3"'),
        ("h; p", 'column 2: cannot read "h; p"'),
        # not reached at the end of the run, where shapes are tried out, and refused all the same
        ("t > 3 and norm(dW @ p) > 1", "column 16: shapes (10, 10) and (3,) do not fit"),
        ("t == 0 or norm(h + p) > 1", "column 16: shapes (10,) and (3,) do not fit"),
        ("norm(dh[t] - p[t]) > 0", "column 6: shapes (10,) and (3,) do not fit"),
        ("h[t+1] + p > 0", "column 1: shapes (10,) and (3,) do not fit"),
        ("in_forward and h[t][99] > 0", "column 16: [99] does not fit shape (10,) (indices count from 0)"),
    ],
)
def test_what_does_not_fit_is_refused_before_a_run_starts_and_points_at_the_column(text, message):
    with pytest.raises(UsageError) as refusal:
        compile_expression(text, demo().trace)
    assert str(refusal.value) == message


def test_an_index_that_moves_with_the_run_is_judged_where_it_is_used():
    trace = made(timesteps=9, hidden=4).trace
    expression = compile_expression("dW[t,0]", trace)
    with pytest.raises(UsageError, match=r"column 1: \[4,0\] does not fit shape"):
        expression.value(Scope(trace, 45 + 9 * 6 - 1))
    assert expression.value(Scope(trace, trace.end)) == trace.gradients.W[0, 0]


def test_every_name_is_told_to_be_one_when_it_is_called_and_every_function_when_it_is_not():
    for name in NAMES:
        with pytest.raises(UsageError, match="column 1: no function"):
            compile_expression(f"{name}(1)", demo().trace)
    for name in FUNCTIONS:
        with pytest.raises(UsageError, match=r"column 1: .* is a function"):
            compile_expression(name, demo().trace)


# -- the allow-list -------------------------------------------------------------------------------------------

HOSTILE = [
    "h.tofile", "h.T", "h.__class__", "().__class__", "(1).real", "h[1].dtype", "norm.call", "1..real",
    "dW.dump('/tmp/x')",
    "'text'", '"text"', "b'bytes'", "'h'.format(h)", "f'{h}'", "f'{h.T}'", "u'x'", "r'\\d'", '"\\d"', "'''x'''",
    "lambda: 1", "(lambda x: x)(1)", "[h]", "{h}", "{1: h}", "(h, p)", "h, p", "()", "[]", "{}", "[x for x in h]",
    "{x for x in h}", "{x: x for x in h}", "(x for x in h)", "sum(x for x in h)", "(h := 3)", "norm(h := 3)",
    "h if t else p", "await h", "yield h", "(yield)", "*h", "norm(*h)", "norm(**h)", "norm(value=h)", "h[*p]",
    "__import__('os')", "__import__", "__builtins__", "__name__", "__doc__", "_", "__", "self", "np", "eval",
    "exec('1')",
    "open('/etc/passwd')", "print(h)", "globals()", "getattr(h, t)", "dir()", "breakpoint()", "exit()", "vars()",
    "norm(h)(h)", "(norm)(h)(1)", "h(1)", "h[1](2)", "norm(h)[1]", "(h + 1)[0]", "[1][0]", "(1,)[0]", "h[1]()",
    "(h)()",
    "norm(norm)", "norm[1]", "norm[norm]", "prev[1]", "prev(prev)", "prev(norm)", "None", "...", "h[...]", "dW[None]",
    "1j", "h + 1j", "h & p", "h | p", "h ^ p", "h << 1", "h >> 1", "~h", "h is h", "h is not p", "1 in h",
    "1 not in h",
    "h[h]", "dW[h > 0]", "dW['a']", "dW[1:'a']", "h[lambda: 1]", "h[[1, 2]]", "h[(1, 2), 3]", "h[1:2, 3:4:5, 6]",
    "x[1][2][3][4]", "import os", "del h", "h; h", "h = 1", "h: int", "assert h", "return 1", "pass", "raise h", "@h",
    "h\\\n+ 1", "h\n", "\n", "h\x00", "\x00", "h\x1b[31m", "h\u2028h", "h\u200b", "\ufeffh", "h # comment\nimport os",
    "\u202eh", "h\u0301",
    "𝐡 . T", "ℎ.T", "ｅｖａｌ(1)", "＿＿import＿＿(1)", "h．T", "(", ")", "((", "h[", "]", "'", '"',
    "\\", "$", "?", "!",
    "h!", "h?", "%h", "!ls", "`ls`", "0777", "1__0", "1.2.3", "0xg", "9" * 600, "1" + "0" * 498, "1e" + "9" * 400,
    "(" * 90 + "1" + ")" * 90 + "[0]", "(" * 240 + "1" + ")" * 240, "[" * 240 + "]" * 240, "-" * 499 + "1",
    "not " * 120 + "1",
    "+".join("1" * 250), "**".join("9" * 160), "h[" * 160 + "1" + "]" * 160, "norm(" * 80 + "h" + ")" * 80,
    "prev(" * 60 + "h" + ")" * 60, "1 < " * 120 + "1", "1 and " * 80 + "1", "t" + "[1]" * 150, "h" + "[0]" * 150,
    "a" * 499,
    "f(" * 200, "{" * 499, "lambda:" * 70 + "1", "1if 2else 3", "0or h", "1and'", "x[:,0:1]." + "T", "é", "h é",
    "\ud800", "h[\ud800]",
]  # fmt: skip


@pytest.mark.timeout(10)
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:40])
def test_what_is_not_on_the_list_is_refused_in_one_line_or_is_only_arithmetic(text):
    answered = attempted(demo().trace, 30, text)
    if isinstance(answered, str):
        assert answered.isprintable()
        assert len(answered) < 320
    else:
        assert isinstance(answered, np.float64 | np.bool_ | np.ndarray)
        plain = set("0123456789.+-*<>() abdefhnoprtv")
        assert set(text.strip()) <= plain or text.isidentifier(), "only arithmetic may have a value"


def attempted(trace, k, text):
    """The value, or the refusal in words; a warning is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return at(trace, k, text)
        except (UsageError, NotComputed) as refusal:
            return str(refusal)


@pytest.mark.parametrize("text", ["ℎ", "𝐡", "ｈ", "ﬁnite(h)", "ªbs(h)"])
def test_look_alikes_that_python_reads_as_a_name_are_that_name_and_no_more(text):
    at(demo().trace, 30, text)


def test_the_length_the_depth_and_the_number_of_parts_have_limits():
    trace = demo().trace
    longest = "1+" * (DEEPEST - 1) + "1"
    assert at(trace, 0, longest) == DEEPEST
    with pytest.raises(UsageError, match="nested more than"):
        compile_expression("1+" * (DEEPEST + 1) + "1", trace)
    assert at(trace, 0, "1" * LONGEST) == float("1" * LONGEST) == math.inf
    with pytest.raises(UsageError, match=f"{LONGEST + 1} characters, at most {LONGEST}"):
        compile_expression("1" * (LONGEST + 1), trace)
    with pytest.raises(UsageError, match="too large"):
        compile_expression("-" * 400 + "1", trace)


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("x[:,0:1] - x[:,0]", True), ("x[:,0:1] < x[:,0]", True), ("x[:,0:1] < 0 < x[:,0]", True),
        ("x[:,0:1] @ p[:,0:1]", True), ("norm(h[:,0:1] == y)", True), ("h[:] @ h[:]", True),
        ("(x > 0) * x[:,0]", True),
        ("rank(h[:])", False), ("norm(h[:])", False), ("x[:,0] @ x[:,0]", False), ("mean(y == 1)", False),
        ("rho(x[0+1:3001,0:1] * x[1:3001,0])", True), ("rank(x[1:3001,0:1] * x[1:3001,0])", True),
        ("+".join(["norm(x[1:4001,0:1]*x[1:4001,0])"] * 12), True),
        ("x[1:4001,0:1]-x[1:4001,0]-" + "-".join(["(x[1:4001,0:1]-x[1:4001,0])"] * 15), True),
    ],
)  # fmt: skip
@pytest.mark.timeout(60)
def test_what_would_take_gigabytes_or_minutes_is_refused_before_it_is_tried(text, refused):
    trace = made(timesteps=20_000, hidden=3).trace
    at(trace, trace.end, "norm(h)")
    tracemalloc.start()
    try:
        if refused:
            with pytest.raises(UsageError, match=r"too many|too much work|do not fit"):
                at(trace, trace.end, text)
        else:
            at(trace, trace.end, text)
        assert tracemalloc.get_traced_memory()[1] < 5 * 8 * LARGEST
    finally:
        tracemalloc.stop()


def test_the_work_of_one_use_does_not_count_against_the_next():
    trace = made(timesteps=2000, hidden=3).trace
    expression = compile_expression("norm(x[:,0:1] * x[:,0])", trace)
    for _ in range(30):
        expression.value(Scope(trace, trace.end))


def test_a_slice_over_time_has_a_limit_too(monkeypatch):
    monkeypatch.setattr(compiled, "LARGEST", 39)
    with pytest.raises(UsageError, match="column 3: 40 values are too many"):
        compile_expression("h[:]", demo().trace)
    assert at(demo().trace, 47, "size(h[1:])") == 30


SWEPT = ("max(dh)", "min(abs(h))", "max(abs(dh_next))", "abs(da)", "max(max(nll))", "max(h) - t")


@pytest.mark.parametrize("text", SWEPT)
@pytest.mark.parametrize("name", RUNS)
def test_what_a_search_computes_of_all_rows_at_once_is_what_each_row_gives(name, text):
    trace = RUNS[name]().trace
    expression = compile_expression(text, trace)
    sweeping = Scope(trace, 0, sweeps=True)
    for k in range(trace.end + 1):
        sweeping.k = k
        answers = []
        for scope in (Scope(trace, k), sweeping):
            try:
                answers.append(np.asarray(expression.evaluate(scope)).tobytes())
            except NotComputed:
                answers.append(None)
        assert answers[0] == answers[1]
