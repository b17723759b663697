"""Plain characters for output whose encoding has no others: each in as many columns as what it stands for."""

from __future__ import annotations

import codecs
import unicodedata
from functools import lru_cache

from rich.cells import cell_len

PLAIN = {
    "─": "-", "━": "=", "│": "|", "┊": "|", "╋": "+", "┼": "+", "●": "o", "○": "o", "▶": ">", "◆": "*", "◇": "*",
    "·": ".", "×": "x", "⊙": "*", "−": "-", "–": "-", "—": "-", "‖": "|", "→": ">", "←": "<", "↑": "^", "↓": "v",
    "…": "~", "≤": "<", "≥": ">", "≈": "~", "≠": "!", "∂": "d", "Δ": "D", "Σ": "S", "∑": "S", "σ": "s", "ρ": "r",
    "θ": "o", "β": "b", "ε": "e", "μ": "u", "√": "V", "∞": "8", "ᵀ": "'", "²": "2", "³": "3", "±": "+", "⁻": "-",
    "“": '"', "”": '"', "‘": "'", "’": "'", "□": "#", "■": "#", "✓": "v", "✗": "x", "⌫": "<", "⏎": "<", "�": "?",
    "◂": "<", "▾": "v", "▲": "^", "▼": "v", "▒": ":", "•": "*", "′": "'", "␣": "_", "↵": "$", "⇥": ">", "÷": "/",
    "∇": "V", "°": "o", "½": "h",
}  # fmt: skip
"""What is not here is taken apart (é is e), and else is a question mark."""

_BLOCKS, _BRAILLE, _RULES = "▁▂▃▄▅▆▇█", range(0x2800, 0x2900), range(0x2500, 0x2580)


def plain(character: str) -> str:
    """A stand-in of printable ASCII, as wide as the character."""
    if character in PLAIN:
        return PLAIN[character]
    if character in _BLOCKS:  # as high as the digit says
        return str(_BLOCKS.index(character) + 1)
    if ord(character) in _BRAILLE:  # by how many of its dots are set
        return " .:-=+*#@"[(ord(character) - 0x2800).bit_count()]
    if ord(character) in _RULES:
        return "+"
    width = cell_len(character)
    bare = unicodedata.normalize("NFKD", character)
    bare = "".join(ch for ch in bare if ch.isascii() and ch.isprintable())
    return bare if bare and len(bare) == width else "?" * width


@lru_cache(maxsize=4)
def shows_all(encoding: str) -> bool:
    """Whether an encoding has every character there is."""
    try:
        return codecs.lookup(encoding).name in ("utf-8", "utf-16", "utf-32", "gb18030")
    except LookupError:
        return False


def fitted(text: str, encoding: str) -> str:
    """The text with a stand-in for each character that the encoding lacks."""
    if shows_all(encoding) or text.isascii():
        return text
    return "".join(_fitted(character, encoding) for character in text)


@lru_cache(maxsize=4096)
def _fitted(character: str, encoding: str) -> str:
    try:
        character.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return plain(character)
    return character
