"""A person's run beside ours: which of their lines each of ours is, and that its numbers are theirs."""

from __future__ import annotations

import numpy as np
import pytest

from rnn_core.alongside.run import NONE
from rnn_core.alongside.theirs import theirs
from tests.theirs.programs import line_of, opened, run, text_of

LINES = {
    "columns": {
        "a": "np.tanh(",
        "dz": "dy = outputs[t] - target",
        "dh": "dh = np.dot(V.T, dy) + dh_next",
        "da": "dtanh = (1 - ",
        "dW": "dW += np.dot(dtanh, hidden_states[t]",
        "dh_next": "dh_next = np.dot(W.T, dtanh)",
        "W": "W_new = W - learning_rate * dW",
    },
    "attributes": {
        "a": "pre = self.Wx @ x",
        "h": "self.hs.append(np.tanh(pre))",
        "z": "logits = self.Wy @",
        "p": "self.ps.append(e / e.sum())",
        "dz": "d_logits[ys[t]] -= 1.0",
        "dU": "gWx += np.outer(d_pre, self.xs[t])",
    },
    "wholearrays": {"z": 'S[:, 1:] @ P["Who"]', "h": "np.tanh("},
}


def executed(style: str, kind: str = "right") -> dict[str, object]:
    """A program of functions, run as Python runs it, without its training loop."""
    scope: dict[str, object] = {"__name__": "their_rnn"}
    text = text_of(style, kind)
    np.random.seed(0)  # as the review seeds what the code does not
    exec(compile(text[: text.index("for epoch in")], "their_rnn", "exec"), scope)
    return scope


@pytest.mark.parametrize("style", ["columns", "attributes", "wholearrays"])
def test_each_line_of_ours_stands_beside_the_line_of_theirs_that_computes_it(style):
    session = opened(style)
    run_, trace = session.beside, session.trace
    assert run_ is not None
    for name, fragment in LINES[style].items():
        places = [k for k in range(1, trace.end + 1) if trace.place(k).instruction.name == name]
        assert {run_.line_of(k) for k in places} == {line_of(style, "right", fragment)}, name


def test_what_their_backward_pass_returns_is_what_is_shown_of_it():
    for kind in ("right", "dW h[t]", "carry W"):
        scope = executed("columns", kind)
        session = opened("columns", kind)
        inputs, targets = scope["training_data"][0]
        parameters = [scope[name] for name in ("U", "W", "V", "b", "c")]
        outputs, states = scope["forward"](list(inputs), *parameters)
        gradients = scope["backward"](list(inputs), outputs, states, targets, *parameters)
        own = theirs(session.beside, session.trace)
        for name, gradient in zip(("dU", "dW", "dV", "db", "dc"), gradients, strict=True):
            shown = own.value(name, session.trace.end)
            np.testing.assert_allclose(shown, np.reshape(gradient, shown.shape), rtol=1e-12, err_msg=f"{kind} {name}")
        np.testing.assert_allclose(own.rows["h"][1:], np.array(states[1:])[:, :, 0], rtol=1e-12)


def test_our_trace_is_that_of_their_network_and_data():
    scope = executed("columns")
    session = opened("columns")
    inputs, targets = scope["training_data"][0]
    np.testing.assert_array_equal(session.trace.params["W"], scope["W"])
    np.testing.assert_array_equal(session.trace.x, np.array(inputs)[:, :, 0])
    assert session.trace.y.tolist() == targets
    assert session.options.learning_rate == scope["learning_rate"]


def test_a_wrong_line_differs_and_only_what_is_computed_from_it_does():
    session = opened("columns", "carry W")
    differing = {session.trace.place(int(k)).instruction.name for k in np.flatnonzero(session.beside.differs)}
    assert differing == {"dh_next", "dh", "da", "db", "dU", "dW"}
    assert not opened("columns").beside.differs.any()


def test_positions_of_theirs_and_ours_go_forward_together_and_none_is_lost():
    for style in ("columns", "minchar", "wholearrays"):
        session = opened(style)
        stops = session.beside.stops
        assert (np.diff(stops.k) >= 0).all()
        assert stops.k[0] == 0
        computed = np.flatnonzero(session.beside.stop_of != NONE)
        assert stops.k[-1] == computed.max(), "when all of theirs has run, so has every line of ours that they have"


def test_a_batch_shows_its_first_sequence_and_agrees_where_the_code_is_right():
    session = opened("cachetuples")
    assert len(session.dataset.sequences) > 1
    assert not session.beside.differs.any()
    own = theirs(session.beside, session.trace)
    np.testing.assert_allclose(
        own.value("dW", session.trace.end), session.trace.value("dW", session.trace.end), atol=1e-12
    )


def test_a_loop_without_a_line_of_ours_is_one_step():
    session = opened("minchar")
    stops = session.beside.stops
    clipping = line_of("minchar", "right", "for dparam in [")
    assert np.count_nonzero(stops.lines == clipping) == 1
    assert stops.folded[stops.lines == clipping].all()


def test_stepping_their_statements_forward_and_back_meets_the_same_places():
    session = run(opened("columns"), "by theirs").session
    there = []
    for _ in range(12):
        there.append((session.stopped, session.k))
        session = run(session, "step").session
    for place in reversed(there):
        session = run(session, "back").session
        assert (session.stopped, session.k) == place
