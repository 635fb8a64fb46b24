"""What the services of docker-compose.yml survive, each of them as processes of this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from itertools import count
from typing import Any

import pytest

from local_airflow.airflow import REPO
from local_airflow.ports import LOOPBACK
from tests.e2e.cases import Run, finished, start, state_folder
from tests.stack import tasks
from tests.stack.processes import HERE, Stack

DAG = "stack_graph"
WORKERS = ("worker-1", "worker-2")
# Three parts wait at once, and a worker runs two: so both workers have some.
AT_ONCE = 2
LOST_AFTER = 15
BOXES = {"Base", "Whole", *tasks.WAITING}
_dates = (date(2026, 3, 1) + timedelta(days=number) for number in count())


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    if shutil.which("redis-server") is None:
        reason = "there is no redis-server on PATH"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with state_folder() as folder:
        dags = folder.with_name("dags")
        dags.mkdir()
        for file in (HERE / "dags" / "stack.py", REPO / "tests" / "e2e" / "dags" / "luigid.py"):
            shutil.copy(file, dags)
        settings = {
            "DAGS_FOLDER": dags,
            "WORKER_CONCURRENCY": AT_ONCE,
            "LOST_TASK_SECONDS": LOST_AFTER,
            "LOST_TASK_CHECK_SECONDS": 3,
        }
        running = Stack(folder, settings)
        try:
            running.start()
            yield running
        finally:
            running.stop()


class GraphRun:
    """A run of the graph, whose three parts wait on the workers."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.date = next(_dates)
        self.run_id = start(
            stack, DAG, logical_date=datetime.combine(self.date, datetime.min.time(), timezone.utc)
        )

    def hosts(self) -> dict[str, str]:
        """Give the worker of each box that has begun."""
        boxes = self.stack.api.task_instances(DAG, self.run_id)
        return {box["task_id"]: box["hostname"] for box in boxes if box["hostname"]}

    def states(self) -> list[str]:
        """Give the states of its boxes."""
        return [box["state"] for box in self.stack.api.task_instances(DAG, self.run_id)]

    def waits(self) -> None:
        """Wait until its three parts do."""
        self.stack.api.wait_for(
            "three parts that wait",
            lambda: tasks.ran(self.stack.output, self.date),
            lambda ran: set(ran) >= set(tasks.WAITING),
            deadline=90,
        )

    def let_end(self) -> None:
        tasks.let_end(self.stack.output, self.date)

    def finished(self) -> Run:
        """Let it end, and check that all of it is there."""
        self.let_end()
        run = finished(self.stack, DAG, self.run_id)
        assert run.state == "success"
        assert tasks.made(self.stack.output, self.date) == BOXES - {"Red"}
        assert tasks.stored(self.stack.words_url, self.date) == (tasks.ROWS, 1)
        return run

    def ran(self) -> dict[str, int]:
        """Say how often each part has begun."""
        return tasks.ran(self.stack.output, self.date)


@pytest.fixture
def graph(stack: Stack) -> GraphRun:
    return GraphRun(stack)


def tries(run: Run) -> dict[str, int]:
    boxes = run.airflow.api.task_instances(DAG, run.run_id)
    return {box["task_id"]: box["try_number"] for box in boxes}


def test_a_worker_that_is_killed_midway_costs_its_own_boxes_a_try_and_nothing_that_was_done(
    stack: Stack, graph: GraphRun
) -> None:
    graph.waits()
    hosts = graph.hosts()
    # The one that has loaded half of its rows.
    killed = hosts["Red"]
    lost = {box for box in tasks.WAITING if hosts[box] == killed}
    assert lost < set(tasks.WAITING)
    stack.kill(killed)
    run = graph.finished()
    assert graph.ran() == {box: 2 if box in lost else 1 for box in BOXES}
    assert tries(run) == {box: 2 if box in lost else 1 for box in BOXES}


def test_a_worker_that_is_asked_to_stop_finishes_what_it_runs_and_leaves_no_process(
    stack: Stack, graph: GraphRun
) -> None:
    graph.waits()
    hosts = graph.hosts()
    leaving = hosts["Red"]
    other = next(worker for worker in WORKERS if worker != leaving)
    stack.ask_to_stop(leaving)
    later = GraphRun(stack)
    graph.let_end()
    stack.api.wait_for("the worker's end", lambda: stack.child(leaving).exit_code == 0, deadline=60)
    assert stack.processes(leaving) == []
    run = graph.finished()
    assert tries(run) == graph.ran() == dict.fromkeys(BOXES, 1)
    later.let_end()
    later.finished()
    assert set(later.hosts().values()) == {other}
    stack.bring_back(leaving)


def test_a_scheduler_that_is_killed_midway_finds_its_tasks_again(stack: Stack, graph: GraphRun) -> None:
    graph.waits()
    stack.kill("scheduler")
    run = graph.finished()
    assert tries(run) == graph.ran() == dict.fromkeys(BOXES, 1)


def test_what_is_queued_outlives_a_restart_of_redis(stack: Stack, graph: GraphRun) -> None:
    graph.waits()
    # Four parts run at once; of this run's three, two are queued.
    later = GraphRun(stack)
    stack.api.wait_for("queued boxes", lambda: later.states().count("queued"), lambda n: n == 2, deadline=60)
    stack.ask_to_stop("redis")
    stack.api.wait_for("the end of Redis", lambda: stack.child("redis").exit_code is not None, deadline=30)
    stack.bring_back("redis")
    later.let_end()
    for each in (graph, later):
        run = each.finished()
        assert tries(run) == each.ran() == dict.fromkeys(BOXES, 1)


def test_a_restart_of_postgresql_costs_only_the_load_that_it_interrupts_a_try(
    stack: Stack, graph: GraphRun
) -> None:
    graph.waits()
    stack.kill("postgres")
    stack.restart_the_dead()
    run = graph.finished()
    assert tries(run) == graph.ran() == {**dict.fromkeys(BOXES, 1), "Red": 2}


def test_two_dags_on_different_workers_that_need_the_same_task_at_once_run_it_once(stack: Stack) -> None:
    # As the connection that init makes, under the name that these DAGs use.
    stack.api.put_connection(
        "luigi_e2e", conn_type="luigi", host=LOOPBACK, port=stack.places.port("luigid"), login="", password=""
    )
    journal = stack.output / "luigid_both.journal"
    first = start(stack, "luigid_left")
    stack.api.wait_for("the shared task", journal.exists, deadline=60)

    host = stack.api.task_instance("luigid_left", first, "build")["hostname"]
    second = start(stack, "luigid_right")
    path = f"dags/luigid_right/dagRuns/{second}/taskInstances/build/tries"

    def refused() -> list[Any]:
        tries = stack.api.get(path)["task_instances"]
        return [each["hostname"] for each in tries if each["state"] in ("failed", "up_for_retry")]

    # The shared task is running, and a build on the other worker has asked for it, in vain.
    stack.api.wait_for(
        "a try on another worker", refused, lambda hosts: set(hosts) - {host} != set(), deadline=90
    )
    (stack.output / "luigid_both.go").touch()
    runs = [finished(stack, "luigid_left", first), finished(stack, "luigid_right", second)]
    assert [run.state for run in runs] == ["success", "success"]
    assert journal.read_text() == "ran\n"
