"""How numbers are written on the screen: signed, short, and never 0.00 for something that is not zero."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

POINT = 0.01
"""From this size on a number of a few characters shows no fewer digits with a point than with a power of ten."""


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


def power(log10: float, digits: int = 2) -> str:
    """A size from its logarithm, which may be one that no number has: 0.31, 7.9e-7, 1e-412, 0."""
    if log10 == -math.inf:
        return "0"
    return magnitude(10.0**log10, digits) if abs(log10) < 300 else f"1e{log10:.0f}"


def brief(value: float, width: int, *, sign: bool = False) -> str:
    """A number in at most `width` characters, 6 or more (7 with a sign), with as many digits as that allows."""
    texts = [short(value), *(magnitude(value, digits) for digits in (4, 3, 2, 1))]
    texts = [text if text[:1] in "+-" or not sign or not value > 0.0 else f"+{text}" for text in texts]
    texts = texts if sign else [text.removeprefix("+") for text in texts]
    return next((text for text in texts if len(text) <= width), texts[-1])


def exponent_for(limit: float) -> int:
    """The power of ten that a table divides by, so that its largest number has its first digit before the point.

    0 where plain numbers read well, that is for limits from 0.1 to 10, and where there is nothing to show.
    """
    if limit == 0.0 or not math.isfinite(limit):
        return 0
    exponent = math.floor(math.log10(limit))
    return 0 if exponent in (-1, 0) else exponent


class Shown(NamedTuple):
    """A number as it is painted: value = text × 10**factor, to the digits shown.

    Whoever paints the text paints the factor in sight of it, or takes `shown(value, 0, width)`.
    """

    text: str
    factor: int = 0


def shown(value: float, factor: int, width: int = 5) -> Shown:
    """A number of a table in at most `width` characters, 5 or more: +0.18, -1.24, +3e-5, +≈0, +inf, nan, 0."""
    return Shown(cell(value, factor, width), factor)


def cell(value: float, exponent: int, width: int = 5) -> str:
    """The text of a number divided by 10**exponent: the way of writing it that shows most digits."""
    if value == 0.0:
        return "0"
    if not math.isfinite(value):
        return f"{value:+}" if math.isinf(value) else "nan"
    scaled = value / 10.0**exponent if exponent > -300 else value * 1e300 / 10.0 ** (exponent + 300)
    if not math.isfinite(scaled):
        return f"{'+' if value > 0.0 else '-'}big"
    point = next((text for text in _with_point(scaled, width) if len(text) <= width and float(text)), "")
    if point and abs(scaled) >= POINT:
        return point
    return (
        next((text for text in _with_power(scaled, width) if len(text) <= width), "")
        or point
        or (f"{'+' if value > 0.0 else '-'}{'big' if abs(scaled) > 1.0 else '≈0'}")
    )


def _with_point(scaled: float, width: int) -> Iterator[str]:
    if abs(scaled) < 10.0**width:
        for decimals in range(width - 3, -1, -1):
            yield f"{scaled:+.{decimals}f}"


def _with_power(scaled: float, width: int) -> Iterator[str]:
    for digits in range(width - 5, -1, -1):
        yield f"{scaled:+.{digits}e}".replace("e+0", "e").replace("e+", "e").replace("e-0", "e-")


def times_ten(exponent: int) -> str:
    """How a table's title names the power of ten; empty for 0."""
    return f"×1e{exponent}" if exponent else ""


def alike(values: Sequence[float], digits: int = 3) -> tuple[str, ...]:
    """Sizes in one notation: 0.0571 0.0026, or, where one of them is far from 1, all of them as 5.71e-2 2.60e-7."""
    sizes = [abs(value) for value in values if value and math.isfinite(value)]
    plainly = all(1e-4 <= size < 10.0**digits * 0.999 for size in sizes)
    return tuple(_one_of(value, digits, plainly=plainly) for value in values)


def _one_of(value: float, digits: int, *, plainly: bool) -> str:
    if value == 0.0 or not math.isfinite(value):
        return f"{value:g}"
    if plainly:
        return f"{value:#.{digits}g}".rstrip(".")
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa}e{int(exponent)}"
