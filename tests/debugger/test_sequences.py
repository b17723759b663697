"""`sequences` lists what every sequence does, `worst` runs the one with the largest loss."""

from __future__ import annotations

import json

import numpy as np
import pytest

from rnn_core.data import Dataset, Sequence
from rnn_core.debugger.commands.sequences import listing
from rnn_core.debugger.effects.performing import perform
from rnn_core.debugger.outcome import ListSequences, Outcome
from rnn_core.debugger.session import Session
from rnn_core.model import Sizes, initialise
from rnn_core.training.run import Run
from rnn_tui import cli
from tests.debugger.sessions import answer, demo, fresh, made, run


def told(session: Session, line: str) -> Outcome:
    """What a command and its effect answer."""
    asked = answer(session, line)
    return perform(asked.effects[0], asked.session)


def test_every_sequence_is_listed_the_largest_loss_first():
    lines = told(demo(), "sequences").message.splitlines()
    assert lines[0].split() == ["sequence", "length", "loss", "first", "wrong", "reach", "name"]
    rows = [line.split() for line in lines[1:5]]
    assert sorted(row[0] for row in rows) == ["1", "2", "3", "4"]
    losses = [float(row[2]) for row in rows]
    assert losses == sorted(losses, reverse=True)
    assert lines[5] == "largest loss first"
    assert "reach: timesteps from the last target back to the first h whose gradient is 0.01 of the largest" in lines[6]


def test_the_list_gives_values_that_are_those_of_each_sequence_s_own_trace():
    values = told(demo(), "sequences --sort number").value
    for i, row in enumerate(values):
        session = run(fresh(), f"sequence {i + 1}")
        assert row["loss"] == session.trace.mean_loss
        assert row["length"] == len(session.trace)
        stopped = run(session, "wrong")
        assert row["first_wrong"] == (stopped.ran.t if stopped.k else None)


def test_it_is_sorted_turned_round_cut_and_searched():
    def numbers(line: str) -> list[int]:
        return [row["sequence"] for row in told(demo(), line).value]

    assert numbers("sequences --sort length") == [2, 4, 1, 3]
    assert numbers("sequences --sort length --reverse") == [3, 1, 4, 2]
    assert numbers("sequences --sort=number --limit=2") == [1, 2]
    assert numbers("sequences 3") == [3]
    assert "the first 2 of 4" in told(demo(), "sequences --limit 2").message
    assert numbers("sequences nobody") == []


def test_it_is_of_the_weights_that_the_update_begins_with():
    session = run(made(sequences=3), "goto update 5")
    row = told(session, "sequences --sort number").value[session.index]
    assert row["loss"] == session.trace.mean_loss


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "sequences --sort size",
            'sequences: --sort takes a column, not "size" (loss length wrong reach number)',
        ),
        ("sequences --limit none", '"none" is not a count (a whole number from 1)'),
        ("sequences --json", 'sequences: no option "--json" (there are --sort --limit --reverse)'),
    ],
)
def test_a_mistake_is_one_line(line, said):
    outcome = answer(demo(), line)
    assert (outcome.message, outcome.failed) == (said, True)


def test_the_options_may_stand_anywhere():
    expected = ListSequences("reach", 3, True, "ann a")
    assert listing("ann --sort reach --limit=3 a --reverse") == expected


def test_the_worst_is_run_as_any_sequence_is():
    worst = max(told(demo(), "sequences").value, key=lambda row: row["loss"])["sequence"]
    session = run(fresh(), "worst")
    assert session.index + 1 == worst
    assert told(fresh(), "worst").message.startswith(f"sequence {worst}/4: the largest mean loss of all, ")


def test_without_targets_there_is_no_worst():
    dataset = Dataset((Sequence(np.ones((2, 2))), Sequence(np.ones((3, 2)))))
    session = Session.of(Run(dataset, initialise("normal", Sizes(2, 3, 2))))
    lines = told(session, "sequences --sort number").message.splitlines()
    assert lines[1].split() == ["1", "2", "–", "–", "–"]
    with pytest.raises(Exception, match="no sequence has targets, so none is the worst"):
        told(session, "worst")


def test_without_the_screen_it_is_printed_and_in_json_it_has_values(capsys):
    assert cli.main(["run", "--json", "-e", "sequences --limit 1"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert set(record["value"][0]) == {"sequence", "name", "length", "loss", "first_wrong", "reach"}
    assert record["shape"] == [1]
