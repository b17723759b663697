"""NPZ: every array under its name, and a meta that says what was run."""

from __future__ import annotations

import io
import json
import re
import zipfile

import numpy as np
import pytest

from rnn_core.formats import models, sequences
from tests.formats.traces.runs import DOCS, OPTIONS, a_trace, as_file, diverged, exported
from tests.listing import GRADIENTS, SERIES


def opened(data):
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        return dict(file)


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize("timesteps", [1, 5])
def test_every_array_comes_back_bit_for_bit(timesteps, options):
    trace = a_trace(timesteps, options)
    found = opened(exported(trace, "npz"))
    meta = json.loads(found.pop("meta").item())
    expected = trace.arrays()
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        assert found[name].dtype == array.dtype
        assert found[name].shape == array.shape
        assert found[name].tobytes() == array.tobytes()
    assert (meta["position"], meta["end"], meta["halted"]) == (trace.end, trace.end, "")


@pytest.mark.parametrize("options", [OPTIONS["sum"], OPTIONS["norm"]], ids=["sum", "norm"])
def test_a_file_that_stops_shows_the_arrays_as_they_are_there(options):
    trace = a_trace(3, options)
    update = trace.program.borders(3)[2]
    for k in range(trace.end):
        found = opened(exported(trace, "npz", to=k))
        assert json.loads(found["meta"].item())["position"] == k
        for name in SERIES:
            rows, mask = trace.series(name, k)
            np.testing.assert_array_equal(found[name][mask], rows[mask])
            assert np.isnan(found[name][~mask]).all()
        for name in (*GRADIENTS, "loss"):
            value = trace.value(name, min(k, update))
            expected = np.full(found[name].shape, np.nan) if value is None else value
            np.testing.assert_array_equal(found[name], expected)
        for name in "UWVbc":
            ran = trace.program.times_run(name, k, 3)
            np.testing.assert_array_equal(found[name], getattr(trace.params, name))
            expected = getattr(trace.updated, name) if ran else np.full(found[name].shape, np.nan)
            np.testing.assert_array_equal(found[f"{name}_new"], expected)
        if options.clip:
            assert np.isnan(found["clip_norm"]) == np.isnan(found["dW_clipped"]).all() == (k <= update)


def test_targets_stay_as_they_are_when_the_file_stops_early():
    trace = a_trace(4)
    np.testing.assert_array_equal(opened(exported(trace, "npz", to=0))["y"], trace.y)


def test_a_halted_run_says_why():
    trace = diverged()
    found = opened(exported(trace, "npz"))
    assert "gradient norm" in json.loads(found["meta"].item())["halted"]
    np.testing.assert_array_equal(found["W_new"], found["W"])
    np.testing.assert_array_equal(found["h"], trace.h)


def test_an_exported_trace_opens_as_its_own_sequence_and_model(tmp_path):
    trace = a_trace(4)
    path = as_file(trace, tmp_path, "npz")
    dataset, params = sequences.load(path), models.load(path)
    np.testing.assert_array_equal(dataset.sequences[0].x, trace.x)
    np.testing.assert_array_equal(dataset.sequences[0].y, trace.y)
    np.testing.assert_array_equal(params.W, trace.params.W)


def test_the_archive_is_stored_and_holds_no_time():
    with zipfile.ZipFile(io.BytesIO(exported(a_trace(2), "npz"))) as archive:
        assert archive.testzip() is None
        assert {member.compress_type for member in archive.infolist()} == {zipfile.ZIP_STORED}
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_pipe_gets_an_archive_that_opens_too():
    class Pipe(io.BytesIO):
        def tell(self):
            raise io.UnsupportedOperation

        seek = tell

    from rnn_core.formats import traces

    trace, pipe = a_trace(3), Pipe()
    assert traces.export(trace, pipe, format="npz") == len(pipe.getvalue())
    np.testing.assert_array_equal(opened(pipe.getvalue())["h"], trace.h)


def test_the_documented_example_runs(tmp_path, monkeypatch):
    as_file(a_trace(4), tmp_path, "npz")
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    exec(next(block for block in blocks if "np.load" in block), {})
