"""The report of `flow`: how the gradient travels back, at one timestep and over all of them, in lines and as JSON."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rnn_core.arrays import Array
from rnn_core.diagnostics.findings.attribution import described
from rnn_core.flow import cause
from rnn_core.flow.horizon import SHARES, Horizon, horizon
from rnn_core.flow.lattice import Lattice, whole
from rnn_core.flow.norms import norms
from rnn_core.flow.shares import shares
from rnn_core.flow.spectrum import WINDOW, spectra, trajectory
from rnn_core.flow.units import shut
from rnn_core.trace import Trace
from rnn_core.views.numbers import magnitude, power

SHOWN = 4
"""Timesteps and exponents that a line names."""
MOST_STATES = 128
"""States up to which exponents are measured: the work grows with their cube."""


def window_at(trace: Trace, t: int) -> tuple[int, int]:
    """The timesteps over which Jacobians are multiplied at t: those up to it, or the first ones."""
    return (max(1, t - WINDOW + 1), t) if t > 1 else (1, min(len(trace), WINDOW))


def lines(trace: Trace, t: int) -> list[str]:
    """The report at timestep t."""
    found = norms(trace)
    peak = int(np.nanargmax(found.total)) if np.isfinite(found.total).any() else 0
    text = [
        f"t={t} of {len(trace)}: ‖dh‖ {magnitude(found.total[t])}, local {magnitude(found.local[t])}, "
        f"carried {magnitude(found.carried[t])}; largest {magnitude(found.total[peak])} at t={peak}",
        *_factors(trace, t),
        *_horizons(trace),
        *map(described, spectra(trace)),
        *_along(trace, t),
        *_units(trace, t),
    ]
    return text + _made(trace)


def _factors(trace: Trace, t: int) -> list[str]:
    """A table: each place, its factor here, its mean, and its product from the last timestep to here."""
    rows = [("through", "", f"at t={t}", "mean", f"t={len(trace)}…{t}")]
    for factor in cause.over_time(trace):
        place, here = factor.place, float(factor.log10[t - 1])
        product = float(np.nansum(factor.log10[t - 1 :]))
        rows.append((place.label, place.name, _times(here), _times(factor.mean), _times(product)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _times(log10: float) -> str:
    return "–" if math.isnan(log10) else f"×{power(log10)}"


def _horizons(trace: Trace) -> list[str]:
    return [_horizon(horizon(whole(trace), share)) for share in SHARES]


def _horizon(found: Horizon) -> str:
    if not len(found.steps):
        return "no loss has a gradient: no memory horizon"
    least, lower, median, upper, most = found.quartiles
    more = f"; {np.mean(found.open):.0%} reach the start" if found.open.any() else ""
    what = f"memory horizon ({magnitude(found.share)} of it still arrives)"
    return f"{what}: median {median} timesteps, half {lower}…{upper}, all {least}…{most}{more}"


def _along(trace: Trace, t: int) -> list[str]:
    if trace.sizes.hidden * len(trace.program.carries) > MOST_STATES:
        return [f"no Lyapunov exponents: more than {MOST_STATES} states"]
    found = trajectory(trace, *window_at(trace, t))
    if np.isnan(found.exponents).any():
        return [f"Jacobians of t={found.first}…{found.last} are not finite"]
    named = " ".join(f"{value:+.3g}" for value in found.exponents[:SHOWN])
    rest = " …" if len(found.exponents) > SHOWN else ""
    return [
        f"Lyapunov exponents of t={found.first}…{found.last} (nats a timestep): {named}{rest}",
        f"their product's singular values: {power(float(found.singular[0]))} … {power(float(found.singular[-1]))}",
    ]


def _units(trace: Trace, t: int) -> list[str]:
    return [
        f"{each.name}: {each.share[t - 1]:.0%} of the units {each.function.shut_word} at t={t}, "
        f"{each.share.mean():.0%} on average, {len(each.always)} of {each.units.shape[1]} at all timesteps"
        for each in shut(trace)
    ]


def _made(trace: Trace) -> list[str]:
    """Which timesteps made each gradient of the cell, the largest shares first."""
    text = []
    for name in trace.params.cell.parameters:
        each = shares(trace, f"d{name}")
        if not each.any():
            text.append(f"d{name} is zero or not finite")
            continue
        order = np.argsort(-np.abs(each))[:SHOWN]
        named = ", ".join(f"t={at + 1} {each[at]:.0%}" for at in order.tolist())
        text.append(f"d{name} is made by {named}" + (", …" if len(each) > SHOWN else ""))
    return text


# -- JSON ------------------------------------------------------------------------------------------------------------


def as_json(trace: Trace, t: int, *, with_lattice: bool = False) -> dict[str, Any]:
    """The whole report as plain data. Rows are timesteps from 1, those of `norms` from 0; null is not a number."""
    sizes, first_last = norms(trace), window_at(trace, t)
    answer: dict[str, Any] = {
        "t": t,
        "timesteps": len(trace),
        "norms": {name: _plain(getattr(sizes, name)) for name in ("total", "local", "carried")},
        "factors": [_factor(factor) for factor in cause.over_time(trace)],
        "horizon": [_horizon_json(horizon(whole(trace), share)) for share in SHARES],
        "spectrum": [
            {"name": each.name, "radius": _number(each.radius), "singular": _plain(each.singular)}
            for each in spectra(trace)
        ],
        "shut": {each.name: {"what": each.function.shut_word, "share": _plain(each.share)} for each in shut(trace)},
        "shares": {f"d{name}": _plain(shares(trace, f"d{name}")) for name in trace.params},
    }
    if trace.sizes.hidden * len(trace.program.carries) <= MOST_STATES:
        found = trajectory(trace, *first_last)
        answer["trajectory"] = {
            "first": found.first, "last": found.last,
            "exponents": _plain(found.exponents), "log10_singular": _plain(found.singular),
        }  # fmt: skip
    return answer | ({"lattice": lattice_json(whole(trace))} if with_lattice else {})


def lattice_json(found: Lattice) -> dict[str, Any]:
    """log10 ‖∂L_t/∂state[t-lag]‖ by state: a row a loss, a column a lag; null where it is zero, or before the start."""
    return {
        "losses": found.losses.tolist(),
        "log10": {state: [_plain(row) for row in rows] for state, rows in found.log10.items()},
    }


def _factor(factor: cause.Factor) -> dict[str, Any]:
    place = factor.place
    return {
        "through": place.label, "from": place.source, "to": place.target, "kind": place.kind,
        "factor": _plain(10.0 ** np.minimum(factor.log10, 300.0)), "log10_product": _number(factor.total),
    }  # fmt: skip


def _horizon_json(found: Horizon) -> dict[str, Any]:
    return {
        "share": found.share, "quartiles": list(found.quartiles), "losses": found.losses.tolist(),
        "steps": found.steps.tolist(), "open": found.open.tolist(),
    }  # fmt: skip


def _plain(array: Array) -> list[float | None]:
    return [_number(value) for value in array.tolist()]


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
