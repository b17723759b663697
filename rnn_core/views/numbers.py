"""How numbers are written on the screen: signed, short, and never 0.00 for something that is not zero."""

from __future__ import annotations

import math


def short(value: float, digits: int = 3) -> str:
    """A signed number with at least `digits` digits that mean something: +0.0312, +1.0986, -1.20e-5, +inf, nan, 0."""
    if value == 0.0:
        return "0"
    if not math.isfinite(value):
        return f"{value:+}" if math.isinf(value) else "nan"
    if 1e-2 <= abs(value) < 1e4:
        whole = max(0, math.floor(math.log10(abs(value))))
        return f"{value:+.{max(0, digits + 1 - whole)}f}"
    mantissa, exponent = f"{value:+.{digits - 1}e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def plain(value: float, digits: int = 3) -> str:
    """The same without a plus sign: for norms, losses and limits."""
    return short(value, digits).removeprefix("+")


def signed(value: float) -> str:
    """`short`, with a sign on zero too: an addend."""
    return "+0" if value == 0.0 else short(value)


def magnitude(value: float, digits: int = 3) -> str:
    """A size in few characters, by significant digits: 1.57, 0.0312, 2.4e-5."""
    text = f"{value:.{digits}g}"
    return text.replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")


def exponent_for(limit: float) -> int:
    """The power of ten that a table divides by, so that its largest number has its first digit before the point.

    0 where plain numbers read well, that is for limits from 0.1 to 10, and where there is nothing to show.
    """
    if limit == 0.0 or not math.isfinite(limit):
        return 0
    exponent = math.floor(math.log10(limit))
    return 0 if exponent in (-1, 0) else exponent


def cell(value: float, exponent: int) -> str:
    """A number of a table in five characters, divided by 10**exponent: +0.18, -1.24, +3e-5, +≈0, +inf, nan."""
    if value == 0.0:
        return "0"
    if not math.isfinite(value):
        return f"{value:+}" if math.isinf(value) else "nan"
    scaled = value / 10.0**exponent if exponent > -300 else value * 1e300 / 10.0 ** (exponent + 300)
    for decimals in (2, 1, 0):
        text = f"{scaled:+.{decimals}f}"
        if len(text) <= 5 and float(text) != 0.0:
            return text
    text = f"{scaled:+.0e}".replace("e+0", "e").replace("e+", "e").replace("e-0", "e-")
    return text if len(text) <= 5 else f"{text[0]}{'big' if abs(scaled) > 1.0 else '≈0'}"


def times_ten(exponent: int) -> str:
    """How a table's title names the power of ten; empty for 0."""
    return f"×1e{exponent}" if exponent else ""
