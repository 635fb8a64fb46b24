"""The runs that the tests of the pages look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

from local_airflow.airflow import LocalAirflow
from local_airflow.api import Json

LUIGI, NATIVE, MARKUP, SLOW = "words_count_sql", "words_count_sql_native", "ui_markup", "ui_slow"
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
    """Run the DAGs, all at once."""
    api = airflow.api
    for dag_id in (LUIGI, NATIVE, MARKUP, SLOW):
        api.wait_for_dag(dag_id)
        api.unpause(dag_id)
    markup = api.trigger(MARKUP)
    backfills = [api.create_backfill(dag_id, FIRST, LAST) for dag_id in (LUIGI, NATIVE)]
    # And the run that Airflow adds, because of the schedule.
    luigi, native = (api.wait_for_runs(dag_id, DAYS + 1) for dag_id in (LUIGI, NATIVE))
    for backfill in backfills:
        api.close_backfill(backfill)
    return Runs(luigi, native, api.wait_for_run(MARKUP, markup))
