"""What the network of a file is recognised by: operands and values, whoever calls the line that multiplies them."""

from __future__ import annotations

import pytest

from rnn_core.review import Options, review

LAYERS = """
import numpy as np

r = np.random.default_rng(3)


class Layer:
    def __init__(self, n, m):
        self.weight, self.bias = r.normal(size=(n, m)) * 0.5, r.normal(size=n) * 0.1
        self.zero()

    def zero(self):
        self.d_weight, self.d_bias, self.kept = np.zeros_like(self.weight), np.zeros_like(self.bias), []

    def __call__(self, v):
        self.kept.append(v)
        return self.weight @ v + self.bias

    def back(self, d):
        self.d_weight += np.outer(d, self.kept.pop())
        self.d_bias += d
        return self.weight.T @ d


n = 4
into, carry, out = Layer(n, n), Layer(n, n), Layer(n, n)
carry.bias = np.zeros(n)
for update in range(4):
    xs, ys = r.normal(size=(5, n)), r.integers(0, n, 5)
    h, hs, ps = np.zeros(n), [], []
    for x in xs:
        h = np.tanh(into(x) + carry(h))
        e = np.exp(out(h))
        hs.append(h)
        ps.append(e / e.sum())
    loss = -np.log([p[y] for p, y in zip(ps, ys)]).sum()
    later = np.zeros(n)
    for h, p, y in zip(hs[::-1], ps[::-1], ys[::-1]):
        p[y] -= 1
        d = (1 - h * h) * (out.back(p) + later)
        into.back(d)
        later = carry.back(d)
    for layer in (into, carry, out):
        layer.weight -= 0.1 * layer.d_weight
        if layer is not carry:
            layer.bias -= 0.1 * layer.d_bias
        layer.zero()
"""


def reviewed(tmp_path, text):
    path = tmp_path / "my_rnn.py"
    path.write_text(text, encoding="utf-8")
    return review(path, Options(seconds=100))


def line_of(text, part):
    return text[: text.index(part)].count("\n") + 1


def test_one_line_that_multiplies_by_every_matrix_is_told_apart_by_its_callers(tmp_path):
    report = reviewed(tmp_path, LAYERS)
    assert report.verdict == "right", report.says


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("self.d_weight += np.outer(d, self.kept.pop())", "self.d_weight += np.outer(self.kept.pop(), d)"),
        ("(out.back(p) + later)", "out.back(p) + later"),
    ],
)
def test_a_mistake_in_a_shared_line_is_named_there(tmp_path, old, new):
    text = LAYERS.replace(old, new)
    report = reviewed(tmp_path, text)
    assert report.verdict == "wrong"
    assert report.faults[0].line == line_of(text, new), report.says


SPARSE = """
import numpy as np

r = np.random.default_rng(5)
I, H, O = 2, 4, 2
U, W, V = r.normal(size=(H, I)), r.normal(size=(H, H)) * 0.5, r.normal(size=(O, H))
b = r.normal(size=H) * 0.3
for update in range(6):
    xs, ys = np.zeros((6, I)), r.integers(0, O, 6)
    xs[update % 3 :: 3] = 1
    hs = [np.zeros(H)]
    errors = []
    for x, y in zip(xs, ys):
        hs.append(np.tanh(U @ x + W @ hs[-1] + b))
        e = np.exp(V @ hs[-1])
        errors.append(e / e.sum() - np.eye(O)[y])
    dU, dW, dV, db = 0 * U, 0 * W, 0 * V, 0 * b
    da = np.zeros(H)
    for t in range(5, -1, -1):
        da = (V.T @ errors[t] + W.T @ da) * (1 - hs[t + 1] ** 2)
        dU += np.outer(da, xs[t])
        dW += np.outer(da, hs[t])
        dV += np.outer(errors[t], hs[t + 1])
        db += da
    U, W, V, b = U - 0.1 * dU, W - 0.1 * dW, V - 0.1 * dV, b - 0.1 * db
"""


def test_timesteps_without_input_do_not_decide_which_matrix_is_u(tmp_path):
    report = reviewed(tmp_path, SPARSE)
    assert report.verdict == "right", report.says
    assert report.identified["names"]["U"] == "U"


def test_one_number_an_input_makes_u_a_column(tmp_path):
    text = SPARSE.replace("I, H, O = 2, 4, 2", "I, H, O = 1, 4, 2").replace(
        "xs[update % 3 :: 3] = 1", "xs = r.normal(size=(6, I))"
    )
    report = reviewed(tmp_path, text)
    assert report.verdict == "right", report.says
    assert (report.identified["I"], report.identified["H"]) == (1, 4)


def test_weights_that_only_shrink_are_not_an_update(tmp_path):
    text = SPARSE.replace("W - 0.1 * dW", "W - 0.1 * W")
    report = reviewed(tmp_path, text)
    assert report.verdict == "wrong"
    assert report.faults[0].line == line_of(text, "U, W, V, b = U - 0.1 * dU")
