"""How backfills are made one after the other, and followed, beside an Airflow that keeps its rules."""

from __future__ import annotations

import datetime as dt
import os
import signal
from collections.abc import Callable
from typing import Any, cast

import click
import pytest

from airflow_luigi.cli import follow
from airflow_luigi.cli.airflow_api import AirflowError
from airflow_luigi.cli.backfill_plan import Backfill
from airflow_luigi.cli.follow import Dag, Follower, Interrupted
from airflow_luigi.cli.run_dates import Slot

TICKS = 3


class Airflow:
    """Has one active backfill at a time; its runs end at the third look."""

    def __init__(self) -> None:
        self.states_by_key: dict[str, str] = {}
        self.limits: dict[str, tuple[int, int]] = {}
        self.ticks: dict[str, int] = {}
        self.open: int | None = None
        self.created: list[list[str]] = []
        self.most = 0
        self.before_look: Callable[[], None] = lambda: None
        self.foreign: dict[str, Any] | None = None

    def states(self) -> dict[str, str]:
        self.before_look()
        for key, state in list(self.states_by_key.items()):
            if state == "running":
                self.ticks[key] = self.ticks.get(key, 0) + 1
                if self.ticks[key] == TICKS:
                    self.states_by_key[key] = "success"
        for key, state in list(self.states_by_key.items()):
            backfill_id, limit = self.limits[key]
            running = [
                each
                for each, other in self.states_by_key.items()
                if other == "running" and self.limits[each][0] == backfill_id
            ]
            if state == "queued" and len(running) < limit:
                self.states_by_key[key] = "running"
        active = {key: state for key, state in self.states_by_key.items() if state in ("queued", "running")}
        self.most = max(self.most, sum(state == "running" for state in active.values()))
        return active

    def would_make(self, backfill: Backfill, *, backwards: bool) -> set[str]:
        return {each.key for each in backfill.slots}

    def create(self, backfill: Backfill, *, max_active_runs: int, backwards: bool) -> int:
        if self.open is not None or self.foreign is not None:
            raise AirflowError("There is already a running backfill", 409)
        self.created.append([each.key for each in backfill.slots])
        self.open = len(self.created)
        for each in backfill.slots:
            self.states_by_key[each.key] = "queued"
            self.limits[each.key] = (self.open, max_active_runs)
        return self.open

    def close(self, backfill_id: int) -> None:
        assert self.open == backfill_id
        of_it = [key for key, (owner, _) in self.limits.items() if owner == backfill_id]
        assert "queued" not in [self.states_by_key[key] for key in of_it]
        self.open = None

    def active_backfill(self) -> dict[str, Any] | None:
        return self.foreign


@pytest.fixture
def airflow(monkeypatch: pytest.MonkeyPatch) -> Airflow:
    monkeypatch.setattr(follow, "EVERY", 0.0)
    return Airflow()


def plan(*sizes: int) -> list[Backfill]:
    found, day = [], dt.datetime(2026, 1, 1)
    for size in sizes:
        days = [day + dt.timedelta(days=number) for number in range(size)]
        slots = [Slot(f"{each:%m-%d}", each, each.replace(tzinfo=dt.timezone.utc)) for each in days]
        found.append(Backfill(tuple(slots), "failed"))
        day = days[-1] + dt.timedelta(days=2)
    return found


def follower(airflow: Airflow, said: list[str] | None = None, **arguments: Any) -> Follower:
    tell = (said if said is not None else []).append
    return Follower(cast(Dag, airflow), tell=tell, **{"max_active_runs": 4, **arguments})


@pytest.mark.parametrize("backwards", [False, True])
def test_all_runs_end_and_as_many_as_may_run_at_once(airflow: Airflow, backwards: bool) -> None:
    backfills = plan(1, 1, 3, 1, 6, 1)
    follower(airflow, backwards=backwards).follow(backfills)
    keys = [[slot.key for slot in each.slots] for each in backfills]
    assert airflow.created == (keys[::-1] if backwards else keys)
    assert set(airflow.states_by_key.values()) == {"success"}
    assert airflow.most == 4
    assert airflow.open is None


def test_one_at_a_time_is_one_at_a_time(airflow: Airflow) -> None:
    follower(airflow, max_active_runs=1).follow(plan(2, 1, 1))
    assert airflow.most == 1
    assert len(airflow.states_by_key) == 4


def test_runs_in_flight_are_waited_for_and_count(airflow: Airflow) -> None:
    (early,) = plan(3)
    airflow.create(early, max_active_runs=3, backwards=False)
    airflow.open = None
    follower(airflow, max_active_runs=3).follow([], early.slots)
    assert set(airflow.states_by_key.values()) == {"success"}


def test_somebody_elses_backfill_is_waited_for(airflow: Airflow) -> None:
    airflow.foreign = {"id": 7, "is_paused": False}
    looks = iter(range(100))

    def finish() -> None:
        if next(looks) == 5:
            airflow.foreign = None

    airflow.before_look = finish
    said: list[str] = []
    follower(airflow, said).follow(plan(1))
    assert said[0] == "Backfill 7 of this DAG is active, and Airflow has one at a time: waiting."
    assert len(said) == 2


def test_somebody_elses_backfill_that_is_paused_is_an_error(airflow: Airflow) -> None:
    airflow.foreign = {"id": 7, "is_paused": True}
    with pytest.raises(click.ClickException, match="Backfill 7 of this DAG is paused"):
        follower(airflow).follow(plan(1))


def test_a_backfill_that_would_make_other_runs_is_not_made(
    airflow: Airflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(airflow, "would_make", lambda backfill, backwards: {"01-01", "01-02"})
    with pytest.raises(click.ClickException, match="would now make 2 runs instead of 1"):
        follower(airflow).follow(plan(1))
    assert airflow.created == []


def test_an_airflow_that_is_away_for_a_moment_is_asked_again(airflow: Airflow) -> None:
    looks = iter(range(100))

    def away() -> None:
        if next(looks) in (2, 3):
            raise AirflowError("There is no server.")

    airflow.before_look = away
    said: list[str] = []
    follower(airflow, said).follow(plan(1))
    assert "There is no server. Asking again for 120 s." in said
    assert airflow.states_by_key == {"01-01": "success"}


def test_an_airflow_that_stays_away_is_an_error_that_names_what_goes_on(
    airflow: Airflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "PATIENCE", 0.0)
    looks = iter(range(100))

    def away() -> None:
        if next(looks) > 0:
            raise AirflowError("There is no server.")

    airflow.before_look = away
    with pytest.raises(click.ClickException, match=r"no server\. Backfill 1 goes on in Airflow"):
        follower(airflow).follow(plan(1, 1))


def test_ctrl_c_in_the_middle_of_a_request_says_what_has_been_asked_for(
    airflow: Airflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = airflow.create

    def interrupted(*arguments: Any, **options: Any) -> int:
        os.kill(os.getpid(), signal.SIGINT)
        return create(*arguments, **options)

    monkeypatch.setattr(airflow, "create", interrupted)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(Interrupted) as stopped:
        follower(airflow).follow(plan(2, 1))
    assert (stopped.value.backfill_id, stopped.value.left) == (1, 1)
    assert signal.getsignal(signal.SIGINT) is before
