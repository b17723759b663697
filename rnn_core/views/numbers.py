"""How numbers are written on the screen: signed, short, and never 0.00 for something that is not zero."""

from __future__ import annotations

import math


def short(value: float, digits: int = 4) -> str:
    """A signed number in about seven characters: +0.0312, -1.2e-05 as -1.20e-5, +inf, nan, 0."""
    if value == 0.0:
        return "0"
    if not math.isfinite(value):
        return f"{value:+}" if math.isinf(value) else "nan"
    if 1e-3 <= abs(value) < 1e4:
        return f"{value:+.{max(0, digits - max(0, math.floor(math.log10(abs(value)))))}f}"
    mantissa, exponent = f"{value:+.2e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def plain(value: float, digits: int = 4) -> str:
    """The same without a plus sign: for norms, losses and limits."""
    return short(value, digits).removeprefix("+")


def exponent_for(limit: float) -> int:
    """The power of ten that a table divides by, so that its largest number has its first digit before the point.

    0 where plain numbers read well, that is for limits from 0.1 to 10, and where there is nothing to show.
    """
    if limit == 0.0 or not math.isfinite(limit):
        return 0
    exponent = math.floor(math.log10(limit))
    return 0 if exponent in (-1, 0) else exponent


def cell(value: float, exponent: int) -> str:
    """A number of a table in five characters, divided by 10**exponent: +0.18, -1.24, +inf, nan."""
    if value == 0.0:
        return "0"
    if not math.isfinite(value):
        return f"{value:+}" if math.isinf(value) else "nan"
    scaled = value / 10.0**exponent if exponent > -300 else value * 1e300 / 10.0 ** (exponent + 300)
    text = f"{scaled:+.2f}"
    if len(text) <= 5:
        return text if text not in ("+0.00", "-0.00") else f"{text[0]}0.00"
    return f"{scaled:+.0e}".replace("e+0", "e").replace("e-0", "e-")[:5]


def times_ten(exponent: int) -> str:
    """How a table's title names the power of ten; empty for 0."""
    return f"×1e{exponent}" if exponent else ""
