"""The list of sequences on the screen: sorted, searched, opened; computed with a bar that can be cancelled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from textual.widgets import Input

from rnn_core.data import Dataset, Sequence
from rnn_core.debugger.session import Session
from rnn_core.diagnostics import overview
from rnn_core.errors import Cancelled
from rnn_core.model import Sizes, initialise
from rnn_core.training.run import Run
from rnn_tui.screens.debugger import DebuggerScreen
from rnn_tui.screens.sequences import SequencesScreen
from tests.debugger.sessions import demo, fresh, same
from tests.tui.screens import Driven, driven


def rows(screen: Driven) -> list[list[str]]:
    """The rows of the list, by their fields."""
    lines = screen.text.splitlines()[2:-3]
    return [line.replace("▶", " ").replace(">", " ").split() for line in lines if line.strip()]


async def opened(screen: Driven) -> None:
    await screen.press("O")
    await screen.until(lambda: isinstance(screen.app.screen, SequencesScreen) and screen.app.screen.found is not None)
    await screen.pilot.pause()


async def test_the_list_opens_with_the_worst_on_top_and_enter_runs_it():
    async with driven(fresh(), (80, 24)) as screen:
        await opened(screen)
        losses = [float(row[2]) for row in rows(screen)]
        assert losses == sorted(losses, reverse=True)
        first = int(rows(screen)[0][0])
        await screen.press("enter")
        await screen.until(lambda: isinstance(screen.app.screen, DebuggerScreen))
        assert screen.session.index == first - 1


async def test_w_runs_the_worst_from_anywhere():
    async with driven(fresh()) as screen:
        await screen.press("w")
        await screen.until(lambda: "largest mean loss" in screen.text)
        there = screen.session.index
        await opened(screen)
        await screen.press("r", "w")
        await screen.until(lambda: isinstance(screen.app.screen, DebuggerScreen))
        assert screen.session.index == there


async def test_the_arrows_sort_by_the_column_beside_and_r_turns_the_list_round():
    async with driven(size=(80, 24)) as screen:
        await opened(screen)
        await screen.press("left")
        assert [row[1] for row in rows(screen)] == ["5", "4", "3", "2"]
        assert "▼ length" in screen.text
        await screen.press("r")
        assert [row[1] for row in rows(screen)] == ["2", "3", "4", "5"]
        assert "▲ length" in screen.text
        await screen.press("left")
        assert [row[0] for row in rows(screen)] == ["1", "2", "3", "4"]


async def test_a_search_narrows_the_list_while_it_is_typed():
    async with driven(named(), (80, 24)) as screen:
        await opened(screen)
        await screen.press("slash", "n")
        assert sorted(row[-1] for row in rows(screen)) == ["Ann", "Nora"]
        await screen.press("o")
        assert [row[-1] for row in rows(screen)] == ["Nora"]
        await screen.press("enter", "enter")
        await screen.until(lambda: isinstance(screen.app.screen, DebuggerScreen))
        assert screen.session.dataset.sequences[screen.session.index].name == "Nora"


async def test_escape_ends_the_search_and_then_the_list():
    async with driven(named(), (80, 24)) as screen:
        await opened(screen)
        await screen.press("slash", "x")
        assert "no sequence is called x" in screen.text
        await screen.press("escape")
        assert len(rows(screen)) == 4
        assert not screen.app.screen.query_one(Input).display
        await screen.press("escape")
        assert isinstance(screen.app.screen, DebuggerScreen)


async def test_cancelled_it_leaves_the_session_as_it_was(monkeypatch):
    def cancelled(*_arguments: object) -> None:
        raise Cancelled

    monkeypatch.setattr(overview, "overview", cancelled)
    async with driven() as screen:
        await screen.press("O")
        await screen.until(lambda: "cancelled" in screen.text)
        assert isinstance(screen.app.screen, DebuggerScreen)
        assert same(screen.session, demo())


def named():
    """The demo, whose sequences have names."""
    session = fresh()
    called = zip(session.dataset.sequences, ("Ann", "Bob", "Nora", "Zoe"), strict=True)
    dataset = replace(session.dataset, sequences=tuple(replace(each, name=name) for each, name in called))
    run = replace(session.run, dataset=dataset)
    return replace(session, branches=(replace(session.branches[0], run=run),), trace=run.trace(0))


def many(count: int, **fields: bool) -> Session:
    """A session of so many short sequences."""
    sequences = tuple(Sequence(np.eye(3)[[i % 3]], [i % 2]) for i in range(count))
    return Session.of(Run(Dataset(sequences, name="many", **fields), initialise("normal", Sizes(3, 4, 2))))


async def test_a_dataset_of_a_thousand_opens_as_the_list_and_escape_leads_to_the_run():
    async with driven(many(1000), (80, 24)) as screen:
        await screen.until(lambda: isinstance(screen.app.screen, SequencesScreen))
        await screen.until(lambda: screen.app.screen.found is not None)
        await screen.pilot.pause()
        assert "1,000 sequences" in screen.text
        await screen.press("escape")
        await screen.until(lambda: isinstance(screen.app.screen, DebuggerScreen))
        await screen.press("s")
        assert screen.k == 1


@pytest.mark.parametrize("session", [many(999), many(1000).at(3), many(1000, carried=True)], ids=["few", "on", "text"])
async def test_fewer_sequences_a_run_that_is_gone_on_with_and_the_chunks_of_a_text_open_as_ever(session):
    async with driven(session, (80, 24)) as screen:
        await screen.pilot.pause(0.1)
        assert isinstance(screen.app.screen, DebuggerScreen)
