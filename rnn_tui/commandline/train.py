"""`rnn-tui train`: train to the last epoch without a screen; what it has come to is saved, and can be gone on with."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from rnn_core.errors import Cancelled, InputError, RnnError, UsageError, one_line
from rnn_tui.commandline.notices import tell
from rnn_tui.commandline.options import Option
from rnn_tui.commandline.progress import Bar
from rnn_tui.commandline.signals import Noted, noted
from rnn_tui.commandline.subcommand import Subcommand
from rnn_tui.commandline.terminal import check_output, read_data

if TYPE_CHECKING:  # they import NumPy, which --help does without
    from rnn_core.debugger.session import Session
    from rnn_core.formats.logs import Log
    from rnn_core.recipe import Recipe
    from rnn_core.training.run import Run

SAVE_EVERY = 30.0
"""Seconds after which what there is is saved, as long as saving takes a small part of the time."""
SAVING_SHARE = 0.05
LINES = 10
"""About how many epochs are printed."""
_GROUP = "train"

OPTIONS = (
    Option(("-o", "--output"), "where the trained model goes, with all that it takes to go on", "FILE", group=_GROUP),
    Option(("--log",), "write loss, accuracy and norms of every update as JSON lines", "FILE", group=_GROUP),
    Option(("--resume",), "go on with the training that -o FILE holds", group=_GROUP),
    Option(("--force",), "overwrite existing files", group=_GROUP),
    Option(("--through-non-finite",), "train on through NaN and infinity", group=_GROUP),
)  # fmt: skip


def check(args: Namespace) -> None:
    """Raise UsageError for files that do not go together."""
    if args.output == "" or args.log == "":
        raise UsageError("-o and --log need a file name")
    if "-" in (args.output, args.log):
        raise UsageError("standard output is where the epochs are printed", fix="give -o and --log a file name")
    if args.resume and args.output is None:
        raise UsageError("--resume goes on with the training of -o FILE", fix="name it")
    if args.resume and args.force:
        raise UsageError("--resume goes on with a file, and --force overwrites it", fix="leave one of them out")
    if args.output is not None and args.log is not None and os.path.realpath(args.output) == os.path.realpath(args.log):
        raise UsageError("-o and --log are the same file", fix="give two names")


def run(args: Namespace, recipe: Recipe) -> int:
    """Open, train, print, log and save; 1 where the numbers stop being finite. Raises RnnError."""
    check_output()
    with Bar("training") as bar:
        session = _resumed(args, recipe, bar) if args.resume else _opened(args, recipe, bar)
        session = replace(session, through=args.through_non_finite)
        with _log(args, session.run) as log, noted() as signals:
            return _Training(args, session, log, bar, signals).finish()


def _opened(args: Namespace, recipe: Recipe, bar: Bar) -> Session:
    from rnn_core.debugger.persistence import opening
    from rnn_core.formats import writing

    for path in filter(None, (args.output, args.log)):
        writing.check_target(path, overwrite=args.force)
    session = opening.open_session(recipe, read_data(recipe.path), bar.part(0.0, 0.0))
    bar.pause()
    tell(session)
    _check_length(session, args)
    return session


def _resumed(args: Namespace, recipe: Recipe, bar: Bar) -> Session:
    from rnn_core.debugger.persistence import reopening, run_file
    from rnn_core.formats import files, writing
    from rnn_tui.commandline.resuming import continued

    stored = run_file.load(args.output)
    writing.check_target(args.output, overwrite=True)
    name = files.base_name(args.output)
    if not stored.memories:
        raise InputError("is a session without its run", where=name, fix="rnn-tui --session FILE opens it")
    recipe = continued(stored.saved.recipe, recipe, args, name)
    stored = stored._replace(saved=replace(stored.saved, recipe=recipe))
    session, notes = reopening.put_together(stored, name, bar.part(0.0, 0.0))
    if notes:
        raise InputError(notes[0], where=name, fix="train anew, with --force")
    _check_length(session, args)
    return session


def _check_length(session: Session, args: Namespace) -> None:
    from rnn_core.debugger.persistence import run_file
    from rnn_core.training.run import MOST_UPDATES

    run = session.run
    if run.end > MOST_UPDATES:
        what = f"{run.epochs:,} epochs of {run.epoch_length:,} updates are more than {MOST_UPDATES:,}"
        raise UsageError(what, fix="use fewer --epochs")
    if args.output is not None and session.recipe.path != "-":
        run_file.check_savable(session, run.end)


@contextlib.contextmanager
def _log(args: Namespace, run: Run) -> Iterator[Log | None]:
    if args.log is None:
        yield None
        return
    from rnn_core.formats.logs import Log

    log = Log.resumed(args.log, run) if args.resume else Log(args.log, overwrite=args.force)
    try:
        yield log
    except BaseException:
        with contextlib.suppress(RnnError, OSError):
            log.close()
        raise
    log.close()


class _Training:
    """A training that is on, and what is printed, logged and saved of it on the way."""

    def __init__(self, args: Namespace, session: Session, log: Log | None, bar: Bar, signals: Noted) -> None:
        self.output, self.session, self.log, self.bar, self.signals = args.output, session, log, bar, signals
        self.run: Run = session.run
        self.started, self.first = time.monotonic(), self.run.reached
        self.printed = self.run.reached // self.run.epoch_length
        """Epochs that are over and printed."""
        self.saved, self.saving = self.started, 0.0
        """When it was saved last, and how long that took."""

    def finish(self) -> int:
        """Train to the end, or to what stops it; the exit status. Raises RnnError."""
        from rnn_tui.commandline import trained

        run = self.run
        try:
            not_finite = run.learn(run.end, stop=not self.session.through, since=0, progress=self._on)
        except Cancelled:
            self._save(self.session.within(run.trace(run.reached), 0))
            return self._stopped()
        except (RnnError, BrokenPipeError):  # the log cannot be written, or nobody reads; what was learnt is kept
            with contextlib.suppress(RnnError):
                self._save(self.session.within(run.trace(run.reached), 0))
            raise
        if not_finite is not None:
            at, error = trained.not_finite(self.session, not_finite)
            self._save(at)
            raise error
        session = self.session.within(run.trace(max(run.end, run.reached)), 0)
        self._save(session)
        for line in trained.lines(session):
            self.bar.line(line)
        if self.output is not None and sys.stderr is not None and sys.stderr.isatty():
            from rnn_core.formats import files

            size = files.human(os.stat(self.output).st_size)
            self.bar.pause()
            print(f"wrote {one_line(self.output)} ({size})", file=sys.stderr)
        return 0

    def _on(self, reached: int) -> None:
        """After each block of updates. Raises Cancelled once a signal has asked for the end."""
        run, now = self.run, time.monotonic()
        if self.log is not None:
            self.log.write(run)
        self._print_epochs(reached)
        rate = (reached - self.first) / max(now - self.started, 1e-9)
        self.bar(reached / run.end, f"  {rate:,.0f} updates/s")
        if self.signals.number and reached < run.end:
            raise Cancelled
        if self.output is not None and now - self.saved > max(SAVE_EVERY, self.saving / SAVING_SHARE):
            try:
                self._save(self.session.within(run.trace(reached), 0))
            except RnnError as error:  # the next time it may work; at the end it must
                self.bar.pause()
                print(f"rnn-tui: {error}", file=sys.stderr)
            self.saved, self.saving = time.monotonic(), time.monotonic() - now

    def _print_epochs(self, reached: int) -> None:
        from rnn_tui.commandline import trained

        run, over = self.run, reached // self.run.epoch_length
        if over == self.printed:
            return
        every = max(1, run.epochs // LINES)
        due = [e for e in range(self.printed + 1, over + 1) if e % every == 0 or e == run.epochs]
        for epoch in due:
            self.bar.line(trained.epoch_line(run, epoch))
        self.printed = over

    def _save(self, session: Session) -> None:
        """Write the log, and then the model with the run, so that the log never lacks what the run file says."""
        try:
            if self.log is not None:
                self.log.write(self.run)
                self.log.settle()
        finally:
            if self.output is not None:
                self._save_model(session)

    def _save_model(self, session: Session) -> None:
        from rnn_core.debugger.persistence import run_file
        from rnn_core.formats import models

        if session.recipe.path == "-":  # it cannot be read a second time, so there is nothing to go on with
            models.save(session.parameters, self.output, overwrite=True)
        else:
            run_file.save(session, self.output, overwrite=True)

    def _stopped(self) -> int:
        reached, end = f"{self.run.reached:,}", f"{self.run.end:,}"
        if self.output is None:
            after = "nothing was saved, -o FILE does"
        elif self.session.recipe.path == "-":
            after = "the model was saved; what came from standard input cannot be gone on with"
        else:
            after = "the same command with --resume goes on"
        self.bar.pause()
        print(f"rnn-tui: stopped at update {reached} of {end}: {after}", file=sys.stderr)
        return 128 + self.signals.number


COMMAND = Subcommand(
    "train",
    "Train to the last epoch and print how it went.",
    "rnn-tui train book.txt --seq-length 25 --hidden 64 -o model.npz",
    OPTIONS,
    check,
    run,
)
