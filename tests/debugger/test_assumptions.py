"""What was assumed of the files is told in the session, and options after `open` say it instead; offers and messages
say what is so."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest

from rnn_core.data import Dataset, Sequence
from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.commands.files import told
from rnn_core.debugger.effects import on_disk, performing
from rnn_core.debugger.persistence import reopening, session_file
from rnn_core.debugger.persistence.opening import open_session
from rnn_core.debugger.scripts.recording import command_line
from rnn_core.debugger.session import Session
from rnn_core.debugger.stops.offers import worth_watching
from rnn_core.errors import InputError, RnnError, UsageError
from rnn_core.model import Params
from rnn_core.reading import ModelReading, Reading
from rnn_core.recipe import Recipe
from rnn_core.recorder import record
from rnn_core.trace import Trace
from rnn_core.training.run import Run
from rnn_core.updates import Options
from tests.debugger.sessions import demo, made, run

BROUGHT = Path(__file__).parents[1] / "data" / "brought"


def said(session: Session, line: str) -> str:
    """What a command line answers, its effects performed."""
    outcome = COMMANDS.execute(session, line)
    for effect in outcome.effects:
        outcome = performing.perform(effect, outcome.session)
    return outcome.message


class TestNotices:
    """What was assumed is in the session of what was opened."""

    def test_info_source_lists_what_a_file_says_and_what_was_assumed(self) -> None:
        session = open_session(Recipe(path=str(BROUGHT / "axes/tn.npz")))
        lines = said(session, "info source").splitlines()
        assert lines[0].endswith("axes/tn.npz")
        assert "  6 sequences of 4 timesteps, 3 features; 24 targets in 2 classes, all of which occur" in lines
        assert any(line.startswith("? 6 sequences of 4 timesteps: inputs (6, 4, 3)") for line in lines)

    def test_the_demo_assumes_nothing(self) -> None:
        assert said(demo(), "info source") == "demo teaching\nweights drawn: normal, seed 0"
        assert not demo().assumed

    def test_what_was_assumed_of_a_model_is_told_with_what_was_assumed_of_the_data(self) -> None:
        recipe = Recipe(path=str(BROUGHT / "weights/seq.json"), model=str(BROUGHT / "weights/aliases_untransposed.npz"))
        lines = open_session(recipe).assumed
        assert any(line.startswith("Wx, Wh, Wy are stored input-major and turned") for line in lines)

    def test_quiet_hides_it_and_strict_refuses_it(self) -> None:
        path = str(BROUGHT / "axes/tn.npz")
        assert not open_session(Recipe(path=path, quiet=True)).assumed
        with pytest.raises(InputError, match=r"--strict assumes nothing: 6 sequences of 4 timesteps: .* or leave out"):
            open_session(Recipe(path=path, strict=True))
        assert open_session(Recipe(path=path, strict=True, reading=Reading(batch_first=True))).dataset.inputs == 3

    def test_opening_says_how_many_things_were_assumed(self) -> None:
        assert (
            said(demo(), f"open {BROUGHT / 'axes/tn.npz'}")
            == "opened tn.npz: 6 sequences · 1 thing assumed: info source"
        )


class TestOpenWithOptions:
    """`open FILE --option value` says how the file is read."""

    def test_the_options_of_the_command_line_follow_the_path(self) -> None:
        assert said(demo(), f"open {BROUGHT / 'axes/tn.npz'} --time-first") == "opened tn.npz: 4 sequences"

    def test_a_path_with_spaces_needs_no_quotes(self, tmp_path: Path) -> None:
        shutil.copy(BROUGHT / "axes/tn.npz", tmp_path / "my file - 2.npz")
        assert (
            said(demo(), f"open {tmp_path / 'my file - 2.npz'} --batch-first") == "opened my file - 2.npz: 6 sequences"
        )

    @pytest.mark.parametrize(
        ("text", "path", "reading"),
        [
            ("a.csv", "a.csv", Reading()),
            ("a b.csv --decimal comma", "a b.csv", Reading(decimal="comma")),
            ("a.csv --features=a,b --target-column 'the class'", "a.csv",
             Reading(features=("a", "b"), target_column=("the class",))),
            ("a.npy --window 20 --stride 5 --time-first", "a.npy", Reading(window=20, stride=5, time_first=True)),
            ("a --odd.csv", "a --odd.csv", Reading()),
        ],
    )  # fmt: skip
    def test_path_and_options_are_told_apart(self, text: str, path: str, reading: Reading) -> None:
        assert told(text) == (path, reading, ModelReading())

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("a.csv --decimal", 'open: --decimal takes point or comma, not "" (for example --decimal point)'),
            ("a.csv --decimal dot", 'open: --decimal takes point or comma, not "dot"'),
            ("a.csv --time-first --hidden 3", 'open: no option "--hidden" (there are --read-as'),
            ("a.csv --features 'a", '"--features \'a" cannot be read (close the quotes)'),
            ("a.csv --window x", '"x" is not a whole number'),
        ],
    )
    def test_what_cannot_be_read_is_refused_in_one_line(self, text: str, says: str) -> None:
        with pytest.raises(RnnError) as caught:
            told(text)
        assert str(caught.value).startswith(says)


class TestOffers:
    """A vanishing gradient is offered by its size beside the largest, and never for zeros that mean something else."""

    @staticmethod
    def trace(scale: float, targets: list[int | None], head: float = 1.0, truncation: int = 0) -> Trace:
        """One unit whose gradient shrinks by about `scale` each timestep back."""
        y = np.array([-1 if target is None else target for target in targets])
        params = Params(np.array([[0.0]]), np.array([[scale]]), np.array([[head], [-head]]), np.zeros(1), np.zeros(2))
        return record(params, Sequence(np.ones((len(y), 1)), y), Options(truncation=truncation))

    @staticmethod
    def offered(trace: Trace) -> list[str]:
        return [watch for watch, _why in worth_watching(trace) if "dh_next" in watch]

    def test_small_gradients_that_do_not_shrink_are_none(self) -> None:
        assert not self.offered(self.trace(1.0, [None] * 5 + [1], head=1e-9))

    def test_large_gradients_that_shrink_are(self) -> None:
        # dh[6] is 1e6 · (p - onehot) = 0.5e6 · 2: a tenth of it is left each timestep, so that h0 gets a millionth.
        assert self.offered(self.trace(0.1, [None] * 5 + [1], head=1e6))

    def test_what_reaches_h0_counts(self) -> None:
        # 0.003 each timestep: 9e-6 of it arrives at t = 1, 2.7e-8 at t = 0.
        assert self.offered(self.trace(0.003, [None, None, 1]))
        assert not self.offered(self.trace(0.03, [None, None, 1]))

    def test_zeros_after_the_last_target_are_none(self) -> None:
        assert not self.offered(self.trace(0.9, [1, None, None, None]))

    def test_a_truncations_own_zeros_are_none_and_are_not_stopped_at(self) -> None:
        assert not self.offered(self.trace(0.9, [1] * 6, truncation=2))
        (watch,) = self.offered(self.trace(0.0005, [None, None, 1] * 2, truncation=3))
        assert watch.endswith("and norm(dh_next) > 0")

    def test_what_is_offered_stops_where_it_says(self) -> None:
        trace = self.trace(0.003, [None, None, 1])
        params, sequence = trace.params, trace.sequence
        session = Session.of(Run(Dataset((sequence,)), params, Options())).offered()
        stopped = run(session, "enable 1", "continue")
        assert stopped.ran is not None
        assert (stopped.ran.instruction.name, stopped.ran.t) == ("dh_next", 1)

    def test_without_targets_nothing_is_offered(self) -> None:
        assert not self.offered(self.trace(0.001, [None] * 4))


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("sample 5.5", 'sample: "5.5" is not a number of symbols (a whole number from 1 to 10,000, then a temperature'),
        ("sample 0.8", 'sample: "0.8" is not a number of symbols'),
        ("sample 1234567", 'sample: "1234567" is not a number of symbols'),
        ("sample 0", 'sample: "0" is not a number of symbols'),
        ("sample 5 hot", 'sample: "hot" is not a temperature (0 or more: sample 200 0.8)'),
        ("sample 5 0.5 7", 'sample: no "5 0.5 7"'),
    ],
)
def test_sample_says_what_it_takes(line: str, says: str) -> None:
    hello = open_session(Recipe(demo="hello"))
    assert said(hello, line).startswith(says)
    assert len(said(hello, "sample 200 0.8")) == 200


@pytest.mark.parametrize(
    ("before", "command", "says"),
    [
        ("adam", "optimiser adam:0.5,0.9", "m, v and n, the updates made, go on as they are"),
        ("sgd", "optimiser adam", "m and v begin as zeros, n as 0"),
        ("adam", "optimiser momentum", "what adam kept is left behind · m begins as zeros, n as 0"),
        ("adam", "optimiser sgd", "what adam kept is left behind"),
    ],
)
def test_another_optimiser_says_what_becomes_of_what_is_kept_as_it_is(before: str, command: str, says: str) -> None:
    session = run(made(optimiser=before), "update 3")
    outcome = COMMANDS.execute(session, command)
    (effect,) = outcome.effects
    done = performing.perform(effect, session)
    assert f" · {says} · " in done.message
    old, new = session.trace.state, done.session.trace.state
    kept = "go on" in says
    assert new.steps == (old.steps if kept else 0)
    for slot in done.session.options.optimiser.slots:
        held = getattr(new, slot).W
        assert np.array_equal(held, getattr(old, slot).W) if kept else not held.any()


def test_a_place_with_two_timesteps_is_refused_alike_by_break_and_goto() -> None:
    answers = {said(demo(), f"{command} dh t=2 t=3") for command in ("break", "goto", "until")}
    assert answers == {'"dh t=2 t=3" names two places (for example dh t=3)'}


def test_an_unknown_file_of_open_is_a_refusal_of_one_line() -> None:
    with pytest.raises((InputError, UsageError)):
        said(demo(), "open no such file.csv --time-first")


READ = Recipe(
    path=str(BROUGHT / "axes/tn.npz"),
    reading=Reading(time_first=True, window=4, stride=2),
    quiet=True,
)


def test_a_session_is_reopened_as_it_was_read(tmp_path: Path) -> None:
    session = open_session(READ)
    session_file.save(session, str(tmp_path / "s.json"))
    again, changes = reopening.reopen(str(tmp_path / "s.json"))
    assert again.recipe == READ
    assert not changes
    assert len(again.dataset.sequences) == len(session.dataset.sequences) == 8


def test_a_recording_begins_with_the_options_that_its_file_was_read_with() -> None:
    reading = Reading(features=("a b", "c"), target_column=("none",), decimal="comma", batch_first=True, vocabulary=7)
    recipe = Recipe(path="x.csv", reading=reading, model="m.npz", model_reading=ModelReading("yes", "xh"), strict=True)
    words = shlex.split(command_line(recipe))
    assert {"--features=a b,c", "--target-column=none", "--decimal=comma", "--batch-first", "--vocabulary=7",
            "--transposed=yes", "--concatenated=xh", "--strict"} <= set(words)  # fmt: skip


def test_the_metadata_of_a_trace_says_how_its_file_was_read() -> None:
    described = READ.described()
    assert (described["time_first"], described["window"], described["stride"]) == (True, 4, 2)
    assert on_disk.described(open_session(READ))["notices"][0].startswith("8 sequences of 4 timesteps")
