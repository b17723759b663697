"""Training: updates a second, coming back to any update of a long run, and the screen while it trains."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import cycle, islice
from time import perf_counter

import numpy as np

from benchmarks import plain
from benchmarks.pseudo_terminal import PseudoTerminal, Seen
from benchmarks.screen import DEBUGGER, READY
from benchmarks.table import Row
from benchmarks.timing import percentile, side_by_side
from rnn_core.data import DEMO_SIZES, Dataset, Sequence, demo_dataset
from rnn_core.model import Params, Sizes, initialise
from rnn_core.training.learner import Learner
from rnn_core.training.metrics import NORMS
from rnn_core.training.run import Run
from rnn_core.training.thinned import MOST_ROWS

try:
    from benchmarks.with_torch import training as torch_training
except ImportError:
    torch_training = None  # type: ignore[assignment]  # the row says that it is not installed

EPOCHS = 250
MIDDLE, MIDDLE_TIMESTEPS, MIDDLE_UPDATES = Sizes(64, 128, 64), 100, 100
HISTORY_TIMESTEPS = 20
LONG = 100_000
MANY = 10_000_000
REWINDS = 400
PRESSES = 160
TRAINED_EPOCHS = 10_000_000 // 4
"""More than will be trained while it is looked at."""


def rows() -> Iterator[Row]:
    """Against the plain loop and PyTorch, back to a random update, and keys while training goes on."""
    yield from _demo()
    yield from _middle()
    yield from _histories()
    yield from _rewinding()
    yield from _keys()


def _columns(params: Params) -> plain.Parameters:
    return params.U, params.W, params.V, params.b[:, None], params.c[:, None]


def _demo() -> Iterator[Row]:
    params, dataset = initialise("normal", DEMO_SIZES), demo_dataset()
    given = [(list(sequence.x[:, :, None]), sequence.y.tolist()) for sequence in dataset.sequences]

    def notebook() -> None:
        parameters = list(_columns(params))
        for _ in range(EPOCHS):
            for inputs, targets in given:
                parameters, _loss = plain.train_step(inputs, targets, tuple(parameters), 0.01)  # type: ignore[arg-type]

    contestants: dict[str, Callable[[], object]] = {
        "train": lambda: Run(dataset, params).learn(EPOCHS * len(given)),
        "notebook": notebook,
    }
    taken = side_by_side(contestants, 15)
    yield Row("train on the demo against the notebook's loop, updates", taken["notebook"] / taken["train"], 3, 4.5)


def _middle() -> Iterator[Row]:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((MIDDLE_TIMESTEPS, MIDDLE.inputs))
    sequence = Sequence(x=x, y=rng.integers(0, MIDDLE.classes, MIDDLE_TIMESTEPS))
    params, dataset = initialise("normal", MIDDLE), Dataset((sequence,))
    contestants: dict[str, Callable[[], object]] = {"train": lambda: Run(dataset, params).learn(MIDDLE_UPDATES)}
    if torch_training is not None:
        contestants["torch"] = torch_training(params, sequence, MIDDLE_UPDATES)
    taken = side_by_side(contestants, 15)
    size = f"({MIDDLE.inputs}, {MIDDLE.hidden}, {MIDDLE.classes}, {MIDDLE_TIMESTEPS})"
    ratio = taken["torch"] / taken["train"] if "torch" in taken else None
    yield Row(f"train against PyTorch, {size}", ratio, 3, note="" if "torch" in taken else "torch not installed")


def _histories() -> Iterator[Row]:
    """What it costs to remember a run: learning it, against the same updates with nothing written down."""
    yield _history("demo", demo_dataset(), DEMO_SIZES, 2000)
    for hidden, updates in ((64, 300), (128, 150), (256, 60)):
        sizes, rng = Sizes(64, hidden, 64), np.random.default_rng(0)
        x, y = rng.standard_normal((HISTORY_TIMESTEPS, 64)), rng.integers(0, 64, HISTORY_TIMESTEPS)
        yield _history(f"H={hidden}, T={HISTORY_TIMESTEPS}", Dataset((Sequence(x=x, y=y),)), sizes, updates)


def _history(what: str, dataset: Dataset, sizes: Sizes, updates: int) -> Row:
    run = Run(dataset, initialise("normal", sizes))
    learner = Learner(run.listing, sizes, run.options)
    learner.row[:] = run.history.row(0)
    examples = [
        (sequence, run.listing.output.targets(sequence.y, sizes.classes, run.options.reduction, True))
        for sequence in dataset.sequences
    ]

    def bare() -> None:
        for sequence, targets in islice(cycle(examples), updates):
            learner.update(sequence, targets, {})

    contestants: dict[str, Callable[[], object]] = {"bare": bare, "history": lambda: run.learn(run.reached + updates)}
    taken = side_by_side(contestants, 25)
    return Row(f"history / bare update, {what}", taken["history"] / taken["bare"], 1.12, better="less")


def _rewinding() -> Iterator[Row]:
    run = Run(demo_dataset(), initialise("normal", DEMO_SIZES))
    start = perf_counter()
    run.learn(LONG)
    an_update = (perf_counter() - start) / LONG
    updates: list[int] = np.random.default_rng(1).integers(0, LONG, REWINDS).tolist()

    def works() -> Iterator[Callable[[], object]]:
        for update in updates:
            yield lambda update=update: run.train_state(update)  # type: ignore[misc]  # lambdas infer no update

    ratio = percentile(works(), 95) / (LONG**0.5 * an_update)
    yield Row(f"back to a random update of {LONG:,}, p95 / the time of √n updates", ratio, 1.2, better="less")
    megabytes = run.history.checkpoints.nbytes / 1e6
    yield Row(f"checkpoints of {LONG:,} demo updates", megabytes, 50, unit="MB", better="less")
    told = run.metrics
    norms = sum(getattr(told, name)[0].nbytes for name in NORMS) * min(MANY, MOST_ROWS)
    metrics = ((told.loss.nbytes + told.accuracy.nbytes) / LONG * MANY + norms) / 1e6
    what = f"metrics and checkpoints of {MANY:,} demo updates, computed"
    yield Row(what, metrics + megabytes, 300, unit="MB", better="less")


def _keys() -> Iterator[Row]:
    with PseudoTerminal(DEBUGGER) as program:
        program.until(READY["debugger"])
        program.settle(0.3)
        seen = Seen(program)
        resting = _pressed(program, seen)
        program.send(f"/train {TRAINED_EPOCHS}\r")
        program.until(b"Esc stops")
        program.send("fold\r")  # the console has the keyboard; folding it gives the keys back
        program.until(READY["debugger"])
        training = _pressed(program, seen)
    ratio = float(np.percentile(training, 95) / np.percentile(resting, 95))
    yield Row("key to frame while training / at rest, demo, p95", ratio, 3, better="less")
    yield Row(
        "key to frame while training, demo, p95", float(np.percentile(training, 95)) * 1e3, 50, 16.7, "ms", "less"
    )


def _pressed(program: PseudoTerminal, seen: Seen) -> list[float]:
    """How long it takes until the position that a key leads to is painted."""
    taken, k = [], 0
    for _, key in zip(range(PRESSES), cycle("s" * 20 + "S" * 20), strict=False):
        k += 1 if key == "s" else -1
        pressed = program.send(key)
        taken.append(seen.until(k) - pressed)
        program.settle(0.02)
    return taken
