"""What p, display, info and assert answer: every digit of a number, the facts of an array, the place of a failure."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from rnn_core.debugger.commands.printing import EDGE, TOPICS, WHOLE, printed
from rnn_core.debugger.expressions import NotComputed, Scope, compile_expression
from rnn_core.errors import RnnError
from rnn_core.program import program
from rnn_core.updates import Clip, Options
from tests.debugger.sessions import answer, demo, fresh, made, run, same, spoiled, with_params


def p(session, text):
    return answer(session, f"p {text}").message


# -- p ------------------------------------------------------------------------------------------------------------


@given(st.floats(allow_nan=False))
def test_a_number_is_printed_with_every_digit(number):
    assert float(printed(np.float64(number))) == number


@pytest.mark.parametrize("k", range(0, 48, 3))
@pytest.mark.parametrize(
    "text", ["loss", "h[3][2]", "dW[2,4]", "norm(dh)", "nll", "t", "lr", "size(h)", "y[2]", "h[t][0]"]
)
def test_p_prints_the_bits_of_the_value_or_says_what_is_not_computed(k, text):
    try:
        expected = compile_expression(text, demo().trace).value(Scope(demo().trace, k))
    except NotComputed as missing:
        expected = f"{missing} is not computed yet"
    if isinstance(expected, str):
        assert p(demo().at(k), text) == expected
    else:
        assert np.float64(p(demo().at(k), text)).tobytes() == np.float64(expected).tobytes()


@pytest.mark.parametrize("line", ["p loss", "print loss", "p  loss "])
def test_p_changes_nothing(line):
    here = demo().at(20)
    assert answer(here, line).session is here


def test_conditions_are_printed_as_words_and_counted_in_arrays():
    assert p(demo().at(20), "t == 3") == "True"
    assert p(demo().at(20), "not t == 3") == "False"
    hidden = demo().trace.h[3]
    first, *rows = p(demo().at(20), "h > 0").split("\n")
    assert first == f"10 {np.sum(hidden > 0)} true"
    assert "".join(rows).count("True") == np.sum(hidden > 0)


def facts(text):
    """Shape, min, max and norm as the first line says them; the elements below."""
    first, _, elements = text.partition("\n")
    shape, *words = first.split()
    told = dict(zip(words[::2], map(float, words[1::2]), strict=True))
    return tuple(map(int, shape.split("×"))), told, elements


@pytest.mark.parametrize(
    "text", ["h", "dW", "U", "dh_next", "h[1:3]", "dW[2,:]", "y", "p[t]", "dW[1:3,2:5]", "db", "x"]
)
def test_an_array_tells_its_shape_its_range_its_norm_and_its_elements(text):
    here = demo().at(40)
    if text == "p[t]":
        here = demo().at(4)
    array = np.asarray(compile_expression(text, here.trace).value(Scope(here.trace, here.k)), dtype=float)
    shape, told, elements = facts(p(here, text))
    assert shape == array.shape
    for name, expected in (("min", array.min()), ("max", array.max()), ("norm", np.sqrt((array**2).sum()))):
        assert told[name] == pytest.approx(expected, rel=1e-5)
    found = np.array(elements.replace("[", " ").replace("]", " ").split(), dtype=float)
    np.testing.assert_allclose(found, array.ravel(), rtol=1e-5, atol=5.1e-7)


@pytest.mark.parametrize("hidden", [WHOLE, WHOLE + 1, 40])
def test_what_is_large_shows_its_edges(hidden):
    session = made(timesteps=2, hidden=hidden)
    shape, _, elements = facts(p(session, "W"))
    rows = [row for row in elements.split("\n") if "[" in row and any(char.isdigit() for char in row)]
    assert shape == (hidden, hidden)
    if hidden <= WHOLE:
        assert "..." not in elements
    else:
        assert len(rows) == 2 * EDGE
        edge = [*range(EDGE), *range(hidden - EDGE, hidden)]
        found = [float(word) for word in rows[0].replace("[", " ").replace("]", " ").split() if word != "..."]
        np.testing.assert_allclose(found, session.params.W[0, edge], rtol=1e-4, atol=1e-5)
    assert max(map(len, elements.split("\n"))) <= 100


def test_an_empty_part_and_numbers_that_are_not_finite_are_printed():
    assert p(demo().at(47), "dW[3:3,:]") == "0×10 empty\n[]"
    session = spoiled(math.nan, timesteps=2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert p(session, "W").startswith("4×4 min nan max nan norm nan\n")
        assert p(spoiled(math.inf, timesteps=2), "W").split("\n")[0].endswith("max inf norm inf")
        assert p(session, "W * 0 + 1e200").split("\n")[0].endswith("norm nan")
        assert p(demo(), "W * 0 + 1e200").split("\n")[0] == "10×10 min 1e+200 max 1e+200 norm 1e+201"
        assert p(demo(), "1/0") == "inf"


@given(arrays.arrays(np.float64, arrays.array_shapes(max_dims=2, max_side=30)))
def test_any_array_is_printed_in_lines_that_fit(array):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lines = printed(array).split("\n")
    assert lines[0].startswith("×".join(map(str, array.shape)))
    assert len(lines) <= 60
    assert all(len(line) <= 110 for line in lines)


# -- display ------------------------------------------------------------------------------------------------------


def test_displays_are_kept_in_order_shown_at_each_position_and_ended_by_number():
    session = run(demo(), "display norm(dh_next)", "display t", "display h[3]")
    assert session.displays == ("norm(dh_next)", "t", "h[3]")
    assert answer(session.at(24), "display").message.split("\n") == [
        "1  norm(dh_next) = 2.24e-4", "2  t = 2", f"3  h[3] = 10 ‖{np.linalg.norm(demo().trace.h[3]):.4f}‖",
    ]  # fmt: skip
    assert answer(session, "display").message.split("\n")[2] == "3  h[3] = not computed yet"
    assert answer(session, "info displays").message == answer(session, "display").message
    assert run(session, "undisplay 2").displays == ("norm(dh_next)", "h[3]")
    assert run(session, "undisplay").displays == run(session, "undisplay all").displays == ()
    assert answer(session, "display t").message == "t is displayed already"
    assert answer(demo(), "display").message == "nothing is displayed: display EXPRESSION"


@pytest.mark.parametrize(
    "line", ["undisplay 4", "undisplay 0", "undisplay x", "undisplay ²", "undisplay -1", "undisplay 1e0"]
)
def test_a_display_that_does_not_exist_is_told(line):
    session = run(demo(), "display t")
    said = answer(session, line)
    assert same(said.session, session)
    assert said.message.startswith("no display ")


def test_a_display_that_does_not_fit_another_run_says_so_and_hides_no_other():
    session = run(made(timesteps=9, hidden=4), "display h[9][0]", "display dW[t,0]", "display t")
    shorter = made(timesteps=3, hidden=4).trace
    moved = session.within(shorter, 0)
    lines = answer(moved, "display").message.split("\n")
    assert lines[0] == "1  h[9][0]: column 3: h has no timestep 9 (0 to 3)"
    assert lines[2] == "3  t = 1"
    lines = answer(session.at(45 + 8), "display").message.split("\n")
    assert lines[1].startswith("2  dW[t,0]: column 1: [9,0] does not fit shape (4, 4)")


# -- info ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_of_info_answers_at_every_position_of_any_run(topic):
    halted = with_params(
        spoiled(math.inf, timesteps=2), spoiled(math.inf, timesteps=2).params, Options(clip=Clip("norm", 1))
    )
    for session in (demo(), made(timesteps=1, absent=1.0), made(clip="norm:1", reduction="mean"), halted):
        session = run(session, "break dh if t > 1", "watch norm(dh_next) < 1", "mark a", "display t")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for k in range(session.trace.end + 1):
                said = answer(session.at(k), f"info {topic}")
                assert said.message
                assert same(said.session, session.at(k))


def test_info_position_and_line_name_what_ran_and_what_runs_next():
    session = fresh()
    assert answer(session, "info position").message == "position 0 of 47 · nothing has run · next forward t=1 a"
    assert answer(session.at(47), "info position").message == "position 47 of 47 · ran update c · next end"
    for k in range(47):
        ran, following = demo().at(k).ran, demo().at(k).following
        told = answer(demo().at(k), "info position").message
        assert told.endswith(
            f"next {following.phase} {f't={following.t} ' if following.t else ''}{following.instruction.name}"
        )
        assert ran is None or f"ran {ran.phase} {f't={ran.t} ' if ran.t else ''}{ran.instruction.name} ·" in told
        line, reads = answer(demo().at(k), "info line").message.split("\n")
        assert line.endswith(str(program().instruction(following.instruction.name)))
        assert reads.startswith("reads ")
    assert answer(demo().at(47), "info line").message == "the end: no line is about to run"


def test_info_model_and_sequence_tell_sizes_norms_targets_and_loss():
    lines = answer(demo(), "info model").message.split("\n")
    assert lines[0] == "rnn tanh · in 5 · hidden 10 · out 3"
    for line, (name, shape) in zip(
        lines[1:], {"U": "10×5", "W": "10×10", "V": "3×10", "b": "10", "c": "3"}.items(), strict=True
    ):
        words = line.split()
        assert words[:2] == [name, shape]
        assert float(words[3]) == pytest.approx(np.linalg.norm(getattr(demo().params, name)), rel=1e-5)
    first, second = answer(demo(), "info sequence").message.split("\n")
    assert first == "demo · sequence 1 of 4 · T 3"
    assert second.startswith("3 targets · mean loss 1.09")
    assert second.endswith("reduction sum")
    assert (
        "0 targets · no targets · reduction mean" in answer(made(absent=1.0, reduction="mean"), "info sequence").message
    )


def test_the_list_of_breakpoints_tells_hits_so_far_and_the_value_beside_the_threshold():
    session = run(
        demo(), "break dh", "watch norm(dh_next) > 1e-4", "tbreak W", "ignore 1 1", 'log dz "t {t}"', "disable 3"
    )
    assert answer(session.at(27), "info breakpoints").message.split("\n") == [
        "  1 breakpoint dh · ignores 1 · hits 2",
        "  2 watchpoint norm(dh_next) > 1e-4 · hits 1 · norm(dh_next) is 2.24e-4",
        "  3 breakpoint W · off · once · hits 0",
        '  4 logpoint   dz · "t {t}" · hits 2',
    ]


# -- assert -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("norm(dW) < 1e-9", " · norm(dW) = "), ("t == 1", " · t = 0"), ("t + 1 < lr", " · t + 1 = 1 · lr = 0.01"),
        ("all(h > 1)", ""), ("not loss > 0", ""), ("h[3][0] > 1 and t == 0", " · h[3][0] = "),
        ("dW[0,0]*0 != 0", " · dW[0,0]*0 = -0.0"), ("(t+0)>k", " · t+0 = 0 · k = 47"),
        ("log(loss - loss) > 1", " · log(loss - loss) = -inf"), ("norm(h) < norm(p) * 0", " · norm(h) = "),
    ],
)  # fmt: skip
def test_an_assertion_that_does_not_hold_fails_with_the_place_and_both_values(text, values):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        said = answer(demo().at(47), f"assert {text}")
    assert said.failed
    assert said.message.startswith(f"assertion failed at position 47, end: {text}{values}")
    assert "\n" not in said.message


@pytest.mark.parametrize("text", ["norm(dW) < 1", "finite(h) and t == 0", "loss / T < 2", "1"])
def test_an_assertion_that_holds_says_nothing(text):
    here = demo().at(47)
    said = answer(here, f"assert {text}")
    assert (said.session, said.message, said.failed) == (here, "", False)


def test_an_assertion_on_what_is_not_computed_or_is_no_condition_fails():
    said = answer(demo().at(3), "assert norm(dW) < 1")
    assert said.failed
    assert said.message == "assertion failed at position 3, forward t=1 p: norm(dW) < 1 · norm(dW) = not computed yet"
    for text in ("h > 0", "nothing > 0", ""):
        said = answer(demo().at(3), f"assert {text}")
        assert said.failed
        assert not said.message.startswith("assertion")


def test_errors_of_expressions_are_one_family():
    for text in ("nothing", "h +", "h[99]", "'x'"):
        with pytest.raises(RnnError):
            compile_expression(text, demo().trace)
        assert answer(demo(), f"p {text}").failed


def test_a_line_that_a_truncation_cuts_says_that_it_is_not_run():
    session = run(made(timesteps=4, truncation=2), "goto dh_next t=3")
    assert answer(session, "info line").message.split("\n")[0] == "backward t=3 · dh_next  not run: window ends"
    assert "= Wᵀ·da" in answer(run(session, "goto dh_next t=2"), "info line").message


@pytest.mark.parametrize(
    ("line", "said"), [("p T", "3"), ("p y[T]", "2"), ("p 2**60", repr(2.0**60)), ("p 1/4", "0.25")]
)
def test_a_whole_number_is_printed_whole(line, said):
    assert answer(demo(), line).message == said


def test_one_hit_is_one_hit():
    session = run(demo(), "break dh")
    assert answer(session, "ignore 1 1").message == "breakpoint 1: leaves out its first hit"
    assert answer(session, "ignore 1 2").message == "breakpoint 1: leaves out its first 2 hits"
