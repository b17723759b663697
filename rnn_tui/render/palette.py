"""Every colour of the program, by the role it plays; and the styles made of them, each built once.

Rules this file keeps:
- Every style names its background: segments do not inherit one.
- Words can be read: 4.5:1 at least against what is behind them; "faint" is for rules and dots, never for words.
- The heatmap's middle is the background; its two ends are vik's blue and orange.
- The plain palette uses no colour at all: weight, reverse video and glyphs carry everything.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import Literal as OneOf

from rich.style import Style

from rnn_core.records import dataclass
from rnn_core.views.scale import LEVELS
from rnn_core.views.vik import VIK

Rgb = tuple[int, int, int]
Theme = OneOf["dark", "light", "plain"]


def _rgb(text: str) -> Rgb:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def _hex(colour: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _mix(one: Rgb, other: Rgb, share: float) -> Rgb:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _luminance(colour: Rgb) -> float:
    """Relative luminance (WCAG 2)."""
    linear = [c / 3294.6 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """How far two colours are apart in brightness, from 1 to 21 (WCAG 2)."""
    low, high = sorted((_luminance(_rgb(one)), _luminance(_rgb(other))))
    return (high + 0.05) / (low + 0.05)


def ink_on(behind: str) -> str:
    """The colour of text on another: a soft black or white where that can be read well, else the full one."""
    soft = max(SOFT, key=lambda ink: contrast(ink, behind))
    return soft if contrast(soft, behind) >= READABLE else max(FULL, key=lambda ink: contrast(ink, behind))


READABLE = 4.5
SOFT, FULL = ("#12141a", "#e6e8ee"), ("#000000", "#ffffff")


@dataclass(frozen=True)
class Colours:
    """A theme's colours by role."""

    background: str
    bar: str
    """Header and footer."""
    here: str
    """The row of the line that ran last."""
    text: str
    dim: str
    faint: str
    accent: str
    """Here and now: the cursor, the line about to run, the number explained."""
    forward: str
    backward: str
    update: str
    strip: str
    """The course of the gradient under the timeline."""
    good: str
    bad: str
    other: str
    """The classes that are not the target."""
    not_finite: str
    line_u: str
    """The curves of the five parameters: apart for every kind of colour vision, and from the accent."""
    line_w: str
    line_v: str
    line_b: str
    line_c: str


DARK = Colours(
    background="#14161c", bar="#20232c", here="#3d4557", text="#e4e6eb", dim="#8b92a0", faint="#474d5a",
    accent="#f2c14e", forward="#5b93d3", backward="#d9894a", update="#9d8ad6", strip="#6b4a30", good="#4f9d78",
    bad="#e5707a", other="#3d4557", not_finite="#d64fb8",
    line_u="#7f74f3", line_w="#d46611", line_v="#8fe8a0", line_b="#a96ea3", line_c="#e4e6eb",
)  # fmt: skip
LIGHT = Colours(
    background="#fbfaf7", bar="#ebe9e3", here="#d0b878", text="#23262e", dim="#5f646d", faint="#bdbdb8",
    accent="#985200", forward="#2a69ac", backward="#ad5518", update="#6c54b8", strip="#e2b48c", good="#2a7a50",
    bad="#c02c40", other="#c9ced8", not_finite="#b0189a",
    line_u="#5c62f0", line_w="#ce3e10", line_v="#20613e", line_b="#9e2d83", line_c="#23262e",
)  # fmt: skip


class Palette:
    """The styles of one theme."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self.colours = LIGHT if theme == "light" else DARK
        self.plain = theme == "plain"
        self._known: dict[Style, Style] = {}

    @lru_cache(maxsize=512)  # noqa: B019  # palettes live as long as the program; there are three
    def style(
        self, role: str, *, on: str = "background", bold: bool = False, reverse: bool = False, underline: bool = False
    ) -> Style:
        """The style of a role of `Colours`, on the background of another."""
        under = underline or None
        if self.plain:
            emphasised, faint = bold or role == "accent" or on == "here", role == "faint"
            return self._one(
                Style(bold=emphasised or None, dim=faint or None, reverse=reverse or None, underline=under)
            )
        colours = self.colours
        return self._one(
            Style(
                color=getattr(colours, role),
                bgcolor=getattr(colours, on),
                bold=bold or None,
                reverse=reverse or None,
                underline=under,
            )
        )

    def _one(self, style: Style) -> Style:
        """One object for equal styles: the canvas joins neighbours by identity."""
        return self._known.setdefault(style, style)

    @cached_property
    def base(self) -> Style:
        """Blank background."""
        return self.style("text")

    @cached_property
    def _ramp(self) -> dict[int, Rgb]:
        background = _rgb(self.colours.background)
        if self.theme == "light":
            negative, positive = [VIK[112], VIK[80], VIK[46]], [VIK[146], VIK[180], VIK[210]]
        else:
            negative, positive = [_mix(background, VIK[58], 0.55), VIK[72], VIK[98]], [
                _mix(background, VIK[200], 0.55), VIK[188], VIK[158],
            ]  # fmt: skip
        ramp = {0: background}
        for sign, stops in ((-1, negative), (1, positive)):
            path = [background, *stops]
            for level in range(1, LEVELS + 1):
                along = level / LEVELS * (len(path) - 1)
                at = min(int(along), len(path) - 2)
                ramp[sign * level] = _mix(path[at], path[at + 1], along - at)
        ramp[LEVELS + 1] = _rgb(self.colours.not_finite)
        return ramp

    @lru_cache(maxsize=512)  # noqa: B019  # as above
    def heat(self, level: int, chosen: bool = False, marked: bool = False) -> Style:
        """A heatmap cell: the level's colour behind, ink that can be read on it in front."""
        if self.plain:
            return Style(reverse=chosen or None, bold=(abs(level) > LEVELS // 2) or None, underline=marked or None)
        if chosen:
            return self.on("accent", bold=True)
        behind = _hex(self._ramp[level])
        ink = self.colours.dim if level == 0 else ink_on(behind)
        return Style(color=ink, bgcolor=behind, bold=marked or None, underline=marked or None)

    @lru_cache(maxsize=64)  # noqa: B019  # as above
    def on(self, role: str, *, bold: bool = False) -> Style:
        """Text on a role's colour."""
        behind = getattr(self.colours, role)
        return self._one(Style(color=ink_on(behind), bgcolor=behind, bold=bold or None))


@lru_cache(maxsize=3)
def palette(theme: Theme) -> Palette:
    """The palette of a theme, built once."""
    return Palette(theme)
