"""Random expressions: each evaluates or is refused in one line, never anything else, in bounded time."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_core.debugger.expressions import NotComputed, Scope, compile_expression
from rnn_core.debugger.expressions.functions import FUNCTIONS, PREV
from rnn_core.debugger.position.places import Location
from rnn_core.debugger.stops.breakpoints import Breakpoint, compiled
from rnn_core.debugger.stops.hits import hits, search
from rnn_core.errors import RnnError, UsageError
from tests.debugger.sessions import answer, demo, made, spoiled
from tests.listing import EXPRESSION_NAMES as NAMES

TRACES = [
    demo().trace,
    made(timesteps=2, hidden=3, clip="norm:0.1", absent=0.5).trace,
    spoiled(math.nan, timesteps=2, hidden=3).trace,
    spoiled(math.inf, "V", timesteps=2, hidden=3).trace,
]
runs = st.sampled_from(TRACES)
numbers = st.one_of(
    st.integers(-3, 12).map(str),
    st.floats(allow_nan=False).map(repr),
    st.sampled_from(["0", "1", "9**9", "1e400", "0/0", "-0.0", "True", "t", "t-1", "T", "k"]),
)
names = st.sampled_from(NAMES)


def slices(inner):
    bound = st.one_of(st.just(""), inner)
    return st.one_of(
        inner,
        st.builds("{}:{}".format, bound, bound),
        st.builds("{}:{}:{}".format, bound, bound, bound),
    )


def larger(inner):
    """One level more: what is built of smaller expressions."""
    index = slices(st.one_of(numbers, inner))
    return st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "@"]), inner),
        st.builds("({} {} {})".format, inner, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), inner),
        st.builds("({} {} {} {} {})".format, inner, st.sampled_from(["<", "==", ">"]), inner, st.just("<="), inner),
        st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner),
        st.builds("({} {})".format, st.sampled_from(["not", "-", "+"]), inner),
        st.builds("{}({})".format, st.sampled_from([*FUNCTIONS, PREV]), inner),
        st.builds("{}({}, {})".format, st.sampled_from([*FUNCTIONS]), inner, inner),
        st.builds("{}[{}]".format, names, index),
        st.builds("{}[{},{}]".format, names, index, index),
        st.builds("{}[{}][{}]".format, names, index, index),
    )


VECTORS = ["h", "a", "dh", "da", "dh_next", "b", "db", "h[t]", "h[t-1]", "dW[0]", "dW[:,1]", "h0", "U[:,0]", "prev(dh)"]
OF_ONE = [name for name, function in FUNCTIONS.items() if function.takes == 1 and not function.decomposes]


def longer(vectors):
    """Vectors of H numbers made of vectors of H numbers."""
    return st.one_of(
        st.builds("({} {} {})".format, vectors, st.sampled_from(["+", "-", "*", "/", "**", "<", "=="]), vectors),
        st.builds("({} {} {})".format, numbers, st.sampled_from(["+", "-", "*", "/", ">="]), vectors),
        st.builds("{}({})".format, st.sampled_from(["abs", "exp", "log", "tanh", "sqrt", "-", "prev"]), vectors),
        st.builds("({} @ {})".format, st.sampled_from(["W", "dW", "prev(dW)"]), vectors),
    )


def scalars_of(vectors):
    """Single numbers, and conditions on them."""
    one = st.one_of(
        st.builds("{}({})".format, st.sampled_from(OF_ONE), vectors),
        st.builds("{}({}, {})".format, st.sampled_from(["cos", "dot"]), vectors, vectors),
        st.builds("{}({})".format, st.sampled_from(["rho", "rank", "sigma_max"]), st.sampled_from(["W", "dW", "W@W"])),
        st.builds(
            "{}[{}]".format, st.sampled_from(["h[t]", "db", "dW[1]", "p"]), st.sampled_from(["0", "-1", "argmax(p)"])
        ),
    )
    return st.recursive(
        st.one_of(one, one, numbers, st.sampled_from(["loss", "t", "nll", "lr", "in_backward"])),
        lambda inner: st.builds(
            "({} {} {})".format, inner, st.sampled_from(["+", "-", "/", "<", ">=", "and", "or", "== 0 or not"]), inner
        ),
        max_leaves=5,
    )


fitting_vectors = st.recursive(st.sampled_from(VECTORS), longer, max_leaves=4)
fitting = st.one_of(fitting_vectors, scalars_of(fitting_vectors))
"""Expressions whose shapes fit, so that most of them have a value somewhere."""
trees = st.one_of(fitting, st.recursive(st.one_of(names, numbers), larger, max_leaves=12))
PIECES = [
    *NAMES, *FUNCTIONS, PREV, *"+-*/%@<>=!()[]{}:,.;'\"\\~&|^# \t\n\x00\x1b", "**", "//", "==", ":=", "->", "...",
    "1", "2.5",
    "1e9", "9" * 30, "and", "or", "not", "if", "else", "for", "in", "is", "lambda", "None", "yield", "await", "import",
    "__class__", "__import__", "f'", "b'", "é", "ℎ", "ｈ", "²", "٣", "\u202e", "\ud800", "🙂", "0x", "1j", "_", "__",
]  # fmt: skip
texts = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=25).map("".join))


def judged(trace, text, k):
    """The value, or None for a refusal; anything else is an error, and so is a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            expression = compile_expression(text, trace)
            value = expression.value(Scope(trace, k))
        except NotComputed:
            return None
        except RnnError as refusal:
            told = str(refusal)
            value = None
    if value is None:
        assert "\n" not in told
        assert len(told) <= 320
        return None
    assert isinstance(value, np.generic | np.ndarray), type(value)
    assert np.asarray(value).dtype.kind in "fbi"
    assert np.asarray(value).dtype != np.float16
    return value


@settings(max_examples=600)
@given(trees, runs, st.data())
def test_a_random_tree_evaluates_or_is_refused(text, trace, data):
    judged(trace, text, data.draw(st.integers(0, trace.end)))


@settings(max_examples=600)
@given(texts, runs, st.data())
def test_a_random_text_evaluates_or_is_refused(text, trace, data):
    judged(trace, text, data.draw(st.integers(0, trace.end)))


@settings(max_examples=300)
@given(trees, runs, st.data())
def test_a_value_depends_on_the_position_alone(text, trace, data):
    """Evaluating elsewhere in between, forwards or backwards, changes no bit."""
    try:
        expression = compile_expression(text, trace)
    except RnnError:
        return
    places = data.draw(st.lists(st.integers(0, trace.end), min_size=1, max_size=4))
    scope = Scope(trace, 0)

    def seen(scope, k):
        scope.k = k
        try:
            return np.asarray(expression.value(scope)).tobytes()
        except (NotComputed, RnnError) as refusal:
            return str(refusal)

    first = [seen(scope, k) for k in places]
    assert [seen(scope, k) for k in reversed(places)] == first[::-1]
    assert [seen(Scope(trace, k), k) for k in places] == first


@settings(max_examples=300)
@given(trees, runs)
def test_its_value_changes_at_no_line_but_those_it_names(text, trace):
    """What makes a search fast: between two writes of what an expression reads it need not be looked at."""
    try:
        expression = compile_expression(text, trace)
    except RnnError:
        return
    lines, before = expression.writers(trace.program), None
    for k in range(trace.end + 1):
        try:
            now = np.asarray(expression.value(Scope(trace, k))).tobytes()
        except (NotComputed, RnnError) as refusal:
            now = str(refusal)
        if k and trace.place(k).instruction.name not in lines:
            assert now == before, (k, trace.place(k))
        before = now


@settings(max_examples=200)
@given(trees, trees, runs, st.integers(0, 60), st.sampled_from([+1, -1]))
def test_a_search_with_random_conditions_stops_or_is_refused(watch, condition, trace, k, direction):
    point = Breakpoint(1, watch=watch, condition=condition)
    place = Breakpoint(2, Location(line="dh"), condition=condition, ignore=1, log="{" + watch + "}")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for each in (point, place):
            try:
                stop = search(trace, (each,), min(k, trace.end), direction)
                everywhere = hits(trace, each) if stop and stop.numbers else ()
            except RnnError:  # perhaps only beyond the stop: an index that moves with the run
                continue
            assert stop is None or 0 <= stop.k <= trace.end
            assert not everywhere or stop.k in everywhere


@settings(max_examples=200)
@given(st.one_of(trees, texts), st.integers(0, 47))
def test_the_commands_that_take_an_expression_answer_whatever_is_typed(text, k):
    here = demo().at(k)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for line in (f"p {text}", f"assert {text}", f"display {text}", f"watch {text}", f"break dh if {text}",
                     f"log dh '{text}'", f"log dh '{{{text}}}'", f"last {text}", f"next-write {text}", f"why {text}",
                     f"break {text}", f"until {text}", f"ignore {text}", f"mark {text}"):  # fmt: skip
            said = answer(here, line)
            assert 0 <= said.session.k <= 47
            for after in ("info breakpoints", "info displays"):
                answer(said.session, after)


@pytest.mark.parametrize("text", ["h > 0", "dW", "t", "p == p"])
def test_what_a_run_cannot_stop_on_is_said_when_it_is_set(text):
    point = Breakpoint(1, watch=text if ">" in text or "==" in text else "", condition="" if ">" in text else text)
    if text != "t":
        with pytest.raises(UsageError, match="a condition has one"):
            compiled(demo().trace, point)
