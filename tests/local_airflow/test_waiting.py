"""Waiting ends as soon as it can, and says what it waited for when it can't."""

from __future__ import annotations

import pytest

from local_airflow.errors import DeadlineExceededError
from local_airflow.waiting import wait_for


def test_waiting_gives_what_was_seen_last() -> None:
    seen = iter([1, 2, 3, 4])
    assert wait_for("three", lambda: next(seen), lambda number: number == 3, deadline=5, every=0) == 3


def test_a_missed_deadline_says_what_was_waited_for_and_what_was_there() -> None:
    with pytest.raises(DeadlineExceededError, match=r"^a success: not within 0\.01 s; last seen: 'running'$"):
        wait_for("a success", lambda: "running", lambda state: state == "success", deadline=0.01, every=0.005)


def test_one_look_is_always_taken() -> None:
    assert wait_for("anything", lambda: True, deadline=0)


def test_an_error_while_looking_ends_the_waiting() -> None:
    def look() -> bool:
        raise ValueError("gone")

    with pytest.raises(ValueError, match="gone"):
        wait_for("anything", look, deadline=60)
