"""Bug hunts: what is shown, what is refused, how answers are graded, and that seeds and progress hold."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.commands.completion import completions
from rnn_core.debugger.effects.performing import perform
from rnn_core.debugger.persistence.opening import open_session
from rnn_core.debugger.persistence.session_file import to_bytes
from rnn_core.errors import UsageError
from rnn_core.hunts import progress
from rnn_core.hunts.course import COURSE
from rnn_core.hunts.exercise import exercise, numbers
from rnn_core.hunts.grading import causes, grade, lines
from rnn_core.hunts.hunt import COURSE_LENGTH, LEVELS, Hunt, asked, named
from rnn_core.interpreter import registers, run
from rnn_core.program import program
from rnn_core.recipe import Recipe
from rnn_core.recorder import record
from rnn_core.views.cells import cell_value, line_cell
from rnn_core.views.claimed import by_operands, claimed_row
from tests.debugger.sessions import demo
from tests.tui.painted import painted

COURSE_HUNTS = [asked(number, None) for number in range(1, COURSE_LENGTH + 1)]
SEEDS = [Hunt(0, seed, level) for seed in (21, 500) for level in LEVELS]
EVERY = COURSE_HUNTS + SEEDS


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def session(hunt="hunt 8"):
    return open_session(Recipe(demo=hunt))


def does(before, line):
    done = COMMANDS.execute(before, line)
    said, now, failed = [done.message], done.session, done.failed
    for effect in done.effects:
        after = perform(effect, now)
        said, now, failed = [*said, after.message], after.session, failed or after.failed
    return now, "\n".join(filter(None, said)), failed


# -- what is hunted ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hunt", EVERY, ids=lambda hunt: hunt.source)
def test_the_numbers_are_those_of_the_wrong_program_as_the_interpreter_runs_it(hunt):
    made = exercise(hunt)
    T = len(made.trace)
    r = registers(made.run.params, made.run.sequence(0), made.run.options, listing=made.wrong)
    run(made.wrong, r, T, 0, made.wrong.borders(T)[2])
    for name, gradient in made.trace.gradients.items():
        assert np.array_equal(gradient, np.broadcast_to(getattr(r, f"d{name}"), gradient.shape))
    assert [str(line) for line in made.trace.program] == [str(line) for line in program()], (
        "the listing is the right one"
    )


@pytest.mark.parametrize("hunt", EVERY, ids=lambda hunt: hunt.source)
def test_one_line_is_wrong_and_its_numbers_differ_enough_to_be_seen(hunt):
    made = exercise(hunt)
    different = [line for line in made.wrong if str(line) != str(program().instruction(line.name))]
    assert [line.name for line in different] == [made.line]
    right = numbers(record(made.run.params, made.run.sequence(0), made.run.options))
    wrong = numbers(made.trace)
    assert all(np.isfinite(array).all() for array in wrong.values())
    assert max(np.abs(wrong[name] - right[name]).max() / np.abs(right[name]).max() for name in right) > 0.01


@pytest.mark.parametrize("hunt", EVERY, ids=lambda hunt: hunt.source)
def test_only_at_the_wrong_line_do_the_operands_make_something_else_than_is_found(hunt):
    made = exercise(hunt)
    trace, guilty = made.trace, set()
    T = len(trace)
    for k in range(1, trace.program.borders(T)[3] + 1):
        place = trace.place(k)
        name, shape = place.instruction.name, np.shape(trace.value(place.instruction.name, k))
        for index in np.ndindex(shape):
            cell = line_cell(trace, place, session().view.units)
            first = cell.index[:1] if trace.program.registers[name].kind == "series" else ()
            cell = replace(cell, index=(*first, *index))
            if not np.isclose(by_operands(trace, k, cell), cell_value(trace, k, cell), rtol=1e-9, atol=1e-12):
                guilty.add(name)
    assert guilty == {made.line}


def test_a_seed_and_a_level_make_the_same_hunt_every_time_and_others_make_others():
    names = {hunt.source: exercise(hunt).mistake.name for hunt in SEEDS}
    assert {hunt.source: exercise(hunt).mistake.name for hunt in SEEDS} == names
    assert len({exercise(Hunt(0, seed, 2)).mistake.name for seed in range(100, 112)}) > 6


def test_the_course_becomes_harder_and_has_every_line_of_the_backward_pass():
    levels = [hunt.level for hunt in COURSE_HUNTS]
    assert levels == sorted(levels)
    assert set(levels) == set(LEVELS)
    assert {exercise(hunt).line for hunt in COURSE_HUNTS} >= {line.name for line in program().backward}
    assert len(set(COURSE)) == COURSE_LENGTH


@pytest.mark.parametrize("hunt", EVERY, ids=lambda hunt: hunt.source)
def test_the_words_of_a_hunt_name_it_again(hunt):
    again = named(hunt.source)
    assert (again.source, again.level, again.seed) == (hunt.source, hunt.level, hunt.seed)


@pytest.mark.parametrize("source", ["hunt 0", "hunt", "hunt x", "hunt 3 --level 4", "hunt 99999999999"])
def test_what_is_no_hunt_is_refused(source):
    with pytest.raises(UsageError, match="no hunt"):
        open_session(Recipe(demo=source + " " * (source == "hunt")))


# -- answers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hunt", EVERY, ids=lambda hunt: hunt.source)
def test_the_right_line_with_the_right_cause_is_right_in_words_and_as_a_line(hunt):
    made = exercise(hunt)
    assert grade(made, made.line, made.mistake.cause).right
    assert grade(made, made.line, made.mistake.replaced).right
    other = next(name for name in lines() if name != made.line)
    assert not grade(made, other, "").line


def test_whatever_makes_the_same_numbers_is_right():
    made = exercise(named("hunt 9"))
    assert made.mistake.name == "dc: dc"
    assert grade(made, "dc", "dc is never added to").right
    assert grade(made, "dc", "0·dz").right
    assert not grade(made, "dc", "dz").right


@pytest.mark.parametrize(
    "cause", ["h[t] in place of h[t-1]", "H[T]  in place of h[t-1]", "outer(da, h[t])", "dW += outer(da, h)"]
)
def test_a_cause_is_taken_in_the_catalogue_s_words_and_as_the_line_is(cause):
    now, said, failed = does(session(), f"answer dW {cause}")
    assert not failed
    assert now.hunt.solved
    assert "dW += outer(da, h[t])" in said
    assert "solved in " in said


@pytest.mark.parametrize(
    ("answer", "said"),
    [("dU x[t-1] in place of x[t]", "dU does what it says"), ("dW", "dW is the wrong line; now its cause"),
     ("dW dW is never added to", "dW is the wrong line; that is not its cause"), ("dW outer(da, h)·", "no line"),
     ("dQ", 'no line "dQ"'), ("dW h[t] in", "several causes begin so"), ("dW foo", "no cause of the catalogue"),
     ("dW da", "that is not its cause"), ("", "needs line cause")],
)  # fmt: skip
def test_a_wrong_answer_says_what_is_wrong_with_it_and_fails_a_script(answer, said):
    now, text, failed = does(session(), f"answer {answer}".strip())
    assert failed
    assert said in text
    assert not now.hunt.solved


def test_answers_and_hints_are_counted_and_hints_end_with_the_line():
    now, made = session(), exercise(session().hunt)
    now, _, _ = does(now, "answer dV")
    texts = []
    for _ in range(9):
        now, text, _ = does(now, "hint")
        texts.append(text)
    assert (now.hunt.answers, now.hunt.hints) == (1, 7)
    assert made.line not in " ".join(texts[:2]).replace("backward", "")
    assert str(program().instruction(made.line)) in texts[4]
    assert str(made.wrong.instruction(made.line)) in texts[6] == texts[8]


def test_completion_offers_lines_then_causes():
    at = session()
    assert "dW" in completions(at, "answer d")[1]
    begin, offered = completions(at, "answer dW h[t] in place of h")
    assert begin == len("answer dW ")
    assert offered == ("h[t] in place of h[t-1]",)
    assert set(causes("dW")) == set(completions(at, "answer dW ")[1])
    assert completions(at, "answer loss ")[1] == ()


# -- in the debugger -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "check all",
        "check --mine x.npz",
        "train",
        "update 1",
        "sequence 1",
        "open x.csv",
        "flow",
        "findings",
        "truncation",
    ],
)
def test_what_would_give_it_away_waits_until_it_is_solved(line):
    _, said, failed = does(session(), line)
    assert failed
    assert "not for a hunt" in said


def test_there_is_one_update_and_nothing_is_saved():
    at, _, _ = does(session(), "end")
    (effect,) = COMMANDS.execute(at, "step").effects
    with pytest.raises(UsageError, match="a hunt is one update"):
        perform(effect, at)
    with pytest.raises(UsageError, match="rnn-tui hunt 8 begins it anew"):
        to_bytes(at)


def test_a_fork_runs_the_wrong_program_as_well():
    now, _, failed = does(session(), "set W[0,0] = 0")
    assert not failed
    wrong, params = exercise(now.hunt).wrong, now.trace.params
    assert params["W"][0, 0] == 0
    expected = record(params, now.trace.sequence, now.options, listing=wrong)
    assert np.array_equal(now.trace.gradients["W"], expected.gradients["W"])


def test_this_step_shows_both_numbers_and_says_at_the_start_what_to_do():
    at = session()
    assert "answer LINE CAUSE" in "".join(part.text for part in claimed_row(at.trace, 0, at.view))
    at, _, _ = does(at, "goto dW t=3 backward")
    at, _, _ = does(at, "step")
    text = "".join(part.text for part in claimed_row(at.trace, at.k, at.view))
    dW, da, h = at.trace.value("dW", at.k), at.trace.da[2][0], at.trace.h
    before = at.trace.da[3][0] * h[4][0]
    assert dW[0, 0] == pytest.approx(before + da * h[3][0])
    made, found = (float(word) for word in text.replace("the operands make", "").split("found"))
    assert found == pytest.approx(dW[0, 0], rel=1e-3)
    assert made == pytest.approx(before + da * h[2][0], rel=1e-3)


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40)])
def test_the_screen_says_that_it_is_a_hunt_and_shows_both_numbers_whole(width, height):
    at, _, _ = does(session(), "goto dW t=3 backward")
    at, _, _ = does(at, "step")
    shown = painted(at, width, height)
    assert "hunt 8/20 · level 2 · one line does not do what it says" in shown["header"].text
    expected = "".join(part.text for part in claimed_row(at.trace, at.k, at.view))
    assert expected in shown["step"].text
    document = (Path(__file__).parents[2] / "docs" / "hunts.md").read_text(encoding="utf-8")
    for row in shown["step"].rows[1:5]:
        assert row.rstrip() in document
    solved = replace(at, hunt=replace(at.hunt, solved=True))
    assert "level 2 · solved" in painted(solved, width, height)["header"].text


def test_a_run_that_is_no_hunt_shows_no_word_of_one():
    shown = painted(does(demo(), "step")[0], 120, 40)
    assert "the operands make" not in shown["step"].text
    assert "level" not in shown["header"].text


def test_without_a_hunt_its_commands_are_refused():
    for line in ("hint", "answer dW"):
        _, said, failed = does(demo(), line)
        assert failed
        assert "rnn-tui hunt begins one" in said


# -- progress --------------------------------------------------------------------------------------------------------


def test_progress_is_kept_the_better_way_and_the_course_goes_on():
    assert progress.following(progress.read()) == 1
    progress.note(asked(1, None), 60.0)
    progress.note(replace(asked(1, None), hints=2, answers=3), 5.0)
    progress.note(Hunt(0, 77, 2), 5.0)
    assert list(progress.read()) == [1]
    assert str(progress.read()[1]) == "1:00, no hint, 0 answers"
    assert progress.following(progress.read()) == 2


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": 1}', '{"1": {"seconds": "x"}}', '{"99": {}}', "[" * 5000])
def test_a_spoiled_file_of_progress_is_nothing_solved(text, tmp_path):
    (tmp_path / "rnn-tui").mkdir()
    (tmp_path / "rnn-tui" / progress.FILE).write_text(text)
    assert progress.read() == {}
    progress.note(asked(2, None), 1.0)
    assert list(progress.read()) == [2]
    assert json.loads((tmp_path / "rnn-tui" / progress.FILE).read_text())["2"]["seconds"] == 1.0
