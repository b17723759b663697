"""`rnn-tui train`: the notebook's numbers, a log of every update, and training that may be interrupted at any time."""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
import re
import resource
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.effects import performing
from rnn_core.debugger.persistence import opening, run_file
from rnn_core.errors import OutputError
from rnn_core.formats import files, models
from rnn_core.recipe import Recipe
from rnn_core.training import history
from rnn_tui import cli
from rnn_tui.commandline import progress, signals, train
from tests.core import notebook
from tests.core.test_demo import assert_same

ROOT = Path(__file__).parents[2]
TEXT = str(ROOT / "tests" / "data" / "looking-glass.txt")
COMMAND = [sys.executable, "-m", "rnn_tui", "train"]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT)}

pytestmark = pytest.mark.usefixtures("usual_signals")


def run(capsys, *argv, status=0):
    """What a command line printed; with another status, its one line on standard error."""
    assert cli.main(["train", *map(str, argv)]) == status
    out, err = capsys.readouterr()
    if status:
        assert err.count("\n") == 1
        return err.removeprefix("rnn-tui: ").rstrip("\n")
    assert err == ""
    return out


def logged(path):
    """The records of a log, which must be JSON to the letter."""

    def refused(word):
        raise AssertionError(f"{word} is not JSON")

    return [json.loads(line, parse_constant=refused) for line in Path(path).read_text().splitlines()]


@pytest.fixture
def blocks_of_five(monkeypatch):
    """Updates are learnt five at a time, however slow the machine is."""
    monkeypatch.setattr(history, "BLOCK", 5)
    monkeypatch.setattr(history, "BLOCK_SECONDS", math.inf)


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Interrupted(signals.Noted):
    """A signal that is noticed after so many blocks."""

    def __init__(self, blocks, number=signal.SIGINT):
        self.blocks, self.asked = blocks, number

    @property
    def number(self):
        self.blocks -= 1
        return self.asked if self.blocks < 0 else 0


@pytest.fixture
def interrupted(blocks_of_five):
    """Runs a command line that is interrupted after so many blocks of five updates."""

    def after(capsys, blocks, *argv, number=signal.SIGINT):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(train, "noted", lambda: contextlib.nullcontext(Interrupted(blocks, number)))
            assert cli.main(["train", *map(str, argv)]) == 128 + number
        return capsys.readouterr()

    return after


class TestTheNotebook:
    @pytest.mark.parametrize("seed", [0, 42])
    def test_the_demo_prints_and_logs_what_the_notebook_does(self, here, capsys, seed):
        rng = np.random.RandomState(seed)
        parameters, data, averages = notebook.weights(rng), notebook.sequences(rng), []
        for _ in range(100):
            losses = []
            for xs, targets in data:
                parameters, _, loss = notebook.train_step(xs, targets, *parameters, 0.01)
                losses.append(loss)
            averages.append(np.mean(losses))
        probabilities, _ = notebook.forward(rng.randn(4, 5, 1), *parameters)

        out = run(capsys, "--demo", "--epochs", "100", "--seed", seed, "-o", "m.npz", "--log", "m.jsonl").splitlines()
        assert out[:10] == [f"epoch {e}/100  average loss {averages[e - 1]:.4f}" for e in range(10, 101, 10)]
        assert out[10] == "probabilities for a fresh sequence of 4 timesteps:"
        printed = [[float(p) for p in line.split()[1:]] for line in out[11:]]
        np.testing.assert_allclose(printed, [p[:, 0] for p in probabilities], rtol=0, atol=5.1e-7)
        losses = np.array([record["loss"] for record in logged("m.jsonl")])
        np.testing.assert_allclose(losses.reshape(100, 4).mean(axis=1), averages, rtol=0, atol=1e-6)
        for name, expected in zip("UWVbc", parameters, strict=True):
            found = getattr(models.load("m.npz"), name)
            assert_same(found, expected.reshape(found.shape))


class TestTheLog:
    def test_a_line_is_what_the_update_left_behind(self, here, capsys):
        run(capsys, "--epochs", "3", "--lr", "0.5", "--log", "m.jsonl")
        learnt = opening.open_session(Recipe()).run
        records = logged("m.jsonl")
        assert [record["update"] for record in records] == list(range(12))
        assert [record["epoch"] for record in records] == [1] * 4 + [2] * 4 + [3] * 4
        first = learnt.trace(0)
        assert records[0]["loss"] == first.mean_loss
        assert records[0]["accuracy"] == np.mean(np.argmax(first.p, axis=1) == first.y)
        for name in "UWVbc":
            old, gradient = getattr(first.params, name), getattr(first.gradients, name)
            assert records[0]["gradients"][name] == pytest.approx(np.linalg.norm(gradient), rel=1e-12)
            assert records[0]["weights"][name] == pytest.approx(np.linalg.norm(old), rel=1e-12)
            assert records[0]["changes"][name] == pytest.approx(0.5 * np.linalg.norm(gradient), rel=1e-9)
        assert records[0]["ratios"]["b"] is None
        ratio = records[0]["changes"]["W"] / records[0]["weights"]["W"]
        assert records[0]["ratios"]["W"] == pytest.approx(ratio, rel=1e-15)

    def test_numbers_that_are_not_finite_are_null(self, here, capsys):
        out = run(capsys, "--epochs", "40", "--lr", "1e308", "--through-non-finite", "--log", "m.jsonl")
        assert out.splitlines()[-5].startswith("probabilities")
        records = logged("m.jsonl")
        assert len(records) == 160
        assert records[-1]["loss"] is None
        assert records[-1]["weights"]["W"] is None

    def test_a_log_without_a_model(self, here, capsys):
        run(capsys, "--epochs", "2", "--log", "m.jsonl")
        assert os.listdir() == ["m.jsonl"]


RUNS = {
    "the demo": ["--epochs", "12"],
    "momentum, shuffled": ["--epochs", "12", "--shuffle", "--seed", "3", "--optimiser", "momentum", "--lr", "0.1"],
    "Adam, clipped, truncated": ["--epochs", "13", "--optimiser", "adam", "--clip", "norm:0.1", "--tbptt", "2"],
    "chunks of a text": ["--text", "the hidden state is carried " * 4, "--seq-length", "9", "--epochs", "5"],
    "from the third sequence": ["--epochs", "12", "--sequence", "3", "--reduction", "mean", "--optimiser", "adagrad"],
}


LONG = (*COMMAND, TEXT, "--seq-length", "25", "--epochs", "9", "--clip", "norm:1", "-o")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """What a long training leaves behind that no signal disturbs."""
    whole = tmp_path_factory.mktemp("whole") / "whole.npz"
    done = subprocess.run([*LONG, str(whole)], env=ENVIRONMENT, capture_output=True, timeout=100)
    assert (done.returncode, done.stderr) == (0, b"")
    return whole.read_bytes()


class TestGoingOn:
    @pytest.mark.parametrize("kind", RUNS)
    @pytest.mark.parametrize("blocks", [0, 1, 4, 7])
    def test_interrupted_and_resumed_is_uninterrupted_bit_for_bit(self, here, capsys, interrupted, kind, blocks):
        whole = run(capsys, *RUNS[kind], "-o", "whole.npz", "--log", "whole.jsonl")
        command = (*RUNS[kind], "-o", "part.npz", "--log", "part.jsonl")
        first = interrupted(capsys, blocks, *command)
        assert first.err.startswith(f"rnn-tui: stopped at update {5 * (blocks + 1)} of ")
        assert first.err.endswith(": the same command with --resume goes on\n")
        second = interrupted(capsys, 0, *command, "--resume", number=signal.SIGTERM)
        out = first.out + second.out + run(capsys, *command, "--resume")
        assert out == whole
        assert Path("part.npz").read_bytes() == Path("whole.npz").read_bytes()
        assert Path("part.jsonl").read_bytes() == Path("whole.jsonl").read_bytes()

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_a_process_that_is_told_to_end_can_be_gone_on_with(self, here, number, undisturbed):
        process = subprocess.Popen([*LONG, "part.npz"], env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b"epoch 1/9")
        process.send_signal(number)
        told = process.stderr.read()
        assert process.wait(timeout=60) == 128 + number
        assert told.startswith(b"rnn-tui: stopped at update ")
        assert told.count(b"\n") == 1
        process.stdout.close()
        process.stderr.close()
        done = subprocess.run([*LONG, "part.npz", "--resume"], env=ENVIRONMENT, capture_output=True, timeout=100)
        assert (done.returncode, done.stderr) == (0, b"")
        assert Path("part.npz").read_bytes() == undisturbed

    def test_what_was_saved_on_the_way_survives_a_sudden_end(self, here, capsys, monkeypatch, blocks_of_five):
        whole = run(capsys, "--epochs", "12", "-o", "whole.npz", "--log", "whole.jsonl")
        monkeypatch.setattr(train, "SAVE_EVERY", 0.0)
        monkeypatch.setattr(train, "SAVING_SHARE", 1e9)
        tell, reports = train._Training._on, iter(range(100))

        def killed(self, reached):
            if next(reports) == 6:
                raise KeyboardInterrupt
            tell(self, reached)

        monkeypatch.setattr(train._Training, "_on", killed)
        assert run(capsys, "--epochs", "12", "-o", "part.npz", "--log", "part.jsonl", status=130) == "interrupted"
        assert run_file.load("part.npz").saved.position.update == 30
        monkeypatch.setattr(train._Training, "_on", tell)
        out = run(capsys, "--epochs", "12", "-o", "part.npz", "--log", "part.jsonl", "--resume")
        assert whole.endswith(out)
        assert Path("part.npz").read_bytes() == Path("whole.npz").read_bytes()
        assert Path("part.jsonl").read_bytes() == Path("whole.jsonl").read_bytes()

    def test_options_may_be_left_out_and_epochs_added(self, here, capsys):
        run(capsys, "--seed", "7", "--lr", "0.1", "--epochs", "20", "-o", "whole.npz")
        run(capsys, "--seed", "7", "--lr", "0.1", "--epochs", "8", "-o", "part.npz")
        run(capsys, "-o", "part.npz", "--resume", "--epochs", "20")
        assert Path("part.npz").read_bytes() == Path("whole.npz").read_bytes()

    def test_a_log_may_begin_late_or_have_lost_its_end(self, here, capsys, interrupted):
        run(capsys, "--epochs", "6", "-o", "whole.npz", "--log", "whole.jsonl")
        whole = Path("whole.jsonl").read_bytes()
        for lost in (None, 0, 50, len(whole) // 3):
            interrupted(capsys, 2, "--epochs", "6", "-o", "part.npz", "--force")
            if lost is not None:
                Path("part.jsonl").write_bytes(whole[:lost])
            run(capsys, "-o", "part.npz", "--resume", "--log", "part.jsonl")
            assert Path("part.jsonl").read_bytes() == whole
            os.unlink("part.jsonl")

    @pytest.mark.parametrize("other", [b"a file of mine\n", b'{"update": 0, "loss": 1}\n', b"{"])
    def test_another_file_is_not_taken_for_the_log(self, here, capsys, interrupted, other):
        interrupted(capsys, 1, "-o", "m.npz")
        Path("my.jsonl").write_bytes(other)
        if other == b"{":  # the beginning of one
            run(capsys, "-o", "m.npz", "--resume", "--log", "my.jsonl")
            return
        said = run(capsys, "-o", "m.npz", "--resume", "--log", "my.jsonl", status=1)
        assert said == "my.jsonl: is not the log of this run (give another name)"
        assert Path("my.jsonl").read_bytes() == other

    def test_the_session_opens_where_it_ended_with_every_update_behind_it(self, here, capsys):
        run(capsys, "--epochs", "5", "-o", "m.npz")
        assert cli.main(["run", "--session", "m.npz", "-e", "info position; rupdate 20; assert lr == 0.01; p k"]) == 0
        out = capsys.readouterr().out
        assert "update 20" in out
        assert out.endswith("(rnn) p k\n0\n")

    @pytest.mark.parametrize(
        ("argv", "what"),
        [
            (["--lr", "0.01"], "--lr"), (["--clip", "off"], "--clip"), (["--optimizer", "sgd"], "--optimizer"),
            (["--tbptt", "3"], "--tbptt"), (["--reduction", "mean"], "--reduction"), (["--seed", "1"], "--seed"),
            (["--hidden", "4"], "--hidden"), (["--init", "xavier"], "--init"), (["--scale", "2"], "--scale"),
            (["--shuffle"], "--shuffle"), (["--sequence", "2"], "--sequence"), (["--classes", "4"], "--classes"),
            (["--demo", "hello"], "--demo"), (["--text", "hello"], "--text"), (["a.csv"], "the source a.csv"),
            (["--tokens", "words"], "--tokens"), (["--model", "m.npz"], "--model"),
            (["a.csv", "--seq-length", "4"], "--seq-length"),
        ],
    )  # fmt: skip
    def test_options_that_contradict_the_file_are_refused_by_name(self, here, capsys, interrupted, argv, what):
        interrupted(capsys, 0, "--lr", "0.02", "--clip", "norm:1", "--optimiser", "adam", "-o", "m.npz")
        before = Path("m.npz").read_bytes()
        said = run(capsys, "-o", "m.npz", "--resume", *argv, status=2)
        fix = "leave it out, or train anew with --force"
        assert said == f"m.npz: {what} contradicts what the training was begun with ({fix})"
        assert Path("m.npz").read_bytes() == before

    def test_the_data_must_be_the_same_wherever_they_are_now(self, here, capsys, interrupted):
        Path("d.csv").write_text("x,target\n1,0\n2,1\n3,0\n")
        interrupted(capsys, 1, "d.csv", "-o", "m.npz")
        os.rename("d.csv", "e.csv")
        assert "d.csv: no such file" in run(capsys, "-o", "m.npz", "--resume", status=1)
        run(capsys, "e.csv", "-o", "m.npz", "--resume")
        Path("e.csv").write_text("x,target\n1,0\n2,1\n3,1\n")
        said = run(capsys, "-o", "m.npz", "--resume", status=1)
        assert said == "m.npz: e.csv has changed since it was saved (train anew, with --force)"

    def test_what_is_no_run_file_is_not_gone_on_with(self, here, capsys):
        COMMANDS.execute(session := opening.open_session(Recipe()), "step")
        models.save(session.params, "model.npz")
        performing.perform(COMMANDS.execute(session, "save-session s.json").effects[0], session)
        for name, what in {
            "model.npz": "holds no run", "s.json": "is a session without its run", "none.npz": "no such file",
        }.items():  # fmt: skip
            assert f"{name}: {what}" in run(capsys, "-o", name, "--resume", status=1)


class TestNumbersThatAreNotFinite:
    ARGV = ("--lr", "1e308", "--epochs", "40", "-o", "m.npz")

    def test_training_stops_at_the_line_that_wrote_the_first(self, here, capsys):
        said = run(capsys, *self.ARGV, status=1)
        assert said.startswith("update ")
        assert said.endswith(
            "a number that is not finite (a smaller --lr or --clip may help; --through-non-finite trains on)"
        )
        place = said.partition(":")[0]
        assert cli.main(["run", "--session", "m.npz", "-e", "info position"]) == 0
        position = capsys.readouterr().out
        update, line = place.removeprefix("update ").split(", ")
        assert f"update {update} " in position
        assert f"ran {line}" in position

    def test_going_on_stops_there_again_or_goes_through(self, here, capsys):
        said = run(capsys, *self.ARGV, status=1)
        before = Path("m.npz").read_bytes()
        assert run(capsys, *self.ARGV, "--resume", status=1) == said
        assert Path("m.npz").read_bytes() == before
        run(capsys, *self.ARGV, "--resume", "--through-non-finite")
        run(capsys, *self.ARGV[:-1], "n.npz", "--through-non-finite")
        assert Path("m.npz").read_bytes() == Path("n.npz").read_bytes()


class TestWhatItSays:
    def test_a_text_s_network_writes(self, here, capsys):
        argv = ("--text", "hello world, hello moon", "--seq-length", "5", "--epochs", "30", "--init", "xavier")
        *_, last = run(capsys, *argv, "-o", "m.npz").splitlines()
        assert cli.main(["run", "--session", "m.npz", "-e", "sample"]) == 0
        sample = capsys.readouterr().out.split("\n", 1)[1].rstrip("\n")
        assert last == f"it writes: {sample}"
        assert len(sample) == 200

    def test_other_data_get_loss_and_accuracy_of_each_sequence(self, here, capsys):
        Path("d.json").write_text(json.dumps({"sequences": [
            {"inputs": [[1.0], [2.0]], "targets": [0, 1]}, {"inputs": [[1.0]], "targets": [None]},
        ]}))  # fmt: skip
        out = run(capsys, "d.json", "--epochs", "4", "-o", "m.npz").splitlines()
        assert len(out) == 4 + 2
        trained = opening.open_session(Recipe(path="d.json", model="m.npz")).trace
        right = (np.argmax(trained.p, axis=1) == trained.y).sum()
        assert out[4:] == [f"sequence 1  loss {trained.mean_loss:.4f}  accuracy {right}/2", "sequence 2  no targets"]

    def test_many_sequences_are_told_by_their_first_ten(self, here, capsys):
        each = {"inputs": [[1.0]], "targets": [0]}
        Path("d.json").write_text(json.dumps({"sequences": [each] * 1012}))
        assert run(capsys, "d.json", "--epochs", "1").splitlines()[-1] == "… and 1,002 more sequences"

    @pytest.mark.parametrize(
        ("data", "line"),
        [("x,target\n1,0\n", "epoch 2/2  average loss "), ("x,target\n1,\n2,\n", "epoch 2/2  no targets")],
    )
    def test_one_timestep_and_no_targets_are_trained_as_well(self, here, capsys, data, line):
        Path("d.csv").write_text(data)
        out = run(capsys, "d.csv", "--epochs", "2", "-o", "m.npz", "--log", "m.jsonl").splitlines()
        assert out[1].startswith(line)
        assert [record["update"] for record in logged("m.jsonl")] == [0, 1]
        run(capsys, "-o", "m.npz", "--resume", "--log", "m.jsonl")

    @pytest.mark.parametrize(("epochs", "told"), [(1, 1), (7, 7), (10, 10), (25, 13), (109, 11)])
    def test_about_ten_epochs_are_told_and_always_the_last(self, here, capsys, epochs, told):
        lines = run(capsys, "--epochs", epochs).splitlines()[:-5]
        assert len(lines) == told
        assert lines[-1].startswith(f"epoch {epochs}/{epochs}  ")

    def test_a_terminal_sees_how_fast_it_goes(self, here, monkeypatch, capsys):
        class Terminal(io.StringIO):
            def isatty(self):
                return True

        monkeypatch.setattr(progress, "PATIENCE", 0.0)
        monkeypatch.setattr(sys, "stderr", stream := Terminal())
        assert cli.main(["train", "-o", "m.npz"]) == 0
        assert "updates/s" in stream.getvalue()
        assert stream.getvalue().endswith(f"wrote m.npz ({os.stat('m.npz').st_size / 1024:.1f} KiB)\n")
        out = capsys.readouterr().out
        assert "\x1b" not in out
        assert out.count("epoch ") == 10

    def test_without_an_output_an_interruption_says_that_nothing_was_saved(self, here, capsys, interrupted):
        assert interrupted(capsys, 1).err == "rnn-tui: stopped at update 10 of 400: nothing was saved, -o FILE does\n"
        assert os.listdir() == []

    def test_standard_input_makes_a_model_and_cannot_be_gone_on_with(self, here, capsys, interrupted, monkeypatch):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"hello world")))
        said = interrupted(capsys, 1, "-", "-o", "m.npz").err
        assert said.endswith("the model was saved; what came from standard input cannot be gone on with\n")
        assert models.load("m.npz").sizes.inputs == 8
        assert "m.npz: holds no run" in run(capsys, "-o", "m.npz", "--resume", status=1)


class TestWriting:
    @pytest.mark.parametrize(
        ("argv", "status", "what"),
        [
            (["-o", "-"], 2, "standard output is where the epochs are printed"),
            (["--log", "-"], 2, "standard output is where the epochs are printed"),
            (["-o", ""], 2, "-o and --log need a file name"),
            (["--resume"], 2, "--resume goes on with the training of -o FILE"),
            (["--resume", "--force", "-o", "m.npz"], 2, "--resume goes on with a file, and --force overwrites it"),
            (["-o", "m", "--log", "./m"], 2, "-o and --log are the same file"),
            (["-o", "old"], 1, "old: the file exists (--force overwrites)"),
            (["--log", "old"], 1, "old: the file exists (--force overwrites)"),
            (["-o", "no/m.npz"], 1, 'no/m.npz: there is no folder "no"'),
            (["--log", "no/m.npz"], 1, 'no/m.npz: there is no folder "no"'),
            (["-o", "."], 1, ".: is a folder"),
            (["-o", "a\0b"], 1, '"a�b" is not a file name'),
            (["--epochs", "1000000", "--epochs", "1000000", "--text", "ab" * 12, "--seq-length", "1"], 2,
             "1,000,000 epochs of 23 updates are more than 10,000,000 (use fewer --epochs"),
            (["none.csv", "-o", "m.npz"], 1, "none.csv: no such file"),
        ],
    )  # fmt: skip
    def test_what_cannot_be_is_told_before_anything_is_done(self, here, capsys, argv, status, what):
        Path("old").write_text("old")
        assert what in run(capsys, *argv, status=status)
        assert os.listdir() == ["old"]
        assert Path("old").read_text() == "old"

    def test_a_run_too_long_to_be_read_again_is_told_before_anything_is_done(self, here, capsys, monkeypatch):
        """9 million updates of 24 bytes are 206 MiB; their norms and checkpoints take some ten each."""
        monkeypatch.setattr(files, "ARRAY_FILE_LIMIT", 200 * 2**20)
        argv = ["--epochs", "1000000", "--text", "ab" * 5, "--seq-length", "1", "-o", "m.npz"]
        said = run(capsys, *argv, status=2)
        assert re.search(r"the run would take 2\d\d(\.\d)? MiB, at most 200\.0 MiB are read again", said)
        assert os.listdir() == []

    def test_force_overwrites(self, here, capsys):
        for name in ("m.npz", "m.jsonl"):
            Path(name).write_text("old " * 100_000)
        run(capsys, "--epochs", "1", "-o", "m.npz", "--log", "m.jsonl", "--force")
        assert len(logged("m.jsonl")) == 4
        assert len(run_file.load("m.npz").memories) == 1

    @pytest.mark.parametrize(("option", "name"), [("-o", "m.npz"), ("--log", "m.jsonl")])
    def test_a_file_that_may_not_grow_is_told_in_one_line(self, here, option, name):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

        done = subprocess.run(
            [*COMMAND, option, name], env=ENVIRONMENT, capture_output=True, preexec_fn=limit, timeout=60
        )
        assert done.returncode == 1
        told = f"rnn-tui: {name}: the file would be larger than the system allows"
        assert done.stderr.decode().startswith(told)
        assert done.stderr.count(b"\n") == 1
        assert os.listdir() == ([] if option == "-o" else [name])

    def test_a_disk_that_is_full_for_a_while_does_not_end_it(self, here, capsys, monkeypatch, blocks_of_five):
        monkeypatch.setattr(train, "SAVE_EVERY", 0.0)
        monkeypatch.setattr(train, "SAVING_SHARE", 1e9)
        save, tries = run_file.save, iter(range(1000))

        def sometimes(*arguments, **options):
            if next(tries) == 1:
                raise OutputError("no space is left on the disk", where="m.npz")
            return save(*arguments, **options)

        monkeypatch.setattr(run_file, "save", sometimes)
        assert cli.main(["train", "--epochs", "5", "-o", "m.npz"]) == 0
        assert capsys.readouterr().err == "rnn-tui: m.npz: no space is left on the disk\n"
        assert run_file.load("m.npz").saved.position.update == 20

    def test_what_was_learnt_is_kept_when_the_log_cannot_be_written(self, here, capsys, monkeypatch, blocks_of_five):
        from rnn_core.formats.logs import Log

        write = Log.write

        def full(self, learnt):
            if learnt.reached > 12:
                raise OutputError("no space is left on the disk", where="m.jsonl")
            write(self, learnt)

        monkeypatch.setattr(Log, "write", full)
        assert run(capsys, "-o", "m.npz", "--log", "m.jsonl", status=1) == "m.jsonl: no space is left on the disk"
        monkeypatch.setattr(Log, "write", write)
        run(capsys, "-o", "m.npz", "--log", "m.jsonl", "--resume")
        assert len(logged("m.jsonl")) == 400

    def test_a_reader_who_has_gone_loses_nothing(self, here):
        process = subprocess.Popen(
            [*COMMAND, "--epochs", "300", "-o", "m.npz"],
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 141
        process.stderr.close()
        assert run_file.load("m.npz").saved.position.update > 0


class TestSignals:
    def test_the_first_is_noted_and_the_second_acts(self):
        before = signal.getsignal(signal.SIGINT)
        with signals.noted() as found:
            assert found.number == 0
            signal.raise_signal(signal.SIGINT)
            assert found.number == signal.SIGINT
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is before

    def test_what_is_ignored_stays_ignored(self):
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            with signals.noted() as found:
                signal.raise_signal(signal.SIGHUP)
            assert found.number == 0
        finally:
            signal.signal(signal.SIGHUP, before)
