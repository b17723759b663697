"""Forks and run files: all runs come back, computed anew or remembered, and what is damaged is told."""

from __future__ import annotations

import contextlib
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rnn_core.debugger.effects import performing
from rnn_core.debugger.outcome import Save, SaveModel
from rnn_core.debugger.persistence import opening, reopening, run_file, session_file
from rnn_core.debugger.scripts import playing
from rnn_core.debugger.scripts.recording import prologue
from rnn_core.debugger.scripts.script import parse
from rnn_core.debugger.session import Cursor, Session
from rnn_core.errors import InputError, OutputError, RnnError, UsageError
from rnn_core.formats import files, models
from rnn_core.formats.files import Content
from rnn_core.model import PARAMETERS
from rnn_core.recipe import Recipe
from rnn_core.training.learner import Learner
from tests.debugger.sessions import run
from tests.formats.making import bomb, npy, npz, objects, zipped

JOURNEY = (
    "train 10", "goto update 3 5", "set W[1,2] = 0.5", "train 5", "fork main", "scale W 2", "rename wide",
    "goto update 11 20", "init orthogonal", "drop set-W", "mark here", "fork wide", "goto update 20", "clip 1",
    "diff main", "nonfinite go", "goto update 22 13", "fold", "break clip",
)  # fmt: skip


def journey() -> Session:
    return run(opening.open_session(Recipe()), *JOURNEY)


def bytes_of(session: Session, folder: Path) -> bytes:
    run_file.save(session, str(folder / "bytes.npz"), overwrite=True)
    return (folder / "bytes.npz").read_bytes()


class TestComingBack:
    @pytest.mark.parametrize("name", ["s.json", "s.npz"])
    def test_forks_are_made_again_with_all_that_was_computed(self, tmp_path, name):
        session = journey()
        performing.perform(Save(str(tmp_path / name)), session)
        reopened, notes = reopening.reopen(str(tmp_path / name))
        assert notes == ()
        assert [branch.name for branch in reopened.branches] == ["main", "wide", "init-orthogonal", "clip-1"]
        assert (reopened.branch, reopened.compared, reopened.cursor) == ("clip-1", "main", Cursor(22, 13))
        assert bytes_of(reopened, tmp_path) == bytes_of(session, tmp_path)

    def test_a_file_from_before_norms_thinned_out_is_read_as_before(self, tmp_path, monkeypatch):
        session = run(opening.open_session(Recipe()), "train 3")
        memory, told = session.run.history.memory(), session.run.metrics_within(0, 12)
        norms = told.gradients, told.weights, told.changes
        every = np.hstack((memory.metrics[:, :2], *norms, memory.metrics[:, 2:]))
        assert every.shape == (12, 18)
        arrays = {name: getattr(session.params, name) for name in PARAMETERS}
        meta = np.array(session_file.to_bytes(session).decode())
        old = {"updates_0": memory.updates, "checkpoints_0": memory.rows, "row_0": memory.row, "metrics_0": every}
        (tmp_path / "old.npz").write_bytes(npz(**arrays, meta=meta, **old))
        monkeypatch.setattr(Learner, "update", None)  # nothing is learnt again
        reopened, notes = reopening.reopen(str(tmp_path / "old.npz"))
        assert notes == ()
        assert reopened.run.metrics.changes.tobytes() == told.changes.tobytes()
        assert reopened.reached == 12

    def test_a_recording_of_it_begins_with_all_of_it(self, tmp_path):
        session = journey().seen(training=False)
        again = run(opening.open_session(Recipe()), *(line for line in prologue(session) if not line.startswith("#")))
        assert bytes_of(again, tmp_path) == bytes_of(session, tmp_path)

    def test_a_run_file_is_reopened_without_learning_anything_again(self, tmp_path, monkeypatch):
        run_file.save(journey(), str(tmp_path / "s.npz"))
        monkeypatch.setattr(Learner, "update", None)
        session, _ = reopening.reopen(str(tmp_path / "s.npz"))
        assert [branch.run.reached for branch in session.branches] == [40, 20, 11, 22]

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
    @given(
        st.lists(
            st.sampled_from((
                "train 3", "update", "rupdate", "step 7", "back 3", "sequence 3", "set W[0,0] = 1", "set x[1][0] = 2",
                "set lr = 0.1", "scale V 3", "optimiser adam", "tbptt 1", "undo", "fork main", "rename other",
                "goto 30", "drop set-W", "set b = 2 * b", "init xavier 3",
            )),
            max_size=8,
        )
    )  # fmt: skip
    @example(["set W[0,0] = 1", "train 3", "rupdate", "undo"])
    @example(["set W[0,0] = 1", "fork main", "sequence 3", "drop set-W"])
    def test_whatever_was_done_comes_back(self, tmp_path, lines):
        session = opening.open_session(Recipe())
        for line in lines:
            for done in playing.play(session, parse(line)):
                session = done.session
        for name in ("s.json", "s.npz"):
            performing.perform(Save(str(tmp_path / name), overwrite=True), session)
            reopened, notes = reopening.reopen(str(tmp_path / name))
            assert notes == ()
            assert bytes_of(reopened, tmp_path) == bytes_of(session, tmp_path)
        plain = replace(session.seen(training=False), breakpoints=())  # offers are made as they come
        again = run(opening.open_session(Recipe(sequence=session.recipe.sequence)), *list(prologue(plain))[1:])
        assert bytes_of(replace(again, breakpoints=()), tmp_path) == bytes_of(plain, tmp_path)


class TestModels:
    def test_a_run_file_is_a_model_as_it_is_at_the_cursor(self, tmp_path):
        session = run(opening.open_session(Recipe()), "goto update 7", "end", "back 2")
        run_file.save(session, str(tmp_path / "m.npz"))
        params = models.load(tmp_path / "m.npz")
        with np.load(tmp_path / "m.npz", allow_pickle=False) as file:
            for name in PARAMETERS:
                np.testing.assert_array_equal(file[name], session.trace.value(name, session.k))
                np.testing.assert_array_equal(getattr(params, name), file[name])
        opened = opening.open_session(Recipe(model=str(tmp_path / "m.npz")))
        np.testing.assert_array_equal(opened.params.U, params.U)

    def test_save_model_writes_the_weights_and_their_cell_alone(self, tmp_path, monkeypatch):
        monkeypatch.setenv("HOME", str(tmp_path))
        session = run(opening.open_session(Recipe()), "goto update 7", "end")
        done = performing.perform(SaveModel("~/m.npz"), session)
        assert done.message.startswith("saved the model at update 7, position 61 to ~/m.npz (")
        with np.load(tmp_path / "m.npz") as file:
            assert sorted(file.files) == sorted([*PARAMETERS, "meta"])
            np.testing.assert_array_equal(file["W"], session.run.train_state(8).params.W)
        with pytest.raises(OutputError, match="the file exists"):
            performing.perform(SaveModel("~/m.npz"), session)
        with pytest.raises(UsageError, match="standard output is the screen"):
            performing.perform(SaveModel("-"), session)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["m.npz"]

    def test_an_initial_state_goes_with_it(self, tmp_path):
        np.savez(tmp_path / "m.npz", U=np.ones((2, 5)), W=np.ones((2, 2)), V=np.ones((3, 2)), b=np.zeros(2),
                 c=np.zeros(3), h0=np.array([0.5, -0.5]))  # fmt: skip
        session = opening.open_session(Recipe(model=str(tmp_path / "m.npz")))
        performing.perform(SaveModel(str(tmp_path / "n.npz")), session)
        np.testing.assert_array_equal(models.load(tmp_path / "n.npz").h0, [0.5, -0.5])


class TestWhatHasChanged:
    def test_another_source_is_told_and_everything_computed_from_it(self, tmp_path):
        (tmp_path / "d.csv").write_text("x,target\n1,0\n2,1\n")
        session = run(opening.open_session(Recipe(path=str(tmp_path / "d.csv"))), "train 3")
        run_file.save(session, str(tmp_path / "s.npz"))
        (tmp_path / "d.csv").write_text("x,target\n1,0\n2,0\n")
        reopened, notes = reopening.reopen(str(tmp_path / "s.npz"))
        assert notes == ("d.csv has changed since it was saved",)
        fresh = run(opening.open_session(Recipe(path=str(tmp_path / "d.csv"))), "train 3")
        np.testing.assert_array_equal(reopened.params.W, fresh.params.W)

    def test_what_was_remembered_of_another_run_is_told_and_computed_anew(self, tmp_path):
        session = run(opening.open_session(Recipe()), "train 3")
        run_file.save(session, str(tmp_path / "s.npz"))
        arrays = members(tmp_path / "s.npz")
        (tmp_path / "s.npz").write_bytes(npz(**(arrays | {"checkpoints_0": arrays["checkpoints_0"] + 1})))
        reopened, notes = reopening.reopen(str(tmp_path / "s.npz"))
        assert notes == (
            "s.npz, branches[0], checkpoints: does not begin with what this run begins with, so it was computed anew",
        )
        np.testing.assert_array_equal(reopened.params.W, session.params.W)


def members(path: Path) -> dict[str, Any]:
    with np.load(path) as file:
        return {name: file[name] for name in file.files}


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> dict[str, Any]:
    path = tmp_path_factory.mktemp("good") / "s.npz"
    run_file.save(run(opening.open_session(Recipe()), "goto update 3", "clip 1"), str(path))
    return members(path)


def meta(good: dict[str, Any], **changes: Any) -> Any:
    value = json.loads(good["meta"].item()) | changes
    del value["checksum"]  # what is changed on purpose goes without
    return np.array(json.dumps(value))


DAMAGED = {
    "no run": (lambda g: npz(**{n: g[n] for n in PARAMETERS}), "s.npz: holds no run (train -o FILE"),
    "a trace": (lambda g: npz(meta=np.array('{"format": "rnn-tui trace"}')), "s.npz: is not a session of rnn-tui"),
    "meta of numbers": (lambda g: npz(**g | {"meta": np.ones(3)}), "s.npz, meta: is not a single text"),
    "meta of several texts": (lambda g: npz(**g | {"meta": np.array(["a", "b"])}), "s.npz, meta: is not a single text"),
    "meta of bytes": (lambda g: npz(**g | {"meta": np.array(b"{}")}), "s.npz, meta: is not a single text"),
    "meta that is no JSON": (lambda g: npz(**g | {"meta": np.array("{")}), "s.npz, line 1, column 2: not JSON"),
    "meta beyond ASCII": (lambda g: npz(**g | {"meta": np.array("{é}")}), "s.npz, meta: is not a session"),
    "meta of no characters": (
        lambda g: zipped({"U.npy": npy(g["U"]), "meta.npy": npy(np.array("abc")).replace(b"a\0\0\0", b"\xff" * 4)}),
        "s.npz, meta: ",
    ),
    "another version": (lambda g: npz(**g | {"meta": meta(g, version=9)}), 's.npz: has version "9"'),
    "a branch too many": (
        lambda g: npz(**{n: a for n, a in g.items() if not n.endswith("_1")}), "s.npz: no updates_1 (save it again)"
    ),
    "checkpoints of integers": (
        lambda g: npz(**g | {"checkpoints_0": g["checkpoints_0"].astype(np.int64)}),
        "s.npz, checkpoints_0: holds int64 of shape (4, ",
    ),
    "narrow checkpoints": (
        lambda g: npz(**g | {"row_0": g["row_0"].astype(np.float32)}), "s.npz, row_0: holds float32 of shape ("
    ),
    "one axis too few": (
        lambda g: npz(**g | {"metrics_1": np.zeros(18)}), "s.npz, metrics_1: holds float64 of shape (18,)"
    ),
    "objects": (
        lambda g: zipped({"U.npy": npy(g["U"]), "meta.npy": objects()}),
        "s.npz, meta: an array of Python objects, which would have to be unpickled",
    ),
    "a zip bomb": (lambda g: bomb(), "s.npz, x.npy: would unpack to 64.0 MiB"),
    "cut short": (lambda g: npz(**g)[:-40], "s.npz: is damaged or cut short"),
    "one bit": (lambda g: flipped(npz(**g)), "s.npz, "),
    "a fork that is none": (
        lambda g: npz(**g | {"meta": fork(g, "step")}), 's.npz, branches[1], edit: "step" makes no fork'
    ),
    "a fork that would write": (
        lambda g: npz(**g | {"meta": fork(g, "save-model stolen.npz")}),
        's.npz, branches[1], edit: "save-model stolen.npz" makes no fork',
    ),
    "a fork that is refused": (
        lambda g: npz(**g | {"meta": fork(g, "clip -1")}), "s.npz, branches[1], edit: clip limit -1"
    ),
    "a fork that only switches": (
        lambda g: npz(**g | {"meta": fork(g, "fork main")}), 's.npz, branches[1], edit: "fork main" makes no fork'
    ),
}  # fmt: skip


def fork(good: dict[str, Any], edit: str) -> Any:
    branches = json.loads(good["meta"].item())["branches"]
    return meta(good, branches=[branches[0], branches[1] | {"edit": edit}])


def flipped(data: bytes) -> bytes:
    """One bit of the stored checkpoints is another: the zip's checksum tells."""
    at = data.index(b"checkpoints_0.npy") + 1000
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


class TestRefusing:
    @pytest.mark.parametrize("kind", DAMAGED)
    def test_a_damaged_file_is_one_line_that_says_what_and_where(self, good, tmp_path, monkeypatch, kind):
        monkeypatch.chdir(tmp_path)
        make, what = DAMAGED[kind]
        Path("s.npz").write_bytes(make(good))
        with pytest.raises(RnnError) as caught:
            reopening.reopen("s.npz")
        assert str(caught.value).startswith(what)
        assert "\n" not in str(caught.value)
        assert [path.name for path in tmp_path.iterdir()] == ["s.npz"]

    @pytest.mark.parametrize(
        ("place", "value"),
        [("row_0", np.nan), ("row_0", np.inf), ("row_0", -1.0), ("row_0", 0.5), ("checkpoints_0", np.nan)],
    )
    def test_a_count_of_updates_that_cannot_be_is_not_gone_on_with(self, good, tmp_path, place, value):
        arrays = {name: array.copy() for name, array in good.items()}
        arrays[place][..., -1] = value
        (tmp_path / "s.npz").write_bytes(npz(**arrays))
        _, notes = reopening.reopen(str(tmp_path / "s.npz"))
        assert "counts updates that cannot be, so it was computed anew" in notes[0]

    def test_an_enormous_file_is_not_read(self, monkeypatch, tmp_path, good):
        monkeypatch.setattr(files, "ARRAY_FILE_LIMIT", 1000)
        (tmp_path / "s.npz").write_bytes(npz(**good))
        with pytest.raises(InputError, match="more than the 1000 bytes that are read"):
            reopening.reopen(str(tmp_path / "s.npz"))

    def test_what_could_not_be_read_again_is_not_written(self, monkeypatch, tmp_path):
        monkeypatch.setattr(files, "ARRAY_FILE_LIMIT", 1000)
        session = run(opening.open_session(Recipe()), "train 3")
        for act in (
            lambda: run_file.save(session, str(tmp_path / "s.npz")),
            lambda: run_file.check_savable(session, 9),
        ):
            with pytest.raises(UsageError, match=r"the run would take .*, at most 1000 bytes"):
                act()
        assert list(tmp_path.iterdir()) == []

    @settings(max_examples=60)
    @given(st.data())
    def test_any_bytes_changed_are_a_session_or_a_refusal(self, data):
        written = bytearray(self.written())
        for _ in range(data.draw(st.integers(1, 3))):
            written[data.draw(st.integers(0, len(written) - 1))] = data.draw(st.integers(0, 255))
        with contextlib.suppress(RnnError):
            assert isinstance(run_file.read(Content("s.npz", bytes(written))).saved, session_file.Saved)

    def written(self) -> bytes:
        if not hasattr(type(self), "_written"):
            session = run(opening.open_session(Recipe(hidden=2)), "goto update 1")
            stream = io.BytesIO()
            arrays = {name: getattr(session.params, name) for name in PARAMETERS}
            memory = session.run.history.memory()
            names = ("updates_0", "checkpoints_0", "row_0", "metrics_0", "normed_0", "norms_0")
            meta = np.array(session_file.to_bytes(session).decode())
            np.savez(stream, **arrays, meta=meta, **dict(zip(names, memory, strict=True)))
            type(self)._written = stream.getvalue()
        return type(self)._written
