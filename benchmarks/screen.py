"""The screen in a real pseudo-terminal, beside the smallest Textual app in another one, key by key in turn."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

import numpy as np

from benchmarks.pseudo_terminal import FRAME_END, PATIENCE, PseudoTerminal, Seen
from benchmarks.table import Row

COUNTER = [sys.executable, str(Path(__file__).with_name("counter_app.py"))]
DEBUGGER = [sys.executable, "-m", "rnn_tui"]
READY = {"debugger": b"help ", "counter": b"count 0"}
"""What the last row that each paints first ends with."""

PRESSES = 276
STARTS = 9
LARGE_HIDDEN, LARGE_TIMESTEPS = 512, 10_000
HELD_SECONDS, HELD_RATE = 10, 60
IDLE_SECONDS = 5.0
LONG_TIMESTEPS = 100_000
SEQUENCES = 10_000
BIG = 250, 80
DRAG_SECONDS, DRAG_RATE = 3, 60
DRAG_FROM, DRAG_TO, DRAG_ROW = 4, 104, 4
"""Columns and row of the timeline's bar, counted from 1 as terminals do."""
WATCHING = "break dh; break da if t > 1; watch norm(dh) > 1; display norm(dh_next); display norm(dU)"


def rows() -> Iterator[Row]:
    """Key to frame, a large session, the start, a held key, doing nothing, breakpoints and displays, and scrubbing."""
    yield from _starts()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "large.npy"
        np.save(file, np.random.default_rng(0).standard_normal((LARGE_TIMESTEPS, 8)))
        with (
            PseudoTerminal(COUNTER) as counter,
            PseudoTerminal(DEBUGGER) as demo,
            PseudoTerminal([*DEBUGGER, str(file), "--hidden", str(LARGE_HIDDEN)]) as large,
        ):
            counter.until(READY["counter"])
            demo.until(READY["debugger"])
            large.until(READY["debugger"])
            yield from _keys(counter, demo, large)
            yield from _idle(demo)
    with PseudoTerminal(DEBUGGER, BIG) as big:
        big.until(READY["debugger"])
        yield from _big(big)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "many.json"
        one = {"inputs": np.random.default_rng(0).standard_normal((5, 3)).tolist(), "targets": [0, 1, 2, 0, 1]}
        file.write_text(json.dumps({"sequences": [one] * SEQUENCES}), encoding="utf-8")
        with PseudoTerminal([*DEBUGGER, str(file)]) as many:
            many.until(READY["debugger"])
            many.settle(1.0)
            many.press("\x1b")  # from the list of them that it opens with
            many.settle(0.5)
            yield from _sequences(many)
    with PseudoTerminal([*DEBUGGER, "--text", "all that is gold does not glitter " * 3]) as held:
        held.until(READY["debugger"])
        yield from _held(held)
    with PseudoTerminal(DEBUGGER) as bare, PseudoTerminal([*DEBUGGER, "-e", WATCHING]) as watching:
        bare.until(READY["debugger"])
        watching.until(READY["debugger"])
        yield from _watching(bare, watching)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "long.npy"
        np.save(file, np.random.default_rng(0).standard_normal((LONG_TIMESTEPS, 5)))
        for what, more in (("", []), (", watching", ["-e", WATCHING])):
            with PseudoTerminal([*DEBUGGER, str(file), "--hidden", "10", *more]) as long:
                long.until(READY["debugger"])
                yield from _dragged(long, what)


def _starts() -> Iterator[Row]:
    taken: dict[str, list[float]] = {"debugger": [], "counter": []}
    for _ in range(STARTS + 1):
        for name, command in (("debugger", DEBUGGER), ("counter", COUNTER)):
            with PseudoTerminal(command) as program:
                taken[name].append(program.until(READY[name]) - program.started)
    debugger, counter = (median(times[1:]) for times in taken.values())
    yield Row("start to the first screen / the counter's", debugger / counter, 1.5, 1.35, better="less")
    yield Row("start to the first screen", debugger * 1e3, 1000, unit="ms", better="less")


def _keys(counter: PseudoTerminal, demo: PseudoTerminal, large: PseudoTerminal) -> Iterator[Row]:
    programs = {"counter": counter, "demo": demo, "large": large}
    taken: dict[str, list[float]] = {name: [] for name in programs}
    frames: list[int] = []
    sizes: list[int] = []
    for program in programs.values():
        program.press("s")
        program.settle(0.3)
    for _, key in zip(range(PRESSES), cycle("s" * 40 + "S" * 40), strict=False):
        for name, program in programs.items():
            pressed = program.press(key)
            taken[name].append(program.until(FRAME_END) - pressed)
            program.settle()
            if name == "demo":
                frames.append(program.frames)
                sizes.append(len(program.output))
    p50 = {name: float(np.percentile(times, 50)) for name, times in taken.items()}
    p95 = {name: float(np.percentile(times, 95)) for name, times in taken.items()}
    large_size = f"H={LARGE_HIDDEN}, T={LARGE_TIMESTEPS}"
    yield Row("key to frame, demo at 120×40, p95", p95["demo"] * 1e3, 16.7, 8, "ms", "less")
    yield Row("key to frame, demo / the counter's, median", p50["demo"] / p50["counter"], 2.5, 2, better="less")
    yield Row(f"key to frame, {large_size} / demo, median", p50["large"] / p50["demo"], 1.5, 1.1, better="less")
    yield Row("frames for a key, most", max(frames), 1, 1, "", "less")
    yield Row("bytes for a key at 120×40, median", median(sizes), 2000, 1400, "B", "less")
    yield Row("bytes for a key at 120×40, p95", float(np.percentile(sizes, 95)), 5000, 2500, "B", "less")


def _timed(program: PseudoTerminal, keys: str) -> list[float]:
    """Seconds to the frame of each key."""
    taken = []
    program.settle(0.3)
    for key in keys:
        pressed = program.press(key)
        taken.append(program.until(FRAME_END) - pressed)
        program.settle()
    return taken


def _big(program: PseudoTerminal) -> Iterator[Row]:
    taken = _timed(program, ("s" * 40 + "S" * 40) * 2)
    yield Row("key to frame, demo at 250×80, p50", median(taken) * 1e3, 9, unit="ms", better="less")
    yield Row("key to frame, demo at 250×80, p95", float(np.percentile(taken, 95)) * 1e3, 16.7, 10, "ms", "less")


def _sequences(program: PseudoTerminal) -> Iterator[Row]:
    """The next sequence, which is another run with another trace, against the next line."""
    ratio = median(_timed(program, "]" * 60)) / median(_timed(program, "s" * 60))
    yield Row(f"] on {SEQUENCES:,} sequences / s, key to frame, median", ratio, 1.2, better="less")


def _watching(bare: PseudoTerminal, watching: PseudoTerminal) -> Iterator[Row]:
    """The same keys without and with 3 breakpoints and 2 displays, over the whole demo and back."""
    taken: dict[str, list[float]] = {"bare": [], "watching": []}
    programs = {"bare": bare, "watching": watching}
    for program in programs.values():
        program.settle(0.5)
    for _, key in zip(range(PRESSES), cycle("s" * 40 + "S" * 40), strict=False):
        for name, program in programs.items():
            pressed = program.press(key)
            taken[name].append(program.until(FRAME_END) - pressed)
            program.settle()
    ratio = median(taken["watching"]) / median(taken["bare"])
    yield Row("key to frame, 3 breakpoints and 2 displays / none, demo, median", ratio, 1.5, 1.3, better="less")


def _dragged(program: PseudoTerminal, what: str) -> Iterator[Row]:
    """The mouse drawn along the bar and back: each report has its own column, so each could be a frame."""
    program.settle(0.5)
    program.press(f"\x1b[<0;{DRAG_FROM};{DRAG_ROW}M")
    program.settle(0.3)
    program.output.clear()
    columns = cycle([*range(DRAG_FROM + 1, DRAG_TO), *range(DRAG_TO, DRAG_FROM, -1)])
    start = perf_counter()
    for i in range(DRAG_SECONDS * DRAG_RATE):
        program.send(f"\x1b[<32;{next(columns)};{DRAG_ROW}M")
        while (left := start + (i + 1) / DRAG_RATE - perf_counter()) > 0:
            program.read(left)
    frames = program.frames
    sent = perf_counter()
    program.send(f"\x1b[<0;{DRAG_FROM};{DRAG_ROW}m")
    program.settle(0.1)
    size = f"T={LONG_TIMESTEPS:,}, H=10{what}"
    yield Row(f"scrubbing at {DRAG_RATE} Hz, {size}, frames", frames / (sent - start), 30, 50, "/s")


def _held(program: PseudoTerminal) -> Iterator[Row]:
    """A key held down: each press is answered when a position as far as it, or further, is painted."""
    presses = HELD_SECONDS * HELD_RATE
    seen = Seen(program)
    program.settle(0.3)
    start = perf_counter()
    pressed: list[float] = []
    painted: list[float] = []
    while len(painted) < presses:
        if len(pressed) < presses and perf_counter() >= start + len(pressed) / HELD_RATE:
            pressed.append(program.send("s"))
        due = start + len(pressed) / HELD_RATE - perf_counter() if len(pressed) < presses else 1.0
        if not program.read(max(0.0, due)) and perf_counter() > start + HELD_SECONDS + PATIENCE:
            raise TimeoutError(f"after {len(pressed)} keys the screen shows position {seen.position()}")
        now = perf_counter()
        painted += [now] * (min(len(pressed), seen.position()) - len(painted))
    lags = [after - before for before, after in zip(pressed, painted, strict=True)]
    first, last = median(lags[:100]), median(lags[-100:])
    yield Row(f"key held {HELD_SECONDS} s at {HELD_RATE} Hz, lag at the end / at the start", last / first, 1.5, 1.2,
              better="less")  # fmt: skip
    yield Row("key held, the last one painted after", lags[-1] * 1e3, 50, 15, "ms", "less")


def _idle(program: PseudoTerminal) -> Iterator[Row]:
    program.settle(1.0)
    program.output.clear()
    before, began = program.cpu_seconds(), perf_counter()
    sleep(IDLE_SECONDS)
    busy = (program.cpu_seconds() - before) / (perf_counter() - began)
    program.settle()
    yield Row("idle, bytes written", len(program.output), 0, 0, "B", "less")
    yield Row("idle, processor", busy * 100, 0.3, 0.1, "%", "less")
