"""Backfills make the runs that are wanted, and no others."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_luigi.cli.backfill_plan import RULES, backfills, remade
from airflow_luigi.cli.run_dates import Slot

STATES = {".": None, "s": "success", "f": "failed", "r": "running"}
FIRST = dt.datetime(2026, 1, 1)


def slots(text: str) -> list[Slot]:
    """Read a schedule, a letter a day; a capital letter, or ``!`` for no run, is a date that is wanted."""
    found = []
    for number, letter in enumerate(text.replace("!", ".").lower()):
        day = FIRST + dt.timedelta(days=number)
        bound = day.replace(tzinfo=dt.timezone.utc)
        found.append(Slot(bound.isoformat(), day, bound, state=STATES[letter]))
    return found


def plan(text: str, reprocess: str = "completed") -> list[tuple[str, list[int]]]:
    schedule = slots(text)
    wanted = [each for each, letter in zip(schedule, text, strict=True) if letter.isupper() or letter == "!"]
    return [
        (made.rule, [schedule.index(each) for each in made.slots])
        for made in backfills(schedule, wanted, reprocess)
    ]


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("sss", []),
        ("!!!", [("failed", [0, 1, 2])]),
        ("!s!", [("failed", [0, 2])]),  # what has succeeded is left alone
        ("!.!", [("failed", [0]), ("failed", [2])]),  # what has no run would get one
        ("!f!", [("failed", [0]), ("failed", [2])]),
        ("SsS", [("completed", [0]), ("completed", [2])]),
        ("SS!F", [("completed", [0, 1, 2, 3])]),
        ("SrS", [("completed", [0, 2])]),  # what runs is left alone by all
        ("!sF", [("failed", [0, 2])]),
        ("RsR", []),
    ],
)
def test_ranges_are_as_long_as_their_rule_allows(
    schedule: str, expected: list[tuple[str, list[int]]]
) -> None:
    assert plan(schedule) == expected


def test_a_weaker_rule_leaves_more_runs_alone() -> None:
    assert plan("!FS!", "none") == [("none", [0, 3])]
    assert plan("!FS!", "failed") == [("failed", [0, 1, 3])]


@given(st.text("!.sSfFrR", max_size=14), st.sampled_from(list(RULES)))
def test_every_wanted_run_is_made_once_and_no_other(text: str, reprocess: str) -> None:
    schedule = slots(text)
    wanted = {each for each, letter in zip(schedule, text, strict=True) if letter.isupper() or letter == "!"}
    made: list[Slot] = []
    for each in backfills(schedule, wanted, reprocess):
        first, last = schedule.index(each.slots[0]), schedule.index(each.slots[-1])
        # What Airflow does with such a range.
        acted = [one for one in schedule[first : last + 1] if remade(one, each.rule)]
        assert acted == list(each.slots)
        made += acted
    assert len(made) == len(set(made))
    assert set(made) == {each for each in wanted if remade(each, reprocess)}
