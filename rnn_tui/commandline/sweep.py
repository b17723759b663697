"""`rnn-tui sweep`: many runs, over seeds, initialisations, sizes and lengths, as one table."""

from __future__ import annotations

import contextlib
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from rnn_core.choices import INITIALISATIONS
from rnn_core.errors import UsageError, quoted
from rnn_core.run_options import NumberError, names, whole
from rnn_tui.commandline.options import Option
from rnn_tui.commandline.progress import Bar
from rnn_tui.commandline.subcommand import Subcommand
from rnn_tui.commandline.tabled import tabled
from rnn_tui.commandline.terminal import check_output, print_line, read_data

if TYPE_CHECKING:  # they import NumPy, which --help does without
    from rnn_core.recipe import Recipe
    from rnn_core.sweeps.grid import Grid
    from rnn_core.sweeps.table import Table

_GROUP = "sweep"
MOST = 1_000_000
"""The most runs of one sweep."""


def _seeds(text: str) -> tuple[int, ...]:
    """20 is 0 … 19; 3,5,7 are these."""
    read = whole(0, 2**32 - 1)
    if "," not in text:
        return tuple(range(whole(1, MOST)(text)))
    return tuple(map(read, names(text)))


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(map(whole(1, MOST), names(text)))


def _inits(text: str) -> tuple[str, ...]:
    found = names(text)
    if strange := [name for name in found if name not in INITIALISATIONS]:
        raise NumberError(f"no initialisation {quoted(strange[0])}: there are {', '.join(INITIALISATIONS)}")
    return found


OPTIONS = (
    Option(("--seeds",), "how many seeds, from 0 on, or a list of them (default 20)", "N|N,N", _seeds,
           default=tuple(range(20)), group=_GROUP),
    Option(("--init",), "how weights are drawn (default normal)", "KIND,...", _inits, default=("normal",), group=_GROUP,
           name="inits"),
    Option(("--hidden",), "hidden units (default 10)", "N,...", _sizes, default=(None,), group=_GROUP, name="hiddens"),
    Option(("--length",), "only the last N timesteps of each sequence (default: all)", "N,...", _sizes, default=(0,),
           group=_GROUP, name="lengths"),
    Option(("--epochs",), "train each run for N epochs first (default: none)", "N", whole(1, MOST), group=_GROUP),
    Option(("-o", "--output"), "where the lines go, as CSV", "FILE", group=_GROUP),
    Option(("--resume",), "go on with the sweep that -o FILE holds", group=_GROUP),
    Option(("--force",), "overwrite an existing file", group=_GROUP),
    Option(("--workers",), "processes of this machine (default: one a core)", "N", whole(1, 4096), group=_GROUP),
    Option(("--scheduler",), "a dask scheduler that has workers, such as tcp://127.0.0.1:8786", "ADDRESS",
           group=_GROUP),
)  # fmt: skip


def check(args: Namespace) -> None:
    """Raise UsageError for options that do not go together."""
    if not args.output:
        raise UsageError("sweep needs -o FILE", fix="-o results.csv")
    if args.output == "-":
        raise UsageError("standard output is where the summary is printed", fix="give -o a file name")
    if args.resume and args.force:
        raise UsageError("--resume goes on with a file, and --force overwrites it", fix="leave one of them out")
    if args.workers and args.scheduler:
        raise UsageError("--workers are processes here, and --scheduler has its own", fix="leave one of them out")
    if args.model:
        raise UsageError("sweep draws its weights, and --model brings its own", fix="leave out --model")
    if args.seed is not None:
        raise UsageError("sweep has many seeds", fix="--seeds 3,5,7")


def run(args: Namespace, recipe: Recipe) -> int:
    """Compute what is not in the file yet, write it, and print the summary. Raises RnnError."""
    check_output()
    from rnn_core.debugger.persistence import opening
    from rnn_core.sweeps import summary, workers
    from rnn_core.sweeps.grid import Grid
    from rnn_core.sweeps.measuring import measured
    from rnn_core.sweeps.table import Table

    dataset = opening.load_dataset(recipe, read_data(recipe.path))
    grid = Grid(recipe, dataset, args.seeds, args.inits, args.hiddens, args.lengths, trained="--epochs" in args.given)
    points = grid.points
    if len(points) > MOST:
        raise UsageError(f"{len(points):,} runs are more than {MOST:,}", fix="sweep over fewer")
    measured(grid, points[0])  # what cannot be drawn is refused before a file is made
    with Bar("sweeping") as bar, _table(args, grid, Table, measured) as table:
        left = points[len(table.lines) // len(dataset.sequences) :]
        if args.scheduler:
            results = workers.on_scheduler(grid, left, args.scheduler)
        else:
            results = workers.here(grid, left, args.workers or 0)
        report = _reporter(bar, len(points), len(points) - len(left))
        with contextlib.closing(results):
            for lines in results:
                table.add(lines)
                report()
        done = table.lines
    for row in tabled(summary.table(done)):
        print_line(row)
    for row in ("", *tabled(summary.drawing(done))):
        print_line(row)
    return 0


@contextlib.contextmanager
def _table(args: Namespace, grid: Grid, kind: type[Table], measured: Any) -> Iterator[Table]:
    path = args.output
    table = kind.resumed(path, grid, measured) if args.resume else kind(path, overwrite=args.force)
    try:
        yield table
    finally:
        table.close()


def _reporter(bar: Bar, count: int, done: int) -> Callable[[], None]:
    """Called once a run: the bar with how many runs a second; the bar itself says the time left."""
    began, at_first = time.monotonic(), done

    def report() -> None:
        nonlocal done
        done += 1
        rate = (done - at_first) / max(1e-9, time.monotonic() - began)
        bar(done / count, f" {done:,} of {count:,} runs, {rate:,.0f} a second")

    return report


COMMAND = Subcommand(
    "sweep",
    "Run many seeds, initialisations, sizes and lengths, and compare them.",
    "rnn-tui sweep data.csv --seeds 20 --init normal,orthogonal -o results.csv",
    OPTIONS,
    check,
    run,
    "-o FILE",
)
