"""Scripts: what is read as a command, what is played, what is written down, and what is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.commands import help as helping
from rnn_core.debugger.commands.lines import escaped
from rnn_core.debugger.persistence import opening
from rnn_core.debugger.scripts import playing
from rnn_core.debugger.scripts.recording import begun, command_line, noted
from rnn_core.debugger.scripts.script import LONGEST, LONGEST_COMMAND, MOST, Line, parse
from rnn_core.debugger.scripts.transcript import transcript
from rnn_core.errors import InputError, OutputError, UsageError
from rnn_core.optimisers import Optimiser
from rnn_core.recipe import Recipe
from rnn_core.updates import Clip, Options
from rnn_tui.commandline.arguments import OPTIONS, Parser, recipe_of, split
from tests.debugger.sessions import demo, fresh, run

HELLO = Recipe(demo="hello", hidden=6, init="xavier", scale=1.5, seed=51)


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def played(session, text):
    return list(playing.play(session, parse(text, "test")))


def said(session, text):
    return [done.message for done in played(session, text)]


class TestReading:
    @pytest.mark.parametrize(
        ("text", "commands"),
        [
            ("", []),
            ("\n ; ;;\n# nothing\n", []),
            ("step", ["step"]),
            ("step; next ;finish", ["step", "next", "finish"]),
            ("step\nnext\r\nfinish\rback", ["step", "next", "finish", "back"]),
            ("  step 3 # three ; four", ["step 3"]),
            ('log dh "a; b # c"; step', ['log dh "a; b # c"', "step"]),
            ("log dh 'it # is'; step", ["log dh 'it # is'", "step"]),
            ('open it"s; step', ['open it"s', "step"]),
            ('log dh "never closed; step', ['log dh "never closed', "step"]),
            (r"open a\;b\#c.csv", ["open a;b#c.csv"]),
            (r"open C:\data\x.csv", [r"open C:\data\x.csv"]),
            ("step\t3", ["step 3"]),
        ],
    )
    def test_semicolons_and_lines_separate_and_comments_end(self, text, commands):
        assert [line.text for line in parse(text)] == commands

    def test_each_command_knows_where_it_stands(self):
        lines = parse("step; next\n\n# more\nback", "check.rnn")
        assert [line.where for line in lines] == ["check.rnn, line 1", "check.rnn, line 1", "check.rnn, line 4"]

    @pytest.mark.parametrize(
        ("text", "what"),
        [
            ("x" * (LONGEST + 1), "has 1,048,577 characters, and a script at most 1,048,576"),
            ("p " + "x" * LONGEST_COMMAND, "s, line 1: has 4,098 characters, and a command at most 4,096"),
            ("step;" * (MOST + 1), "s, line 1: more than 10,000 commands"),
        ],
    )
    def test_a_runaway_script_is_refused_with_the_limit(self, text, what):
        with pytest.raises(InputError, match=what):
            parse(text, "s")

    def test_a_file_is_utf8_text(self):
        assert [line.text for line in playing.parse_file("f", b"\xef\xbb\xbfstep\n")] == ["step"]
        assert playing.parse_file("f", b" \n") == ()
        for data in (b"\xff\xfe", b"step\0"):
            with pytest.raises(InputError, match="f, line 1: "):
                playing.parse_file("f", data)

    @given(st.text())
    @example("log dh \"a; b\" # 'c; d'")
    @example("\\;\\\\;'#' \"")
    def test_what_is_written_reads_back(self, text):
        command = "".join(" " if ch in "\r\n\t" else ch for ch in text).strip()
        assert [line.text for line in parse(escaped(command))] == ([command] if command else [])

    def test_a_transcript_is_plain_lines(self):
        assert transcript("step", "") == "(rnn) step"
        assert transcript("p h", "2 max\n[1 2]") == "(rnn) p h\n2 max\n[1 2]"
        assert "\x1b" not in transcript("p \x1b[31m", "\x1b]0;x\x07")


class TestPlaying:
    def test_commands_run_one_after_another_with_their_effects(self):
        done = played(demo(), "step 3; sequence 2; break dh if t < 4; c; p t; rc")
        assert [each.message for each in done] == [
            "", "sequence 2/4", "breakpoint 1: dh if t < 4", done[3].stop, "3", done[5].message,
        ]  # fmt: skip
        assert done[3].stop.startswith("breakpoint 1: dh if t < 4")
        assert done[1].session.index == 1
        assert [bool(each.stop) for each in done] == [False, False, False, True, False, False]

    def test_the_first_refusal_ends_it(self):
        done = played(demo(), "step\nstepp\nstep")
        assert [(each.failed, each.session.k) for each in done] == [(False, 1), (True, 1)]
        assert done[-1].line == Line("stepp", 2, "test")

    def test_a_failed_assertion_ends_it_and_tells_the_place_and_the_values(self):
        *_, last = played(demo(), "step 3; assert k == 3; assert k < 2; step")
        assert last.failed
        assert last.message.startswith("assertion failed at position 3, forward t=1 p: k < 2")
        assert "k = 3" in last.message

    def test_an_effect_that_fails_ends_it(self, here):
        (only,) = played(demo(), "open nowhere.csv; step")
        assert only.failed
        assert only.message.startswith("nowhere.csv: no such file")

    @pytest.mark.parametrize("command", ["goto", "open", "export"])
    def test_what_a_dialog_would_ask_is_refused(self, command):
        (only,) = played(demo(), f"{command}; step")
        assert (only.failed, only.message) == (True, f"{command} asks for more only on the screen")

    def test_what_only_the_screen_can_show_is_said_and_goes_on(self):
        assert said(demo(), "palette; console; step")[:2] == [
            "the palette needs the screen",
            "the console needs the screen",
        ]

    def test_quit_ends_it(self):
        assert [each.line.text for each in played(demo(), "step; quit; step")] == ["step", "quit"]

    def test_help_is_text(self):
        (only,) = said(demo(), "help step")
        assert only == helping.text("step")
        assert only.splitlines()[:2] == ["step [N]", "Run one line, or N."]
        assert all(command.name in helping.text() for command in COMMANDS if not command.hidden)
        assert "norm(a)" in helping.text("functions")
        assert "dh_next" in helping.text("names")
        assert played(demo(), "help stepp")[0].failed

    def test_a_record_is_plain_json(self):
        *_, last = played(demo(), "tbreak dh t=2; c")
        found = json.loads(json.dumps(last.described()))
        assert found.pop("message") == found.pop("stop") == last.message
        assert found == {
            "script": "test", "line": 1, "command": "c", "failed": False, "value": None, "shape": None,
            "update": 0, "k": 27, "place": {"phase": "backward", "t": 2, "line": "dh"},
        }  # fmt: skip
        (at_end,) = played(demo(), "end")
        assert (at_end.described()["place"], at_end.described()["stop"]) == (None, None)

    @given(st.text(max_size=60))
    def test_any_text_is_played_or_refused(self, text):
        for done in playing.play(demo(), parse(text)):
            assert not done.failed or done.message


class TestRecording:
    LINES_TYPED = (
        "step 3; mark here; break dh t=3 if norm(dh_next) < 9 log \"a; # {t}\"; watch loss; disable 2; step x;"
        "sequence 2; c; rc; display norm(dh); ignore 2 1; goto @here; view numbers; select dW[1,2]; next"
    )  # fmt: skip

    def replayed(self, path, recipe):
        session = opening.open_session(recipe)
        for done in playing.play(session, playing.parse_file(str(path), path.read_bytes())):
            assert not done.failed, done.message
            session = done.session
        return session

    def session_equal(self, one, other):
        return (
            (one.index, one.cursor, one.view, one.breakpoints, one.displays, one.marks)
            == (other.index, other.cursor, other.view, other.breakpoints, other.displays, other.marks)
        )  # fmt: skip

    def test_it_replays_to_the_same_session(self, here):
        recipe = Recipe(seed=3)
        text = self.LINES_TYPED.replace("step x;", "")
        done = played(opening.open_session(recipe), f"record a.rnn; {text}; record off")
        assert [each.message for each in done if each.failed] == []
        assert done[-1].message == "wrote a.rnn"
        assert self.session_equal(self.replayed(here / "a.rnn", recipe), done[-1].session)

    def test_it_begins_with_what_makes_the_session_that_it_started_from(self, here):
        recipe = Recipe(seed=3)
        before = "break dz; break dh log \"say 'x'\"; watch t; tbreak da t=2; delete 1; ignore 3 2; disable 3; mark a;"
        more = "step 5; mark b; display k; scale log; theme light; record b.rnn; enable 3; c; delete 2; record off"
        done = played(opening.open_session(recipe), before + more)
        assert [each.message for each in done if each.failed] == []
        assert self.session_equal(self.replayed(here / "b.rnn", recipe), done[-1].session)

    def test_offers_are_made_again_and_not_written(self):
        session = opening.open_session(Recipe(text="hello world", hidden=20, init="xavier", scale=40.0))
        assert session.breakpoints
        assert len(begun("x", False, session).lines) == 1

    def test_refused_lines_and_files_and_the_screens_own_commands_are_left_out(self, here):
        played(fresh(), "record a.rnn; step; export t.csv; palette; help; save-session s.json; p k; record off")
        assert (here / "a.rnn").read_text().splitlines()[1:] == ["step", "p k"]

    def test_it_is_written_when_the_script_ends_without_saying_so(self, here):
        assert played(demo(), "record a.rnn; step; oops")[-1].failed
        assert (here / "a.rnn").read_text().endswith("\nstep\n")

    def test_playing_is_written_as_steps(self):
        session = fresh()
        recording = begun("x", False, session)
        for line in ("step", "play", "tick", "tick", "tick", "play", "next"):
            after = run(session, line)
            recording, session = noted(recording, line, session, after), after
        assert recording.text.splitlines()[1:] == ["step", "step 3", "next"]

    def test_what_cannot_be_is_refused_at_once(self, here):
        (here / "old.rnn").write_text("old")
        for line, what in {
            "record off": "nothing is being recorded", "record old.rnn": "the file exists (--force overwrites)",
            "record nowhere/a": "there is no folder", "record -": "standard output is the screen",
            "record a.rnn; record b.rnn": "already recording to a.rnn",
        }.items():  # fmt: skip
            assert what in said(demo(), line)[-1]
        assert (here / "old.rnn").read_text() == "old"
        assert said(demo(), "record old.rnn --force; step; record off")[-1] == "wrote old.rnn"

    def test_a_folder_that_vanishes_is_told(self, here):
        (here / "sub").mkdir()
        played = playing.play(demo(), parse("record sub/a.rnn; step"))
        assert [next(played).failed, next(played).failed] == [False, False]
        (here / "sub").rmdir()
        with pytest.raises(OutputError, match="there is no folder"):
            next(played)

    @pytest.mark.parametrize(
        "recipe",
        [
            Recipe(), HELLO, Recipe(text="it's; \"odd\" # text", tokens="words"), Recipe(text="", seed=2**32 - 1),
            Recipe(path="a b.csv", targets="t.csv", model="m.npz", sequence=2, hidden=4, classes=9),
            Recipe(scale=-1.5e-300, options=Options(0.1, "mean", Clip("norm", 1 / 3))),
            Recipe(options=Options(-2.0, clip=Clip("value", 2.0))), Recipe(path="book.txt", seq_length=25),
            Recipe(epochs=7, shuffle=True, options=Options(optimiser=Optimiser("momentum", 1 / 3), truncation=3)),
        ],
    )  # fmt: skip
    def test_its_first_line_opens_the_same_run(self, recipe):
        import shlex

        _, words, options = split(shlex.split(command_line(recipe)), OPTIONS, ())
        assert recipe_of(Parser("x", OPTIONS).parse(options, words)) == recipe


class TestTheFirstSession:
    def test_a_script_is_played_before_the_screen(self):
        first, done = playing.first_session(Recipe(), lines=parse("step 2; p k"))
        assert (first.session.k, first.message, len(done)) == (2, "2", 2)

    def test_a_command_that_fails_is_the_message(self):
        first, done = playing.first_session(Recipe(), lines=parse("step 2\noops\nstep", "a.rnn"))
        assert (first.session.k, len(done)) == (2, 2)
        assert first.message.startswith('a.rnn, line 2: no command "oops"')

    def test_only_the_recipe_itself_can_stop_it(self):
        with pytest.raises(UsageError):
            playing.first_session(Recipe(demo="nothing"))


def test_playing_over_an_updates_end_is_recorded_as_so_many_steps():
    session = run(fresh(), "end").seen(playing=True)
    kept = begun("x.rnn", overwrite=False, session=session)
    for _ in range(5):
        before = session
        session = run(session, "tick")
        kept = noted(kept, "tick", before, session)
    assert session.cursor == (1, 4)
    assert kept.text.splitlines()[-1] == "step 5"
