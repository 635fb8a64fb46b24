"""LuigiHook: where luigi's central scheduler is."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import requests
from airflow.providers.common.compat.sdk import BaseHook

from airflow_luigi.core.secrets import mask

DEFAULT_PORT = 8082

# Seconds.
TEST_TIMEOUT = 5.0


class LuigiHook(BaseHook):
    """An Airflow connection to luigi's central scheduler, ``luigid``.

    The connection's fields: host, port (default: 8082), schema (``http`` or ``https``; default: ``http``),
    login and password if a proxy in front of luigid asks for them, and in extra a path, if luigid is not at
    the root: ``{"path": "/luigi"}``. A host may also be a URL, as ``https://luigi.example.org/luigi``; then
    no port is added unless there is one.

    :param luigi_conn_id: the connection's id.
    """

    conn_name_attr = "luigi_conn_id"
    default_conn_name = "luigi_default"
    conn_type = "luigi"
    hook_name = "Luigi"

    def __init__(self, luigi_conn_id: str = default_conn_name, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.luigi_conn_id = luigi_conn_id

    @classmethod
    def get_ui_field_behaviour(cls) -> dict[str, Any]:
        """Say how the form looks; Airflow 3.2 and later have it from the provider's information."""
        return {
            "hidden_fields": [],
            "relabeling": {"schema": "Schema (http or https)"},
            "placeholders": {"port": str(DEFAULT_PORT), "schema": "http", "extra": '{"path": "/luigi"}'},
        }

    def get_url(self) -> str:
        """Give the scheduler's address, with login and password as far as there are any."""
        connection = self.get_connection(self.luigi_conn_id)
        host = connection.host or "localhost"
        if "://" in host:
            scheme, location, path = urlsplit(host)[:3]
            port = connection.port
        else:
            scheme, location, path = connection.schema or "http", host, ""
            port = connection.port or DEFAULT_PORT
        if scheme not in ("http", "https"):
            raise ValueError(
                f"The connection {self.luigi_conn_id!r} has the schema {scheme!r}, neither http nor https."
            )
        if port:
            location = f"{location}:{port}"
        if connection.login:
            user = ":".join(quote(part, safe="") for part in (connection.login, connection.password) if part)
            location = f"{user}@{location}"
        path = str(connection.extra_dejson.get("path") or path).strip("/")
        return urlunsplit((scheme, location, f"/{path}" if path else "", "", ""))

    def test_connection(self) -> tuple[bool, str]:
        """Ask the scheduler for something cheap; what is said holds no password."""
        try:
            url = self.get_url()
            answer = requests.get(f"{url}/api/is_paused", timeout=TEST_TIMEOUT)
            answer.raise_for_status()
            answer.json()["response"]["paused"]
        except requests.HTTPError as error:
            return False, f"{mask(url)} answers {error.response.status_code} {error.response.reason}."
        except (requests.ConnectionError, requests.Timeout) as error:
            return False, f"{mask(url)} gives no answer ({type(error).__name__})."
        except (ValueError, KeyError, TypeError) as error:
            if isinstance(error, (requests.RequestException, KeyError, TypeError)):
                return False, f"What answers at {mask(url)} is not a Luigi scheduler."
            return False, mask(str(error))
        return True, f"The Luigi scheduler at {mask(url)} answers."


def without_login(url: str) -> str:
    """Give a URL without its user's name and password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
