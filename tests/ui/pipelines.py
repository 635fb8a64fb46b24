"""The runs that the tests of the pages look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

from local_airflow.airflow import LocalAirflow
from local_airflow.api import Json

LUIGI, NATIVE, MARKUP, SLOW = "words_count_sql", "words_count_sql_native", "ui_markup", "ui_slow"
GRAPH, ASKER = "words_count_sql_graph", "words_completeness"
TASK = "words_count"
FIRST, LAST = datetime(2026, 2, 1, tzinfo=timezone.utc), datetime(2026, 2, 3, tzinfo=timezone.utc)
DAYS = 3


@dataclass(frozen=True)
class Runs:
    """Runs that are over, as the API has them, the oldest first."""

    luigi: list[Json]
    native: list[Json]
    markup: Json

    @property
    def built(self) -> str:
        """The id of a run in which Luigi has built all of the words' pipeline."""
        return str(self.luigi[0]["dag_run_id"])


def make_runs(airflow: LocalAirflow) -> Runs:
    """Run the DAGs."""
    api = airflow.api
    for dag_id in (MARKUP, SLOW, GRAPH, ASKER):
        api.wait_for_dag(dag_id)
        api.unpause(dag_id)
    markup = api.trigger(MARKUP)
    # One after the other: they make the same files, and Luigi would find complete what the other has made.
    luigi, native = (_backfill(airflow, dag_id) for dag_id in (LUIGI, NATIVE))
    # There is an answer to show, if only that nothing of these dates is there.
    api.wait_for_run(ASKER, api.trigger(ASKER))
    return Runs(luigi, native, api.wait_for_run(MARKUP, markup))


def _backfill(airflow: LocalAirflow, dag_id: str) -> list[Json]:
    api = airflow.api
    api.wait_for_dag(dag_id)
    api.unpause(dag_id)
    backfill = api.create_backfill(dag_id, FIRST, LAST)
    # And the run that Airflow adds, because of the schedule.
    runs = api.wait_for_runs(dag_id, DAYS + 1)
    api.close_backfill(backfill)
    return runs
