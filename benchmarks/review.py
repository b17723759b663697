"""A review of other people's code: how often it is right, on the corpus of the tests, and how long it takes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import median

from benchmarks.table import Row
from rnn_core.review import Report, review
from tests.review import corpus

BIG = (100, 100, 50, 100)
"""(I, H, O, T) of the large program."""


Answered = tuple[corpus.Case, Report, float]


def rows() -> Iterator[Row]:
    """Shares in percent, of the whole corpus and of the styles that were written last; then seconds."""
    cases = [case for name in corpus.styles() for case in corpus.style(name)]
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(1) as pool:
        answers = [
            (case, report, taken)
            for case, (report, taken) in zip(cases, pool.map(_answer, cases, [folder] * len(cases)), strict=True)
        ]
    yield from _shares("review", answers)
    last = [answer for answer in answers if answer[0].style in corpus.BLIND]
    yield from _shares("review, the styles written last", last)
    yield Row("review: median time of a file", median(taken for *_, taken in answers), 0.6, unit="s", better="less")
    with tempfile.TemporaryDirectory() as folder:
        large = corpus.Case("large", "right", corpus.large(*BIG), ())
        yield Row(f"review: {BIG}", _answer(large, folder)[1], 5, unit="s", better="less")


def _shares(head: str, answers: list[Answered]) -> Iterator[Row]:
    right = [report for case, report, _ in answers if not case.lines]
    wrong = [(case, report) for case, report, _ in answers if case.lines]
    exact = [report for case, report in wrong if report.faults and report.faults[0].line in case.lines]
    share = 100 / len(wrong)
    told = sum(not report.faults[0].kind.endswith("other") for report in exact)
    yield Row(f"{head}: mistakes named on their line, of {len(wrong)}", share * len(exact), 90, unit="%")
    yield Row(f"{head}: … with their cause in words", share * told, 85, unit="%")
    yield Row(f"{head}: … and proven", share * sum(r.faults[0].proven for r in exact), 80, unit="%")
    accused = sum(report.verdict == "wrong" for report in right)
    yield Row(f"{head}: right programs accused, of {len(right)}", accused, 0, unit="files", better="less")
    unsure = 100 * sum(report.verdict == "unsure" for _, report, _ in answers) / len(answers)
    yield Row(f"{head}: answered unsure", unsure, 5, unit="%", better="less")


def _answer(case: corpus.Case, folder: str) -> tuple[Report, float]:
    path = Path(folder) / "my_rnn.py"
    path.write_text(case.text, encoding="utf-8")
    begun = time.perf_counter()
    report = review(path)
    return report, time.perf_counter() - begun
