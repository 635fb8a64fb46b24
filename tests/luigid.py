"""A luigid for tests: on a port of its own, with its state in a file of its own, gone when the test is."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import requests

from local_airflow.ports import LOOPBACK, free_ports, is_free
from local_airflow.processes import Child, stop
from local_airflow.waiting import wait_for

PROGRAM = "from luigi.cmdline import luigid; luigid()"


class Luigid:
    """Luigi's central scheduler, as its own command starts it.

    :param folder: an empty folder for its state, log and configuration
    :param config: its luigi.cfg: section -> key -> value
    """

    def __init__(self, folder: Path, config: Mapping[str, Mapping[str, object]] | None = None) -> None:
        self.folder = folder
        self.state = folder / "state.pickle"
        (self.port,) = free_ports(1)
        lines = [
            line
            for section, keys in (config or {}).items()
            for line in (f"[{section}]", *(f"{key} = {value}" for key, value in keys.items()))
        ]
        self._config = folder / "luigi.cfg"
        self._config.write_text("\n".join([*lines, ""]))
        self._child: Child | None = None

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def pid(self) -> int:
        assert self._child is not None
        return self._child.pid

    def start(self) -> None:
        options = ["--port", str(self.port), "--address", LOOPBACK, "--state-path", str(self.state)]
        self._child = Child(
            "luigid",
            [sys.executable, "-c", PROGRAM, *options],
            log=self.folder / "luigid.log",
            env={"PATH": os.environ["PATH"], "LUIGI_CONFIG_PATH": str(self._config)},
            cwd=self.folder,
            stop_with=signal.SIGTERM,
        )
        wait_for("luigid", self._listens, bool, deadline=30, every=0.05)

    def stop(self) -> None:
        """End it in good order: it writes its state."""
        if self._child is not None:
            stop([self._child], grace=10)
            self._child = None

    def kill(self) -> None:
        """End it as a crash does."""
        os.kill(self.pid, signal.SIGKILL)

    def ask(self, method: str, **arguments: Any) -> Any:
        """Call a method of its API, as its page does."""
        answer = requests.post(f"{self.url}/api/{method}", data={"data": json.dumps(arguments)}, timeout=10)
        answer.raise_for_status()
        return answer.json()["response"]

    def told(self) -> str:
        """Give all that it tells of its tasks and workers, errors included."""
        graph = self.ask("graph")
        pages = [graph, self.ask("task_list", limit=False), self.ask("worker_list")]
        return str([*pages, *(self.ask("fetch_error", task_id=task_id) for task_id in graph)])

    def _listens(self) -> bool:
        assert self._child is not None
        self._child.check_alive()
        return not is_free(self.port)

    def __enter__(self) -> Luigid:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
