"""The text of a line as LaTeX: what the listing says, in the signs of a formula.

dh = Vᵀ·dz + dh_next        →   dh = V^{\\top} dz + dh_{\\text{next}}
h[t] = tanh(a)              →   h_{t} = \\tanh(a)
"""

from __future__ import annotations

import re

_SIGNS = {
    "ᵀ": r"^{\top}", "·": " ", "⊙": r"\odot", "²": "^{2}", "½": r"\tfrac{1}{2}", "‖": r"\|", "√": r"\sqrt ",
    "ε": r"\varepsilon", "σ(": r"\sigma(", "tanh(": r"\tanh(", "log ": r"\log ", "±": r"\pm ", "…": r"\dots",
}  # fmt: skip
_WORDS = ("softmax", "outer", "onehot", "relu", "clamp", "min", "lr")
_INDEX = re.compile(r"((?:\[(?:[^\[\]]|\[[^\[\]]*\])*\])+)")
_NAME = re.compile(r"\b([A-Za-z]+)_([A-Za-z]+)")


def latex(text: str) -> str:
    """The right-hand side of a line, or all of it, as LaTeX for math mode."""
    text = re.sub(r"\bhat\((\w+)\)", r"\\hat{\1}", text)
    text = re.sub(r"(?<=\w)" + _INDEX.pattern, lambda found: _subscript(found[1]), text)
    text = _NAME.sub(lambda found: f"{found[1]}_{{{_word(found[2])}}}", text)
    for sign, command in _SIGNS.items():
        text = text.replace(sign, command)
    for word in _WORDS:
        text = re.sub(rf"(?<!\\)\b{word}\b", rf"\\operatorname{{{word}}}", text)
    return re.sub(r" {2,}", " ", text)


def _word(text: str) -> str:
    """A letter stands in italics, a word upright."""
    return text if len(text) == 1 else rf"\text{{{text}}}"


def _subscript(indices: str) -> str:
    """[t][n] as _{t,n}; what stands inside an index may have indices of its own."""
    inner = re.findall(r"\[((?:[^\[\]]|\[[^\[\]]*\])*)\]", indices)
    return "_{" + ",".join(re.sub(r"(?<=\w)\[(.*)\]", r"_{\1}", index) for index in inner) + "}"
