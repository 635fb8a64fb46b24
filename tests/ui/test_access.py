"""Nobody sees a file of the pages who is not logged in, and nobody sees a DAG that Airflow does not show."""

from __future__ import annotations

import http.client
from contextlib import closing
from email.message import Message
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlsplit

import pytest
from fastapi.routing import APIRoute

from airflow_luigi.web.app import BUNDLE, CONTENT_SECURITY_POLICY, PAGES, create_app
from local_airflow.airflow import LocalAirflow
from tests.ui.pipelines import LUIGI, NATIVE, Runs
from tests.ui.visitor import COOKIE, Visitor, build_path, wait_for_text

REFUSED = "Your Airflow user may not do or see this."
FILES = sorted(path.relative_to(BUNDLE).as_posix() for path in BUNDLE.rglob("*") if path.is_file())
UNKNOWN = ("", "none", "build/", "assets", "assets/", "assets/none.js", "openapi.json", "docs", "redoc")
KINDS = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".md": "text/markdown"}
OUTSIDE = (
    "../web/app.py",
    "assets/../../app.py",
    "%2e%2e/app.py",
    "..%2fapp.py",
    "assets/%2e%2e/%2e%2e/app.py",
    "..%5capp.py",
    "%252e%252e/app.py",
    "/etc/passwd",
    "%2fetc%2fpasswd",
    quote(str(Path(__file__))),
)


class Answer(NamedTuple):
    """What the server answered."""

    status: int
    body: bytes
    headers: Message


def ask(airflow: LocalAirflow, path: str, token: str = "", method: str = "GET") -> Answer:
    """Ask for exactly this path: other clients put away what leads out of a folder."""
    address = urlsplit(airflow.url)
    assert address.hostname is not None
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
    headers = {"Cookie": f"{COOKIE}={token}"} if token else {}
    with closing(connection):
        connection.request(method, f"{address.path}/luigi/{path}", headers=headers)
        answer = connection.getresponse()
        return Answer(answer.status, answer.read(), answer.headers)


def test_the_routes_are_those_that_are_tested_here() -> None:
    assert FILES
    assert [(route.path, route.methods) for route in create_app().routes if isinstance(route, APIRoute)] == [
        ("/{path:path}", {"GET"})
    ]
    assert len(create_app().routes) == 1


@pytest.mark.parametrize("path", [*sorted(PAGES), *UNKNOWN, *OUTSIDE])
def test_without_a_login_every_route_answers_401(airflow: LocalAirflow, path: str) -> None:
    answer = ask(airflow, path)
    assert (answer.status, "detail" in answer.body.decode()) == (401, True)


def test_without_a_login_no_file_of_the_bundle_is_served(airflow: LocalAirflow) -> None:
    assert {name: ask(airflow, name).status for name in FILES} == dict.fromkeys(FILES, 401)


def test_a_wrong_session_is_none(airflow: LocalAirflow, sessions: dict[str, str]) -> None:
    assert ask(airflow, "dates", sessions["viewer"][:-6] + "AAAAAA").status in (401, 403)


@pytest.mark.parametrize("name", [*sorted(PAGES), *FILES])
def test_who_is_logged_in_gets_pages_and_files_with_their_headers(
    airflow: LocalAirflow, sessions: dict[str, str], name: str
) -> None:
    answer = ask(airflow, name, sessions["viewer"])
    assert answer.status == 200
    assert answer.body == (BUNDLE / ("index.html" if name in PAGES else name)).read_bytes()
    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    kind = answer.headers["Content-Type"].partition(";")[0]
    suffix = ".html" if name in PAGES else Path(name).suffix
    assert kind == KINDS[suffix]
    assert "public" not in answer.headers["Cache-Control"]


@pytest.mark.parametrize("path", [*UNKNOWN, *OUTSIDE])
def test_there_is_nothing_else_to_get(airflow: LocalAirflow, sessions: dict[str, str], path: str) -> None:
    answer = ask(airflow, path, sessions["admin"])
    assert (answer.status, answer.headers["Content-Type"]) == (404, "application/json")


def test_nothing_can_be_sent(airflow: LocalAirflow, sessions: dict[str, str]) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert ask(airflow, "dates", sessions["admin"], method).status == 405


@pytest.mark.parametrize(
    "path",
    [
        "/luigi/dates",
        f"/luigi/dates?dag_id={LUIGI}",
        f"/luigi/compare?dag_id={LUIGI}&dag_id={NATIVE}",
        "build of a task",
        "build of a run",
    ],
)
def test_who_may_see_no_dag_is_refused(visitor: Visitor, runs: Runs, path: str) -> None:
    if path.startswith("build"):
        path = build_path(LUIGI, runs.built, "words_count" if "task" in path else None)
    page = visitor.open(path, "nobody")
    wait_for_text(page, REFUSED)
    assert page.get_by_role("table").count() == 0
    page.wait_for_load_state("networkidle")
    answers = [(url, status) for url, status in visitor.answers if "/api/v2/" in url]
    assert {status for _url, status in answers} == {403}, answers
