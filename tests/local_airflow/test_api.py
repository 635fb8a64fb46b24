"""The REST client, against a small server that answers as Airflow does."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from local_airflow.api import AirflowApi
from local_airflow.errors import ApiError, ComponentDiedError, DeadlineExceededError
from local_airflow.task_log import log_line

Answer = tuple[int, Any]


class FakeAirflow:
    """Answers each request as ``answers[method path]`` says, to those who have logged in."""

    def __init__(self) -> None:
        self.answers: dict[str, Callable[[dict[str, Any]], Answer]] = {}
        self.logins = 0

    def answer(self, method: str, path: str, token: str | None, body: dict[str, Any]) -> Answer:
        path, _, query = path.partition("?")
        if path == "/auth/token":
            self.logins += 1
            accepted = body == {"username": "admin", "password": "right"}
            return (201, {"access_token": "ticket"}) if accepted else (401, {"detail": "Invalid credentials"})
        if path != "/api/v2/monitor/health" and token != "Bearer ticket":
            return 401, {"detail": "Not authenticated"}
        fields = dict(pair.split("=") for pair in query.split("&") if pair)
        return self.answers[f"{method} {path.removeprefix('/api/v2/')}"]({**fields, **body})


@pytest.fixture
def server() -> Iterator[tuple[FakeAirflow, str]]:
    fake = FakeAirflow()

    class Handler(BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"] or 0)) or "{}")
            status, answer = fake.answer(self.command, self.path, self.headers["Authorization"], body)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        do_GET = do_POST = do_PUT = do_PATCH = handle_one  # noqa: N815 - http.server's names

        def log_message(self, *arguments: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    yield fake, f"http://127.0.0.1:{http.server_port}"
    http.shutdown()
    http.server_close()


@pytest.fixture
def fake(server: tuple[FakeAirflow, str]) -> FakeAirflow:
    return server[0]


@pytest.fixture
def api(server: tuple[FakeAirflow, str]) -> AirflowApi:
    return AirflowApi(server[1], "admin", "right")


def test_it_logs_in_once_and_when_it_has_to(fake: FakeAirflow, api: AirflowApi) -> None:
    fake.answers["GET dags/a/dagRuns/r"] = lambda _: (200, {"state": "success"})
    assert api.dag_run("a", "r") == {"state": "success"}
    assert api.dag_run("a", "r") == {"state": "success"}
    assert fake.logins == 1


def test_a_wrong_password_is_an_error_that_does_not_show_it(server: tuple[FakeAirflow, str]) -> None:
    with pytest.raises(ApiError, match="401 to login: Invalid credentials") as refused:
        AirflowApi(server[1], "admin", "wr0ng").dag_ids()
    assert "wr0ng" not in str(refused.value)


def test_a_refused_request_is_named_with_airflows_reason(fake: FakeAirflow, api: AirflowApi) -> None:
    fake.answers["GET dags/a/dagRuns/r"] = lambda _: (404, {"detail": "no such run"})
    with pytest.raises(ApiError, match="404 to GET dags/a/dagRuns/r: no such run") as refused:
        api.dag_run("a", "r")
    assert refused.value.status == 404


def test_all_pages_are_read(fake: FakeAirflow, api: AirflowApi) -> None:
    runs = [{"dag_run_id": number} for number in range(250)]

    def page(query: dict[str, Any]) -> Answer:
        offset = int(query["offset"])
        return 200, {"dag_runs": runs[offset : offset + int(query["limit"])], "total_entries": len(runs)}

    fake.answers["GET dags/a/dagRuns"] = page
    assert api.dag_runs("a") == runs


def test_a_connection_that_exists_is_changed(fake: FakeAirflow, api: AirflowApi) -> None:
    changed: list[dict[str, Any]] = []

    def change(body: dict[str, Any]) -> Answer:
        changed.append(body)
        return 200, {}

    fake.answers["POST connections"] = lambda _: (409, {"detail": "exists"})
    fake.answers["PATCH connections/words_db"] = change
    api.put_connection("words_db", conn_type="postgres", port=5)
    assert changed == [{"connection_id": "words_db", "conn_type": "postgres", "port": 5}]


def test_a_backfill_that_the_scheduler_has_closed_is_closed(fake: FakeAirflow, api: AirflowApi) -> None:
    fake.answers["PUT backfills/7/cancel"] = lambda _: (409, {"detail": "Backfill is already completed."})
    api.close_backfill(7)


def test_a_run_that_takes_too_long_is_reported_with_its_tasks(fake: FakeAirflow, api: AirflowApi) -> None:
    fake.answers["GET dags/a/dagRuns/r"] = lambda _: (200, {"state": "running"})
    tasks = [{"task_id": "t", "state": "up_for_retry"}]
    fake.answers["GET dags/a/dagRuns/r/taskInstances"] = lambda _: (
        200,
        {"task_instances": tasks, "total_entries": 1},
    )
    expected = "run r of a to be failed or success: not within 0 s; last seen: running.*'t': 'up_for_retry'"
    with pytest.raises(DeadlineExceededError, match=expected):
        api.wait_for_run("a", "r", deadline=0)


def test_waiting_ends_when_a_component_has_died(server: tuple[FakeAirflow, str]) -> None:
    def check() -> None:
        raise ComponentDiedError("the scheduler ended")

    with pytest.raises(ComponentDiedError):
        AirflowApi(server[1], "admin", "right", check=check).wait_for_dag("a")


def test_the_heartbeat_of_an_earlier_run_is_not_health(fake: FakeAirflow, api: AirflowApi) -> None:
    beat = "2026-11-22T10:00:00.000001Z"
    fake.answers["GET monitor/health"] = lambda _: (
        200,
        {
            "metadatabase": {"status": "healthy"},
            "scheduler": {"status": "healthy", "latest_scheduler_heartbeat": beat},
            "triggerer": {"status": None, "latest_triggerer_heartbeat": None},
        },
    )
    ten = datetime(2026, 11, 22, 10, tzinfo=timezone.utc)
    assert api.health(since=ten)["scheduler"] == "healthy"
    assert api.health(since=ten.replace(minute=1)) == {
        "metadatabase": "healthy",
        "scheduler": "not yet started",
        "triggerer": "None",
    }


def test_a_server_that_is_not_there_is_not_healthy() -> None:
    assert AirflowApi("http://127.0.0.1:9", "admin", "right").health() == {"API server": "ConnectionError"}


def test_a_log_record_is_a_line_and_its_traceback_follows() -> None:
    record = {
        "timestamp": "T",
        "level": "error",
        "event": "Task failed",
        "dag_id": "left out",
        "answer": 42,
        "error_detail": [
            {
                "exc_type": "ValueError",
                "exc_value": "bad",
                "frames": [{"filename": "a.py", "lineno": 3, "name": "f"}],
            }
        ],
    }
    assert log_line(record) == "T error Task failed answer=42\n  a.py:3 in f\nValueError: bad"
