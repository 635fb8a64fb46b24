"""A way that is a DAG in the shared Airflow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timezone
from functools import cached_property
from typing import ClassVar

from benchmarks.compare.pipelines import Pipeline
from benchmarks.compare.way import Asked, Way
from local_airflow.airflow import LocalAirflow
from local_airflow.api import FINISHED, AirflowApi, Json

WAITING = frozenset({"deferred", "up_for_reschedule"})
SETTLE_DEADLINE = 120.0


class AirflowWay(Way):
    """Asks Airflow for runs of a DAG: triggers or clears one, and backfills several."""

    needs_airflow = True
    dag_ids: ClassVar[Mapping[Pipeline, str]]
    """The DAG of each pipeline."""

    @cached_property
    def airflow(self) -> LocalAirflow:
        """The shared Airflow, running."""
        return self.world.airflow()

    def start(self) -> None:
        """Unpause the DAGs, and let the run go by that Airflow adds because of their schedule."""
        api = self.airflow.api
        for dag_id in self.dag_ids.values():
            api.wait_for_dag(dag_id)
            api.unpause(dag_id)
        for dag_id in self.dag_ids.values():
            if api.get(f"dags/{dag_id}")["timetable_summary"] is not None:
                api.wait_for_runs(dag_id, 1, deadline=SETTLE_DEADLINE)

    def stop(self) -> None:
        """Pause the DAGs."""
        for dag_id in self.dag_ids.values():
            self.airflow.api.pause(dag_id)

    def ask(self, pipeline: Pipeline, dates: Sequence[date]) -> Asked:
        """Trigger a run, or clear it if it is there; have Airflow backfill several."""
        api, dag_id = self.airflow.api, self.dag_ids[pipeline]
        moments = [datetime.combine(day, time(), timezone.utc) for day in dates]
        runs = AirflowRuns(api, dag_id, moments)
        found = runs.look()
        # When a backfill is closed, a run of it that is cleared does not start.
        if len(dates) > 1 or any(run["run_type"] == "backfill" for run in found):
            backfill = api.create_backfill(
                dag_id, moments[0], moments[-1], reprocess_behavior="completed", max_active_runs=len(dates)
            )
            return AirflowRuns(api, dag_id, moments, lambda: api.close_backfill(backfill))
        if found:
            path = f"dags/{dag_id}/dagRuns/{found[0]['dag_run_id']}/clear"
            api.call("POST", path, body={"dry_run": False})
        else:
            api.trigger(dag_id, logical_date=moments[0])
        return runs

    def pids(self) -> list[int]:
        """Give Airflow's components."""
        return self.airflow.pids

    def crash(self) -> None:
        """End Airflow with all its tasks; its database lives."""
        self.airflow.crash()

    def recover(self) -> None:
        """Start Airflow's components."""
        self.airflow.recover()


class AirflowRuns(Asked):
    """The runs of some dates.

    :param api: Airflow's REST API
    :param dag_id: their DAG
    :param moments: their logical dates
    :param close: called when they are over
    """

    def __init__(
        self,
        api: AirflowApi,
        dag_id: str,
        moments: Sequence[datetime],
        close: Callable[[], None] = lambda: None,
    ) -> None:
        self._api = api
        self._dag_id = dag_id
        self._moments = moments
        self._close = close

    def look(self) -> list[Json]:
        """Give the runs, as Airflow has them now."""
        first, last = self._moments[0].isoformat(), self._moments[-1].isoformat()
        return self._api.dag_runs(self._dag_id, logical_date_gte=first, logical_date_lte=last)

    def over(self) -> bool:
        """Whether every run has ended."""
        runs = self.look()
        return len(runs) == len(self._moments) and all(run["state"] in FINISHED for run in runs)

    def idle(self) -> bool:
        """Whether every run has ended, or a task waits in the triggerer."""
        return self.over() or any(task["state"] in WAITING for task in self._tasks())

    def shown(self) -> str:
        """Count the states of the runs, and of their tasks."""
        runs = _counted(run["state"] for run in self.look())
        return f"{runs} (tasks: {_counted(task['state'] or 'none' for task in self._tasks())})"

    def claims_success(self) -> bool:
        """Whether every run is a success."""
        return all(run["state"] == "success" for run in self.look())

    def task_instances(self) -> int:
        """Count the task instances of all runs."""
        return len(self._tasks())

    def close(self) -> None:
        """End the runs that have not ended."""
        for run in self.look():
            if run["state"] not in FINISHED:
                self._api.set_run_state(self._dag_id, run["dag_run_id"], "failed")
        self._close()

    def _tasks(self) -> list[Json]:
        return [
            task for run in self.look() for task in self._api.task_instances(self._dag_id, run["dag_run_id"])
        ]


def _counted(states: Iterable[str]) -> str:
    counts = Counter(states)
    if len(counts) == 1 and counts.total() == 1:
        return next(iter(counts))
    return ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
