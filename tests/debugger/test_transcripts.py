"""Commands as they are typed and answered: the files in `transcripts/`, played literally.

After `(rnn) ` stands what is typed, below it what is answered, by the registry and then by what it asks to be done. A
line that begins with `#` is for the reader; `# rnn-tui OPTIONS` says how the session is opened (otherwise: the demo).
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.effects.performing import perform
from rnn_core.debugger.expressions.compiled import LONGEST
from rnn_core.debugger.expressions.functions import FUNCTIONS, PREV, PREV_HELP
from rnn_core.debugger.expressions.syntax import OPERATORS
from rnn_core.debugger.persistence.opening import open_session
from rnn_core.debugger.position.places import Location
from rnn_core.errors import RnnError
from rnn_tui.commandline import arguments
from tests.docs.documents import blocks, read
from tests.listing import EXPRESSION_NAMES as NAMES

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


# -- docs/expressions.md ------------------------------------------------------------------------------------------

DOCUMENT = "docs/expressions.md"


def rows_of(head):
    """The rows of every table of the document whose first column has this heading, their backquotes taken off."""
    found, inside = [], False
    for line in read(DOCUMENT).splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        inside = line.startswith("|") and (inside or cells[0] == head)
        if inside and cells[0] not in (head, "---"):
            found.append([cell.strip("`") if cell.count("`") == 2 else cell for cell in cells])
    assert found
    return found


def at_the_end(line):
    """What the demo answers to a command after its last line."""
    session, _ = answered(opened([]), "end")
    return answered(session, line)[1][0]


@pytest.mark.parametrize("row", rows_of("expression"), ids=lambda row: row[0])
def test_every_expression_of_the_document_has_the_value_that_it_says(row):
    assert at_the_end(f"p {row[0]}") == row[2]


@pytest.mark.parametrize("row", rows_of("typed"), ids=lambda row: row[0])
def test_every_refusal_of_the_document_is_the_program_s(row):
    assert at_the_end(f"p {row[0]}") == row[1]


@pytest.mark.parametrize("block", blocks(DOCUMENT, "text"), ids=lambda block: block.split("\n")[0])
def test_every_transcript_of_the_document_goes_as_it_says(block):
    assert played(block) == block


def test_the_document_s_tables_have_every_name_and_every_function():
    named = [name for row in rows_of("name") for name in re.findall(r"\w+", row[0])]
    assert sorted(named) == sorted(NAMES)
    listed = {row[0]: row[1].replace("\\|", "|") for row in rows_of("function")}
    assert listed == {**{name: function.help for name, function in FUNCTIONS.items()}, PREV: PREV_HELP}


@pytest.mark.parametrize("row", rows_of("place"), ids=lambda row: row[0])
def test_every_place_of_the_document_is_one(row):
    trace = opened([]).trace
    for place in re.findall(r"`([^`]+)`", row[0]) or [row[0]]:
        assert any(len(part) for part in Location.parse(place, trace.program).positions(trace))


def test_every_command_of_the_document_exists_and_its_limits_are_the_program_s():
    for row in rows_of("command"):
        for span in re.findall(r"`([^`]+)`", row[0]) or [row[0]]:
            if span[0].isalpha():
                COMMANDS.find(span.split()[0])
    assert f"({LONGEST}\ncharacters)" in read(DOCUMENT)
    operators = re.search(r"^`(\+ .*?)` element", read(DOCUMENT), re.MULTILINE)[1].split()
    assert len(operators) == len(OPERATORS) - 1, "all but @, which is named beside them"
