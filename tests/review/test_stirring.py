"""What coincidence hides: a file that is right with its own numbers is judged once more with others."""

from __future__ import annotations

import pytest

from rnn_core.review import Options, review, stirring
from rnn_core.review.report import as_json, lines
from tests.review import corpus
from tests.review.coincidences import ONE_TIMESTEP, ONE_UPDATE, SYMMETRIC, changed


@pytest.fixture
def reviewed(tmp_path):
    def run(text, **options):
        path = tmp_path / "my_rnn.py"
        path.write_text(text, encoding="utf-8")
        return review(path, Options(**options))

    return run


@pytest.mark.parametrize("style", ONE_UPDATE)
def test_a_right_program_stays_right_with_other_numbers(reviewed, style):
    report = reviewed(changed(style, ONE_UPDATE[style], SYMMETRIC[style]))
    assert report.verdict == "right"
    note = next(note for note in report.notes if note.startswith("also right with other numbers in "))
    assert all(name in note for name in ("W", "b", "c"))


# What hides it, the style with its changes, the mistake, and its cause.
HIDDEN = {
    "symmetric W: not transposed": (
        "W (theirs is symmetric)", "attributes", ONE_UPDATE["attributes"] | SYMMETRIC["attributes"],
        "carry = self.Wh.T @ d_pre", "carry = self.Wh @ d_pre", "W is not transposed"),
    "W is the identity: not transposed": (
        "W (theirs is symmetric)", "rowvectors", ONE_UPDATE["rowvectors"] | SYMMETRIC["rowvectors"],
        "suivant = d_pre @ P_c.T", "suivant = d_pre @ P_c", "W is not transposed"),
    "W is the identity: left out": (
        "W (theirs is symmetric)", "minchar", ONE_UPDATE["minchar"] | SYMMETRIC["minchar"],
        "dhnext = np.dot(Whh.T, dhraw)", "dhnext = dhraw", "Wᵀ is left out"),
    "W is 0: h[t] in dW": (
        "W (theirs are 0)", "closures", ONE_UPDATE["closures"] | SYMMETRIC["closures"],
        "zip(delta, zustaende))", "zip(delta, zustaende[1:]))", "h[t] in place of h[t-1]"),
    "symmetric V: not transposed": (
        "V (theirs is symmetric)", "columns", ONE_UPDATE["columns"] | {
            "= 5, 10, 3": "= 5, 10, 10",
            "V = np.random.randn(output_size, hidden_size) * 0.1": "V = np.eye(output_size)"},
        "np.dot(V.T, dy)", "np.dot(V, dy)", "V is not transposed"),
    "symmetric U of equal sizes: dU transposed": (
        "U (theirs is symmetric)", "attributes", ONE_UPDATE["attributes"] | {
            "RNN(4, 6, 4)": "RNN(4, 4, 4)", "self.Wx = rng.normal(0, 0.3, (n_hid, n_in))": "self.Wx = np.eye(n_hid)"},
        "np.outer(d_pre, self.xs[t])", "np.outer(self.xs[t], d_pre)", "dU is transposed"),
    "zero b: left out of a that is computed again": (
        "b, c (theirs are 0)", "columns", ONE_UPDATE["columns"],
        "(1 - hidden_states[t + 1] ** 2)", "(1 - np.tanh(np.dot(U, inputs[t]) + np.dot(W, hidden_states[t])) ** 2)",
        "da is not (1 - h[t]²) ⊙ dh[t]"),
    "zero b: added to db": (
        "b, c (theirs are 0)", "columns", ONE_UPDATE["columns"], "db += dtanh", "db += dtanh + b", "da is not"),
    "h[0] is 0: t = 1 left out of dW": (
        "h[0] (theirs are 0)", "stepcaches", {}, "dWh += dWh_t", "dWh += dWh_t if t else 0", "t = 1 is left out"),
    "h[0] is 0: the cache of t = 1 holds zeros": (
        "h[0] (theirs are 0)", "coursera", {},
        "gradients[\"dWaa\"] += np.dot(dtanh, a_prev.T)",
        "gradients[\"dWaa\"] += np.dot(dtanh, (a_prev if cache is not FIRST[0] else np.zeros_like(a_prev)).T)",
        "t = 1 is left out"),
    "T = 1 and h[0] is 0: h[t] in dW": (
        "h[0] (theirs are 0)", "minchar", ONE_UPDATE["minchar"] | ONE_TIMESTEP["minchar"],
        "np.dot(dhraw, hs[t - 1].T)", "np.dot(dhraw, hs[t].T)", "h[t] in place of h[t-1]"),
}  # fmt: skip


@pytest.mark.parametrize("hidden", HIDDEN)
def test_a_mistake_that_their_numbers_hide_is_found_on_its_line(reviewed, hidden):
    why, style, coincidence, old, new, cause = HIDDEN[hidden]
    text = changed(style, coincidence, {old: new})
    if "FIRST" in new:
        text = text.replace("    n_y, m, T_x = y.shape", "    FIRST[0] = caches[0]\n    n_y, m, T_x = y.shape")
        text = text.replace("import numpy as np\n", "import numpy as np\nFIRST = [None]\n")
    report = reviewed(text)
    assert report.verdict == "wrong"
    fault = report.faults[0]
    assert new in report.source.line(fault.line)
    assert fault.proven
    assert cause in fault.cause
    assert fault.says.startswith("with other numbers in ")
    assert all(part in fault.says for part in (why.partition(" (")[0], why.partition(" (")[2]))
    assert lines(report)[-1].startswith(f"wrong: line {fault.line}: {fault.cause}; it shows with other numbers in ")
    assert as_json(report)["says"] == fault.says


def test_a_bias_that_is_left_out_of_the_outputs_is_told_though_it_is_0_and_stays_so(reviewed):
    report = reviewed(
        changed(
            "attributes",
            {"logits = self.Wy @ self.hs[-1] + self.by": "logits = self.Wy @ self.hs[-1]"},
            {'["Wx", "Wh", "Wy", "bh", "by"]': '["Wx", "Wh", "Wy", "bh"]'},
        )
    )
    assert (report.verdict, report.faults[0].cause) == ("wrong", "the bias c is left out")
    assert "logits = self.Wy @ self.hs[-1]" in report.source.line(report.faults[0].line)


def test_what_t_1_hides_for_good_is_said(reviewed):
    mistake = {"np.outer(d_pre, self.hs[t])": "np.outer(d_pre, self.hs[t + 1])"}
    report = reviewed(changed("attributes", ONE_UPDATE["attributes"], ONE_TIMESTEP["attributes"], mistake))
    assert report.verdict == "right"
    assert any(note.startswith("T = 1 hides every mistake in W: ") for note in report.notes)


def test_with_an_h0_that_can_be_chosen_t_1_hides_only_what_is_carried_back(reviewed):
    report = reviewed(changed("minchar", ONE_UPDATE["minchar"], ONE_TIMESTEP["minchar"]))
    assert report.verdict == "right"
    assert any(note.startswith("T = 1 hides every mistake in what is carried back") for note in report.notes)


def test_zeros_that_no_one_can_choose_are_no_coincidence(reviewed):
    """h[0] is made inside the forward pass: that t = 1 adds nothing to dW is right."""
    report = reviewed(
        changed("attributes", {"gWh += np.outer(d_pre, self.hs[t])": "gWh += np.outer(d_pre, self.hs[t]) if t else 0"})
    )
    assert report.verdict == "right"
    assert not any("h[0]" in note for note in report.notes)


def test_zeros_that_two_things_share_are_left_as_they_are(reviewed):
    report = reviewed(
        changed(
            "attributes",
            ONE_UPDATE["attributes"],
            {"self.bh = np.zeros(n_hid)": "self.bh = self.rest = np.zeros(n_hid)"},
            {"carry = np.zeros(self.n_hid)": "carry = self.rest"},
        )
    )
    assert report.verdict == "right"
    assert "b (theirs are 0) can hide mistakes, and cannot be replaced by other numbers" in report.notes


@pytest.mark.parametrize(
    "assumption",
    [
        "assert not self.bh.any()",
        "self.bh = np.zeros_like(self.bh)",
        "self.bh = 1e400 * self.bh if self.bh.any() else self.bh",
    ],
)
def test_a_program_that_needs_its_own_numbers_keeps_its_verdict(reviewed, assumption):
    text = changed("attributes", ONE_UPDATE["attributes"], {"self.xs = xs": f"self.xs = xs\n        {assumption}"})
    assert reviewed(text).verdict == "right"


def test_an_assumption_that_other_numbers_break_is_a_note(reviewed):
    text = changed(
        "attributes", ONE_UPDATE["attributes"], {"self.xs = xs": "self.xs = xs\n        assert not self.bh.any()"}
    )
    note = "b, c (theirs are 0) can hide mistakes; with other numbers there it does not run as it did"
    assert note in reviewed(text).notes


def test_where_nothing_hides_there_is_no_word_of_it(reviewed):
    report = reviewed(changed("columns"))
    assert report.verdict == "right"
    assert not any("other numbers" in note for note in report.notes)


def test_what_a_single_update_hides_is_said(reviewed):
    said = [
        any(note.startswith("one update does not show") for note in reviewed(changed("columns", changes)).notes)
        for changes in (ONE_UPDATE["columns"], {})
    ]
    assert said == [True, False]


def test_of_two_lines_that_make_the_same_zeros_other_numbers_tell_which(reviewed):
    """With h[0] = 0 the last part of dW is 0, so that `dW =` and a dW that nothing is added to look alike."""
    report = reviewed(changed("stepcaches", {"dWh += dWh_t": "dWh = dWh_t"}))
    fault = report.faults[0]
    assert (report.verdict, fault.proven) == ("wrong", True)
    assert fault.cause == "dW is assigned (=) where the sum over t belongs (+=)"
    assert "dWh = dWh_t" in report.source.line(fault.line)


# Nothing can be put in where parameters are parts of one array or single numbers; the others are no softmax.
NOT_REPLACED = {"biascolumn", "elements", "flat", "flatviews", "learner", "modules", "purelists", "scalarloops"}
NO_SOFTMAX = {"jiafa", "regression", "waves"}
STIRRED = [name for name in corpus.styles() if name not in NOT_REPLACED | NO_SOFTMAX]


@pytest.mark.parametrize("style", [*STIRRED[::5], "functional", "binary"])
def test_right_code_of_any_style_stays_right_with_other_numbers_throughout(reviewed, monkeypatch, style):
    everything = dict.fromkeys(("U", "W", "V", "b", "c"), "all are replaced")
    monkeypatch.setattr(stirring, "hiding", lambda found: {n: everything[n] for n in found.pieces})
    report = reviewed(corpus.style(style)[0].text)
    assert report.verdict == "right"
    assert any(note.startswith("also right with other numbers in U") for note in report.notes)
