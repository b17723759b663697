"""Right programs whose loss is another one than ours: the review may be unsure of them, and accuses none."""

from __future__ import annotations

import pytest

from rnn_core.review import Options, review
from tests.review.test_callers import SPARSE

OWN = SPARSE.replace("xs[update % 3 :: 3] = 1", "xs = r.normal(size=(6, I))").replace("O = 2, 4, 2", "O = 2, 4, 3")

OTHERS = {
    "weighted": ("errors.append(e / e.sum() - np.eye(O)[y])",
                 "errors.append((1 + 0.5 * y) * (e / e.sum() - np.eye(O)[y]))"),
    "smoothed labels": ("np.eye(O)[y]", "(0.9 * np.eye(O)[y] + 0.1 / O)"),
    "a temperature": ("errors.append(e / e.sum() - np.eye(O)[y])",
                      "e = np.exp(V @ hs[-1] / 2)\n        errors.append((e / e.sum() - np.eye(O)[y]) / 2)"),
    "squared error": ("errors.append(e / e.sum() - np.eye(O)[y])", "errors.append(np.log(e) - np.eye(O)[y])"),
    "states that leak": ("np.tanh(U @ x + W @ hs[-1] + b)", "np.tanh(U @ x + W @ hs[-1] + b) + 0 * b"),
}  # fmt: skip


@pytest.mark.parametrize("kind", OTHERS)
def test_another_loss_is_no_mistake(kind, tmp_path):
    path = tmp_path / "my_rnn.py"
    assert OTHERS[kind][0] in OWN
    path.write_text(OWN.replace(*OTHERS[kind]), encoding="utf-8")
    report = review(path, Options(seconds=100))
    assert report.verdict != "wrong", report.says
