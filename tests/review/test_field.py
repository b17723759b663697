"""The mistakes that people make most are found on their line, said in words and proven, in three styles.

Each in one style runs with the suite; all of them with RNN_REVIEW_CORPUS=all.
"""

from __future__ import annotations

import os

import pytest

from rnn_core.review import review
from tests.review import corpus
from tests.review.field import FIELD, case

EVERYTHING = os.environ.get("RNN_REVIEW_CORPUS") == "all"
CASES = [
    (kind, style)
    for k, (kind, styles) in enumerate(FIELD.items())
    for j, style in enumerate(styles)
    if EVERYTHING or j == k % 3
]
BY_SHAPE = {"dh_next not reset between sequences"}
"""It shows in the second sequence only, and no single value put in mends both."""


@pytest.mark.parametrize(("kind", "style"), CASES, ids=lambda part: part)
def test_it_is_found_on_its_line_said_in_words_and_proven(kind, style, tmp_path):
    made = case(kind, style)
    path = tmp_path / "my_rnn.py"
    path.write_text(made.text, encoding="utf-8")
    report = review(path)
    assert report.verdict == "wrong", report.says
    assert report.faults[0].line in made.lines, report.says
    assert report.faults[0].cause
    assert report.faults[0].proven or kind in BY_SHAPE


@pytest.mark.parametrize("style", ["columns", "minchar", "attributes"][:: 1 if EVERYTHING else 3])
def test_a_softmax_without_the_maximum_subtracted_is_right_and_noted(style, tmp_path):
    text = corpus.style(style)[0].text.replace(" - np.max(x)", "").replace(" - logits.max()", "")
    path = tmp_path / "my_rnn.py"
    path.write_text(text, encoding="utf-8")
    report = review(path)
    assert report.verdict == "right", report.says
    assert any("without the maximum subtracted" in note for note in report.notes)
