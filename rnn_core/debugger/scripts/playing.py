"""Playing: scripts, recordings and saved sessions, without a screen or before it is there.

Rules this file keeps:
- A script stops at its first refusal and its first failed assertion, and at quit; what it did until then stays.
- Every file that a script names is proven writable before its first command.
- A recording is written when it is switched off, at the latest when its script ends.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator

from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.effects import performing
from rnn_core.debugger.outcome import Ask, Export, Outcome, Picture, Quit, Save, SaveData, SaveModel, Write
from rnn_core.debugger.persistence import opening
from rnn_core.debugger.scripts import recording as recordings
from rnn_core.debugger.scripts.recording import Recording
from rnn_core.debugger.scripts.script import Line, Played, parse
from rnn_core.debugger.session import Session
from rnn_core.errors import RnnError, UsageError, one_line
from rnn_core.formats import files, writing
from rnn_core.progress import Progress, silent
from rnn_core.recipe import Recipe

_WRITERS = frozenset(
    name
    for command in COMMANDS
    if command.name in ("export", "save-session", "save-model", "save-data", "record", "picture")
    for name in (command.name, *command.aliases)
)
"""The commands that write a file."""
_WRITES = Export | Picture | Save | SaveModel | SaveData | Write

# -- scripts ---------------------------------------------------------------------------------------------------


def parse_file(name: str, data: bytes) -> tuple[Line, ...]:
    """The command lines of a script file's bytes. Raises InputError."""
    return parse(files.Content(name, data).text(), name) if data.strip() else ()


def play(session: Session, lines: Iterable[Line], progress: Progress = silent) -> Iterator[Played]:
    """Run command lines one after another and yield what came of each, up to the first that fails, or quit.

    Where one of them could not write its file, its refusal is all that comes: none is run. Raises OutputError where a
    recording that the script began cannot be written at its end.
    """
    lines = tuple(lines)
    if (refused := _unwritable(session, lines)) is not None:
        yield refused
        return
    recording: Recording | None = None
    try:
        for line in lines:
            done, recording, leave = _run(session, line, recording, progress)
            yield done
            session = done.session
            if done.failed or leave:
                break
    except BaseException:
        with contextlib.suppress(RnnError):
            _finish(recording, session)
        raise
    _finish(recording, session)


def _unwritable(session: Session, lines: Iterable[Line]) -> Played | None:
    """The refusal of the first command line that could not write its file: that is asked before long work."""
    for line in lines:
        if line.text.partition(" ")[0] not in _WRITERS:
            continue
        for effect in COMMANDS.execute(session, line.text).effects:
            if isinstance(effect, _WRITES) and effect.path not in ("", "-"):
                try:
                    writing.check_target(os.path.expanduser(effect.path), overwrite=effect.overwrite)
                except RnnError as error:
                    return Played(line, session, str(error), failed=True)
    return None


def _finish(recording: Recording | None, session: Session) -> None:
    if recording is not None:
        switch_recording(Write(""), recording, session)


def _run(
    session: Session, line: Line, recording: Recording | None, progress: Progress
) -> tuple[Played, Recording | None, bool]:
    """One command line with all that it asks for; the recording after it; and whether it leaves the program."""
    first = COMMANDS.execute(session, line.text)
    now, messages, failed, stop, leave = first.session, [first.message], first.failed, "", False
    value = first.value
    for effect in first.effects:
        if isinstance(effect, Quit):
            leave = True
            continue
        try:
            if isinstance(effect, Write):
                recording, message = switch_recording(effect, recording, now)
                done = Outcome(now, message)
            else:
                done = performing.perform(effect, now, progress)
        except RnnError as error:
            done = Outcome(now, str(error), failed=True)
        now, stop = done.session, done.stop
        value = done.value if value is None else value
        messages.append(done.message)
        failed = failed or done.failed or isinstance(effect, Ask)
    if not failed:
        recording = recordings.noted(recording, line.text, session, now, first.effects)
    return Played(line, now, "\n".join(filter(None, messages)), failed, stop, value), recording, leave


# -- recordings and sessions ----------------------------------------------------------------------------------


def switch_recording(effect: Write, recording: Recording | None, session: Session) -> tuple[Recording | None, str]:
    """Begin to record, or write what was recorded and end it; the recording from here on, and a message.

    Raises RnnError, and then the recording is what it was.
    """
    if effect.path:
        path = os.path.expanduser(effect.path)
        if recording is not None:
            raise UsageError(f"already recording to {one_line(recording.path, 80)}", fix="record off ends it")
        if path == "-":
            raise UsageError("standard output is the screen", fix="give a file name")
        writing.check_target(path, overwrite=effect.overwrite)
        return recordings.begun(
            path, effect.overwrite, session
        ), f"recording to {one_line(effect.path, 80)}: record off ends it"
    if recording is None:
        raise UsageError("nothing is being recorded", fix="record FILE begins it")
    with writing.opened(recording.path, overwrite=recording.overwrite) as stream:
        stream.write(recording.text.encode("utf-8", "surrogateescape"))
    return None, f"wrote {one_line(recording.path, 80)}"


# -- the first session -----------------------------------------------------------------------------------------


def first_session(
    recipe: Recipe,
    data: bytes | None = None,
    lines: tuple[Line, ...] = (),
    saved: str = "",
    progress: Progress = silent,
) -> tuple[Outcome, tuple[Played, ...]]:
    """What a screen begins with: a saved session, else the recipe's, after its script has been played on it.

    A session file that cannot be used, and a command that fails, are the message, and the session is what there is
    then. Raises RnnError where the recipe itself cannot be opened.
    """
    session, said, played = None, "", list[Played]()
    if saved:
        try:
            from rnn_core.debugger.persistence.reopening import reopen  # a fresh start does not wait for it

            session, notes = reopen(saved, progress)
            said = " · ".join((f"reopened {files.base_name(saved)}", *notes))
        except RnnError as error:
            said = str(error)
    if session is None:
        session = opening.open_session(recipe, data, progress)
    messages = [said]
    try:
        for done in play(session, lines, progress):
            played.append(done)
            session = done.session
    except RnnError as error:  # a recording that cannot be written
        messages.append(str(error))
    if played:
        last = played[-1]
        messages.append(f"{last.line.where}: {last.message}" if last.failed else last.message)
    return Outcome(session, "\n".join(filter(None, messages))), tuple(played)
