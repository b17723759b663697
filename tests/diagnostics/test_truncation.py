"""The truncated gradient beside the full one, told honestly."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from rnn_core.diagnostics.truncation import compare, lines
from rnn_core.model import PARAMETERS
from rnn_core.recorder import record
from rnn_core.updates import Options
from tests.core.cases import random_params, random_sequence
from tests.debugger.sessions import answer, made


def a_trace(truncation, reduction="sum", **others):
    params, sequence = random_params(h0=True, scale=0.9), random_sequence(12)
    return record(params, sequence, Options(truncation=truncation, reduction=reduction, **others))


@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("truncation", [1, 4, 5])
def test_norms_and_cosines_are_those_of_two_runs(truncation, reduction):
    cut = a_trace(truncation, reduction)
    full = record(cut.params, cut.sequence, replace(cut.options, truncation=0))
    pairs = {f"d{name}": (getattr(cut.gradients, name), getattr(full.gradients, name)) for name in PARAMETERS}
    pairs["dh_next[0]"] = cut.dh_next[0], full.dh_next[0]
    pairs["all"] = tuple(np.concatenate([np.ravel(part) for part in run.gradients.values()]) for run in (cut, full))
    report = compare(cut)
    assert {row.name for row in report.rows} == pairs.keys()
    for name, (ours, theirs) in pairs.items():
        u, v = np.ravel(ours), np.ravel(theirs)
        row = report[name]
        expected = np.sqrt(u @ u), np.sqrt(v @ v), u @ v / np.sqrt((u @ u) * (v @ v))
        assert (row.truncated, row.full, row.cosine) == pytest.approx(expected, rel=1e-12)


def test_a_carried_hidden_state_is_the_full_gradient_s_as_well():
    carried = record(
        random_params(), random_sequence(6), Options(truncation=6), carried={"h0": np.array([0.9, -0.9, 0.5, -0.5])}
    )
    assert all(row.cosine == pytest.approx(1.0, abs=1e-12) for row in compare(carried).rows)
    assert all(row.truncated == pytest.approx(row.full, rel=1e-12) for row in compare(carried).rows)


def test_what_stands_before_no_border_is_not_changed():
    report = compare(a_trace(3))
    for name in ("dV", "dc"):
        assert report[name].truncated == pytest.approx(report[name].full, rel=1e-12)
        assert report[name].cosine == pytest.approx(1.0, abs=1e-12)
    assert report["dW"].cosine < 0.999


def test_the_table_has_a_line_for_each_gradient_and_ends_with_what_was_compared():
    text = lines(compare(a_trace(4)))
    assert text[0].split() == ["gradient", "truncated", "full", "ratio", "cosine"]
    assert [line.split()[0] for line in text[1:-1]] == ["dU", "dW", "dV", "db", "dc", "all", "dh_next[0]"]
    assert re.fullmatch(r"windows of 4 of 12 timesteps: [\d.]+ % of the full norm, [\d.]+° off", text[-1])
    assert all(len(line) <= 78 for line in text)


def test_a_window_that_holds_all_of_time_is_said_to_change_nothing():
    assert lines(compare(a_trace(12)))[-1] == "windows of 12 timesteps, and T = 12: the gradients are the full ones"


def test_without_targets_there_is_no_angle():
    trace = made(timesteps=6, truncation=2, absent=1.0).trace
    text = lines(compare(trace))
    assert text[1].split() == ["dU", "0", "0", "–", "–"]
    assert text[-1] == "windows of 2 of 6 timesteps: the full gradient is 0"


def test_the_command_prints_the_table_and_says_where_there_is_no_truncation():
    session = made(timesteps=6, truncation=2)
    said = answer(session, "truncation")
    assert said.message.split("\n") == lines(compare(session.trace))
    assert said.session is session
    assert answer(made(), "truncation").message.startswith("no truncation: ")
