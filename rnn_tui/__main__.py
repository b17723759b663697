"""The console script `rnn-tui` and `python -m rnn_tui`.

Rule this file keeps: it imports next to nothing before Ctrl-C is handled, for until then Python answers it with a
traceback.
"""

from __future__ import annotations

import gc
import os
import sys

from rnn_core.lazily import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import NoReturn

ENVIRONMENT = {
    # One thread: on a busy machine with few cores several were ten times slower, and bits change with their number.
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "BLIS_NUM_THREADS": "1",
    # Frames a second: halves the lag of a held key.
    "TEXTUAL_FPS": "240",
}
"""What NumPy and Textual read when they are imported; what the person has set stays."""

BROKEN_PIPE = 128 + 13
"""The status of a program that a closed pipe ended, as the shell reports it."""

INTERRUPTED = 128 + 2


def _interrupted(_number: int = 0, _frame: object = None) -> NoReturn:
    """Ctrl-C while modules are imported: an exception would be told in the middle of one, and there is nothing to
    tidy up yet."""
    os.write(2, b"rnn-tui: interrupted\n")
    os._exit(INTERRUPTED)


def main() -> int:
    """Run the command line of this process and return its exit status."""
    try:
        import signal  # it takes as long as all of Python before it: this, too, may be interrupted

        interrupt = signal.getsignal(signal.SIGINT)
        if interrupt is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, _interrupted)
    except KeyboardInterrupt:
        _interrupted()
    gc.disable()  # imports leave no garbage: collecting while they run takes a tenth of the start
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    from rnn_tui import cli  # after the environment is set: it reaches NumPy and Textual

    def begin() -> None:
        """All is imported: what there is now is no garbage, and who is interrupted may have something to tidy up."""
        gc.freeze()
        gc.enable()
        signal.signal(signal.SIGINT, interrupt)

    status = cli.main(sys.argv[1:], begin)
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        # Python flushes once more on its way out, and would complain about it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        if isinstance(error, BrokenPipeError):
            return BROKEN_PIPE
        return status or cli.not_written(error)
    return status


if __name__ == "__main__":
    raise SystemExit(main())
