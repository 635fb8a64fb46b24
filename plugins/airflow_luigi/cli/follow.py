"""Have Airflow make backfills, and follow their runs."""

from __future__ import annotations

import datetime as dt
import signal
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import click
import requests

from airflow_luigi.cli.airflow_api import AirflowApi, AirflowError, Json
from airflow_luigi.cli.backfill_plan import Backfill
from airflow_luigi.cli.run_dates import IN_FLIGHT, Slot, schedule, slot

EVERY = 1.0
# Seconds for which Airflow may be away, as when its API server is started again.
PATIENCE = 120.0
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Dag:
    """A DAG whose runs have dates.

    :param api: where it is.
    :param dag_id: its id.
    :param zone: the timezone of its timetable.
    :param partitioned: whether its runs have partition keys.
    """

    api: AirflowApi
    dag_id: str
    zone: dt.tzinfo
    partitioned: bool = False

    @property
    def path(self) -> str:
        """Its address, below the API's."""
        return f"dags/{quote(self.dag_id, safe='')}"

    def slots(self, first: dt.datetime, last: dt.datetime) -> list[Slot]:
        """Give its schedule from one local time to another and a little around, with the runs that there are.

        :raises AirflowError: Airflow refuses.
        """
        # Airflow reads bounds in UTC, or on the timetable's clocks: both lie within a day.
        utc = dt.timezone.utc
        begin, end = first.replace(tzinfo=utc) - _DAY, last.replace(tzinfo=utc) + _DAY
        body = self._body(begin, end, "completed")
        planned = self._read(self.api.call("POST", "backfills/dry_run", body=body)["backfills"])
        # Airflow 3.2 can't narrow runs down by partition.
        bounds = {"logical_date_gte": begin.isoformat(), "logical_date_lte": end.isoformat()}
        return schedule(planned, self.runs(**({} if self.partitioned else bounds)))

    def runs(self, **query: object) -> list[Slot]:
        """Give the runs, of each partition the older first.

        :param query: narrows them down.
        """
        return self._read(self.api.all(f"{self.path}/dagRuns", "dag_runs", order_by="start_date", **query))

    def states(self) -> dict[str, str]:
        """Give the keys of all runs that have begun or are about to, with their states."""
        return {each.key: str(each.state) for each in self.runs(state=list(IN_FLIGHT))}

    def would_make(self, backfill: Backfill, *, backwards: bool) -> set[str]:
        """Ask Airflow for which keys a backfill would make runs."""
        body = self._request(backfill, backwards=backwards)
        return {
            each.key
            for each in self._read(self.api.call("POST", "backfills/dry_run", body=body)["backfills"])
        }

    def create(self, backfill: Backfill, *, max_active_runs: int, backwards: bool) -> int:
        """Have Airflow make the runs of a backfill.

        :return: the backfill's id.
        :raises AirflowError: Airflow refuses; with status 409 when another backfill of the DAG is active.
        """
        body = self._request(backfill, backwards=backwards)
        return int(
            self.api.call("POST", "backfills", body={**body, "max_active_runs": max_active_runs})["id"]
        )

    def close(self, backfill_id: int) -> None:
        """End a backfill none of whose runs is queued, so that the next one may begin.

        The scheduler does the same when all its runs have ended, but looks only every 30 s. To Airflow this
        is a cancellation, which fails queued runs and leaves those alone that have begun.
        """
        try:
            self.api.call("PUT", f"backfills/{backfill_id}/cancel")
        except AirflowError as error:
            if error.status != requests.codes.conflict:  # the scheduler came first
                raise

    def active_backfill(self) -> Json | None:
        """Give the backfill of this DAG that has not ended, if there is one."""
        found = self.api.all("backfills", "backfills", dag_id=self.dag_id, order_by="-id")
        return next((each for each in found if each["completed_at"] is None), None)

    def _request(self, backfill: Backfill, *, backwards: bool) -> Json:
        body = self._body(backfill.slots[0].bound, backfill.slots[-1].bound, backfill.rule)
        return {**body, "run_backwards": backwards}

    def _body(self, first: dt.datetime, last: dt.datetime, rule: str) -> Json:
        return {
            "dag_id": self.dag_id,
            "from_date": first.isoformat(),
            "to_date": last.isoformat(),
            "reprocess_behavior": rule,
        }

    def _read(self, answers: Any) -> list[Slot]:
        return [found for each in answers if (found := slot(each, self.zone)) is not None]


class Interrupted(Exception):  # noqa: N818 - no error
    """Somebody no longer wants to watch.

    :param backfill_id: the backfill that Airflow goes on with, if there is one.
    :param left: how many dates Airflow has not been asked for.
    """

    def __init__(self, backfill_id: int | None, left: int) -> None:
        super().__init__()
        self.backfill_id = backfill_id
        self.left = left


class Follower:
    """Makes one backfill after the other, and waits until all their runs have ended.

    Airflow has one active backfill a DAG. The next one is made as soon as no run of the one before is queued
    any more, so that runs far apart run at the same time, as many as may.

    :param dag: the DAG.
    :param max_active_runs: how many runs at once.
    :param backwards: the newest first.
    :param tell: is told, in words, what is waited for.
    :param watch: is told, at each look, how many runs are asked for and have ended, and how many run.
    """

    def __init__(
        self,
        dag: Dag,
        *,
        max_active_runs: int,
        backwards: bool = False,
        tell: Callable[[str], object] = lambda _text: None,
        watch: Callable[[int, int], object] = lambda _ended, _running: None,
    ) -> None:
        self._dag = dag
        self._max_active_runs = max_active_runs
        self._backwards = backwards
        self._tell = tell
        self._watch = watch
        self._open: tuple[int, Backfill] | None = None
        self._waits_for: int | None = None
        self._interrupted = False

    def follow(self, backfills: Sequence[Backfill], in_flight: Sequence[Slot] = ()) -> None:
        """Make the runs, and come back when they have ended.

        :param backfills: what to make.
        :param in_flight: runs that are waited for as well.
        :raises Interrupted: Ctrl-C. What has been asked for goes on in Airflow.
        :raises AirflowError: Airflow refuses, or is away for long.
        """
        waiting = deque(reversed(backfills) if self._backwards else backfills)
        asked = {each.key for each in in_flight}
        # In between requests: after a Ctrl-C it is known what Airflow has been asked for.
        previous = signal.signal(signal.SIGINT, self._interrupt)
        try:
            self._follow(waiting, asked)
        except KeyboardInterrupt:
            left = sum(len(each.slots) for each in waiting)
            raise Interrupted(self._open[0] if self._open else None, left) from None
        except click.ClickException as error:
            if self._open is None:
                raise
            goes_on = f"Backfill {self._open[0]} goes on in Airflow."
            raise click.ClickException(f"{error.message} {goes_on}") from error
        finally:
            signal.signal(signal.SIGINT, previous)

    def _interrupt(self, _number: int, _frame: object) -> None:
        if self._interrupted:
            # The second one does not wait for an answer.
            raise KeyboardInterrupt
        self._interrupted = True

    def _pause(self) -> None:
        end = time.monotonic() + EVERY
        while not self._interrupted and time.monotonic() < end:
            time.sleep(EVERY / 10)
        self._check()

    def _check(self) -> None:
        if self._interrupted:
            raise KeyboardInterrupt

    def _follow(self, waiting: deque[Backfill], asked: set[str]) -> None:
        while True:
            self._check()
            states = self._patiently(self._dag.states)
            active = {key: state for key, state in states.items() if key in asked}
            if self._open and not any(active.get(each.key) == "queued" for each in self._open[1].slots):
                backfill_id = self._open[0]
                self._patiently(lambda: self._dag.close(backfill_id))  # noqa: B023 - called at once
                self._open = None
            if waiting and not self._open and len(active) < self._max_active_runs:
                self._check()
                backfill = waiting[0]
                made = self._make(backfill, self._max_active_runs - len(active))
                if made is not None:
                    self._open = (made, waiting.popleft())
                    asked.update(each.key for each in backfill.slots)
                    self._tell(f"Backfill {made}: {_shown(backfill)}.")
                    continue
            self._watch(len(asked) - len(active), sum(state == "running" for state in active.values()))
            if not (waiting or self._open or active):
                return
            self._pause()

    def _make(self, backfill: Backfill, max_active_runs: int) -> int | None:
        planned = {each.key for each in backfill.slots}
        would = self._dag.would_make(backfill, backwards=self._backwards)
        if would != planned:
            raise click.ClickException(
                f"Runs have come or gone since the plan was made: a backfill of {_shown(backfill)} would now "
                f"make {len(would)} runs instead of {len(planned)}. Nothing of it has been made: look again."
            )
        try:
            return self._dag.create(backfill, max_active_runs=max_active_runs, backwards=self._backwards)
        except AirflowError as error:
            if error.status != requests.codes.conflict:
                raise
            self._wait_for_another(error)
            return None

    def _wait_for_another(self, error: AirflowError) -> None:
        other = self._dag.active_backfill()
        if other is None or other["id"] == self._waits_for:
            return
        if other["is_paused"]:
            raise click.ClickException(
                f"Backfill {other['id']} of this DAG is paused, and Airflow has one at a time: continue or "
                "cancel it on the DAG's page first."
            ) from error
        self._waits_for = int(other["id"])
        self._tell(f"Backfill {other['id']} of this DAG is active, and Airflow has one at a time: waiting.")

    def _patiently(self, ask: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + PATIENCE
        told = False
        while True:
            try:
                return ask()
            except AirflowError as error:
                away = error.status == 0 or abs(error.status) >= requests.codes.internal_server_error
                if not away or time.monotonic() > deadline:
                    raise
                if not told:
                    self._tell(f"{error.message} Asking again for {PATIENCE:.0f} s.")
                told = True
                self._pause()


def _shown(backfill: Backfill) -> str:
    first, last = (
        f"{each.local:%Y-%m-%d %H:%M}".removesuffix(" 00:00")
        for each in (backfill.slots[0], backfill.slots[-1])
    )
    runs = f"{len(backfill.slots)} run{'s' * (len(backfill.slots) != 1)}"
    return f"{first}, {runs}" if first == last else f"{first} to {last}, {runs}"
