"""Session files: what is saved comes back, what has changed is told, what is damaged is refused in one line."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core.debugger.effects import performing
from rnn_core.debugger.outcome import Save
from rnn_core.debugger.persistence import opening, reopening, session_file
from rnn_core.debugger.persistence.run_file import Stored
from rnn_core.debugger.position.places import Location
from rnn_core.debugger.scripts import playing
from rnn_core.debugger.session import Cursor, Mark, Session
from rnn_core.debugger.stops.breakpoints import Breakpoint
from rnn_core.errors import InputError, OutputError, RnnError, UsageError
from rnn_core.formats.files import Content
from rnn_core.optimisers import Optimiser
from rnn_core.program import PHASES, program
from rnn_core.recipe import Recipe
from rnn_core.updates import Clip, Options
from rnn_core.views.options import PANELS, SPEEDS, Cell, Units, View
from tests.debugger.sessions import demo, run

KEPT = ("index", "cursor", "view", "breakpoints", "displays", "marks", "sha256", "options")


def kept(session: Session) -> dict[str, object]:
    return {name: getattr(session, name) for name in KEPT}


def data_of(session: Session) -> dict:
    value = json.loads(session_file.to_bytes(session))
    del value[session_file.CHECKSUM]  # what is changed on purpose goes without
    return value


def opened() -> Session:
    """The demo, whose run is nobody else's."""
    return opening.open_session(Recipe())


def read(value: object) -> session_file.Saved:
    text = value if isinstance(value, str) else json.dumps(value)
    return session_file.read(Content("s.json", text.encode()))


def refusal(value: object) -> str:
    with pytest.raises(InputError) as caught:
        read(value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


lines = st.sampled_from([line.name for line in program()])
texts = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=20)
locations = st.one_of(
    st.builds(Location, lines), st.builds(Location, phase=st.sampled_from(PHASES)),
    st.builds(Location, lines.filter(lambda n: program().instruction(n).phase != "update"), t=st.integers(1, 99)),
    st.builds(Location, phase=st.sampled_from(PHASES[:2]), t=st.integers(1, 99)),
)  # fmt: skip
common = {
    "condition": texts, "temporary": st.booleans(), "enabled": st.booleans(), "ignore": st.integers(0, 10**6),
    "log": texts, "offered": texts,
}  # fmt: skip
points = st.lists(
    st.builds(Breakpoint, st.integers(1, 10**6), locations, **common)
    | st.builds(Breakpoint, st.integers(1, 10**6), watch=texts.filter(bool), **common),
    max_size=5, unique_by=lambda point: point.number,
).map(tuple)  # fmt: skip
views = st.builds(
    View, units=st.builds(Units, *(st.integers(0, most) for most in (9, 9, 2, 4, 9))),
    panel=st.sampled_from(("", *PANELS)), speed=st.sampled_from(SPEEDS), playing=st.just(False),
    pinned=st.sampled_from([None, Cell("dW", (2, 4)), Cell("h", (1, 3)), Cell("loss", ())]),
)  # fmt: skip
names = st.from_regex(session_file.NAME, fullmatch=True)
marks = st.dictionaries(names, st.tuples(st.integers(0, 9), st.integers(0, 47)), max_size=4).map(
    lambda made: tuple(Mark(name, *place) for name, place in made.items())
)


class TestComingBack:
    @given(points, st.lists(texts, max_size=3).map(tuple), marks, views, st.integers(0, demo().trace.end))
    def test_any_session_comes_back_equal(self, breakpoints, displays, marks, view, k):
        session = replace(
            demo(), cursor=Cursor(0, k), breakpoints=breakpoints, displays=displays, marks=marks, view=view
        )
        saved = session_file.read(Content("s.json", session_file.to_bytes(session)))
        reopened, notes = reopening.put_together(Stored(saved), "s.json")
        assert notes == ()
        assert kept(reopened) == kept(session)

    @pytest.mark.parametrize(
        "recipe",
        [
            Recipe(sequence=2, seed=7), Recipe(text="it's \n“odd”\t#", hidden=3), Recipe(demo="hello", init="uniform"),
            Recipe(options=Options(-0.5, "mean", Clip("norm", 1 / 3))),
            Recipe(text="a b a b", tokens="words", scale=-2.0), Recipe(text="hello there", seq_length=4, sequence=1),
            Recipe(epochs=7, shuffle=True, options=Options(optimiser=Optimiser("adam", beta1=0.5), truncation=2)),
        ],
    )  # fmt: skip
    def test_every_source_that_needs_no_file(self, tmp_path, recipe):
        session = run(opening.open_session(recipe), "step 9", "mark a", "watch norm(dh)")
        session_file.save(session, str(tmp_path / "s.json"))
        reopened, notes = reopening.reopen(str(tmp_path / "s.json"))
        assert (kept(reopened), reopened.recipe, notes) == (kept(session), recipe, ())

    def test_it_lands_on_the_same_line_from_any_folder(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "data.csv").write_text("x,target\n1,0\n2,1\n3,0\n")
        session = run(opening.open_session(Recipe(path="data.csv", hidden=3)), "goto dh t=2")
        session_file.save(session, "s.json")
        monkeypatch.chdir("/")
        reopened, notes = reopening.reopen(str(tmp_path / "s.json"))
        assert (str(reopened.following), notes) == (str(session.following), ())
        assert reopened.following.instruction.name == "dh"

    def test_a_file_of_before_training_is_read(self, tmp_path):
        """As version 1 wrote it: one run, in whose only update the marks lie."""
        old = data_of(run(demo(), "goto 20"))
        for name in ("branches", "branch", "compared", "through"):
            del old[name]
        for name in ("epochs", "shuffle", "seq_length"):
            del old["recipe"][name]
        for name in ("optimiser", "truncation"):
            del old["recipe"]["options"][name]
        (tmp_path / "s.json").write_text(json.dumps(old | {"version": 1, "marks": [["a", 7]]}))
        session, notes = reopening.reopen(str(tmp_path / "s.json"))
        assert (session.cursor, session.marks, notes) == (Cursor(0, 20), (Mark("a", 0, 7),), ())

    def test_playing_is_not_taken_up_again(self):
        assert data_of(run(demo(), "play"))["view"]["playing"] is False

    def test_the_command_writes_it(self, tmp_path, monkeypatch):
        monkeypatch.setenv("HOME", str(tmp_path))
        done = performing.perform(Save("~/s.json"), demo().at(5))
        assert done.message.startswith("saved the session to ~/s.json (")
        assert reopening.reopen(str(tmp_path / "s.json"))[0].k == 5
        with pytest.raises(OutputError, match="the file exists"):
            performing.perform(Save("~/s.json"), demo())
        performing.perform(Save("~/s.json", overwrite=True), demo().at(6))
        assert reopening.reopen("~/s.json")[0].k == 6

    @pytest.mark.parametrize(
        ("session", "what"),
        [
            (replace(demo(), recipe=Recipe(path="-")), "standard input cannot be opened again"),
            (replace(demo(), displays=("a\x1bb",)), "cannot be shown"),
            (replace(demo(), displays=("a",) * 1001), "1,001 entries, at most 1,000"),
        ],
    )
    def test_what_could_not_be_reopened_is_not_saved(self, tmp_path, session, what):
        with pytest.raises(UsageError, match=what):
            session_file.save(session, str(tmp_path / "s.json"))
        assert list(tmp_path.iterdir()) == []


class TestWhatHasChanged:
    @pytest.fixture
    def file(self, tmp_path):
        (tmp_path / "data.csv").write_text("x,target\n1,0\n2,1\n3,0\n")
        session = opening.open_session(Recipe(path=str(tmp_path / "data.csv"), hidden=3))
        session_file.save(run(session, "mark a", "end", "mark b", "select h[3][2]"), str(tmp_path / "s.json"))
        return tmp_path / "s.json"

    def test_a_changed_source_is_told(self, file):
        (file.parent / "data.csv").write_text("x,target\n1,0\n2,1\n3,1\n")
        session, notes = reopening.reopen(str(file))
        assert notes == ("data.csv has changed since it was saved",)
        assert session.k == session.trace.end

    def test_the_position_is_kept_as_far_as_the_run_reaches(self, file):
        (file.parent / "data.csv").write_text("x,target\n1,0\n2,1\n")
        session, notes = reopening.reopen(str(file))
        assert notes == (
            "data.csv has changed since it was saved", "position 47 is beyond the end, which is 33 now",
        )  # fmt: skip
        assert (session.k, session.marks, session.view.pinned) == (33, (Mark("a", 0, 0), Mark("b", 0, 47)), None)

    def test_a_source_changed_after_it_was_opened_is_told_as_well(self, tmp_path):
        (tmp_path / "data.csv").write_text("x,target\n1,0\n")
        session = opening.open_session(Recipe(path=str(tmp_path / "data.csv")))
        (tmp_path / "data.csv").write_text("x,target\n2,0\n")
        session_file.save(session, str(tmp_path / "s.json"))
        assert reopening.reopen(str(tmp_path / "s.json"))[1] == ("data.csv has changed since it was saved",)

    def test_a_changed_model_is_told(self, tmp_path):
        import numpy as np

        arrays = {"U": np.ones((2, 5)), "W": np.ones((2, 2)), "V": np.ones((3, 2)), "b": np.zeros(2), "c": np.zeros(3)}
        np.savez(tmp_path / "m.npz", **arrays)
        session_file.save(opening.open_session(Recipe(model=str(tmp_path / "m.npz"))), str(tmp_path / "s.json"))
        assert reopening.reopen(str(tmp_path / "s.json"))[1] == ()
        np.savez(tmp_path / "m.npz", **(arrays | {"b": np.ones(2)}))
        assert reopening.reopen(str(tmp_path / "s.json"))[1] == ("m.npz has changed since it was saved",)

    def test_a_source_that_is_gone_is_a_reason_and_the_program_starts(self, file):
        (file.parent / "data.csv").unlink()
        with pytest.raises(InputError, match=r"s\.json, .*data\.csv: no such file"):
            reopening.reopen(str(file))
        first, _ = playing.first_session(Recipe(), saved=str(file))
        assert first.message.startswith("s.json, ")
        assert first.session.recipe == Recipe()


def changed(**parts):
    return data_of(demo()) | parts


def deep(section, **parts):
    found = data_of(demo())
    return found | {section: found[section] | parts}


def mark(name, k):
    return {"name": name, "u": 0, "k": k}


def branch(**parts):
    return {"name": "a", "parent": "main", "edit": "clip 1", "made_at": {"u": 0, "k": 0}, "reached": 0} | parts


def branches(*forks):
    return changed(branches=[{"name": "main"}, *forks])


def point(**parts):
    return changed(breakpoints=[{"number": 1, "location": None, "watch": "dh"} | parts])


class TestTheChecksum:
    def test_a_file_that_is_not_as_it_was_written_is_refused_in_one_line(self):
        text = session_file.to_bytes(demo().at(7)).decode()
        assert text.count('"k": 7') == 1
        with pytest.raises(InputError, match=r"s\.json, checksum: is not as it was written") as told:
            session_file.read(Content("s.json", text.replace('"k": 7', '"k": 8').encode()))
        assert "\n" not in str(told.value)

    def test_neither_its_layout_nor_the_order_of_its_members_matters(self):
        value = json.loads(session_file.to_bytes(demo().at(7)))
        turned = json.dumps(dict(reversed(value.items()))).encode()
        assert session_file.read(Content("s.json", turned)).position.k == 7

    def test_a_file_without_one_is_read(self):
        assert session_file.read(Content("s.json", json.dumps(data_of(demo().at(7))).encode())).position.k == 7


class TestRefusing:
    @pytest.mark.parametrize(
        ("value", "what"),
        [
            ("", "s.json: is empty"),
            ("{", "s.json, line 1, column 2: not JSON"),
            ("[]", "s.json: is not a session of rnn-tui"),
            ("[" * 100_000, "nested too deeply"),
            ("{}", "is not a session of rnn-tui (save-session FILE writes one)"),
            ({"format": session_file.FORMAT, "version": 3}, 'has version "3", and this program reads 1 and 2'),
            ({"format": session_file.FORMAT, "version": True}, 'has version "True"'),
            ({"format": session_file.FORMAT, "version": 1}, 'the key "recipe" is missing'),
            ({"format": session_file.FORMAT, "version": 2}, 'the key "recipe" is missing'),
            (changed(version=1, marks=[["a", -1]]), "marks[0].k: -1 is not a whole number"),
            (changed(more=1), 'unknown key "more"'),
            (changed(marks={}), "s.json, marks: an object is not a list"),
            (changed(marks=[["a", 1]]), "marks[0]: a list is not an object"),
            (changed(marks=[mark("a", 1), mark("a", 2)]), "marks: names that no marks can have"),
            (changed(marks=[mark("a b", 1)]), "marks: names that no marks can have"),
            (changed(displays=[1]), "displays[0]: 1 is not a text"),
            (changed(displays=["a\x1b[31m"]), "displays[0]: holds characters that cannot be shown"),
            (changed(displays=["x" * 5000]), "displays[0]: has 5,000 characters, at most 4,096 are taken"),
            (changed(displays=["x"] * 1001), "displays: has 1,001 entries, at most 1,000 are taken"),
            (changed(position={"update": 0, "k": -1}), "position.k: -1 is not a whole number from 0"),
            (changed(position={"update": 0, "k": True}), "position.k: true is not a whole number"),
            (changed(position={"update": 0, "k": 1.0}), "position.k: 1.0 is not a whole number"),
            (changed(position={"update": 0, "k": 10**30}), "is not a whole number from 0 to 1,000,000,000,000"),
            (changed(position={"update": 10**8, "k": 0}), "position.update: 100,000,000 is beyond 10,000,000"),
            (changed(position={"k": 0}), 'position: the key "update" is missing'),
            (changed(sha256={"source": "abc"}), "sha256.source:"),
            (changed(sha256={"other": "0" * 64}), 'sha256: unknown key "other"'),
            (changed(sha256=[]), "sha256: a list is not an object"),
            (changed(branches=[]), "branches: a list is not a list of branches"),
            (changed(branches=["main"]), "branches[0]: "),
            (changed(branches=[branch()]), 'branches[0].name: "a" cannot be its name'),
            (branches(branch(name="main")), 'branches[1].name: "main" cannot be its name'),
            (branches(branch(), branch()), 'branches[2].name: "a" cannot be its name'),
            (branches(branch(name="a b")), 'branches[1].name: "a b" cannot be its name'),
            (branches(branch(edit="")), "branches[1]: needs a parent before it and the command that made it"),
            (branches(branch(parent="b"), branch(name="b")), "branches[1]: needs a parent before it"),
            (branches(branch(edit="set\n")), "branches[1].edit: holds characters that cannot be shown"),
            (branches(branch(reached=10**8)), "branches[1]: update 100,000,000 is beyond 10,000,000"),
            (branches(branch(made_at={"u": 10**8, "k": 0})), "branches[1]: update 100,000,000 is beyond"),
            (branches(branch(made_at=[0, 0])), "branches[1].made_at: a list is not an object"),
            (branches(branch(made=0)), 'branches[1]: unknown key "made"'),
            (changed(branch="b"), 'branch: no branch "b"'),
            (changed(branch=""), 'branch: no branch ""'),
            (changed(compared="b"), 'compared: no branch "b"'),
            (changed(through=1), "through: 1 is not true or false"),
            (deep("recipe", epochs=0), "recipe.epochs: 0 is not from 1 to 1,000,000"),
            (deep("recipe", options={"optimiser": {"kind": "rmsprop"}}), "recipe.options.optimiser.kind:"),
            (deep("recipe", options={"optimiser": {"kind": "adam", "beta1": 1.0}}), "optimiser: beta1 1"),
            (deep("recipe", path="-"), "recipe.path: standard input cannot be opened again"),
            (deep("recipe", tokens="bytes"), "recipe.tokens:"),
            (deep("recipe", seed=2**32), "recipe.seed: 4294967296 is not from 0 to 4,294,967,295"),
            (deep("recipe", seq_length=0), "recipe.seq_length: 0 is not from 1 to 1,000,000"),
            (deep("recipe", seq_length=True), "recipe.seq_length: true is not a whole number"),
            (deep("recipe", hidden=0), "recipe.hidden: 0 is not from 1 to 1,000,000"),
            (deep("recipe", init="zeros"), 'recipe.init: no initialisation "zeros"'),
            (deep("recipe", scale="1"), "recipe.scale:"),
            (deep("recipe", options={"clip": {"kind": "norm", "limit": -1}}), "recipe.options.clip: clip limit -1"),
            (deep("view", speed=3), "view.speed: 3 is no speed (one of 1 2 5"),
            (deep("view", panel="x"), 'view.panel: no panel "x"'),
            (deep("view", cells="x"), "view.cells:"),
            (deep("view", playing=1), "view.playing: 1 is not true or false"),
            (deep("view", units={"hidden": -1}), "view.units.hidden: -1"),
            (deep("view", pinned={"name": "os", "index": []}), "view.pinned:"),
            (deep("view", pinned={"name": "dW", "index": [1]}), "view.pinned:"),
            (point(number=0), "breakpoints[0].number: 0 cannot be its number"),
            (point(watch=""), "breakpoints[0]: needs either"),
            (point(location={"line": "dh"}), "breakpoints[0]: needs either"),
            (point(enabled="yes"), "breakpoints[0].enabled:"),
            (changed(breakpoints=[{"number": 1, "watch": "dh"}] * 2), "breakpoints[1].number: 1 cannot be its number"),
            ('{"format": "rnn-tui session", "format": 1}', "is not a session"),
        ],
    )
    def test_a_damaged_file_is_one_line_that_says_what_and_where(self, value, what):
        assert what in refusal(value)

    @pytest.mark.parametrize("text", ["NaN", "1e999", '"1"', "null"])
    def test_numbers_are_finite(self, text):
        assert "recipe.scale" in refusal(json.dumps(data_of(demo())).replace('"scale": 1.0', f'"scale": {text}'))

    @pytest.mark.parametrize(
        "location",
        [{"line": "os"}, {"line": "dh", "phase": "forward"}, {"phase": "update", "t": 2}, {"line": "a b"}, {}],
    )
    def test_a_breakpoint_stands_in_the_listing(self, tmp_path, location):
        (tmp_path / "s.json").write_text(json.dumps(point(watch="", location=location)))
        with pytest.raises(InputError, match=r"s\.json, breakpoints\[0\]\.location: no place"):
            reopening.reopen(str(tmp_path / "s.json"))

    def test_an_enormous_file_is_not_read(self, tmp_path):
        (tmp_path / "s.json").write_bytes(b" " * (session_file.LIMIT + 1))
        with pytest.raises(InputError, match=r"more than the 16\.0 MiB that are read"):
            reopening.reopen(str(tmp_path / "s.json"))

    @pytest.mark.parametrize("name", ["", "nowhere", "/dev/zero", ".", "a\0b"])
    def test_what_is_no_file_is_refused(self, name):
        with pytest.raises(InputError):
            reopening.reopen(name)

    @given(st.data())
    def test_a_file_with_any_part_replaced_is_a_session_or_a_refusal(self, data):
        value = data_of(run(opened(), "step 4", "clip 1", "break dh t=2 if t > 1", "mark a", "select dW[1,1]"))
        part = value
        while True:
            keys = list(part) if isinstance(part, dict) else list(range(len(part)))
            key = data.draw(st.sampled_from(keys))
            if isinstance(part[key], dict | list) and part[key] and data.draw(st.booleans()):
                part = part[key]
                continue
            part[key] = data.draw(st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just([]))
            break
        if isinstance(value["recipe"], dict) and isinstance(value["recipe"].get("hidden"), int):
            value["recipe"]["hidden"] = 4  # a large one is allowed, and slow
        with contextlib.suppress(RnnError):
            saved = session_file.read(Content("s.json", json.dumps(value).encode()))
            far = max(saved.position.update, *(max(each.reached, each.made_at.u) for each in saved.branches))
            if far < 1000:  # as above
                reopening.put_together(Stored(saved), "s.json")
