"""A trace as a notebook shows it: what it is, how its gradient flows through time, and how large each gradient is.

Rules this file keeps:
- It is HTML with an inline SVG: no script, no style sheet, nothing from outside, and it prints.
- The curve shows the largest norm of each column, so that a long run is drawn in as many points as are seen.
"""

from __future__ import annotations

from html import escape

import numpy as np

from rnn_core.arrays import Array, norm
from rnn_core.language.derivation import gradient_of
from rnn_core.trace import Trace
from rnn_core.views.gradient_strip import norms
from rnn_core.views.numbers import plain

WIDTH, HEIGHT, LEFT, BOTTOM = 640, 180, 56, 24
MOST_POINTS = 300
LINE = "fill:none;stroke:#4477aa;stroke-width:1.5"
GRID, WORDS = "stroke:#bbbbbb;stroke-width:0.5", "font:11px sans-serif;fill:#555555"


def html(trace: Trace) -> str:
    """The trace as HTML."""
    sizes, cell = trace.sizes, trace.params.cell
    said = [
        str(cell), f"T {len(trace)}", f"in {sizes.inputs}", f"hidden {sizes.hidden}", f"out {sizes.classes}",
        f"mean loss {plain(trace.mean_loss)}" if trace.sequence.target_count else "no targets",
    ]  # fmt: skip
    rows = "".join(
        f"<tr><th>{escape(gradient_of(name))}</th><td>{'×'.join(map(str, gradient.shape))}</td>"
        f"<td>{size:.3e}</td><td>{_ratio(size, norm(trace.params[name]))}</td></tr>"
        for name, gradient in trace.gradients.items()
        for size in [norm(gradient)]
    )
    return (
        f"<div><p><b>rnn-tui</b> · {escape(' · '.join(said))}</p>{flow(norms(trace))}"
        f"<table><thead><tr><th>gradient</th><th>shape</th><th>norm</th><th>÷ weights</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def _ratio(gradient: float, weights: float) -> str:
    return f"{gradient / weights:.3e}" if weights else "–"


def flow(arrived: Array) -> str:
    """‖dh[t]‖ (T,) over time on a grid of decades, as an SVG."""
    points = min(len(arrived), MOST_POINTS)
    edges = np.arange(points + 1) * len(arrived) // points
    seen = np.maximum.reduceat(arrived, edges[:-1])
    drawn = np.isfinite(seen) & (seen > 0.0)
    if not drawn.any():
        return "<p>‖dh[t]‖ is zero or not finite at every timestep.</p>"
    logs = np.log10(np.where(drawn, seen, 1.0))
    low, high = int(np.floor(logs[drawn].min())), int(np.ceil(logs[drawn].max()))
    high = max(high, low + 1)
    across, up = WIDTH - LEFT - 8, HEIGHT - BOTTOM - 8

    def y(log: float) -> float:
        return 8 + up * (high - log) / (high - low)

    every = max(1, -(-(high - low) // 8))
    grid = "".join(
        f'<line x1="{LEFT}" x2="{WIDTH - 8}" y1="{y(decade):.1f}" y2="{y(decade):.1f}" style="{GRID}"/>'
        f'<text x="{LEFT - 6}" y="{y(decade) + 4:.1f}" text-anchor="end" style="{WORDS}">1e{decade}</text>'
        for decade in range(low, high + 1, every)
    )
    lines: list[list[str]] = []
    line: list[str] = []
    for at in range(points):
        if drawn[at]:
            line.append(f"{LEFT + across * (at + 0.5) / points:.1f},{y(float(logs[at])):.1f}")
        elif line:
            lines, line = [*lines, line], []
    drawn_lines = "".join(f'<polyline points="{" ".join(each)}" style="{LINE}"/>' for each in [*lines, line] if each)
    lone = "".join(
        f'<circle cx="{each[0].partition(",")[0]}" cy="{each[0].partition(",")[2]}" r="2" fill="#4477aa"/>'
        for each in [*lines, line] if len(each) == 1
    )  # fmt: skip
    ends = (
        f'<text x="{LEFT}" y="{HEIGHT - 6}" style="{WORDS}">t = 1</text>'
        f'<text x="{WIDTH - 8}" y="{HEIGHT - 6}" text-anchor="end" style="{WORDS}">t = {len(arrived)}</text>'
        f'<text x="{WIDTH // 2}" y="{HEIGHT - 6}" text-anchor="middle" style="{WORDS}">‖dh[t]‖</text>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="gradient norm over time">'
        f"{grid}{drawn_lines}{lone}{ends}</svg>"
    )
