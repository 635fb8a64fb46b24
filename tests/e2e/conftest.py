"""One running Airflow for all end-to-end tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from local_airflow.airflow import REPO, LocalAirflow
from local_airflow.api import AirflowApi
from tests.e2e.cases import running, state_folder

HERE = Path(__file__).resolve().parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test in this folder as ``e2e``."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def airflow() -> Iterator[LocalAirflow]:
    """An Airflow with the repository's DAGs and those of ``tests/e2e/dags``, all of them paused."""
    with state_folder() as state:
        local = LocalAirflow(
            state,
            dags=[REPO / "dags", HERE / "dags"],
            parallelism=32,
            # Of a backfill the scheduler looks at the first so many runs, again and again, while these run.
            env={"AIRFLOW__SCHEDULER__MAX_DAGRUNS_PER_LOOP_TO_SCHEDULE": "40"},
        )
        with running(local):
            yield local


@pytest.fixture(scope="session")
def api(airflow: LocalAirflow) -> AirflowApi:
    """The REST API of that Airflow, logged in."""
    return airflow.api


@pytest.fixture(scope="session")
def interpreters(airflow: LocalAirflow, other_python: str, bare_python: str) -> None:
    """The Variables by which DAGs name the interpreters of other environments."""
    for key, value in (("other_python", other_python), ("bare_python", bare_python)):
        airflow.api.call("POST", "variables", body={"key": key, "value": value})
