"""The mistakes that people make most, from public issues, each by hand in three styles."""

from __future__ import annotations

from tests.review import corpus

Changes = tuple[tuple[str, str], ...]


def _once(old: str, new: str) -> Changes:
    return ((old, new),)


FIELD: dict[str, dict[str, Changes]] = {
    "h[t] for h[t-1] in dW": {
        "columns": _once("np.dot(dtanh, hidden_states[t].T)", "np.dot(dtanh, hidden_states[t + 1].T)"),
        "minchar": _once("np.dot(dhraw, hs[t - 1].T)", "np.dot(dhraw, hs[t].T)"),
        "attributes": _once("np.outer(d_pre, self.hs[t])", "np.outer(d_pre, self.hs[t + 1])"),
    },
    "dc += dc": {
        "columns": _once("dc += dy", "dc += dc"),
        "minchar": _once("dby += dy", "dby += dby"),
        "attributes": _once("gby += d_logits", "gby += gby"),
    },
    "the carried gradient never passed back": {
        "columns": _once("dh = np.dot(V.T, dy) + dh_next", "dh = np.dot(V.T, dy)"),
        "minchar": _once("dh = np.dot(Why.T, dy) + dhnext", "dh = np.dot(Why.T, dy)"),
        "attributes": _once("d_h = self.Wy.T @ d_logits + carry", "d_h = self.Wy.T @ d_logits"),
    },
    "tanh' at the wrong timestep": {
        "columns": _once("(1 - hidden_states[t + 1] ** 2)", "(1 - hidden_states[t] ** 2)"),
        "minchar": _once("(1 - hs[t] * hs[t])", "(1 - hs[t - 1] * hs[t - 1])"),
        "attributes": _once("(1.0 - self.hs[t + 1] ** 2)", "(1.0 - self.hs[t] ** 2)"),
    },
    "dV assigned": {
        "columns": _once("dV += ", "dV = "),
        "minchar": _once("dWhy += ", "dWhy = "),
        "attributes": _once("gWy += ", "gWy = "),
    },
    "tanh' as 1/(1-h²)": {
        "columns": _once("(1 - hidden_states[t + 1] ** 2) * dh", "dh / (1 - hidden_states[t + 1] ** 2)"),
        "minchar": _once("(1 - hs[t] * hs[t]) * dh", "dh / (1 - hs[t] * hs[t])"),
        "attributes": _once("(1.0 - self.hs[t + 1] ** 2) * d_h", "d_h / (1.0 - self.hs[t + 1] ** 2)"),
    },
    "tanh' as 1-a²": {
        "columns": _once("(1 - hidden_states[t + 1] ** 2)", "(1 - np.arctanh(hidden_states[t + 1]) ** 2)"),
        "minchar": _once("(1 - hs[t] * hs[t])", "(1 - np.arctanh(hs[t]) ** 2)"),
        "attributes": _once("(1.0 - self.hs[t + 1] ** 2)", "(1.0 - np.arctanh(self.hs[t + 1]) ** 2)"),
    },
    "dh_next with dh": {
        "columns": _once("np.dot(W.T, dtanh)", "np.dot(W.T, dh)"),
        "minchar": _once("np.dot(Whh.T, dhraw)", "np.dot(Whh.T, dh)"),
        "attributes": _once("carry = self.Wh.T @ d_pre", "carry = self.Wh.T @ d_h"),
    },
    "W not transposed in dh_next": {
        "columns": _once("np.dot(W.T, dtanh)", "np.dot(W, dtanh)"),
        "minchar": _once("np.dot(Whh.T, dhraw)", "np.dot(Whh, dhraw)"),
        "attributes": _once("carry = self.Wh.T @ d_pre", "carry = self.Wh @ d_pre"),
    },
    "dz = onehot - p": {
        "columns": _once("dy = outputs[t] - target", "dy = target - outputs[t]"),
        "minchar": _once("dy[targets[t]] -= 1", "dy[targets[t]] -= 1; dy = -dy"),
        "attributes": _once("d_logits[ys[t]] -= 1.0", "d_logits[ys[t]] -= 1.0; d_logits = -d_logits"),
    },
    "averaged where summed": {
        "columns": _once("db += dtanh", "db += dtanh / T"),
        "minchar": _once("return loss, dWxh, dWhh", "return loss, dWxh, dWhh / len(inputs)"),
        "attributes": _once("gbh += d_pre", "gbh += d_pre / len(self.xs)"),
    },
    "dh_next not reset between sequences": {
        "columns": (
            ("dh_next = np.zeros_like(hidden_states[0])", "dh_next = KEPT.get(0, np.zeros_like(hidden_states[0]))"),
            ("dh_next = np.dot(W.T, dtanh)", "dh_next = KEPT[0] = np.dot(W.T, dtanh)"),
            ("import numpy as np\n", "import numpy as np; KEPT = {}\n"),
        ),
        "minchar": (
            ("dhnext = np.zeros_like(hs[0])", "dhnext = KEPT.get(0, np.zeros_like(hs[0]))"),
            ("dhnext = np.dot(Whh.T, dhraw)", "dhnext = KEPT[0] = np.dot(Whh.T, dhraw)"),
            ("import numpy as np\n", "import numpy as np; KEPT = {}\n"),
        ),
        "attributes": (
            ("carry = np.zeros(self.n_hid)", "carry = KEPT.get(0, np.zeros(self.n_hid))"),
            ("carry = self.Wh.T @ d_pre", "carry = KEPT[0] = self.Wh.T @ d_pre"),
            ("import numpy as np\n", "import numpy as np; KEPT = {}\n"),
        ),
    },
    "loop one timestep short": {
        "columns": _once("for t in reversed(range(T))", "for t in reversed(range(1, T))"),
        "minchar": _once("for t in reversed(range(len(inputs)))", "for t in reversed(range(1, len(inputs)))"),
        "attributes": _once("for t in range(len(self.xs) - 1, -1, -1)", "for t in range(len(self.xs) - 1, 0, -1)"),
    },
    "clipped before it is accumulated": {
        "columns": _once(
            "np.dot(dtanh, hidden_states[t].T)", "np.clip(np.dot(dtanh, hidden_states[t].T), -0.01, 0.01)"
        ),
        "minchar": _once("np.dot(dhraw, hs[t - 1].T)", "np.clip(np.dot(dhraw, hs[t - 1].T), -0.01, 0.01)"),
        "attributes": _once("np.outer(d_pre, self.hs[t])", "np.clip(np.outer(d_pre, self.hs[t]), -0.01, 0.01)"),
    },
}


def case(kind: str, style: str) -> corpus.Case:
    """A style's program with one of them in it, and the lines on which it may be named."""
    program = corpus.style(style)[0].text
    text = program
    for old, new in FIELD[kind][style]:
        assert text.count(old) == 1, (kind, style, old)
        text = text.replace(old, new)
    pairs = zip(program.split("\n"), text.split("\n"), strict=True)
    lines = tuple(i for i, (mine, theirs) in enumerate(pairs, 1) if mine != theirs)
    return corpus.Case(style, kind, text, lines)
