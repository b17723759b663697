"""Programs of the review's corpus opened as a person opens their own, each reviewed once a test run."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.effects import performing
from rnn_core.debugger.outcome import Outcome
from rnn_core.debugger.persistence.opening import open_session
from rnn_core.debugger.session import Session
from rnn_core.recipe import Recipe
from tests.review import corpus


def text_of(style: str, kind: str) -> str:
    """The program of a style with one of its mistakes, or the right one."""
    return {case.kind: case for case in corpus.style(style)}[kind].text


def line_of(style: str, kind: str, fragment: str) -> int:
    """The only line of a program that holds a fragment."""
    found = [i for i, line in enumerate(text_of(style, kind).split("\n"), 1) if fragment in line]
    assert len(found) == 1, f"{fragment}: lines {found}"
    return found[0]


_FOLDER = tempfile.TemporaryDirectory(prefix="their-")
"""It goes with the test run."""


@cache
def written(style: str, kind: str = "right") -> Path:
    """Its file, in a folder of its own."""
    path = Path(tempfile.mkdtemp(dir=_FOLDER.name), "my_rnn.py")
    path.write_text(text_of(style, kind), encoding="utf-8")
    return path


@cache
def opened(style: str, kind: str = "right") -> Session:
    """The session that its file opens."""
    return open_session(Recipe(path=str(written(style, kind))))


def run(session: Session, *lines: str) -> Outcome:
    """What command lines come to, one after another; none may fail."""
    done = Outcome(session)
    for line in lines:
        done = COMMANDS.execute(done.session, line)
        assert not done.failed, done.message
        for effect in done.effects:
            done = performing.perform(effect, done.session)
    return done
