"""Which dates each scenario gets."""

from __future__ import annotations

from datetime import timedelta

import pytest

from benchmarks.compare.rounds import Plan, allot
from benchmarks.compare.scenarios import SCENARIOS


def plan(*names: str, dates: int = 3, rounds: int = 1) -> Plan:
    return Plan([], [SCENARIOS[name] for name in names or SCENARIOS], dates, rounds)


def test_no_two_scenarios_or_rounds_touch_the_same_date() -> None:
    seen = []
    for number in range(2):
        found = allot(plan(rounds=2), number)
        own = [dates for name, dates in found.dates.items() if name != "dates-again"]
        seen += [found.warm_up, *(day for dates in own for day in dates)]
    assert len(seen) == len(set(seen)) == 2 * (1 + 9 + 3)


def test_the_same_dates_again_are_those_of_the_first_time() -> None:
    found = allot(plan(), 0)
    assert found.dates["dates-again"] == found.dates["dates"]
    assert len(found.dates["dates"]) == 3


def test_without_a_first_time_it_has_dates_of_its_own() -> None:
    assert len(allot(plan("dates-again"), 0).dates["dates-again"]) == 3


def test_what_has_to_be_complete_before_follows_the_warm_up_without_a_gap() -> None:
    found = allot(plan(), 0)
    assert found.complete == [found.warm_up + timedelta(days=1 + number) for number in range(4)]
    names = ("again", "input-changed", "file-deleted", "marker-deleted")
    assert found.complete == [found.dates[name][0] for name in names]


def test_dates_that_are_yet_to_come_are_refused() -> None:
    with pytest.raises(
        ValueError, match=r"1 rounds of 40\d+ dates are more than the \d+ days since 2026-01-01"
    ):
        allot(plan(dates=4000), 0)
