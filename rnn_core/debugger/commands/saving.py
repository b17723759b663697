"""Commands that save: the session, the run, the model, the data."""

from __future__ import annotations

from collections.abc import Callable

from rnn_core.debugger.outcome import Outcome, Save, SaveData, SaveModel
from rnn_core.debugger.registry import Argument, Command
from rnn_core.debugger.session import Session


def _save(effect: type[Save] | type[SaveModel] | type[SaveData]) -> Callable[[Session, str], Outcome]:
    def run(session: Session, path: str) -> Outcome:
        force = path.endswith(" --force")
        return Outcome(session, effects=(effect(path.removesuffix(" --force").strip(), overwrite=force),))

    return run


PATH = (Argument("path", str, required=True, rest=True),)
COMMANDS = (
    Command(
        name="save-session",
        run=_save(Save),
        help="Save the session; with a name in .npz, all that was computed as well.",
        reveals=True,
        example="save-session work.json",
        group="files",
        arguments=PATH,
    ),
    Command(
        name="save-model",
        run=_save(SaveModel),
        help="Write the weights as they are here as NPZ; --force overwrites.",
        example="save-model model.npz",
        group="files",
        arguments=PATH,
    ),
    Command(
        name="save-data",
        run=_save(SaveData),
        help="Write the sequences as they are here, in the format of the suffix.",
        example="save-data mine.json",
        group="files",
        arguments=PATH,
    ),
)
