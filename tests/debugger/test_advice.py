"""Advice of commands works when it is followed: each `fix` has a line that gives it and a line that does as it says."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from rnn_core import run_options
from rnn_core.data import Dataset, Sequence
from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.effects.performing import is_performed, perform
from rnn_core.debugger.outcome import Worst
from rnn_core.debugger.persistence.opening import open_session
from rnn_core.debugger.session import Session
from rnn_core.debugger.whatif import rows
from rnn_core.editing.table import Rows, Table, table_of
from rnn_core.errors import RnnError
from rnn_core.formats import sequences
from rnn_core.formats.sequences import saving
from rnn_core.model import Sizes, initialise
from rnn_core.optimisers import Optimiser
from rnn_core.recipe import Recipe
from rnn_core.training.run import Run
from rnn_core.updates import Clip, Options
from tests.formats.test_advice import advice, fits
from tests.theirs.programs import written

ROOT = Path(__file__).parents[2] / "rnn_core"
SOURCES = (
    *(ROOT / "debugger/commands").glob("*.py"),
    *(ROOT / f"debugger/{name}.py" for name in ("registry", "whatif/edits", "whatif/branches", "whatif/rows",
                                                "effects/listing", "position/cells",
                                                "position/places", "stops/breakpoints", "expressions/expression")),
    *(ROOT / f"{name}.py" for name in ("run_options", "updates")),
)  # fmt: skip


class Followed(NamedTuple):
    """What was done before, a line that is refused, and the lines that its advice makes of it."""

    before: str
    wrong: str
    right: str
    recipe: Recipe = Recipe()


HELLO = Recipe(demo="hello")
CODE = Recipe(path=str(written("columns")))
NAN = "set W[0,0] = 0/0"

FOLLOWED = (
    Followed("", "check five", "check t=3"),
    Followed("", "check t=9", "check t=3"),
    Followed("", "flow t=9", "flow t=3"),
    Followed("", "lattice all", "lattice; lattice t=2; lattice t=2 k=1"),
    Followed("", "lattice t=2 k=3", "lattice t=2 k=2"),
    Followed("set W = 0", "findings 99", "findings"),
    Followed("", "check --mine", "export grads.npz; check --mine grads.npz"),
    Followed("", "panel gates", "panel hidden"),
    Followed("", "fault", "help fault"),
    Followed("goto update 1", "fault", "restart; fork main; fault", CODE),
    Followed("", "diff", "scale W 2; goto start; diff main"),
    Followed("scale W 2", "diff scale-W", "diff main"),
    Followed("", "diff nobody", "forks; scale W 2; diff main"),
    Followed("", "parted", "scale W 2; diff main; parted"),
    Followed("", "goto epoch 0", "goto epoch 1"),
    Followed("", "goto @here", "mark here; marks; goto @here"),
    Followed("", "mark 2nd", "mark second"),
    Followed("", "last cat", "last dW"),
    Followed("end", "last h[9]", "last h[3]"),
    Followed("end", "why dh[1][2] 99", "why dh[1][2] 2"),
    Followed("", "undisplay 3", "display t; undisplay 1"),
    Followed("", 'break dh log ""', 'break dh log "dh norm {norm(dh)}"'),
    Followed("", "break dh if", "break dh if norm(dh) < 1e-6"),
    Followed("end", "break", "break dh"),
    Followed("", "log dh", 'log dh "dh norm {norm(dh)}"'),
    Followed("break dh", "delete 7", "delete 1"),
    Followed("", "delete 7", "info breakpoints"),
    Followed("", "scale loud", "scale log"),
    Followed("", "help nonsense", "help"),
    Followed("", "help nonsense", "help functions"),
    Followed("", "sample 5.5", "sample 5", HELLO),
    Followed("", "sample 5 hot", "sample 5 0.8", HELLO),
    Followed("", "sample 5", "info source"),
    Followed("", "update 999999999999", "update 1"),
    Followed("", "sequence 9", "sequence 4"),
    Followed("", "set W", "set W[2,3] = 0"),
    Followed("", "set W =", "set W = 0"),
    Followed("", "set h[2] = 0", "set h[0] = 0"),
    Followed("", "set cat = 0", "set W = 0"),
    Followed("", "set lr = [1, 2]", "set lr = 0.1"),
    Followed("", "set W[0] = [1, 2]", "set W[0] = 1"),
    Followed("", "set W[99,0] = 0", "set W[9,0] = 0"),
    Followed("", "set x[99,0] = 0", "set x[1,0] = 0"),
    Followed("", "set x[1,99] = 0", "set x[1,4] = 0"),
    Followed("", "set W[a] = 0", "set W[:,3] = 0"),
    Followed("", f"set W = {'0' * 1_000_001}", "set W = 1"),
    Followed("", NAN, "set W[0,0] = 0"),
    Followed("", "set W[0,0] = norm(dh)", "set W[0,0] = norm(W)"),
    Followed("", "set b = [1", "set b[0:3] = [0, 1.5, -2e-3]"),
    Followed("", "set b = []", "set b[0:2] = [0, 1]"),
    Followed("", "set W[0:2] = [[1, 2], [3]]", "set W[0:2,0:2] = [[1, 2], [3, 4]]"),
    Followed("", "set b[0] = [x]", "set b[0:3] = [0, 1.5, -2e-3]"),
    Followed("", "set y[1] = 'cat'", "set y[1] = 0"),
    Followed("", "set y[1] = 'q'", "set y[1] = 'h'", HELLO),
    Followed("", "set y[1] = 0.5", "set y[1] = none"),
    Followed("", "set y[1] = 9", "set y[1] = 2"),
    Followed("", "init zeros", "init xavier"),
    Followed("", "init xavier 99999999999", "init xavier 4294967295"),
    Followed("", "init xavier 7 Q", "init xavier 7 W"),
    Followed("", "scale Q 2", "scale W 2"),
    Followed("", "scale W [1,2]", "scale W 1.5"),
    Followed("", "scale W 1e308*1e10", "scale W 1e3"),
    Followed("set W = 1e300", "scale W 1e300", "scale W 2"),
    Followed("", "fork nobody", "forks; fork main"),
    Followed("scale W 2", "drop scale-W", "undo; drop scale-W"),
    Followed("scale W 2; scale W 3; fork main", "drop scale-W", "drop scale-W-2; drop scale-W"),
    Followed("", "rename a", "scale W 2; rename a"),
    Followed("scale W 2", "rename 2", "rename two"),
    Followed("scale W 2", "rename main", "forks; rename other"),
    Followed("end", "select cat", "select dW[2,4]"),
    Followed("end", "select dW[2]", "select dW[2,4]"),
    Followed("end", "select dW[99,0]", "select dW[9,0]"),
    Followed("", "goto 99999", "goto 47"),
    Followed("", "goto cat dog", "goto dh t=3"),
    Followed("", "break dh t=2 t=3", "break dh t=3"),
    Followed("", "goto 5 t=3", "goto 5"),
    Followed("", "break ,", "break dh t=3"),
    Followed("", "break dh t=9", "break dh t=3"),
    Followed("", "watch 3", "watch norm(dW)"),
    Followed("", "break dh if dW", "break dh if any(dW)"),
    Followed("", "nothing", "help"),
    Followed("", "nonfinite maybe", "nonfinite go"),
    Followed("", "step 2.5", "step 2"),
    Followed("", "until", "until dh"),
    Followed("", "back 2 3", "back 2"),
    Followed("", "clip 0", "clip norm:1.0"),
    Followed("", "clip loud", "clip off"),
    Followed("", "optimiser rmsprop", "optimiser momentum:0.9"),
    Followed("", "optimiser momentum:1", "optimiser momentum:0.9"),
    Followed("", "tbptt many", "tbptt off"),
    Followed("", "sequences --size", "sequences --limit 2"),
    Followed("", "sequences --sort size", "sequences --sort reach"),
    Followed("", "sequences --limit 0", "sequences --limit 1"),
    Followed("", "rows here", "rows 1 = [0, 0, 0, 0, 0, null]"),
    Followed("", "rows 1 = [0", "rows 1-2 = [[0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 0, null]]"),
    Followed("", "rows 1 = 5", "rows 1 = [[0, 0, 0, 0, 0, 1]]"),
    Followed("", "rows 4 = []", "rows 3 = []"),
    Followed("", "rows +5 = [[0, 0, 0, 0, 0, 0]]", "rows +4 = [[0, 0, 0, 0, 0, 0]]"),
    Followed("", "rows 1-3 = []", "rows 1-2 = []"),
    Followed("", "rows 2 = [], 1 = []", "rows 1 = [], 2 = []"),
    Followed("", "rows 1 = [] 2 = []", "rows 1 = [], 2 = []"),
    Followed("", "rows 1 = [1, 2]", "rows 1 = [1, 2, 3, 4, 5, 2]"),
    Followed("", "rows 1 = [0, 0, 0, 0, 0, 7]", "rows 1 = [0, 0, 0, 0, 0, 2]"),
    Followed("", f"rows 1 = [{' ' * 8_000_000}]", "rows 1 = [0, 0, 0, 0, 0, 2]"),
)


def does(session: Session, line: str) -> Session:
    """The session after a line and its effects. Raises RnnError."""
    name, _, rest = line.partition(" ")
    command = COMMANDS.find(name)
    outcome = command.run(session, *command.parse(rest))
    for effect in outcome.effects:
        if is_performed(effect):
            outcome = perform(effect, outcome.session)
    assert not outcome.failed
    return outcome.session


def after(session: Session, lines: str) -> Session:
    for line in filter(None, lines.split("; ")):
        session = does(session, line)
    return session


def given(followed: Followed) -> str:
    session = after(open_session(followed.recipe), followed.before)
    with pytest.raises(RnnError) as caught:
        does(session, followed.wrong)
    return caught.value.fix


@pytest.mark.parametrize("followed", FOLLOWED, ids=lambda followed: followed.wrong[:40])
def test_what_a_command_advises_works(followed: Followed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # some write a file first
    assert given(followed)
    after(after(open_session(followed.recipe), followed.before), followed.right)


def untargeted() -> Session:
    sequence = Sequence(np.ones((2, 2)))
    return Session.of(Run(Dataset((sequence,)), initialise("normal", Sizes(2, 2, 2))))


def edited() -> tuple[Dataset, Table, Table]:
    """A sequence of which every row is written to, as it was and as it is."""
    x = np.random.default_rng(0).standard_normal((330_000, 1))
    dataset = Dataset((Sequence(x),))
    table = table_of(dataset.sequences[0], dataset, 2)
    return dataset, table, table.spliced(0, len(table), Rows.new(table.rows.cells + 1e-3))


OPTIONS = {
    "open one that has": (lambda: perform(Worst(), untargeted()), lambda: perform(Worst(), open_session(Recipe()))),
    "save it to a file, and open that": (
        lambda: rows.line_of(*edited()[1:]),
        lambda: sequences.load("f.npy", data=saving.to_bytes(edited()[0], "f.npy").data),
    ),
    "sum or mean": (lambda: Options(reduction="max"), lambda: Options(reduction="mean")),
    "1 or more, or 0 for no truncation": (lambda: Options(truncation=-1), lambda: Options(truncation=0)),
    "one of sgd momentum adagrad adam": (lambda: Optimiser("rmsprop"), lambda: Optimiser("adam")),
    "for example norm:1.0": (lambda: Clip("norm", -1.0), lambda: Clip("norm", 1.0)),
}


@pytest.mark.parametrize("fix", OPTIONS)
def test_what_is_advised_where_no_line_gives_it_works(fix: str) -> None:
    wrong, right = OPTIONS[fix]
    with pytest.raises(RnnError) as caught:
        wrong()
    assert caught.value.fix == fix
    right()


def test_every_piece_of_advice_is_followed_by_a_test() -> None:
    said = [*map(given, FOLLOWED), *OPTIONS]
    found = {text for path in SOURCES for text in advice(ast.parse(path.read_text("utf-8"))) if text.strip("{} ;")}
    files = set(advice(ast.parse((ROOT / "debugger/commands/files.py").read_text("utf-8"))))
    found -= files | {run_options.WEIGHTS}  # a heading of the same name
    assert not {text for text in found if not any(fits(text, fix) for fix in said)}
