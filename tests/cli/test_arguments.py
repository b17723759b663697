"""What command lines mean, and what is said to those that mean nothing. In-process: no NumPy-heavy work, no screen."""

from __future__ import annotations

import sys
from dataclasses import fields

import pytest

from rnn_core import choices, run_options
from rnn_core.cells import CELLS, cell
from rnn_core.formats import sequences, traces
from rnn_core.language.functions import ACTIVATIONS
from rnn_core.model import INITIALISATIONS
from rnn_core.optimisers import RULES, Optimiser
from rnn_core.outputs import output
from rnn_core.reading import CodeReading, ModelReading, Reading
from rnn_core.recipe import DEMOS, Recipe
from rnn_core.updates import Clip, Options
from rnn_tui import cli
from rnn_tui.commandline import arguments, export, train


@pytest.fixture
def started(monkeypatch):
    """The recipes that the screen was started with; there is no screen."""
    recipes = []

    class App:
        @staticmethod
        def start(recipe, data, script, saved):
            recipes.append((recipe, data))
            return 0

    monkeypatch.setitem(sys.modules, "rnn_tui.app", App)
    monkeypatch.setattr(cli, "check_screen", lambda reading: None)
    return recipes


def recipe_of(started, *argv):
    assert cli.main(list(argv)) == 0
    return started[-1][0]


def complaint(capsys, *argv, status=2):
    assert cli.main(list(argv)) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("rnn-tui: ")
    assert err.count("\n") == 1
    assert "\x1b" not in err
    if status == 2:
        assert "--help" in err
    return err.removeprefix("rnn-tui: ").rstrip("\n")


def test_nothing_at_all_is_the_demo(started):
    assert recipe_of(started) == Recipe()


def test_every_option_reaches_the_recipe(started):
    found = recipe_of(
        started, "--tokens", "words", "--seq-length", "25", "--targets", "t.csv", "data.csv", "--hidden", "6",
        "--classes=4", "--init", "xavier", "--scale", "-1.5e0", "--seed", "4294967295", "--lr", "-.5",
        "--reduction", "mean", "--clip", "norm:2", "--sequence", "3", "--optimiser", "adam:0.8,0.99", "--tbptt", "7",
        "--epochs", "12",
    )  # fmt: skip
    assert found == Recipe(
        path="data.csv", tokens="words", seq_length=25, targets="t.csv", hidden=6, classes=4, init="xavier", scale=-1.5,
        seed=2**32 - 1, sequence=2, epochs=12,
        options=Options(-0.5, "mean", Clip("norm", 2.0), Optimiser("adam", beta1=0.8, beta2=0.99), truncation=7),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("argv", "recipe"),
    [
        (["--text", "-x y"], Recipe(text="-x y")),
        (["--text", ""], Recipe(text="")),
        (["--demo"], Recipe()),
        (["--shuffle"], Recipe(shuffle=True)),
        (["--optimizer=momentum"], Recipe(options=Options(optimiser=Optimiser("momentum")))),
        (["--demo", "hello"], Recipe(demo="hello")),
        (["--demo=hello"], Recipe(demo="hello")),
        (["--demo", "--seed", "3"], Recipe(seed=3)),
        (["./export"], Recipe(path="./export")),
        (["--", "export"], Recipe(path="export")),
        (["--", "--odd.csv"], Recipe(path="--odd.csv")),
        (["--seed", "3", "data.csv"], Recipe(seed=3, path="data.csv")),
        (["--model", "export", "data.csv"], Recipe(model="export", path="data.csv")),
        (["--seed", "3", "--seed", "4"], Recipe(seed=4)),
        (["a.csv", "--time-first"], Recipe(path="a.csv", reading=Reading(time_first=True))),
        (
            ["a.csv", "--features", "a, b", "--target-column=none", "--decimal", "comma"],
            Recipe(path="a.csv", reading=Reading(features=("a", "b"), target_column=("none",), decimal="comma")),
        ),
        (
            ["a.npy", "--window", "20", "--stride", "5", "--vocabulary", "9", "--quiet"],
            Recipe(path="a.npy", reading=Reading(window=20, stride=5, vocabulary=9), quiet=True),
        ),
        (
            ["a.csv", "--strict", "--classes-order", "no,yes", "--header", "no", "--read-as", "table", "--batch-first"],
            Recipe(
                path="a.csv",
                strict=True,
                reading=Reading(classes_order=("no", "yes"), header="no", read_as="table", batch_first=True),
            ),
        ),
        (
            ["--model", "m.npz", "--transposed", "yes", "--concatenated", "hx"],
            Recipe(model="m.npz", model_reading=ModelReading("yes", "hx")),
        ),
        (["file:///tmp/my%20data.csv"], Recipe(path="/tmp/my data.csv")),
    ],
)
def test_words_options_and_values_are_told_apart(started, argv, recipe):
    assert recipe_of(started, *argv) == recipe


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--hidden", "0"], '--hidden: "0" is not a whole number from 1 to 1000000'),
        (["--hidden", "1_0"], '--hidden: "1_0" is not a whole number'),
        (["--hidden", "٣"], '--hidden: "٣" is not a whole number'),
        (["--hidden", "9" * 5000], "--hidden: "),
        (["--hidden", "1e3"], "--hidden: "),
        (["--classes", "-1"], '--classes: "-1" is not a whole number'),
        (["--sequence", "0"], '--sequence: "0" is not a whole number'),
        (["--seq-length", "0"], '--seq-length: "0" is not a whole number from 1 to 1000000'),
        (["--seq-length", "2.5"], '--seq-length: "2.5" is not a whole number'),
        (["--seed", "-1"], '--seed: "-1" is not a whole number from 0 to 4294967295'),
        (["--seed", "4294967296"], "--seed: "),
        (["--lr", "nan"], '--lr: "nan" is not a finite number'),
        (["--lr", "inf"], '--lr: "inf" is not a finite number'),
        (["--lr", "1e999"], '--lr: "1e999" is not a finite number'),
        (["--lr", "1_0"], '--lr: "1_0" is not a finite number'),
        (["--lr", ""], '--lr: "" is not a finite number'),
        (["--scale", "0x1"], '--scale: "0x1" is not a finite number'),
        (["--clip", "norm:-1"], "clip limit -1.0 is not a positive number"),
        (["--clip", "norm:nan"], "clip limit nan"),
        (["--clip", "norm"], 'no clipping "norm"'),
        (["--clip", "\x1b[31m:\n"], "no clipping"),
        (["--optimiser", "rmsprop"], 'no optimiser "rmsprop" (sgd, momentum, momentum:0.9'),
        (["--optimizer", "sgd:0.9"], 'no optimiser "sgd:0.9"'),
        (["--optimiser", "adam:0.9"], 'no optimiser "adam:0.9"'),
        (["--optimiser", "momentum:1"], "optimiser: momentum 1 is not within 0 … 1"),
        (["--optimiser"], "--optimiser/--optimizer: expected one argument"),
        (["--tbptt", "0"], '--tbptt: "0" is not a whole number from 1'),
        (["--epochs", "0"], '--epochs: "0" is not a whole number from 1'),
        (["--shuffle", "--seq-length", "5", "--text", "abc"], "--shuffle tears the chunks of --seq-length apart"),
        (["--shuffle=1"], "--shuffle: ignored explicit argument '1'"),
        (["--init", "zeros"], "--init: invalid choice: 'zeros'"),
        (["--reduction", "max"], "--reduction: invalid choice"),
        (["--text"], "--text: expected one argument"),
        (["--hiden", "3"], 'no option "--hiden" (did you mean --hidden?'),
        (["--hid", "3"], 'no option "--hid"'),
        (["-z"], 'no option "-z"'),
        (["--\n\x1b"], "no option"),
        (["a", "b"], 'more than one source: "a" and "b"'),
        (["a", "export"], 'more than one source: "a" and "export"'),
        (["a\n", "b\x1b"], 'more than one source: "a " and "b�"'),
        (["a", "--text", "x"], "more than one source: a file and --text"),
        (["--demo", "a.csv"], "more than one source: a file and --demo"),
        (["--demo", "--text", "x"], "more than one source: --text and --demo"),
        ([""], "the file name is empty"),
        (["--model", ""], "--model and --targets need a file name"),
        (["--targets", "t.csv"], "--targets goes with a file of inputs"),
        (["--model", "m.npz", "--init", "normal"], "--init is for drawn weights"),
        (["--model", "m.npz", "--scale", "2"], "--scale is for drawn weights"),
        (["--features", "a,,b"], '--features: "a,,b" is not a list of different names such as a,b'),
        (["--classes-order", "a,a"], '--classes-order: "a,a" is not a list of different names'),
        (["--decimal", "dot"], "--decimal: invalid choice: 'dot'"),
        (["--window", "0"], '--window: "0" is not a whole number from 1'),
        (["a.npy", "--time-first", "--batch-first"], "--time-first and --batch-first contradict each other"),
        (["a.npy", "--quiet", "--strict"], "--quiet and --strict contradict each other"),
        (["a.csv", "--transposed", "yes"], "--transposed is for the weights of --model"),
        (["-o", "x.csv"], 'no option "-o"'),
        (["export"], "export needs -o FILE (- for standard output; rnn-tui export --help)"),
        (["export", "-o", "trace.xml"], 'no trace format for "trace.xml"'),
        (["export", "-o", "-"], 'no trace format for "-"'),
        (["export", "-o", "x.npz", "--format", "xml"], "--format: invalid choice"),
        (["export", "-o", "x.npz", "--every", "timestep"], "--every timestep is for jsonl and csv"),
        (["export", "-o", "x.csv", "--to", "-1"], '--to: "-1" is not a whole number'),
        (["export", "export", "x", "-o", "x.csv"], 'more than one source: "export" and "x"'),
    ],
)
def test_a_wrong_command_line_is_one_line_and_status_2(started, capsys, argv, message):
    assert complaint(capsys, *argv).startswith(message)
    assert not started


def test_an_input_error_of_a_quick_start_is_one_line_and_status_1(monkeypatch, capsys):
    class App:
        @staticmethod
        def start(recipe, data, script, saved):
            from rnn_core.debugger.persistence import opening

            opening.open_session(recipe, data)

    monkeypatch.setitem(sys.modules, "rnn_tui.app", App)
    monkeypatch.setattr(cli, "check_screen", lambda reading: None)
    assert complaint(capsys, "no\nsuch\x1bfile.csv", status=1).startswith("no such�file.csv: no such file")


@pytest.mark.parametrize(("raised", "status"), [(KeyboardInterrupt(), 130), (MemoryError(), 1), (SystemExit(143), 143)])
def test_whatever_ends_the_work_has_its_status(monkeypatch, raised, status):
    def start(recipe, data, script, saved):
        raise raised

    monkeypatch.setitem(sys.modules, "rnn_tui.app", type("App", (), {"start": staticmethod(start)}))
    monkeypatch.setattr(cli, "check_screen", lambda reading: None)
    assert cli.main([]) == status


def test_the_status_of_the_screen_is_the_programs(monkeypatch):
    monkeypatch.setitem(sys.modules, "rnn_tui.app", type("App", (), {"start": staticmethod(lambda *given: 130)}))
    monkeypatch.setattr(cli, "check_screen", lambda reading: None)
    assert cli.main([]) == 130


@pytest.mark.parametrize(
    "argv", [["--help"], ["-h"], ["export", "--help"], ["--seed", "3", "export", "-h"], ["train", "-h"]]
)
def test_help_names_every_option(capsys, argv):
    assert cli.main(argv) == 0
    text = capsys.readouterr().out
    options = arguments.OPTIONS + (export.OPTIONS if "export" in argv else train.OPTIONS if "train" in argv else ())
    assert all(flag in text for option in options for flag in option.flags)
    assert text.isascii()


def test_every_option_of_a_run_is_declared_once():
    """One entry for each field of a recipe and of its options; the file itself is a word, and needs no flag."""
    parts = {"": Recipe, "options": Options, "reading": Reading, "model_reading": ModelReading, "code": CodeReading}
    held = {part: {field.name for field in fields(kind)} for part, kind in parts.items()}
    held[""] -= {"path", *parts}
    declared = [(option.part, option.name) for option in run_options.RUN_OPTIONS]
    assert sorted(declared) == sorted((part, name) for part, names in held.items() for name in names)


def test_the_choices_repeated_for_a_quick_start_are_those_of_the_core():
    own = {kind: name for name in CELLS for kind in cell(name).initialisations}
    assert {**dict.fromkeys(INITIALISATIONS, ""), **own} == choices.INITIALISATIONS
    assert run_options.DEMOS == DEMOS


def test_what_is_made_by_a_name_has_that_name():
    assert [function.name for function in ACTIVATIONS.values()] == list(choices.ACTIVATIONS)
    assert [rule.kind for rule in RULES.values()] == list(choices.OPTIMISERS)
    assert [output(loss).loss for loss in choices.LOSSES] == list(choices.LOSSES)
    assert [cell(name).name for name in choices.CELLS] == list(choices.CELLS)
    assert [entry.name for entry in traces.TRACE_FORMATS] == list(choices.TRACES)
    assert [entry.name for entry in sequences.SEQUENCE_FORMATS] == list(choices.SEQUENCES)
