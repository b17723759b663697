"""What-if: a change makes a fork, the run that it was made of stays as it was, and every mistake is one clear line."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_core.debugger.effects.performing import perform
from rnn_core.debugger.outcome import Fork
from rnn_core.debugger.persistence import reopening
from rnn_core.debugger.persistence.opening import open_session
from rnn_core.debugger.scripts.recording import begun, noted
from rnn_core.debugger.session import Cursor, Session
from rnn_core.debugger.whatif.parting import first_difference
from rnn_core.model import PARAMETERS, initialise
from rnn_core.recipe import Recipe
from rnn_core.trace import Trace
from rnn_core.training.run import Run
from tests.debugger.sessions import answer, demo, made
from tests.listing import SERIES

PLACES = ((0, 0), (0, 20), (2, 7), (3, 1))


def did(session: Session, *lines: str) -> Session:
    """The session after these command lines and what they ask for; none may be refused."""
    for line in lines:
        said = answer(session, line)
        assert not said.failed, (line, said.message)
        session = said.session
        for effect in said.effects:
            session = perform(effect, session).session
    return session


def message(session: Session, line: str) -> str:
    """What is answered in the end."""
    said = answer(session, line)
    for effect in said.effects:
        said = perform(effect, said.session)
    return said.message


def fresh(**changes) -> Session:
    """The demo as nobody else has it, so that nothing is remembered of it."""
    return open_session(Recipe(**changes))


def bits(trace: Trace) -> dict[str, bytes]:
    """Every array of a trace as bytes."""
    return {name: np.ascontiguousarray(array).tobytes() for name, array in trace.arrays().items()}


def same_run(one: Run, other: Run, updates) -> bool:
    return all(bits(one.trace(u)) == bits(other.trace(u)) for u in updates)


def same_but_for_branches(one: Session, other: Session) -> bool:
    names = [field.name for field in fields(Session) if field.name not in ("branches", "trace")]
    return one.trace is other.trace and all(getattr(one, name) == getattr(other, name) for name in names)


# -- what a fork is --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("u", "k"), PLACES)
def test_a_set_element_is_that_number_in_the_fork_and_no_other_is_changed(u, k):
    session = did(demo(), f"goto update {u} {k}", "set W[2,3] = 0.25")
    assert session.branch == "set-W"
    assert session.cursor == (u, k)
    expected = np.array(demo().run.train_state(u).params.W)
    expected[2, 3] = 0.25
    assert session.params.W.tobytes() == expected.tobytes()
    for name in "UVbc":
        assert np.array_equal(getattr(session.params, name), getattr(demo().run.train_state(u).params, name))


@pytest.mark.parametrize(
    ("text", "index", "value"),
    [
        ("W[2,3] = -1e-3", (2, 3), -1e-3),
        ("W[2][3] = 1", (2, 3), 1.0),
        ("W[2] = 0", (2,), 0.0),
        ("W[:,3] = 5", (slice(None), 3), 5.0),
        ("W[1:4, ::2] = 2", (slice(1, 4), slice(None, None, 2)), 2.0),
        ("W[-1,-2] = 7", (-1, -2), 7.0),
        ("W[0:2][1] = 3", (1,), 3.0),
        ("W = 0", (), 0.0),
        ("b = [0,1,2,3,4,5,6,7,8,9]", (), np.arange(10.0)),
        ("W[3] = [0,1,2,3,4,5,6,7,8,9]", (3,), np.arange(10.0)),
        ("c[1:] = [.5, -2.]", (slice(1, None),), np.array([0.5, -2.0])),
        ("V[:,0] = [1,2,3]", (slice(None), 0), np.array([1.0, 2.0, 3.0])),
        ("V[:,0:2] = [[1,2],[3,4],[5,6]]", (slice(None), slice(0, 2)), np.array([[1.0, 2], [3, 4], [5, 6]])),
        ("U[0,0] = 2 + 3*4", (0, 0), 14.0),
    ],
)
def test_a_place_is_filled_as_numpy_fills_it(text, index, value):
    name = text[0]
    expected = np.array(getattr(demo().params, name))
    expected[index] = value
    assert np.array_equal(getattr(did(demo(), f"set {text}").params, name), expected)


def test_an_expression_is_read_at_the_cursor():
    at = demo().at(30)
    W = at.params.W
    assert np.array_equal(did(at, "set W = 0.5 * W").params.W, 0.5 * W)
    assert did(at, "set W[0,0] = norm(W)").params.W[0, 0] == pytest.approx(np.linalg.norm(W), rel=1e-15)
    dW = at.trace.value("dW", 30)
    assert np.array_equal(did(at, "set W = W - 2 * dW").params.W, W - 2 * dW)


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("set x[2] = [1,2,3,4,5]", lambda s: np.array_equal(s.trace.x[1], [1, 2, 3, 4, 5])),
        ("set x[2][1] = 9", lambda s: s.trace.x[1, 1] == 9 and s.trace.x[1, 0] == demo().trace.x[1, 0]),
        ("set x[2,1] = 9", lambda s: s.trace.x[1, 1] == 9),
        ("set x[1:3] = 0", lambda s: not s.trace.x[:2].any() and s.trace.x[2].all()),
        ("set x[1:3][4] = 1", lambda s: s.trace.x[:2, 4].tolist() == [1, 1] and s.trace.x[0, 0] != 1),
        ("set y[3] = 1", lambda s: s.trace.y.tolist() == [0, 1, 1]),
        ("set y[3] = none", lambda s: s.trace.y.tolist() == [0, 1, -1]),
        ("set y[2:4] = -1", lambda s: s.trace.y.tolist() == [0, -1, -1]),
        ("set y = [2,2,-100]", lambda s: s.trace.y.tolist() == [2, 2, -1]),
        ("set h0 = 0.5", lambda s: s.trace.h[0].tolist() == [0.5] * 10),
        ("set h[0][3] = 0.5", lambda s: s.trace.h[0].tolist() == [0.0] * 3 + [0.5] + [0.0] * 6),
        ("set h[0,3] = 0.5", lambda s: s.trace.h[0, 3] == 0.5),
        ("set lr = 0.1", lambda s: s.options.learning_rate == 0.1),
        ("set lr = 10*lr", lambda s: s.options.learning_rate == 0.1),
        ("clip 1.0", lambda s: str(s.options.clip) == "norm:1"),
        ("clip value:0.5", lambda s: str(s.options.clip) == "value:0.5"),
        ("clip off", lambda s: s.options.clip is None),
        ("optimiser adam", lambda s: s.options.optimiser.kind == "adam"),
        ("tbptt 2", lambda s: s.options.truncation == 2),
        ("tbptt off", lambda s: s.options.truncation == 0),
        ("reduction mean", lambda s: s.options.reduction == "mean"),
        ("scale W 1.5", lambda s: np.array_equal(s.params.W, demo().params.W * 1.5)),
        ("scale 2", lambda s: all(np.array_equal(getattr(s.params, n), 2 * getattr(demo().params, n)) for n in "UWV")),
    ],
)
def test_data_options_and_whole_weights_are_changed_alike(line, changed):
    session = did(demo().at(9), line)
    assert changed(session)
    assert session.cursor == (0, 9)
    assert session.branch != "main"


def test_init_draws_what_the_command_line_draws_with_the_seed_of_the_run():
    session = fresh(seed=42)
    drawn = initialise("orthogonal", session.trace.sizes, seed=42)
    forked = did(session, "init orthogonal")
    assert all(np.array_equal(getattr(forked.params, n), getattr(drawn, n)) for n in PARAMETERS)
    other = initialise("xavier", session.trace.sizes, seed=7)
    assert np.array_equal(did(session, "init xavier 7").params.V, other.V)


def test_init_of_one_parameter_keeps_the_others():
    session = did(demo(), "update 3")
    forked = did(session, "init orthogonal W")
    np.testing.assert_allclose(forked.params.W @ forked.params.W.T, np.eye(10), atol=1e-12)
    assert np.array_equal(forked.params.U, session.params.U)


def test_scale_still_chooses_the_colours():
    assert did(demo(), "scale log").view.scale == "log"
    assert answer(demo(), "scale").session.view.scale == "run"
    assert len(did(demo(), "scale log").branches) == 1


# -- where it begins -------------------------------------------------------------------------------------------


def test_up_to_the_first_update_line_the_fork_begins_with_this_update_and_after_it_with_the_next():
    update = demo().trace.program.borders(3)[2]
    for k in range(demo().trace.end + 1):
        session = did(demo().at(k), "set b[0] = 1")
        assert session.cursor == ((0, k) if k <= update else (1, 0))
        assert session.run.begins == session.cursor.u
        assert session.params.b[0] == 1.0


def test_after_an_update_line_what_the_update_made_is_kept():
    at = demo().at(demo().trace.end)
    session = did(at, "set b[0] = 1")
    assert np.array_equal(session.params.W, at.trace.updated.W)
    assert np.array_equal(did(at, "set W = 2 * W").params.W, 2 * at.trace.updated.W)


def test_inputs_after_an_update_line_are_those_of_the_sequence_that_is_seen():
    session = did(demo().at(demo().trace.end), "set x[1] = 0")
    assert session.cursor == (1, 0)
    assert not session.run.sequence(4).x[0].any()
    assert np.array_equal(session.trace.x, demo().run.sequence(1).x)


def test_nothing_before_the_fork_is_another():
    session = did(fresh(), "update 7", "init orthogonal", "train 3")
    main = session.branches[0].run
    assert all(session.run.trace(u) is main.trace(u) for u in range(7))
    assert session.run.trace(7) is not main.trace(7)


def test_the_optimiser_goes_on_with_what_it_kept_unless_it_is_another():
    session = did(made(optimiser="adam"), "update 3")
    kept = did(session, "set lr = 0.5").trace.state
    assert kept.steps == 3
    assert np.array_equal(kept.kept("mW"), session.trace.state.kept("mW"))
    assert did(session, "optimiser momentum").trace.state.steps == 0


def test_a_carried_hidden_state_is_set_where_it_is_carried_into():
    session = open_session(Recipe(text="the quick brown fox jumps", seq_length=5))
    session = did(session, "update 2")
    assert session.trace.h[0].any()
    forked = did(session, "set h0 = 0")
    assert not forked.trace.h[0].any()
    assert forked.run.sequence(2).h0 is None
    assert forked.run.trace(3).h[0].any()


def test_a_token_whose_input_is_another_one_is_named_anew():
    session = open_session(Recipe(demo="hello"))
    assert session.trace.sequence.tokens == tuple("hell")
    assert did(session, "set x[1] = x[2]").trace.sequence.tokens == tuple("eell")
    assert did(session, "set x[1] = 0.5").trace.sequence.tokens == tuple("?ell")
    assert did(session, "set y[1] = 'o'").trace.y[0] == session.dataset.classes.index("o")


# -- laws ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edit", "inverse"),
    [
        ("set W[2,3] = 0", lambda s: f"set W[2,3] = {float(s.params.W[2, 3])!r}"),
        ("set x[2][0] = 3", lambda s: f"set x[2][0] = {float(s.trace.x[1, 0])!r}"),
        ("set y[1] = none", lambda s: f"set y[1] = {int(s.trace.y[0])}"),
        ("set h0 = 1", lambda _: "set h0 = 0"),
        ("set lr = 0.5", lambda s: f"set lr = {s.options.learning_rate!r}"),
        ("clip 0.1", lambda _: "clip off"),
        ("tbptt 1", lambda _: "tbptt off"),
        ("reduction mean", lambda _: "reduction sum"),
        ("scale W 2", lambda _: "scale W 0.5"),
        ("set b = b + 1", lambda s: f"set b = {s.params.b.tolist()}"),
        ("init identity", lambda s: f"set W = {s.params.W.tolist()}"),
    ],
)
@pytest.mark.parametrize("u", [0, 4])
def test_an_edit_and_its_inverse_make_the_run_that_was_there_bit_for_bit(edit, inverse, u):
    session = did(fresh(), f"goto update {u} 11" if u else "goto 11")
    edit = f"{edit} W" if edit.startswith("init") else edit
    back = did(session, edit, inverse(session))
    assert same_run(back.run, session.run, range(u + 10))


DOINGS = (
    "set W[0,0] = 3", "init xavier", "train 1", "clip 0.01", "set y[1] = 2", "undo", "scale 0", "update 2", "set x = 0",
    "optimiser adam", "sequence 2", "diff off",
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(DOINGS), max_size=6))
def test_whatever_is_done_in_forks_the_run_they_come_from_keeps_its_bits(lines):
    session = did(fresh(), "update 3", "goto 20", "init identity", *lines)
    untouched = fresh().run
    assert same_run(session.branches[0].run, untouched, range(8))


@pytest.mark.parametrize("line", ["set W[0,0] = 3", "init xavier", "clip 1.0", "following", "set x = 0", "scale 2"])
@pytest.mark.parametrize(("u", "k"), [*PLACES, (1, 70)])
def test_a_fork_and_then_undo_is_the_session_before(line, u, k):
    session = did(fresh(), "update 5", f"goto update {u} {k}")
    if line != "following":  # another sequence may be too short for it
        session = did(session, "select h[1][2]")
    back = did(session, line, "undo")
    assert same_but_for_branches(back, session)
    assert len(back.branches) == 2


def test_undo_after_moving_stays_at_the_place_that_is_looked_at():
    session = did(fresh(), "goto 20", "set W[0,0] = 3", "step 5", "undo")
    assert (session.branch, session.cursor) == ("main", (0, 25))
    assert message(session, "undo").startswith("nothing to undo")


@pytest.mark.parametrize(
    "line",
    ["set W[2,3] = 0", "set W = 0.5 * W", "set x[2] = [1,2,3,4,5]", "set y[1] = none", "set h[0] = 1", "set lr = lr/2",
     "init orthogonal", "init xavier 3 U V", "scale W 1.5", "scale 0.5", "clip 0.1", "clip value:0.01",
     "optimiser adam", "tbptt 2", "reduction mean"],
)  # fmt: skip
@pytest.mark.parametrize(("u", "k"), [(2, 12), (1, 70)])
def test_the_edit_of_a_branch_replays_to_the_same_fork(line, u, k):
    session = did(fresh(), f"goto update {u} {k}", line)
    branch = session.branches[-1]
    assert (branch.parent, branch.made_at) == ("main", Cursor(u, k))
    again = did(fresh(), f"goto update {branch.made_at.u} {branch.made_at.k}", branch.edit)
    assert again.branches[-1].edit == branch.edit
    assert same_run(again.run, session.run, range(u + 6))


def test_a_fork_is_written_into_a_recording():
    before = demo().at(5)
    said = answer(before, "set W[2,3] = 0")
    after = perform(said.effects[0], said.session).session
    kept = noted(begun("x", False, before), "set W[2,3] = 0", before, after, said.effects)
    assert kept is not None
    assert kept.lines[-1] == "set W[2,3] = 0"


# -- every mistake ---------------------------------------------------------------------------------------------

BAD = {
    "set": "needs",
    "set W": "for example set W[2,3] = 0",
    "set = 3": "cannot read",
    "set W =": "needs a value",
    "set W == 3": "cannot read",
    "set W[2,3 = 0": "cannot read",
    "set W[10,0] = 0": "shape 10×10",
    "set W[0,0,0] = 0": "shape 10×10",
    "set W[x] = 0": "not an index",
    "set W[1.5] = 0": "not an index",
    "set W[] = 0": "not an index",
    "set W[::0] = 0": "step",
    "set W[5:5] = 0": "no element",
    "set W[2] = [1, 2, 3]": "W[2], which has shape 10",
    "set W = [[1,2],[3,4]]": "2×2",
    "set W = [[1,2],[3]]": "differ in length",
    "set W = []": "empty",
    "set b = [[]]": "empty",
    "set b = [1, 'two']": "numbers",
    "set b = [1, [2]]": "differ in length",
    "set b = [1, 2": "cannot read the list",
    "set b = [True]": "numbers",
    "set b = [1e999]": "not finite",
    "set W[0,0] = 1e999": "not a finite number",
    "set W[0,0] = log(-1)": "not a finite number",
    "set W[0,0] = nan": 'no name "nan"',
    "set W[0,0] = b": "does not fit W[0,0]",
    "set W[0,0] = norm(": "cannot read",
    "set W[0,0] = dW[0,0]": "not computed yet",
    "set dW[0,0] = 1": "is computed (edit W, x or y)",
    "set h[3] = 0": "is computed (edit h[0], W or x)",
    "set p[1][0] = 1": "is computed",
    "set loss = 0": "is computed",
    "set t = 3": "is computed",
    "set Q = 3": "one of U W V b c x y h0 lr",
    "set x[0] = 1": "no timestep 0 (1 to 3)",
    "set x[4] = 1": "no timestep 4 (1 to 3)",
    "set x[1:9] = 1": "no timestep 8",
    "set x[1:3:1] = 1": "no step",
    "set x[1] = [1,2]": "does not fit x[1]",
    "set y[9] = 1": "no timestep 9",
    "set y[1] = 3": "no class 3 (0 to 2, or none)",
    "set y[1] = -2": "no class -2",
    "set y[1] = 0.5": "class index",
    "set y[1] = 'a'": "no class is called 'a'",
    "set h0 = [1]*2": "cannot read",
    "set h0[10] = 1": "shape 10",
    "set lr = [1, 2]": "lr is one number",
    "set lr = 1/0": "not a finite number",
    "init": "needs",
    "init big": 'init: no "big"',
    "init xavier -1": "no parameter",
    "init xavier 99999999999": "not a seed",
    "init xavier Q": "no parameter",
    "scale W": "one number",
    "scale W two": 'no name "two"',
    "scale x 2": 'scale: no "x 2"',
    "scale W 1e308": None,
    "clip": "needs",
    "clip -1": "not a positive number",
    "clip max:3": "no clipping",
    "optimiser sdg": "no optimiser",
    "optimiser adam:2,3": "not within 0 … 1",
    "tbptt 0": "tbptt",
    "tbptt many": "tbptt",
    "reduction max": "one of sum, mean",
    "fork nowhere": "there is no fork",
    "drop main": "looked at",
    "rename other": "main keeps its name",
    "diff nowhere": "there is no fork",
    "diff main": "looked at",
    "diff": "no parent",
    "parted": "nothing to compare",
    "edit dW[0,0]": "is computed",
    "edit W[99,0]": "W has no hidden 99",
}


@pytest.mark.parametrize("line", [line for line, says in BAD.items() if says is not None])
def test_a_mistake_is_one_clear_line_and_changes_nothing(line):
    said = answer(demo(), line)
    assert said.failed, said.message
    assert BAD[line] in said.message
    assert "\n" not in said.message
    assert said.session is demo()
    assert not said.effects


def test_scaling_out_of_the_finite_numbers_is_refused():
    session = did(demo(), "set W[0,0] = 1e10")
    said = answer(session, "scale W 1e305")
    assert said.failed
    assert "leaves the finite numbers" in said.message


@settings(max_examples=300, deadline=None)
@given(st.text("UWVbcxyh0lr[]:,= 0123456789.-+*e'nonema", max_size=24))
def test_any_text_after_set_is_a_fork_or_one_line(text):
    said = answer(demo(), f"set {text}")
    assert said.failed != any(isinstance(effect, Fork) for effect in said.effects)
    assert "\n" not in said.message
    for effect in said.effects:
        perform(effect, said.session)


# -- forks -----------------------------------------------------------------------------------------------------


def test_forks_are_listed_with_what_made_them_how_far_they_are_and_how_they_do():
    session = did(fresh(), "update 17", "init orthogonal", "train 2")
    first, second = message(session, "forks").split("\n")
    assert first.startswith("  main · reached update 17 · mean loss 1.0")
    assert second.startswith(
        "* init-orthogonal · init orthogonal, made of main at update 17 · reached update 24 · mean"
    )


def test_fork_goes_to_another_at_the_same_place_and_one_that_is_taken_is_numbered():
    session = did(fresh(), "goto 20", "set W[0,0] = 1", "set W[0,0] = 2")
    assert [branch.name for branch in session.branches] == ["main", "set-W", "set-W-2"]
    session = did(session, "fork set-W")
    assert session.params.W[0, 0] == 1.0
    assert (session.branch, session.cursor) == ("set-W", (0, 20))
    assert message(session, "fork set-W") == "set-W is the one that is looked at"


def test_a_branch_whose_sequence_is_shorter_is_gone_to_as_far_as_it_reaches():
    session = did(fresh(), "sequence 2", "end")
    assert len(session.trace) == 5
    session = did(session, "set W[0,0] = 1", "undo", "select h[5][1]", "sequence 1", "fork sequence-1")
    assert session.view.pinned is None or len(session.trace) == 3


def test_a_fork_is_dropped_unless_it_is_looked_at_or_has_forks():
    session = did(fresh(), "set W[0,0] = 1", "set W[0,0] = 2", "fork main", "diff set-W-2")
    assert "set-W-2 is a fork of set-W" in message(session, "drop set-W")
    session = did(session, "drop set-W-2", "drop set-W")
    assert [branch.name for branch in session.branches] == ["main"]
    assert session.compared == ""


def test_a_fork_is_called_anew_and_its_own_forks_know():
    session = did(fresh(), "set W[0,0] = 1", "set W[0,0] = 2", "fork set-W", "rename wide", "diff main")
    assert [(branch.name, branch.parent) for branch in session.branches] == [
        ("main", ""), ("wide", "main"), ("set-W-2", "wide"),
    ]  # fmt: skip
    assert session.branch == "wide"
    for name in ("main", "off", "two words", "9"):
        assert answer(session, f"rename {name}").failed


# -- diff and parted -------------------------------------------------------------------------------------------


def test_diff_is_switched_on_against_the_parent_and_off_again():
    session = did(fresh(), "set W[0,0] = 1")
    session = did(session, "diff")
    assert session.compared == "main"
    assert did(session, "diff").compared == ""
    assert did(session, "diff off").compared == ""
    assert did(session, "undo").compared == "set-W"


def test_the_compared_run_is_taken_along_so_that_both_curves_are_there():
    session = did(fresh(), "update 17", "init orthogonal", "diff", "train 20")
    assert session.compared_metrics is not None
    assert len(session.compared_metrics) == len(session.metrics) == session.cursor.u
    later = did(fresh(), "update 17", "init orthogonal", "train 20", "goto update 3", "diff")
    assert len(later.compared_metrics) == len(later.metrics)


PARTED = [
    # the edit, made at (u, k) of the demo; where it parts: update, phase, t, line that has just run; names
    ("set W[2,3] = 0", 4, 20, (4, None, None, "W")),
    ("set x[2] = 1", 4, 20, (4, "forward", 2, "a")),
    ("set y[2] = 0", 4, 20, (4, "forward", 2, "loss")),
    ("set h0 = 1", 4, 20, (4, None, None, "h")),
    ("set lr = 1", 4, 20, (4, "update", 0, "U")),
    ("clip value:1e-9", 4, 20, (4, "update", 0, "dU dW dV db dc")),
    ("tbptt 1", 4, 20, (4, "backward", 3, "dh_next")),
    ("reduction mean", 4, 20, (4, "forward", 1, "loss")),
    ("optimiser momentum", 4, 20, (5, "update", 0, "U")),  # its first step is that of sgd
    ("optimiser adam", 4, 20, (4, "update", 0, "U")),
    ("set y[3] = 0", 4, 46, (8, "forward", 3, "loss")),
]


@pytest.mark.parametrize(("line", "u", "k", "place"), PARTED)
def test_parted_goes_to_the_first_position_at_which_the_runs_differ(line, u, k, place):
    session = did(fresh(), f"goto update {u} {k}", line, "train 3")
    said = message(session, "parted")
    session = did(session, "parted")
    update, phase, t, names = place
    assert session.cursor.u == update
    assert (session.ran and (session.ran.phase, session.ran.t)) == ((phase, t) if phase else None)
    assert f": {names} differ" in said


def state(trace: Trace, k: int) -> dict[str, bytes]:
    """Everything that lines write, at a position."""
    held = {name: trace.value(name, k) for name in (*SERIES, *PARAMETERS, "loss", *(f"d{n}" for n in PARAMETERS))}
    return {name: b"" if value is None else np.asarray(value).tobytes() for name, value in held.items()}


@pytest.mark.parametrize("line", ["set W[2,3] = 0", "set x[2] = 1", "set y[2] = 0", "set lr = 1", "tbptt 1",
                                  "reduction mean", "set b[3] = 1", "set c = 1", "set x[1][2] = 0"])  # fmt: skip
def test_it_is_the_first_one_by_looking_at_every_register_at_every_position(line):
    session = did(fresh(), "goto 20", line)
    one, other = session.trace, session.branches[0].run.trace(0)
    expected = next(k for k in range(one.end + 1) if state(one, k) != state(other, k))
    found = first_difference(one, other)
    assert found is not None
    assert found[0] == expected


def test_an_input_that_a_zero_weight_hides_parts_in_the_gradient_that_reads_it():
    session = did(fresh(), "set U[:,2] = 0", "set x[2][2] = 9", "parted")
    assert session.ran is not None
    assert (session.ran.phase, session.ran.t, session.ran.instruction.name) == ("backward", 2, "dU")


def test_a_fork_that_changes_nothing_never_parts():
    session = did(fresh(), "update 3", "set lr = lr", "train 2")
    assert "are the same" in message(session, "parted")
    assert did(session, "parted").cursor == session.cursor


def test_sequences_of_other_lengths_part_where_their_forward_phases_do():
    session = did(fresh(), "goto 3", "set W[0,0] = 1", "undo", "update 1", "sequence 1")
    session = did(session, "parted")
    assert session.cursor == (1, 1)


# -- other sequences ---------------------------------------------------------------------------------------------


def test_going_through_the_sequences_leaves_one_fork_and_coming_back_none():
    session = did(fresh(), "update 2", "following", "following")
    assert [(branch.name, branch.parent) for branch in session.branches] == [("main", ""), ("sequence-1", "main")]
    assert session.index == 0
    session = did(session, "previous", "previous")
    assert [branch.name for branch in session.branches] == ["main"]
    assert (session.branch, session.cursor, session.index) == ("main", (2, 0), 2)


def test_the_sequence_that_is_looked_at_is_no_other_one():
    session = did(fresh(), "update 2", "step 4", "sequence 3")
    assert [branch.name for branch in session.branches] == ["main"]
    assert session.cursor == (2, 0)


@pytest.mark.parametrize("done", ["update", "set lr = 1; undo", "rename mine"])
def test_another_sequence_with_which_something_was_done_is_kept(done):
    session = did(fresh(), "update 2", "following", *done.split("; "), "following")
    assert len([branch for branch in session.branches if branch.edit.startswith("sequence ")]) == 2


def test_a_fork_for_another_sequence_comes_back_from_a_file_when_its_siblings_were_dropped(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    session = did(fresh(), "set W[0,0] = 1", "fork main", "sequence 2", "drop set-W", "save-session s.json")
    back, _notes = reopening.reopen("s.json")
    assert [branch.name for branch in back.branches] == [branch.name for branch in session.branches]
    assert (back.branch, back.index) == ("sequence-2", 1)
