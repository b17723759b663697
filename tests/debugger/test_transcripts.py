"""Commands as they are typed and answered: the files in `transcripts/`, played literally.

After `(rnn) ` stands what is typed, below it what is answered, by the registry and then by what it asks to be done. A
line that begins with `#` is for the reader; `# rnn-tui OPTIONS` says how the session is opened (otherwise: the demo).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from rnn_core.debugger.commands import COMMANDS
from rnn_core.errors import RnnError
from rnn_core.runner import open_session, perform
from rnn_tui.commandline import arguments

FOLDER = Path(__file__).parent / "transcripts"
PROMPT, OPENED = "(rnn) ", "# rnn-tui "
GROUPS = {"stops", "places", "values"}


def opened(lines):
    """The session that a transcript is of."""
    options = next((line.removeprefix(OPENED).split() for line in lines if line.startswith(OPENED)), [])
    _, words, found = arguments.split(options, arguments.OPTIONS, ())
    return open_session(arguments.recipe_of(arguments.Parser("rnn-tui", arguments.OPTIONS).parse(found, words)))


def answered(session, typed):
    """The session after a command and all that it asked for, and every line that was answered."""
    said = COMMANDS.execute(session, typed)
    session, told = said.session, [said.message]
    for effect in said.effects:
        try:
            done = perform(effect, session)
        except RnnError as error:
            told.append(str(error))
            break
        session = done.session
        told.append(done.message)
    return session, [line for message in told if message for line in message.split("\n")]


def played(text):
    """The transcript as it really goes: the same commands, and what they answer."""
    lines = text.splitlines()
    session, found = opened(lines), []
    for line in lines:
        if line.startswith("#"):
            found.append(line)
        elif line.startswith(PROMPT) or line == PROMPT.strip():
            session, told = answered(session, line[len(PROMPT) :])
            found += [line, *told]
    return "\n".join(found) + "\n"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.stem)
def test_what_is_typed_is_answered_as_the_transcript_says(path):
    written = path.read_text(encoding="utf-8")
    assert played(written) == written


def test_every_command_that_stops_finds_or_prints_stands_in_a_transcript():
    typed = {
        COMMANDS.find(line.split()[1]).name
        for path in FOLDER.glob("*.txt")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith(PROMPT) and line.split()[1] not in ("stepp",)
    }
    assert {command.name for command in COMMANDS if command.group in GROUPS} - typed == set()
