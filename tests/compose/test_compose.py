"""docker-compose.yml from the outside, on a Docker engine; in this order: ``make compose-test``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.compose.compose import Compose, ComposeError, docker, why_no_docker
from tests.e2e.cases import Run, backfill, finished, start

FIRST, DAYS = date(2026, 2, 1), 10
DATES = [FIRST + timedelta(days=number) for number in range(DAYS)]
KILLED = date(2026, 3, 1)
JOBS = {"init", "ready", "secrets"}
SERVICES = {"api-server", "dag-processor", "luigid", "postgres", "redis", "scheduler", "triggerer", "worker"}
CHAIN = ["Count", "PrintCounts", "StoreCounts", "Words"]


@pytest.fixture(scope="module")
def stack() -> Iterator[Compose]:
    if os.environ.get("COMPOSE_TEST") != "1":
        pytest.skip("it builds an image and takes minutes: make compose-test")
    if reason := why_no_docker():
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with TemporaryDirectory(prefix="compose-") as name:
        folder = Path(name)
        # The containers' user is another one than whoever runs the tests.
        folder.chmod(0o755)
        (folder / "input").mkdir()
        (folder / "input" / "words.csv").write_text("words\napple\nfig\n")
        settings = {
            "INPUT_FOLDER": folder / "input",
            "RETRY_SECONDS": 1,
            "LOST_TASK_SECONDS": 20,
            "LOST_TASK_CHECK_SECONDS": 3,
            "BUILD_NETWORK": os.environ.get("BUILD_NETWORK", "default"),
        }
        compose = Compose(f"airflow-luigi-test-{os.getpid()}", folder, settings)
        try:
            compose.up()
            yield compose
        finally:
            compose("down", "--volumes", "--remove-orphans")


def rows(stack: Compose, first: date, last: date) -> list[str]:
    """Give how many rows each date has in the pipelines' database."""
    query = (
        "select date, count(*), sum(letter_count) from daily_letter_count "
        f"where date between '{first}' and '{last}' group by date order by date"
    )
    psql = ("psql", "--username", "postgres", "--dbname", "words", "--no-align", "--tuples-only")
    return stack("exec", "-T", "postgres", *psql, "--command", query).split()


def midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), timezone.utc)


def backfilled(stack: Compose, dag_id: str) -> list[Run]:
    runs = backfill(stack, dag_id, midnight(DATES[0]), midnight(DATES[-1]), count=DAYS)
    assert [run.state for run in runs] == ["success"] * DAYS
    return runs


def hosts(stack: Compose, run: Run) -> set[str]:
    """Give the workers that a run's tasks were on."""
    return {task["hostname"] for task in stack.api.task_instances(run.dag_id, run.run_id) if task["hostname"]}


def test_all_services_are_healthy_and_the_jobs_have_ended(stack: Compose) -> None:
    found = [
        (each["Service"], each["State"], each["Health"], each["ExitCode"]) for each in stack.containers()
    ]
    services = {(name, "running", "healthy", 0) for name in SERVICES}
    assert set(found) == services | {(name, "exited", "", 0) for name in JOBS}
    assert len(stack.containers("worker")) == 2


def test_the_address_is_printed_and_works(stack: Compose) -> None:
    assert f"Airflow is at {stack.api.url}, its user is admin" in stack("logs", "--no-log-prefix", "ready")
    assert set(stack.api.health().values()) == {"healthy"}
    assert stack.api.get("connections/words_db")["host"] == "postgres"


def test_nobody_is_root_and_no_secret_is_in_an_environment(stack: Compose) -> None:
    password = stack("exec", "-T", "api-server", "cat", "/secrets/airflow/admin_password")
    for service in ("api-server", "worker", "luigid"):
        assert stack("exec", "-T", service, "id", "--user") == "50000\n"
    for each in stack.containers():
        assert password not in docker("inspect", each["ID"])
    as_words = ("psql", "postgresql://words@/airflow", "--command", "select 1")
    with pytest.raises(ComposeError, match="permission denied"):
        stack("exec", "-T", "postgres", *as_words)


def test_one_task_a_date_makes_ten_dates(stack: Compose) -> None:
    runs = backfilled(stack, "words_count_sql")
    assert [run.ran("words_count") for run in runs] == [CHAIN] * DAYS
    assert rows(stack, DATES[0], DATES[-1]) == [f"{day}|2|8" for day in DATES]


def test_a_task_for_each_family_makes_ten_dates_and_the_boxes_of_a_run_are_on_both_workers(
    stack: Compose,
) -> None:
    runs = backfilled(stack, "words_count_sql_graph")
    assert rows(stack, DATES[0], DATES[-1]) == [f"{day}|2|8" for day in DATES]
    workers = {each["ID"][:12] for each in stack.containers("worker")}
    assert max((hosts(stack, run) for run in runs), key=len) == workers


def test_a_worker_that_is_killed_midway_costs_one_try(stack: Compose) -> None:
    # The list of that date is a pipe that nobody writes into yet: who reads it waits.
    own_list = Path(str(stack.settings["INPUT_FOLDER"])) / f"words_{KILLED}.csv"
    os.mkfifo(own_list)
    run_id = start(stack, "words_count_sql", conf={"luigi_params": {"date": str(KILLED)}})

    def task() -> dict[str, Any]:
        return stack.api.task_instance("words_count_sql", run_id, "words_count")

    stack.api.wait_for("the build", task, lambda found: found["state"] == "running", deadline=60)
    docker("kill", task()["hostname"])
    own_list.unlink()
    own_list.write_text("words\nplum\n")
    run = finished(stack, "words_count_sql", run_id)
    assert run.state == "success"
    assert run.task("words_count")["try_number"] == 2
    assert run.ran("words_count") == CHAIN
    assert rows(stack, KILLED, KILLED) == [f"{KILLED}|1|4"]


def test_workers_are_added_while_it_runs(stack: Compose) -> None:
    stack("up", "--detach", "--no-recreate", "--scale", "worker=4")
    assert [each["Health"] for each in stack.containers("worker")] == ["healthy"] * 4


def test_down_leaves_nothing(stack: Compose) -> None:
    assert stack.left() != []
    stack("down", "--volumes")
    assert stack.left() == []


def test_compose_accepts_the_files() -> None:
    if reason := why_no_docker():
        pytest.skip(reason)
    with TemporaryDirectory(prefix="compose-") as folder:
        compose = Compose("airflow-luigi-config", Path(folder), {"S3_OUTPUTS": "s3://bucket/folder"})
        compose("config", "--quiet")
        compose("--profile", "flower", "config", "--quiet")
        compose("config", "--quiet", files=("docker-compose.yml", "docker-compose.s3.yml"))
