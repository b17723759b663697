"""`rnn-tui findings` and `rnn-tui flow`: what they print, and their exit statuses."""

from __future__ import annotations

import json

import numpy as np
import pytest

from rnn_tui import cli


@pytest.fixture
def dying(tmp_path):
    """A model whose W halves the gradient, and 40 timesteps with a target at the end."""
    rng = np.random.default_rng(0)
    W = 0.5 * np.linalg.qr(rng.standard_normal((6, 6)))[0]
    weights = {"U": 1e-3 * rng.standard_normal((6, 2)), "W": W, "V": rng.standard_normal((2, 6)), "b": np.zeros(6),
               "c": np.zeros(2)}  # fmt: skip
    np.savez(tmp_path / "model.npz", **weights)
    rows = [f"{a:.3f},{b:.3f},{1 if t == 39 else ''}" for t, (a, b) in enumerate(rng.standard_normal((40, 2)))]
    (tmp_path / "data.csv").write_text("\n".join(["x1,x2,target", *rows]) + "\n")
    return [str(tmp_path / "data.csv"), "--model", str(tmp_path / "model.npz"), "--quiet"]


@pytest.mark.parametrize(
    ("fail_on", "status"),
    [(None, 0), ("any", 1), ("vanishing", 1), ("exploding,vanishing", 1), ("exploding", 0), ("not-finite,clipping", 0)],
)
def test_the_status_says_whether_something_was_found_that_was_asked_for(dying, capsys, fail_on, status):
    assert cli.main(["findings", *dying, *(["--fail-on", fail_on] if fail_on else [])]) == status
    says = "1  the gradient vanishes (small W): a millionth of L[40]'s reaches h[20], 20 back"
    assert capsys.readouterr().out.splitlines()[0] == says


def test_json_has_the_findings_as_values(dying, capsys):
    assert cli.main(["findings", *dying, "--json"]) == 0
    finding = json.loads(capsys.readouterr().out)["findings"][0]
    assert (finding["rule"], finding["cause"], finding["place"]) == ("vanishing", "small W", "dh t=20")
    assert finding["numbers"]["lags"] == 20, "half a timestep: 2**-20 is below a millionth, and 2**-19 is not"


def test_healthy_is_nothing_found(capsys):
    assert cli.main(["findings", "--init", "orthogonal", "--fail-on", "any"]) == 0
    assert capsys.readouterr().out.startswith("nothing found")


def test_another_update_is_looked_at_after_training(capsys):
    assert cli.main(["findings", "--update", "25", "--clip", "norm:1e9", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["update"] == 25
    causes = [each["cause"] for each in answer["findings"] if each["rule"] == "clipping"]
    assert causes == ["never active"], "25 updates say so, and the first alone did not"
    assert cli.main(["findings", "--clip", "norm:1e9", "--fail-on", "clipping"]) == 0


def test_flow_prints_the_factors_and_as_json_their_values(dying, capsys):
    assert cli.main(["flow", *dying]) == 0
    out = capsys.readouterr().out
    assert out.startswith("t=40 of 40: ‖dh‖ ")
    assert "W: spectral radius 0.5, singular values 0.5 … 0.5" in out
    assert cli.main(["flow", *dying, "--json", "--lattice"]) == 0
    answer = json.loads(capsys.readouterr().out)
    matrix = next(each for each in answer["factors"] if each["through"] == "Wᵀ")
    np.testing.assert_allclose(matrix["factor"], 0.5, rtol=1e-12)
    assert len(answer["norms"]["total"]) == 41
    last = answer["lattice"]["log10"]["h"][-1]
    assert last[20] - last[0] == pytest.approx(20 * np.log10(0.5), abs=1e-4)
    assert answer["lattice"]["log10"]["h"][0][0] is None, "no target at t=1"


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["findings", "--fail-on", "vanish"], 'rnn-tui: --fail-on: no rule "vanish" (any, or some of not-finite'),
        (["flow", "--lattice"], "rnn-tui: --lattice goes with --json"),
        (["flow", "--timestep", "99"], "rnn-tui: no timestep 99 (the sequence has 3"),
    ],
)
def test_what_does_not_fit_is_one_line_and_status_2(capsys, argv, says):
    assert cli.main(argv) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(says)
    assert err.count("\n") == 1
