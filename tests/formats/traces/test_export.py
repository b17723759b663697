"""What holds for every format: the same bytes twice, whole files or none, refusals of one line, streams."""

from __future__ import annotations

import errno
import io
import os
import stat

import pytest

from rnn_core.errors import Cancelled, OutputError, UsageError
from rnn_core.formats import traces, writing
from rnn_core.formats.traces import records
from rnn_core.model import Params
from tests.formats.traces.runs import a_trace, exported

FORMATS = [entry.name for entry in traces.TRACE_FORMATS]


@pytest.fixture(scope="module")
def trace():
    return a_trace(6)


@pytest.fixture
def old(tmp_path):
    """An existing file, which must stay whole until its successor is."""
    path = tmp_path / "trace.any"
    path.write_text("old")
    return path


def is_untouched(path):
    return path.read_text() == "old" and os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize("format", FORMATS)
class TestEveryFormat:
    def test_the_same_run_gives_the_same_bytes(self, format, tmp_path):
        first, second = exported(a_trace(6), format), exported(a_trace(6), format)
        assert first == second
        traces.export(a_trace(6), tmp_path / "trace", format=format)
        assert (tmp_path / "trace").read_bytes() == first

    def test_chunks_change_no_byte(self, format, trace, monkeypatch):
        whole = exported(trace, format)
        for numbers in (1, 60, 100):
            monkeypatch.setattr(records, "CHUNK_NUMBERS", numbers)
            monkeypatch.setattr("rnn_core.formats.traces.csv_file.CHUNK_NUMBERS", numbers)
            monkeypatch.setattr("rnn_core.formats.traces.npz_file.PIECE", numbers)
            assert exported(trace, format) == whole

    @pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, "No space left"), KeyboardInterrupt(), Cancelled()])
    @pytest.mark.parametrize("calls", [1, 2, 3])
    def test_a_failure_leaves_the_old_file_and_nothing_else(self, format, trace, old, monkeypatch, failure, calls):
        monkeypatch.setattr(records, "CHUNK_NUMBERS", 1)
        left = iter(range(calls))

        def progress(_share):
            if next(left, None) is None:
                raise failure

        expected = OutputError if isinstance(failure, OSError) and not isinstance(failure, Cancelled) else type(failure)
        with pytest.raises(expected):
            traces.export(trace, old, format=format, overwrite=True, progress=progress)
        assert is_untouched(old)

    def test_a_disk_that_fills_up_mid_write_leaves_the_old_file(self, format, trace, old, monkeypatch):
        written = []

        def full(self, data):
            written.append(data)
            if len(written) > 3:
                raise OSError(errno.ENOSPC, "No space left on device")
            return len(data)

        monkeypatch.setattr("rnn_core.formats.traces.registry._Counted.write", full)
        with pytest.raises(OutputError, match="no space is left on the disk"):
            traces.export(trace, old, format=format, overwrite=True)
        assert is_untouched(old)

    def test_progress_goes_from_nothing_to_everything(self, format, trace):
        shares = []
        exported(trace, format, progress=shares.append)
        assert shares == sorted(shares)
        assert (shares[0], shares[-1]) == (0.0, 1.0)

    def test_the_suffix_names_the_format(self, format, trace, tmp_path):
        size = traces.export(trace, tmp_path / f"trace.{format.upper()}")
        assert (tmp_path / f"trace.{format.upper()}").read_bytes() == exported(trace, format)
        assert size == (tmp_path / f"trace.{format.upper()}").stat().st_size


def test_an_existing_file_is_overwritten_only_when_asked(trace, old):
    with pytest.raises(OutputError) as error:
        traces.export(trace, old, format="csv")
    assert str(error.value) == f"{old}: the file exists (--force overwrites)"
    assert is_untouched(old)
    traces.export(trace, old, format="csv", overwrite=True)
    assert old.read_bytes() == exported(trace, "csv")


def test_a_file_that_appears_meanwhile_is_not_overwritten(trace, tmp_path):
    path = tmp_path / "trace.csv"
    with pytest.raises(OutputError, match="exists"):
        traces.export(trace, path, progress=lambda _share: path.write_text("old"))
    assert is_untouched(path)


def test_a_new_file_may_be_read_as_the_umask_says_and_an_old_one_as_before(trace, tmp_path):
    before = os.umask(0o027)
    try:
        traces.export(trace, path := tmp_path / "trace.csv")
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        path.chmod(0o604)
        traces.export(trace, path, overwrite=True)
        assert stat.S_IMODE(path.stat().st_mode) == 0o604
    finally:
        os.umask(before)


@pytest.mark.parametrize("exists", [True, False])
def test_a_symbolic_link_is_followed(trace, tmp_path, exists):
    target, link = tmp_path / "target", tmp_path / "link.csv"
    if exists:
        target.write_text("old")
    link.symlink_to(target)
    traces.export(trace, link, overwrite=True)
    assert link.is_symlink()
    assert target.read_bytes() == exported(trace, "csv")


def refusal(trace, path, **options):
    with pytest.raises(OutputError) as error:
        traces.export(trace, path, format="csv", **options)
    with pytest.raises(OutputError) as early:
        writing.check_target(path)
    assert str(error.value) == str(early.value)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_what_cannot_be_written_is_refused_in_a_line(trace, tmp_path):
    assert refusal(trace, tmp_path) == f"{tmp_path}: is a folder (name a file in it)"
    assert refusal(trace, f"{tmp_path}/new/").endswith("new/: is a folder (name a file in it)")
    assert "there is no folder" in refusal(trace, tmp_path / "none" / "trace.csv")
    assert "not a file name" in refusal(trace, "")
    assert "not a file name" in refusal(trace, "a\0b")
    assert os.listdir(tmp_path) == []


def test_reasons_of_the_system_are_told_in_words(trace, tmp_path, monkeypatch):
    for number, words in {
        errno.EROFS: "the disk is read-only",
        errno.EACCES: "no permission to write there",
        errno.ENAMETOOLONG: "the name is too long",
        errno.EIO: "cannot be written: ",
    }.items():

        def failing(*_arguments, number=number):
            raise OSError(number, os.strerror(number))

        with monkeypatch.context() as patch:
            patch.setattr(os, "open", failing)
            with pytest.raises(OutputError, match=words):
                traces.export(trace, tmp_path / "trace.csv")
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_refused(trace, tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="no permission"):
        traces.export(trace, tmp_path / "trace.csv")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has it")
def test_devices_are_written_to_and_never_replaced(trace):
    with pytest.raises(OutputError, match="no space is left"):
        traces.export(trace, "/dev/full", format="csv")
    traces.export(trace, "/dev/null", format="npz")
    assert not stat.S_ISREG(os.stat("/dev/null").st_mode)


@pytest.mark.parametrize("name", ["-", "/dev/stdout"])
def test_standard_output_is_a_target(trace, name, capfdbinary):
    traces.export(trace, name, format="csv")
    assert capfdbinary.readouterr().out == exported(trace, "csv")


def test_a_reader_who_has_gone_is_a_broken_pipe(trace):
    reading, writing = os.pipe()
    os.close(reading)
    with pytest.raises(BrokenPipeError), os.fdopen(writing, "wb", buffering=0) as pipe:
        traces.export(trace, pipe, format="csv")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"format": "xml"}, f'no trace format "xml" (one of {", ".join(FORMATS)})'),
        ({}, 'no trace format for ""'),
        ({"format": "npz", "every": "timestep"}, "npz holds whole arrays"),
        ({"format": "csv", "every": "week"}, 'no records for every "week" (line or timestep)'),
        ({"format": "csv", "to": -1}, "no position -1 (0 to 89)"),
        ({"format": "csv", "to": 90}, "no position 90 (0 to 89)"),
    ],
)
def test_what_does_not_exist_is_a_usage_error(trace, options, message):
    stream = io.BytesIO()
    with pytest.raises(UsageError) as error:
        traces.export(trace, stream, **options)
    assert str(error.value).startswith(message)
    assert not stream.getvalue()


def test_a_long_run_is_written_in_constant_memory(monkeypatch):
    """No chunk of Python numbers grows with T: the longest slice ever turned into a list is bounded."""
    long = a_trace(400)
    monkeypatch.setattr(records, "CHUNK_NUMBERS", 320)
    times = []
    real = records._timesteps
    monkeypatch.setattr(records, "_timesteps", lambda t, p, chunk, s: times.append(len(chunk)) or real(t, p, chunk, s))
    exported(long, "jsonl")
    assert max(times) == 10
    assert isinstance(long.params, Params)
