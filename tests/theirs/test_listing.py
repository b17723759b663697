"""Their file as the listing: what is seen of it, what is marked, and what stands in titles and in this step."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from rnn_core.debugger.persistence.opening import open_session
from rnn_core.recipe import Recipe
from rnn_core.views.source import shortened, source, window
from tests.theirs.programs import line_of, opened, run, text_of
from tests.tui.painted import painted

SIZES = [(80, 24), (120, 40), (250, 80)]


def listed(session, width=120, height=40, theme="dark"):
    return painted(session, width, height, theme)["listing"].rows


@pytest.mark.parametrize("size", SIZES)
def test_the_arrow_stands_at_the_line_that_computes_our_next_one_wherever_we_are(size):
    session = opened("minchar")
    for place in ("start", "h t=3", "dz t=8", "dh_next t=2"):
        at = run(session, f"goto {place}").session
        wanted = at.beside.stops.lines[at.stopped]
        rows = [row for row in listed(at, *size) if "▶" in row]
        assert len(rows) == 1
        assert rows[0].split("▶")[1].split()[0] == str(wanted)


@pytest.mark.parametrize("theme", ["dark", "light", "plain"])
def test_the_wrong_part_alone_is_underlined(theme):
    session = run(opened("columns", "dW h[t]"), "fault").session
    panel = painted(session, 250, 80, theme)["listing"].panel
    underlined = "".join(
        segment.text for strip in panel._strips for segment in strip if segment.style and segment.style.underline
    )
    assert underlined == "np.dot(dtanh, hidden_states[t + 1].T)"


def test_the_wrong_part_is_seen_where_the_line_is_too_long_for_the_box():
    session = run(opened("columns", "dW h[t]"), "fault").session
    row = next(row for row in listed(session, 120, 40) if "◂" in row)
    assert "hidden_states[t + 1]" in row


def test_what_follows_from_the_wrong_line_says_so():
    session = run(opened("minchar", "tanh' h"), "fault").session
    wrong = line_of("minchar", "tanh' h", "dhraw = (1 - hs[t]) * dh")
    assert any(f"follows from line {wrong}" in row for row in listed(session, 250, 80))
    rows = source(session.beside, session.stopped, session.beside.ran_stop(session.k), 40)
    follows = {row.number for row in rows if row.follows}
    assert line_of("minchar", "tanh' h", "dbh += dhraw") in follows
    assert line_of("minchar", "tanh' h", "dby += dy") not in follows
    assert wrong not in follows


def test_stepping_inside_a_function_moves_the_marks_and_not_the_text():
    session = run(opened("columns"), "goto backward").session
    seen = set()
    for _ in range(9):
        seen.add(tuple(row.split()[0] for row in listed(session, 250, 80)[1:4]))
        session = run(session, "step").session
    assert len(seen) <= 2, "the text stays, but for the mark that may stand before a number"


def test_every_line_of_a_file_of_a_thousand_lines_comes_into_sight():
    run_ = opened("columns").beside
    long = replace(run_, lines=tuple(f"line_{i} = {i}" for i in range(1, 1001)))
    for height in (1, 12, 30):
        for line in (1, 2, 499, 999, 1000):
            shown = window(long, line, height)
            assert line in shown
            assert len(shown) == height
            assert shown.start >= 1
            assert shown.stop <= 1001


def test_code_is_cut_between_two_names():
    assert shortened("dh = np.dot(V.T, dy) + carried", 20) == "dh = np.dot(V.T, …"
    assert shortened("short = 1", 9) == "short = 1"
    assert shortened("a" * 30, 10) == "aaaaaaaa …"


@pytest.mark.parametrize("size", SIZES)
def test_their_names_stand_in_the_titles(size):
    session = run(opened("minchar"), "goto update", "s 9").session
    shown = painted(session, *size)
    text = "\n".join(part.text for part in shown.values())
    assert "ps = p" in text or "= d" in text
    if size == (250, 80):
        text += painted(run(session, "panel weights").session, *size)["weights"].text
        for title in ("dWhh = dW", " Whh = W", "hidden hs = h", "ps = p"):
            assert title in text, title


def test_this_step_says_what_their_operands_are_of_ours():
    session = run(opened("columns", "dW h[t]"), "fault").session
    rows = painted(session, 120, 40)["step"].text
    assert "dW += np.dot(dtanh, hidden_states[t + 1].T)" in rows
    assert "dtanh = da[3]" in rows
    assert "hidden_states[t + 1] = h[3]" in rows
    assert "not the same" in rows


def test_a_statement_of_theirs_that_computes_none_of_ours_is_told_as_such():
    session = run(opened("columns"), "goto backward", "by theirs", "back").session
    rows = painted(session, 120, 40)["step"].text
    assert "none of our lines" in rows


def test_the_header_says_the_verdict():
    assert "right" in painted(opened("columns"), 80, 24)["header"].text
    assert "wrong line 46 (X)" in painted(opened("columns", "dW h[t]"), 80, 24)["header"].text


def test_a_notebook_counts_lines_by_cell(tmp_path):
    text = text_of("columns", "dW h[t]")
    cut = text.index("def backward")
    cells = [{"cell_type": "code", "source": part} for part in (text[:cut], text[cut:])]
    path = tmp_path / "my.ipynb"
    path.write_text(json.dumps({"cells": cells, "nbformat": 4, "metadata": {}}), encoding="utf-8")
    session = open_session(Recipe(path=str(path)))
    first = text[:cut].count("\n") + 1
    label = f"[2]{46 - first + 1}"
    assert f"wrong line {label}" in painted(session, 120, 40)["header"].text
    stopped = run(session, f"break {label}", "continue").session
    assert stopped.following.instruction.name == "dW"
    assert any(label in row and "▶" in row for row in listed(stopped))


def test_look_shows_another_line_until_the_next_step():
    session = run(opened("minchar"), "look 70").session
    assert any(row.split()[:1] == ["70"] for row in listed(session, 120, 40))
    stepped = run(session, "step").session
    assert not any(row.split()[:1] == ["70"] for row in listed(stepped, 80, 24))
