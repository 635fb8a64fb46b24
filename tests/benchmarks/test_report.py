"""The report says what was measured, whoever looks good in it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from benchmarks.compare.report import write_report
from benchmarks.compare.results import Results
from benchmarks.compare.sections import Section, Tone, losses, sections, verdict
from benchmarks.result import Figure
from tests.benchmarks.measurements import results, seen


def section(found: Results, title: str) -> Section:
    return next(each for each in sections(found) if each.title == title)


def texts(found: Section) -> list[list[str]]:
    return [[cell.text for cell in row] for row in found.rows]


@pytest.mark.parametrize(
    ("more", "text", "tone"),
    [
        ({}, "right", Tone.GOOD),
        ({"findings": ["2 rows missing"]}, "wrong, shown as success", Tone.BAD),
        ({"findings": ["2 rows missing"], "claims_success": False}, "wrong", Tone.BAD),
        ({"asked": 2, "claims_success": False}, "right when asked again", Tone.MIDDLING),
        ({"asked": 2}, "right when asked again, shown as success before", Tone.MIDDLING),
        ({"not_possible": "it has no files"}, "not possible", Tone.PLAIN),
    ],
)
def test_a_verdict(more: dict[str, Any], text: str, tone: Tone) -> None:
    cell = verdict([seen("luigi", "again", **more)])
    assert (cell.text, cell.tone) == (text, tone)


def test_one_wrong_round_is_wrong() -> None:
    rounds = [seen("luigi", "again"), seen("luigi", "again", number=1, findings=["1 rows twice"])]
    assert verdict(rounds).text == "wrong, shown as success"


def test_the_reasons_are_told_below_the_verdicts() -> None:
    found = results(
        seen("luigi", "again", findings=["a", "b", "c", "d"]),
        seen("native", "again", not_possible="it keeps no markers"),
    )
    assert section(found, "Who was right").remarks == [
        "Scenario again, luigi: a; b; c, and 1 more.",
        "Scenario again, native: not possible, it keeps no markers.",
    ]


def test_medians_and_their_spread() -> None:
    found = results(*(seen("luigi", "again", wall, number) for number, wall in enumerate((4.0, 1.0, 2.0))))
    assert texts(section(found, "Wall time")) == [["Scenario again", "2.0 (1.0 to 4.0)"]]
    assert found.spread("luigi", "again", lambda cost: cost.wall) == Figure(2.0, 1.0, 4.0)


def test_a_figure_of_a_wrong_result_says_so() -> None:
    found = results(seen("luigi", "again", 0.1, findings=["2 rows missing"]))
    assert texts(section(found, "Wall time")) == [["Scenario again", "0.1 (wrong)"]]


def test_needless_and_stale_work() -> None:
    found = results(
        seen("native", "dates-again", needless={"Count": 30, "Words": 30}),
        seen("luigi", "dates-again", stale={"Words": 1}, left_over=2),
        seen("bridge", "dates-again"),
    )
    (row,) = texts(section(found, "What ran that had no need to, and what was left stale"))
    assert row[1:] == [
        "needless: 30 x Words, 30 x Count",
        "stale: Words; 2 half-written files beside",
        "-",
    ]


def test_losses_are_told() -> None:
    found = results(
        seen("luigi", "again", 1.0),
        seen("bridge", "again", 3.0),
        seen("bridge-graph", "again", findings=["1 rows twice"]),
    )
    assert losses(found) == [
        "Scenario again: bridge took 3.0 s, 3.0 times the 1.0 s of luigi.",
        "Scenario again: bridge-graph was wrong (1 rows twice).",
    ]


def test_to_be_faster_but_wrong_is_no_win() -> None:
    found = results(
        seen("luigi", "again", 1.0, findings=["2 rows missing"]),
        seen("native", "again", 2.0, asked=2),
        seen("bridge", "again", 3.0),
    )
    assert losses(found) == []


def test_the_files_need_nothing_from_elsewhere(tmp_path: Path) -> None:
    found = results(
        seen("luigi", "again"), seen("<b>way</b>", "again", findings=["<script>alert(1)</script>"])
    )
    written = write_report(found, tmp_path)
    assert [path.name for path in written][:3] == ["report.md", "report.html", "results.json"]
    html = (tmp_path / "report.html").read_text()
    assert "<svg" in html
    assert not re.search(r'(src|href)\s*=\s*"(?!#)', html)
    assert not re.search(r"@import|url\(\s*['\"]?(?!#)", html)
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)" in html
    measured = json.loads((tmp_path / "results.json").read_text())["measurements"]
    assert [(each["right"], each["silent"]) for each in measured] == [(True, False), (False, True)]
    assert "| Scenario again | right   |" in (tmp_path / "report.md").read_text()
