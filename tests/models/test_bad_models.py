"""Each kind of bad model file gets its one line: what, where, what to do. The kinds stand in bad_models.py."""

from __future__ import annotations

import pickle
import resource
import time
from pathlib import Path

import pytest

from rnn_core.errors import RnnError
from tests.models.bad_models import BAD_MODELS, Bad, checkpoint, legacy, safetensors


def refusal(bad: Bad) -> RnnError:
    with pytest.raises(RnnError) as caught:
        bad.load()
    return caught.value


@pytest.mark.parametrize("bad", BAD_MODELS, ids=lambda bad: bad.kind)
def test_a_bad_model_gets_one_line_that_says_what_and_what_to_do(bad):
    error = refusal(bad)
    said = str(error)
    assert bad.says in said
    assert said.startswith(bad.name)
    assert "\n" not in said
    assert error.fix
    assert error.exit_status == 1


def test_the_table_knows_more_than_seventy_kinds():
    assert len({bad.kind for bad in BAD_MODELS}) == len(BAD_MODELS) >= 70


def test_nothing_is_unpickled_or_called(monkeypatch, tmp_path):
    """The functions that pickles would call are replaced by ones that fail the test."""

    def never(*_args, **_named):
        raise AssertionError("something was called")

    for name in ("load", "loads", "Unpickler"):
        monkeypatch.setattr(pickle, name, never)
    for target in ("os.system", "posix.system", "subprocess.Popen", "runpy._run_code", "builtins.eval"):
        monkeypatch.setattr(target, never)
    errors = []
    for bad in BAD_MODELS:
        try:
            bad.load()
        except RnnError as error:
            errors.append(error)
    monkeypatch.undo()
    assert len(errors) == len(BAD_MODELS)
    assert not Path("/tmp/owned").exists()


def test_every_bad_model_is_refused_within_a_second_and_200_mb():
    """CPU time of this thread, and the peak of the whole process, which everything imported counts to."""
    for bad in BAD_MODELS:
        refusal(bad)  # imports first
        before, peak = time.thread_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        refusal(bad)
        assert time.thread_time() - before < 1.0, bad.kind
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 200 * 1024, bad.kind


def test_the_files_that_are_spoiled_here_are_good_ones():
    from rnn_core.formats import models

    for data in (checkpoint(), legacy(), safetensors()):
        assert models.opened("m", data=data).params.sizes.hidden == 4
