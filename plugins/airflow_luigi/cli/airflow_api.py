"""Airflow's REST API, as far as a backfill needs it, with errors in plain words."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import click
import requests

Json = dict[str, Any]

TIMEOUT = 60.0
PAGE = 100
TOKEN, USER, PASSWORD = "AIRFLOW_CLI_TOKEN", "AIRFLOW_API_USER", "AIRFLOW_API_PASSWORD"
HOW_TO_LOG_IN = f"Set {TOKEN}, or {USER} and {PASSWORD}, in the environment."
_SHOWN = 300


class AirflowError(click.ClickException):
    """Airflow refused, or did not answer as Airflow does.

    :param message: what happened, for whoever reads it in a terminal.
    :param status: the answer's HTTP status; 0 when there was no answer.
    """

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class AirflowApi:
    """Airflow's REST API, version 2.

    Who asks is told by the environment: a token in ``AIRFLOW_CLI_TOKEN`` (airflowctl's name for it), else a
    user in ``AIRFLOW_API_USER`` with a password in ``AIRFLOW_API_PASSWORD``, else what is typed in.

    :param url: address of the API server, with its path where it has one: ``https://airflow.example.com/team``.
    :param environment: where the names above are looked up; default: the process's.
    """

    def __init__(self, url: str, environment: Mapping[str, str] | None = None) -> None:
        self.url = url.rstrip("/").removesuffix("/api/v2")
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise click.UsageError(
                f"{_without_login(url)} is no address of an Airflow: write it as https://airflow.example.com."
            )
        if parts.username or parts.password:
            raise click.UsageError(f"The address of Airflow must not hold a login. {HOW_TO_LOG_IN}")
        self._environment = os.environ if environment is None else environment
        self._token = self._environment.get(TOKEN, "")
        self._session = requests.Session()
        # Without one of its own, requests would send what ~/.netrc has in place of the token.
        self._session.auth = self._sign

    def get(self, path: str, **query: object) -> Json:
        """Read something.

        :param path: what comes after ``/api/v2/``.
        :param query: the URL's query.
        :raises AirflowError: no answer, or a refusal.
        """
        return self.call("GET", path, query=query)

    def call(self, method: str, path: str, *, query: Json | None = None, body: Json | None = None) -> Json:
        """Send one request, and give the answer's JSON.

        :param method: the HTTP method.
        :param path: what comes after ``/api/v2/``.
        :param query: the URL's query.
        :param body: sent as JSON.
        :raises AirflowError: no answer, or a refusal.
        """
        address = f"api/v2/{path}"
        if not self._token:
            self._log_in()
        answer = self._send(method, address, query, body)
        if answer.status_code == requests.codes.unauthorized and not self._environment.get(TOKEN):
            # A token of Airflow's lasts for a day.
            self._log_in()
            answer = self._send(method, address, query, body)
        if answer.status_code == requests.codes.unauthorized:
            whose = f"the token in {TOKEN}" if self._environment.get(TOKEN) else "the login"
            raise AirflowError(f"Airflow at {self.url} does not accept {whose} (401). {HOW_TO_LOG_IN}", 401)
        return self._json(answer, f"{method} {address}")

    def all(self, path: str, key: str, **query: object) -> Iterator[Json]:
        """Read a list, page by page.

        :param path: what comes after ``/api/v2/``.
        :param key: the answer's key under which the list is.
        :param query: the URL's query.
        :raises AirflowError: no answer, or a refusal.
        """
        offset = 0
        while True:
            page = self.get(path, limit=PAGE, offset=offset, **query)
            yield from page[key]
            offset += len(page[key])
            if not page[key] or offset >= page["total_entries"]:
                return

    def dag(self, dag_id: str) -> Json:
        """Give a DAG's details.

        :raises AirflowError: there is none, or it may not be seen.
        """
        try:
            return self.get(f"dags/{quote(dag_id, safe='')}/details")
        except AirflowError as error:
            if error.status == requests.codes.not_found:
                raise AirflowError(f"Airflow at {self.url} has no DAG {dag_id!r}.", error.status) from None
            raise

    def _sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def _log_in(self) -> None:
        user, password = self._environment.get(USER, ""), self._environment.get(PASSWORD, "")
        if not (user and password):
            if not sys.stdin.isatty():
                raise AirflowError(f"Airflow at {self.url} wants a login. {HOW_TO_LOG_IN}", 401)
            user = user or click.prompt(f"User for Airflow at {self.url}", err=True)
            password = password or click.prompt("Password", hide_input=True, err=True)
            self._environment = {**self._environment, USER: user, PASSWORD: password}
        self._token = ""
        answer = self._send("POST", "auth/token", None, {"username": user, "password": password})
        if answer.status_code in (requests.codes.unauthorized, requests.codes.bad_request):
            raise AirflowError(f"Airflow at {self.url} does not accept the password of user {user!r}.", 401)
        token = self._json(answer, "POST auth/token").get("access_token")
        if not isinstance(token, str):
            raise AirflowError(f"Airflow at {self.url} gave no token for user {user!r}. Set {TOKEN} instead.")
        self._token = token

    def _send(self, method: str, address: str, query: Json | None, body: Json | None) -> requests.Response:
        try:
            return self._session.request(
                method,
                f"{self.url}/{address}",
                params=query,
                json=body,
                timeout=TIMEOUT,
                # A POST that is redirected would become a GET.
                allow_redirects=False,
            )
        except requests.exceptions.SSLError as error:
            raise AirflowError(
                f"The encrypted connection to {self.url} failed: {_reason(error)}. If its certificate is of "
                "your own authority, name that one's file in REQUESTS_CA_BUNDLE."
            ) from error
        except requests.exceptions.ProxyError as error:
            raise AirflowError(
                f"The proxy of the environment does not lead to {self.url}: {_reason(error)}. To go without "
                "it, name the host in NO_PROXY."
            ) from error
        except requests.exceptions.Timeout as error:
            raise AirflowError(f"The server at {self.url} did not answer within {TIMEOUT:.0f} s.") from error
        except requests.exceptions.RequestException as error:
            raise AirflowError(
                f"There is no server at {self.url}: {_reason(error)}. Is Airflow running, and is that its "
                "address? Give another with --url."
            ) from error

    def _json(self, answer: requests.Response, request: str) -> Json:
        status = answer.status_code
        if answer.is_redirect:
            where = _without_login(answer.headers["Location"].split("?")[0])
            raise AirflowError(
                f"{self.url} sends {request} on to {where}: give the address that it leads to with --url.",
                status,
            )
        if answer.ok and not answer.content:
            return {}
        try:
            content = answer.json()
        except ValueError:
            raise AirflowError(self._no_json(answer, request), status=-status) from None
        if not isinstance(content, dict):
            raise AirflowError(f"{self.url} answers {request} as Airflow's API does not.", status=-status)
        if answer.ok:
            return content
        detail = _detail(content)
        if status == requests.codes.forbidden:
            raise AirflowError(f"Airflow does not allow that user {_verb(request)} (403: {detail}).", status)
        if status == requests.codes.not_found and detail == "Not Found":
            # What the web server says of an address that it doesn't know.
            raise AirflowError(
                f"The server at {self.url} has no Airflow API of version 2: is that Airflow's address?",
                -status,
            )
        raise AirflowError(f"Airflow answered {status} to {request}: {detail}", status)

    def _no_json(self, answer: requests.Response, request: str) -> str:
        title = re.search(r"<title[^>]*>(.*?)</title>", answer.text, re.IGNORECASE | re.DOTALL)
        shown = f" titled {' '.join(title[1].split())[:_SHOWN]!r}" if title else ""
        return (
            f"{self.url} answers {request} with a web page{shown} (status {answer.status_code}), not as "
            "Airflow's API does. Is that Airflow's address, or is there a proxy or a login page before it?"
        )


def _verb(request: str) -> str:
    method, _, address = request.partition(" ")
    path = address.removeprefix("api/v2/")
    return f"{'to read' if method == 'GET' else 'to change'} {path} ({method})"


def _detail(content: Json) -> str:
    detail = content.get("detail", content)
    if isinstance(detail, list):
        detail = "; ".join(
            str(each.get("msg", each)) if isinstance(each, dict) else str(each) for each in detail
        )
    if isinstance(detail, dict):
        detail = detail.get("reason") or detail.get("message") or detail
    return str(detail)[:_SHOWN]


def _reason(error: BaseException) -> str:
    """Give the innermost reason, without addresses of Python's objects."""
    inner: Any = error
    while (args := getattr(inner, "args", ())) and isinstance(args[0], BaseException):
        inner = args[0]
    inner = getattr(inner, "reason", inner)
    text = re.sub(r"<[^>]*>:? ?|^\w+\([^)]*\): ", "", str(inner))
    return text.strip().rstrip(".")[:_SHOWN] or type(error).__name__


def _without_login(url: str) -> str:
    return re.sub(r"//[^/@]*@", "//", url)
