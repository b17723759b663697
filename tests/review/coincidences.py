"""Programs whose numbers hide mistakes: what is changed in a style's right program, style by style."""

from __future__ import annotations

from tests.review import corpus

Changes = dict[str, str]

ONE_UPDATE: dict[str, Changes] = {
    "attributes": {"range(20)": "range(1)"},
    "closures": {"range(30)": "range(1)"},
    "columns": {"range(100)": "range(1)", "in training_data:": "in training_data[:1]:"},
    "coursera": {"for i in range(50)": "for i in range(1)"},
    "minchar": {"while True:": "while n < 1:"},
    "rowvectors": {"range(25)": "range(1)"},
    "stepcaches": {"range(10)": "range(1)"},
    "timemajor": {"range(3)": "range(1)", "num_steps + 1, num_steps)": "num_steps + 1, num_steps)[:1]"},
}
"""A single update: biases that begin with 0, and h[0], are 0 wherever they are judged."""

SYMMETRIC: dict[str, Changes] = {
    "attributes": {"self.Wh = rng.normal(0, 0.3, (n_hid, n_hid))": "self.Wh = 0.5 * np.eye(n_hid)"},
    "closures": {"zufall.normal(0, 0.4, (n_verborgen, n_verborgen))": "np.zeros((n_verborgen, n_verborgen))"},
    "columns": {"W = np.random.randn(hidden_size, hidden_size) * 0.1": "W = np.diag(np.arange(hidden_size) / 10)"},
    "coursera": {'"Waa": np.random.randn(n_a, n_a) * 0.3': '"Waa": np.eye(n_a)'},
    "minchar": {"Whh = np.random.randn(hidden_size, hidden_size) * 0.1": "Whh = np.eye(hidden_size)"},
    "rowvectors": {"P_c = np.random.randn(n_c, n_c) * 0.4": "P_c = np.identity(n_c)"},
    "stepcaches": {"'Wh': np.random.randn(H, H) / np.sqrt(H)": "'Wh': np.full((H, H), 0.1)"},
    "timemajor": {"W_hh = normal((num_hiddens, num_hiddens))": "W_hh = np.eye(num_hiddens, dtype=np.float32) / 2"},
}
"""W is its own transpose."""

ONE_TIMESTEP: dict[str, Changes] = {
    "attributes": {"range(6)]": "range(1)]"},
    "minchar": {"seq_length = 8": "seq_length = 1"},
    "rowvectors": {"for _ in range(7)]": "for _ in range(1)]"},
}


def changed(style: str, *changes: Changes) -> str:
    """A style's right program with fragments replaced, each of which stands in it once."""
    text = corpus.style(style)[0].text
    for old, new in ((old, new) for each in changes for old, new in each.items()):
        assert text.count(old) == 1, (style, old, text.count(old))
        text = text.replace(old, new)
    return text
