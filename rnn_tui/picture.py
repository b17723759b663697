"""The screen as it stands, as a file: SVG as rich exports it, PNG drawn from that, or plain text."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any

from textual.app import App

from rnn_core.errors import UsageError, one_line, quoted
from rnn_core.formats import files, writing

TITLE = "rnn-tui"
PNG_SCALE = 2.0
WEB_FONT = b"Fira Code"
"""The font that rich names first. Browsers fetch it; cairo does not, and would take one whose letters differ in
width."""


def _svg(app: App[Any]) -> bytes:
    return app.export_screenshot(title=TITLE).encode("utf-8")


def _png(app: App[Any]) -> bytes:
    drawn = _svg(app).replace(WEB_FONT, b"monospace")
    return bytes(_cairosvg().svg2png(bytestring=drawn, scale=PNG_SCALE))


def _cairosvg() -> Any:
    try:
        import cairosvg
    except (ImportError, OSError):  # OSError: without the cairo library it cannot be loaded
        fix = "pip install 'rnn-tui[picture]', or write .svg"
        raise UsageError("PNG needs the package cairosvg", fix=fix) from None
    return cairosvg


def _text(app: App[Any]) -> bytes:
    strips = app.screen._compositor.render_strips()
    return "".join(strip.text.rstrip() + "\n" for strip in strips).encode("utf-8")


FORMATS: Mapping[str, Callable[[App[Any]], bytes]] = {".svg": _svg, ".png": _png, ".txt": _text}


def check(path: str) -> Callable[[App[Any]], bytes]:
    """What makes a picture of this name. Raises UsageError."""
    suffix = PurePath(path).suffix.lower()
    if suffix not in FORMATS:
        what = f"no picture has the suffix {quoted(suffix)}" if suffix else "a picture needs a suffix"
        raise UsageError(what, where=one_line(path, 80), fix=f"one of {' '.join(FORMATS)}")
    if suffix == ".png":
        _cairosvg()
    return FORMATS[suffix]


def write(app: App[Any], path: str, *, overwrite: bool = False) -> str:
    """Write what the app shows now; what a person is told. Raises RnnError."""
    made, place = check(path), os.path.expanduser(path)
    writing.check_target(place, overwrite=overwrite)
    data = made(app)
    with writing.opened(place, overwrite=overwrite) as stream:
        stream.write(data)
    return f"wrote {one_line(path, 80)} ({files.human(len(data))})"
