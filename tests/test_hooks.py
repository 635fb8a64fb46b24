"""The connection to luigi's central scheduler."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from airflow_luigi.hooks import LuigiHook, without_login
from airflow_luigi.links import visualiser_url
from tests.luigid import Luigid

Connect = Callable[..., LuigiHook]


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Connect:
    """Make a connection of these fields, and give its hook."""

    def connected(**fields: object) -> LuigiHook:
        monkeypatch.setenv("AIRFLOW_CONN_LUIGI_TEST", json.dumps({"conn_type": "luigi", **fields}))
        return LuigiHook("luigi_test")

    return connected


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        ({}, "http://localhost:8082"),
        ({"host": "luigi", "port": 80}, "http://luigi:80"),
        ({"host": "luigi", "schema": "https"}, "https://luigi:8082"),
        ({"host": "luigi", "extra": {"path": "/of/luigi/"}}, "http://luigi:8082/of/luigi"),
        ({"host": "https://example.org/luigi"}, "https://example.org/luigi"),
        ({"host": "https://example.org/", "port": 8443}, "https://example.org:8443"),
        ({"host": "luigi", "login": "me", "password": "p@ss/#"}, "http://me:p%40ss%2F%23@luigi:8082"),
        ({"host": "luigi", "login": "me"}, "http://me@luigi:8082"),
    ],
)
def test_a_connections_fields_make_the_url(connect: Connect, fields: dict[str, object], url: str) -> None:
    assert connect(**fields).get_url() == url


def test_a_schema_that_is_no_web_address_is_refused(connect: Connect) -> None:
    hook = connect(schema="luigi")
    assert hook.test_connection() == (
        False,
        "The connection 'luigi_test' has the schema 'luigi', neither http nor https.",
    )


def test_the_test_says_who_answers_and_no_password(connect: Connect, tmp_path: Path) -> None:
    with Luigid(tmp_path) as luigid:
        hook = connect(host="127.0.0.1", port=luigid.port, login="me", password="hunter22")
        masked = f"http://me:***@127.0.0.1:{luigid.port}"
        assert hook.test_connection() == (True, f"The Luigi scheduler at {masked} answers.")
        elsewhere = connect(host="127.0.0.1", port=luigid.port, extra={"path": "static/visualiser"})
        assert elsewhere.test_connection() == (
            False,
            f"http://127.0.0.1:{luigid.port}/static/visualiser answers 404 Not Found.",
        )
    gone = connect(host="127.0.0.1", port=luigid.port, login="me", password="hunter22")
    assert gone.test_connection() == (False, f"{masked} gives no answer (ConnectionError).")


def test_the_test_does_not_wait_for_a_server_that_is_silent(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("airflow_luigi.hooks.TEST_TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hook = connect(host="127.0.0.1", port=silent.getsockname()[1])
        assert hook.test_connection()[1].endswith("gives no answer (ReadTimeout).")


def test_the_link_holds_the_task_and_no_password() -> None:
    url = visualiser_url(without_login("https://me:hunter22@example.org/luigi"), "Count_a_0123456789")
    assert url == (
        "https://example.org/luigi/static/visualiser/index.html#tab=graph&taskId=Count_a_0123456789"
    )
