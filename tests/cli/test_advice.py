"""What the command line advises works: each `fix` has a line that is answered with it, and one that does as it says."""

from __future__ import annotations

import ast
import shlex
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from rnn_core.debugger.persistence.opening import open_session
from rnn_core.recipe import Recipe
from rnn_tui import cli
from tests.formats.test_advice import advice, fits

ROOT = Path(__file__).parents[2] / "rnn_tui/commandline"


class Followed(NamedTuple):
    """The advice, a command line that gets it, and the one that it makes of it; both run in a folder with files."""

    fix: str
    wrong: str
    right: str


FOLLOWED = (
    Followed("did you mean {}?", "check --reductoin mean", "check --reduction mean"),
    Followed("give one", "check data.csv --demo hello", "check data.csv"),
    Followed("give one", "check data.csv other.csv", "check other.csv"),
    Followed("leave it out for the demo", "check ''", "check"),
    Followed("leave one of them out", "check --quiet --strict", "check --strict"),
    Followed("leave one of them out", "check --model model.npz --init orthogonal", "check --init orthogonal"),
    Followed("leave one of them out", "run --text hello --seq-length 2 --shuffle -e step",
             "run --text hello --shuffle -e step"),
    Followed("leave one of them out", "train --resume -o run.npz --force", "train --resume -o run.npz"),
    Followed("name their file, too", "check --transposed yes", "check --transposed no --model model.npz"),
    Followed("name it, too", "check --targets y.npy", "check x.npy --targets y.npy"),
    Followed("- for standard output", "export --format jsonl", "export --format jsonl -o -"),
    Followed("its suffix says .svg, .png or .txt", "picture", "picture -o new.svg"),
    Followed("leave it out, or train anew with --force", "train --resume -o run.npz --init orthogonal",
             "train --resume -o run.npz"),
    Followed("leave it out, or train anew with --force", "train --resume -o run.npz --init orthogonal",
             "train --init orthogonal -o run.npz --epochs 1 --force"),
    Followed("name a .py or .ipynb", "review", "review mine.py"),
    Followed("ours is one of {}", "review mine.py --map Wx=Q", "review mine.py --map Wx=U"),
    Followed("-e 'COMMAND; COMMAND' or -x FILE", "run", "run -e 'step; step'"),
    Followed("-e 'COMMAND; COMMAND' or -x FILE", "run", "run -x steps.rnn"),
    Followed("leave it out; set, clip and others fork", "run --session s.json --clip norm:1 -e step",
             "run --session s.json -e 'clip norm:1; step'"),
    Followed("put one of them into a file", "run - -x -", "run data.csv -x steps.rnn"),
    Followed("rnn-tui diff A B", "diff model.npz", "diff model.npz model.npz"),
    Followed("leave out --model", "diff model.npz model.npz --model model.npz", "diff model.npz model.npz"),
    Followed("leave out --model", "sweep --model model.npz -o new.csv", "sweep -o new.csv --seeds 1 --epochs 1"),
    Followed("-o results.csv", "sweep", "sweep -o results.csv --seeds 1 --epochs 1"),
    Followed("give -o a file name", "sweep -o -", "sweep -o new.csv --seeds 1 --epochs 1"),
    Followed("--seeds 3,5,7", "sweep --seed 3 -o new.csv", "sweep --seeds 3,5,7 --epochs 1 -o new.csv"),
    Followed("give -o and --log a file name", "train -o -", "train -o new.npz --log new.csv --epochs 1"),
    Followed("name it", "train --resume", "train --resume -o run.npz"),
    Followed("give two names", "train -o new.npz --log new.npz", "train -o new.npz --log new.csv --epochs 1"),
    Followed("rnn-tui --session FILE opens it", "train --resume -o s.json", "run --session s.json -e step"),
    Followed("leave out --map and --samples", "check --mine g.npz --map", "check --mine g.npz"),
    Followed("{}, or some of {}", "findings --fail-on boredom", "findings --fail-on exploding"),
    Followed("rnn-tui run -e lattice prints a part of it", "flow --lattice", "run -e lattice"),
    Followed("the sequence has {}", "flow --timestep 9", "flow --timestep 3"),
    Followed("a number of the course, 1 to 20, or a seed", "hunt one", "hunt 1 -e quit"),
    Followed("leave it out", "hunt 3 --list", "hunt --list"),
    Followed("use fewer --epochs", "train many.csv --epochs 1000000", "train many.csv --epochs 1"),
    Followed("a smaller --lr or --clip may help; --through-non-finite trains on",
             "train --lr 1e308 --epochs 2", "train --lr 0.1 --clip norm:1 --epochs 2"),
    Followed("a smaller --lr or --clip may help; --through-non-finite trains on",
             "train --lr 1e308 --epochs 2", "train --lr 1e308 --epochs 2 --through-non-finite"),
)  # fmt: skip

ELSEWHERE = {
    "-o FILE, or a pipe": "a terminal as standard output, which test_terminal.py has",
    "- reads data from it; {}": "a screen without a terminal, which test_process.py has",
    "pipe data in": "standard input that is closed, which test_process.py has",
    "train anew, with --force": "a source that has changed since, which test_train.py follows",
    "sweep over fewer": "more runs than anyone waits for, which tests/sweeps follow",
}
"""Advice that no entry can follow here, and why."""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with data, targets, a model, a run, a session, a script and somebody's own code."""
    monkeypatch.chdir(tmp_path)
    Path("data.csv").write_text("x1,x2,target\n0.5,1,0\n0.25,2,1\n")
    Path("other.csv").write_text("x1,target\n0.5,0\n0.25,1\n")
    Path("many.csv").write_text("sequence,x,target\n" + "".join(f"s{i},0.5,0\n" for i in range(20)))
    np.save("x.npy", np.ones((3, 2)))
    np.save("y.npy", np.array([0, 1, 0]))
    Path("steps.rnn").write_text("step\nstep\n")
    Path("mine.py").write_text("import numpy as np\nWx = np.ones((2, 2))\n")
    assert cli.main(["run", "-e", "save-model model.npz; save-session s.json"]) == 0
    assert cli.main(["train", "--epochs", "1", "-o", "run.npz"]) == 0
    trace = open_session(Recipe()).trace
    np.savez("g.npz", **{f"d{name}": gradient for name, gradient in trace.gradients.items()})
    return tmp_path


@pytest.mark.parametrize("followed", FOLLOWED, ids=lambda followed: followed.wrong)
def test_what_a_command_line_advises_works(followed, folder, capsys):
    capsys.readouterr()
    status = cli.main(shlex.split(followed.wrong))
    said = capsys.readouterr().err.splitlines()[-1]
    assert status in (1, 2)
    given = said.rpartition(" (")[2].removesuffix(")").partition("; rnn-tui")[0]
    assert fits(followed.fix, given), said
    status = cli.main(shlex.split(followed.right))
    assert status == 0 or followed.right.startswith("review ")  # that it finds something is no refusal
    assert given not in capsys.readouterr().err


def test_every_piece_of_advice_is_followed():
    collected = {text for path in ROOT.glob("*.py") for text in advice(ast.parse(path.read_text("utf-8")))}
    collected = {text for text in collected if text.strip("{} ;")}
    known = {*(followed.fix for followed in FOLLOWED), *ELSEWHERE}
    assert collected - known == set()
    assert known - collected == set()
