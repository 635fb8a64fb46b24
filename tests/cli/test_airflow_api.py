"""What goes wrong between the command line and Airflow is told in plain words."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import click
import pytest

from airflow_luigi.cli.airflow_api import AirflowApi, AirflowError

Answer = tuple[int, str | dict[str, Any], dict[str, str]]
LOGIN = {"AIRFLOW_API_USER": "ann", "AIRFLOW_API_PASSWORD": "right"}


class Server:
    """Answers as it is told; ``seen`` has what was asked with which token."""

    def __init__(self) -> None:
        self.url = ""
        self.answer: Callable[[str, str], Answer] = lambda method, path: (200, {}, {})
        self.seen: list[tuple[str, str, str | None]] = []

    def reply(self, method: str, path: str, token: str | None, body: dict[str, Any]) -> Answer:
        self.seen.append((method, path, token))
        if path == "/auth/token":
            if body == {"username": "ann", "password": "right"}:
                return 201, {"access_token": "ticket"}, {}
            return 401, {"detail": "Invalid credentials"}, {}
        return self.answer(method, path)

    def says(self, status: int, content: str | dict[str, Any], **headers: str) -> None:
        """Answer everything so."""
        self.answer = lambda method, path: (status, content, headers)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    told = Server()

    class Handler(BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"] or 0)) or "{}")
            status, content, headers = told.reply(
                self.command, self.path, self.headers["Authorization"], body
            )
            text = content if isinstance(content, str) else json.dumps(content)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = do_PUT = do_PATCH = handle_one  # noqa: N815 - http.server's names

        def log_message(self, *arguments: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    told.url = f"http://127.0.0.1:{http.server_port}"
    yield told
    http.shutdown()
    http.server_close()


@pytest.fixture
def api(server: Server) -> AirflowApi:
    return AirflowApi(server.url, LOGIN)


def test_a_user_logs_in_once(server: Server, api: AirflowApi) -> None:
    api.get("version")
    api.get("version")
    assert [path for _, path, _ in server.seen] == ["/auth/token", "/api/v2/version", "/api/v2/version"]
    assert server.seen[-1][2] == "Bearer ticket"


def test_a_token_of_the_environment_is_used_as_it_is(
    server: Server, tmp_path: Path, monkeypatch: Any
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    AirflowApi(f"{server.url}/", {"AIRFLOW_CLI_TOKEN": "mine", **LOGIN}).get("version")
    assert server.seen == [("GET", "/api/v2/version", "Bearer mine")]


def test_a_login_that_has_run_out_is_renewed(server: Server, api: AirflowApi) -> None:
    answers: Iterator[Answer] = iter([(401, {"detail": "expired"}, {}), (200, {"version": "3.3.2"}, {})])
    server.answer = lambda method, path: next(answers)
    assert api.get("version") == {"version": "3.3.2"}


def test_a_token_that_is_not_accepted_is_named_and_not_shown(server: Server) -> None:
    server.says(401, {"detail": "Invalid token"})
    with pytest.raises(
        AirflowError, match=r"does not accept the token in AIRFLOW_CLI_TOKEN \(401\)"
    ) as error:
        AirflowApi(server.url, {"AIRFLOW_CLI_TOKEN": "s3cr3t-token"}).get("version")
    assert "s3cr3t" not in str(error.value)


def test_a_wrong_password_is_told_and_not_shown(server: Server) -> None:
    with pytest.raises(AirflowError, match="does not accept the password of user 'ann'") as error:
        AirflowApi(server.url, {**LOGIN, "AIRFLOW_API_PASSWORD": "wr0ng"}).get("version")
    assert "wr0ng" not in str(error.value)


def test_without_a_login_and_a_terminal_it_says_how_to_give_one(server: Server) -> None:
    with pytest.raises(AirflowError, match=r"wants a login\. Set AIRFLOW_CLI_TOKEN, or AIRFLOW_API_USER and"):
        AirflowApi(server.url, {}).get("version")


@pytest.mark.parametrize(
    ("status", "content", "says"),
    [
        (404, {"detail": "The Dag with ID: `nosuch` was not found"}, "has no DAG 'nosuch'"),
        (404, {"detail": "Not Found"}, "has no Airflow API of version 2"),
        (403, {"detail": "Forbidden"}, r"does not allow that user to read dags/nosuch/details \(GET\)"),
        (422, {"detail": [{"msg": "Input should be a date"}]}, "answered 422 .*Input should be a date"),
        (503, {"detail": "Database is locked."}, "answered 503 .*Database is locked"),
        (502, "<html><title>Bad\n gateway</title></html>", "web page titled 'Bad gateway'.*proxy"),
        (200, "<html><TITLE>Log in</TITLE></html>", "web page titled 'Log in'.*login page"),
        (200, "", "^$"),
    ],
)
def test_a_refusal_is_told_in_plain_words(
    server: Server, api: AirflowApi, status: int, content: Any, says: str
) -> None:
    server.says(status, content)
    if not content:
        assert api.dag("nosuch") == {}
        return
    with pytest.raises(AirflowError, match=says):
        api.dag("nosuch")


def test_a_redirection_is_named_and_not_followed(server: Server, api: AirflowApi) -> None:
    server.says(301, "", Location="https://airflow.example.com/api/v2/backfills?x=1")
    with pytest.raises(AirflowError, match=r"on to https://airflow.example\.com/api/v2/backfills: .*--url"):
        api.call("POST", "backfills", body={})


def test_a_server_that_is_not_there_is_told() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        with pytest.raises(AirflowError, match=rf"no server at http://127.0.0.1:{port}: .*refused.*--url"):
            AirflowApi(f"http://127.0.0.1:{port}", LOGIN).get("version")


def test_a_failing_encryption_is_told(server: Server) -> None:
    with pytest.raises(AirflowError, match=r"encrypted connection to https.* failed: .*REQUESTS_CA_BUNDLE"):
        AirflowApi(server.url.replace("http:", "https:"), LOGIN).get("version")


def test_a_proxy_that_leads_nowhere_is_told(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(AirflowError, match=r"The proxy of the environment does not lead to .*NO_PROXY"):
        AirflowApi(server.url, LOGIN).get("version")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("airflow.example.com", "is no address of an Airflow: write it as https://"),
        ("http://ann:s3cr3t@airflow.example.com", "must not hold a login"),
        ("ftp://ann:s3cr3t@airflow.example.com", "ftp://airflow.example.com is no address"),
    ],
)
def test_an_address_that_will_not_do_is_refused_without_its_password(url: str, says: str) -> None:
    with pytest.raises(click.UsageError, match=says) as error:
        AirflowApi(url, LOGIN)
    assert "s3cr3t" not in error.value.message


def test_lists_are_read_to_their_end(server: Server, api: AirflowApi) -> None:
    pages = iter([{"runs": [{"a": 1}] * 2, "total_entries": 3}, {"runs": [{"a": 2}], "total_entries": 3}])
    server.answer = lambda method, path: (200, next(pages), {})
    assert list(api.all("dags/a/dagRuns", "runs")) == [{"a": 1}, {"a": 1}, {"a": 2}]
    assert "offset=2" in server.seen[-1][1]
