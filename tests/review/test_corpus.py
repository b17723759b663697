"""The corpus: right programs are right, and a single mistake is named on its line.

A part of it runs with the suite; all of it with RNN_REVIEW_CORPUS=all, and in `python -m benchmarks review`.
"""

from __future__ import annotations

import os

import pytest

from rnn_core.review import review
from tests.review import corpus

EVERYTHING = os.environ.get("RNN_REVIEW_CORPUS") == "all"
CASES = [case for name in corpus.styles() for case in corpus.style(name)]
RIGHT = [case for case in CASES if not case.lines]
WRONG = [case for case in CASES if case.lines]
SAMPLE = [case for k, case in enumerate(WRONG) if EVERYTHING or k % 48 == 0]


def written(case, tmp_path):
    path = tmp_path / "my_rnn.py"
    path.write_text(case.text, encoding="utf-8")
    return path


@pytest.mark.parametrize("case", RIGHT if EVERYTHING else RIGHT[::8], ids=lambda case: case.name)
def test_right_code_is_not_accused(case, tmp_path):
    assert review(written(case, tmp_path)).verdict != "wrong"


@pytest.mark.parametrize("case", SAMPLE, ids=lambda case: case.name)
def test_a_mistake_is_named_on_its_line(case, tmp_path):
    if case.name in corpus.HARD:
        pytest.xfail("a mistake that the review does not find yet")
    report = review(written(case, tmp_path))
    assert report.verdict == "wrong"
    assert report.faults[0].line in case.lines, report.says


def test_the_corpus_has_ten_styles_with_ten_mistakes_each():
    assert len(corpus.styles()) >= 10
    assert all(sum(bool(case.lines) for case in corpus.style(name)) >= 10 for name in corpus.styles())
