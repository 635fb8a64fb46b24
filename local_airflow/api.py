"""A thin client for Airflow's REST API."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote

import requests

from local_airflow.errors import ApiError
from local_airflow.task_log import log_line
from local_airflow.waiting import wait_for

T = TypeVar("T")
Json = dict[str, Any]
FINISHED = frozenset({"success", "failed"})
TIMEOUT = 30.0
PAGE = 100


class AirflowApi:
    """Airflow's REST API, version 2, with a user's rights.

    :param url: address of the API server
    :param user: user name
    :param password: the user's password
    :param check: called before each look while waiting; raises if there is nothing to wait for any more
    """

    def __init__(
        self, url: str, user: str, password: str, *, check: Callable[[], None] = lambda: None
    ) -> None:
        self.url = url
        self._user = user
        self._password = password
        self._check = check
        self._session = requests.Session()
        # A proxy that the machine's environment names can't reach this address.
        self._session.trust_env = False

    def get(self, path: str, **query: object) -> Json:
        """Read something.

        :param path: what comes after ``/api/v2/``
        :param query: the URL's query
        """
        return self.call("GET", path, query=query)

    def call(self, method: str, path: str, *, query: Json | None = None, body: Json | None = None) -> Json:
        """Send one request, and give the answer's JSON.

        :param method: HTTP method
        :param path: what comes after ``/api/v2/``
        :param query: the URL's query
        :param body: sent as JSON
        """
        answer = self._send(method, path, query, body)
        if answer.status_code == requests.codes.unauthorized:
            self._log_in()
            answer = self._send(method, path, query, body)
        _raise_for_error(answer, f"{method} {path}")
        return dict(answer.json()) if answer.content else {}

    def wait_for(
        self,
        what: str,
        look: Callable[[], T],
        done: Callable[[T], bool] = bool,
        *,
        deadline: float = 60,
        every: float = 0.5,
        describe: Callable[[T], object] = repr,
    ) -> T:
        """Wait as :func:`local_airflow.waiting.wait_for` does, as long as there is something to wait for."""

        def checked_look() -> T:
            self._check()
            return look()

        return wait_for(what, checked_look, done, deadline=deadline, every=every, describe=describe)

    def health(self, since: datetime | None = None) -> dict[str, str]:
        """Give each component's status, as far as the server answers; needs no login.

        :param since: a heartbeat from before this moment counts for nothing: whoever sent it is gone
        """
        try:
            answer = self._session.get(f"{self.url}/api/v2/monitor/health", timeout=TIMEOUT)
            answer.raise_for_status()
        except requests.RequestException as error:
            return {"API server": type(error).__name__}
        found = {}
        for name, part in answer.json().items():
            heartbeat = (part or {}).get(f"latest_{name}_heartbeat")
            old = since and heartbeat and datetime.fromisoformat(heartbeat.replace("Z", "+00:00")) < since
            found[str(name)] = "not yet started" if old else str((part or {}).get("status"))
        return found

    def put_connection(self, name: str, **fields: object) -> None:
        """Make a connection, or change the one of that name."""
        body = {"connection_id": name, **fields}
        try:
            self.call("POST", "connections", body=body)
        except ApiError as error:
            if error.status != requests.codes.conflict:
                raise
            self.call("PATCH", f"connections/{quote(name, safe='')}", body=body)

    def import_errors(self) -> dict[str, str]:
        """Give the DAG files that could not be imported, with the traceback of each."""
        errors = self._all("importErrors", "import_errors")
        return {str(each["filename"]): str(each["stack_trace"]) for each in errors}

    def dag_ids(self) -> set[str]:
        """Give the ids of the DAGs that Airflow knows."""
        return {str(dag["dag_id"]) for dag in self._all("dags", "dags")}

    def wait_for_dag(self, dag_id: str, *, deadline: float = 60) -> None:
        """Wait until Airflow has read a DAG; the message of the error names broken files."""

        def describe(known: set[str]) -> str:
            broken = "\n".join(f"{file}:\n{trace}" for file, trace in self.import_errors().items())
            return f"the DAGs {sorted(known)}" + (f", and these broken files:\n{broken}" if broken else "")

        self.wait_for(
            f"DAG {dag_id}", self.dag_ids, lambda ids: dag_id in ids, deadline=deadline, describe=describe
        )

    def unpause(self, dag_id: str) -> None:
        """Let Airflow run a DAG."""
        self.call("PATCH", f"dags/{dag_id}", body={"is_paused": False})

    def pause(self, dag_id: str) -> None:
        """Let Airflow start no more runs of a DAG."""
        self.call("PATCH", f"dags/{dag_id}", body={"is_paused": True})

    def trigger(
        self,
        dag_id: str,
        *,
        logical_date: datetime | None = None,
        conf: Json | None = None,
        run_id: str | None = None,
        **fields: object,
    ) -> str:
        """Start a run.

        :param dag_id: the DAG
        :param logical_date: None for a run without one
        :param conf: the run's configuration
        :param run_id: None for one that Airflow makes up
        :param fields: more of the request's fields
        :return: the run's id
        """
        date = logical_date.isoformat() if logical_date else None
        body = {"logical_date": date, "conf": conf or {}, "dag_run_id": run_id, **fields}
        return str(self.call("POST", f"dags/{dag_id}/dagRuns", body=body)["dag_run_id"])

    def dag_run(self, dag_id: str, run_id: str) -> Json:
        """Give one run."""
        return self.get(_run_path(dag_id, run_id))

    def dag_runs(self, dag_id: str, **query: object) -> list[Json]:
        """Give a DAG's runs, oldest first; ``query`` narrows them down."""
        return self._all(f"dags/{dag_id}/dagRuns", "dag_runs", order_by="run_after", **query)

    def set_run_state(self, dag_id: str, run_id: str, state: str) -> Json:
        """Mark a run, and what of it still runs, as ``success``, ``failed`` or ``queued``."""
        return self.call("PATCH", _run_path(dag_id, run_id), body={"state": state})

    def wait_for_run(
        self, dag_id: str, run_id: str, states: Iterable[str] = FINISHED, *, deadline: float = 120
    ) -> Json:
        """Wait until a run is in one of these states.

        :return: the run
        """
        wanted = frozenset(states)
        return self.wait_for(
            f"run {run_id} of {dag_id} to be {' or '.join(sorted(wanted))}",
            lambda: self.dag_run(dag_id, run_id),
            lambda run: run["state"] in wanted,
            deadline=deadline,
            describe=lambda run: f"{run['state']}, with tasks {self._task_states(dag_id, run_id)}",
        )

    def task_instances(self, dag_id: str, run_id: str) -> list[Json]:
        """Give a run's tasks."""
        return self._all(f"{_run_path(dag_id, run_id)}/taskInstances", "task_instances")

    def task_instance(self, dag_id: str, run_id: str, task_id: str) -> Json:
        """Give one task of a run."""
        return self.get(f"{_run_path(dag_id, run_id)}/taskInstances/{quote(task_id, safe='')}")

    def xcom(
        self, dag_id: str, run_id: str, task_id: str, key: str = "return_value", *, map_index: int = -1
    ) -> Any:
        """Give the value that a task left under a key."""
        path = f"{_run_path(dag_id, run_id)}/taskInstances/{quote(task_id, safe='')}/xcomEntries/{quote(key)}"
        return self.get(path, map_index=map_index, deserialize=True)["value"]

    def logs(
        self, dag_id: str, run_id: str, task_id: str, try_number: int = 1, *, map_index: int = -1
    ) -> str:
        """Give the whole log of one try, a line for each record: time, level, text, details."""
        path = f"{_run_path(dag_id, run_id)}/taskInstances/{quote(task_id, safe='')}/logs/{try_number}"
        content = self.get(path, map_index=map_index, full_content=True)["content"]
        return "\n".join(log_line(record) for record in content)

    def create_backfill(
        self,
        dag_id: str,
        from_date: datetime,
        to_date: datetime,
        *,
        reprocess_behavior: str = "none",
        max_active_runs: int = 10,
        **fields: object,
    ) -> int:
        """Ask for the runs of a range of dates.

        :param dag_id: the DAG
        :param from_date: the first logical date
        :param to_date: the last one
        :param reprocess_behavior: which runs that exist are run again: ``none``, ``failed``, ``completed``
        :param max_active_runs: how many at once
        :param fields: more of the request's fields
        :return: the backfill's id
        """
        body = {
            "dag_id": dag_id,
            "from_date": from_date.isoformat(),
            "to_date": to_date.isoformat(),
            "reprocess_behavior": reprocess_behavior,
            "max_active_runs": max_active_runs,
            **fields,
        }
        return int(self.call("POST", "backfills", body=body)["id"])

    def backfill(self, backfill_id: int) -> Json:
        """Give one backfill."""
        return self.get(f"backfills/{backfill_id}")

    def close_backfill(self, backfill_id: int) -> None:
        """End a backfill whose runs are over, so that the next one may begin.

        The scheduler does the same, but looks only every 30 s. Runs that are still queued would fail.
        """
        try:
            self.call("PUT", f"backfills/{backfill_id}/cancel")
        except ApiError as error:
            if error.status != requests.codes.conflict:  # the scheduler came first
                raise

    def wait_for_runs(
        self,
        dag_id: str,
        count: int,
        *,
        deadline: float = 300,
        watch: Callable[[list[Json]], None] = lambda _runs: None,
        **query: object,
    ) -> list[Json]:
        """Wait until a number of runs are there, and none of them is queued or running.

        :param dag_id: the DAG
        :param count: how many runs at least
        :param deadline: seconds
        :param watch: is shown the runs at every look
        :param query: narrows the runs down
        :return: the runs, oldest first
        """

        def look() -> list[Json]:
            runs = self.dag_runs(dag_id, **query)
            watch(runs)
            return runs

        return self.wait_for(
            f"{count} finished runs of {dag_id}",
            look,
            lambda runs: len(runs) >= count and all(run["state"] in FINISHED for run in runs),
            deadline=deadline,
            describe=lambda runs: {run["dag_run_id"]: run["state"] for run in runs},
        )

    def asset_events(self, **query: object) -> list[Json]:
        """Give the events of assets, oldest first; ``query`` narrows them down."""
        return self._all("assets/events", "asset_events", order_by="timestamp", **query)

    def _task_states(self, dag_id: str, run_id: str) -> dict[str, str]:
        return {each["task_id"]: each["state"] for each in self.task_instances(dag_id, run_id)}

    def _all(self, path: str, key: str, **query: object) -> list[Json]:
        found: list[Json] = []
        while True:
            page = self.get(path, limit=PAGE, offset=len(found), **query)
            found += page[key]
            if not page[key] or len(found) >= page["total_entries"]:
                return found

    def _send(self, method: str, path: str, query: Json | None, body: Json | None) -> requests.Response:
        url = f"{self.url}/api/v2/{path}"
        return self._session.request(method, url, params=query, json=body, timeout=TIMEOUT)

    def _log_in(self) -> None:
        body = {"username": self._user, "password": self._password}
        answer = self._session.post(f"{self.url}/auth/token", json=body, timeout=TIMEOUT)
        _raise_for_error(answer, "login")
        self._session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"


def _run_path(dag_id: str, run_id: str) -> str:
    return f"dags/{dag_id}/dagRuns/{quote(run_id, safe='')}"


def _raise_for_error(answer: requests.Response, request: str) -> None:
    if answer.ok:
        return
    try:
        detail = answer.json()["detail"]
    except (ValueError, KeyError, TypeError):
        detail = answer.text[:500]
    raise ApiError(f"Airflow answered {answer.status_code} to {request}: {detail}", status=answer.status_code)
