"""What every test runs under: one BLAS thread, and a state folder of its own.

So bits and times do not depend on the machine's other work.
"""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator

for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")  # read when NumPy is imported, so before anything here imports it

_state = tempfile.TemporaryDirectory(prefix="rnn-tui-tests-")
os.environ["XDG_STATE_HOME"] = _state.name  # nothing of the person's is read or written

import pytest  # noqa: E402  # after the variables above
from hypothesis import HealthCheck, settings  # noqa: E402

settings.register_profile("repo", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("repo")


@pytest.fixture
def usual_signals() -> Iterator[None]:
    """Signals as a program in the foreground finds them: under nohup, or after `&`, some are ignored."""
    usual = {signal.SIGINT: signal.default_int_handler}
    usual |= dict.fromkeys((signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT), signal.SIG_DFL)
    before = {number: signal.signal(number, handler) for number, handler in usual.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
