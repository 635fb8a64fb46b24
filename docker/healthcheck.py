"""Say whether a service is well: exit code 0 or 1, and a line that says what is wrong.

    healthcheck.py http URL              somebody answers there
    healthcheck.py component NAME URL    the API server at URL says that NAME sends its heartbeats
    healthcheck.py worker FILE           this host's Celery worker answers; FILE has the broker's address

Light on purpose: it runs every few seconds beside each service, so nothing of Airflow is imported.
"""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

TIMEOUT = 5.0


def http(url: str) -> str | None:
    """Give what is wrong with a web server, or None."""
    with build_opener(ProxyHandler({})).open(url, timeout=TIMEOUT):
        return None


def component(name: str, url: str) -> str | None:
    """Give what is wrong with a part of Airflow that sends heartbeats, or None."""
    with build_opener(ProxyHandler({})).open(f"{url}/api/v2/monitor/health", timeout=TIMEOUT) as answer:
        status = (json.load(answer)[name] or {}).get("status")
    return None if status == "healthy" else f"the {name} is {status}"


def worker(broker_file: str) -> str | None:
    """Give what is wrong with this host's Celery worker, or None."""
    from celery import Celery

    name = f"celery@{socket.gethostname()}"
    with Celery(broker=Path(broker_file).read_text()) as app:
        answers = app.control.ping(destination=[name], timeout=TIMEOUT)
    return None if answers else f"{name} does not answer"


CHECKS: dict[str, Callable[..., str | None]] = {"http": http, "component": component, "worker": worker}


def main() -> int:
    check, *arguments = sys.argv[1:]
    try:
        problem = CHECKS[check](*arguments)
    except OSError as error:
        problem = str(error)
    if problem:
        print(problem)
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main())
