"""A database's address, in the forms in which it is told, as a SQLAlchemy URL."""

from __future__ import annotations

import importlib.util
import json
import os
import re
from collections.abc import Mapping
from configparser import InterpolationError
from dataclasses import dataclass, field
from typing import Any, NoReturn
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from luigi.configuration import get_config
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from airflow_luigi.core.secrets import announce, mask

CONFIG_SECTION = "connections"

# (module to look for, SQLAlchemy's name of the driver), the preferred one first.
DRIVERS = {
    "postgresql": (("psycopg2", "psycopg2"), ("psycopg", "psycopg")),
    "mysql": (("pymysql", "pymysql"), ("MySQLdb", "mysqldb")),
    "mariadb": (("pymysql", "pymysql"), ("MySQLdb", "mysqldb")),
}

# Of an Airflow connection's extras, those that the drivers themselves understand as strings. The others are
# for Airflow's hooks.
_EXTRAS = {
    "postgresql": {
        "application_name",
        "channel_binding",
        "connect_timeout",
        "gssencmode",
        "host",
        "keepalives",
        "keepalives_count",
        "keepalives_idle",
        "keepalives_interval",
        "options",
        "passfile",
        "service",
        "sslcert",
        "sslcrl",
        "sslkey",
        "sslmode",
        "sslrootcert",
        "target_session_attrs",
    },
    "mysql": {"charset", "connect_timeout", "read_timeout", "unix_socket", "write_timeout"},
}
_EXTRAS["mariadb"] = _EXTRAS["mysql"]


class InvalidDatabaseError(ValueError):
    """What is said about a database can't be used: a malformed URL, an unknown kind, a missing driver."""


@dataclass(frozen=True)
class ConnectionParts:
    """A database's address in the fields of an Airflow connection.

    :param conn_type: ``postgres``, ``mysql``, ``sqlite``, or another name that SQLAlchemy has a dialect for
    :param host: a host name, the folder of a unix socket (it begins with ``/``), or the path of a SQLite file
    :param schema: name of the database; a SQLite file's path when there is no host
    :param extra: settings for the driver, such as ``sslmode``; those that are none are left out
    """

    conn_type: str
    host: str | None = None
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    schema: str | None = None
    port: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def url(self) -> URL:
        """Give the address as SQLAlchemy writes it, without a driver unless ``conn_type`` names one."""
        dialect, plus, driver = self.conn_type.lower().replace("-", "_").partition("+")
        dialect = "postgresql" if dialect == "postgres" else dialect
        if dialect == "sqlite":
            return self._sqlite_url(dialect + plus + driver)
        query = {key: str(value) for key, value in self.extra.items() if key in _EXTRAS.get(dialect, ())}
        host = self.host or None
        if host is not None and host.startswith("/"):
            query["host" if dialect == "postgresql" else "unix_socket"] = host
            host = None
        return URL.create(
            dialect + plus + driver,
            username=self.login or None,
            password=self.password or None,
            host=host,
            port=self.port,
            database=self.schema or None,
            query=query,
        )

    def _sqlite_url(self, drivername: str) -> URL:
        path = "/".join(part for part in (self.host, self.schema) if part)
        if not self.extra:
            return URL.create(drivername, database=path or None)
        query = {key: str(value) for key, value in self.extra.items()}
        return URL.create(drivername, database=f"file:{quote(path)}", query={**query, "uri": "true"})


def parse_url(text: str, where: str) -> URL:
    try:
        return make_url(text)
    except (ArgumentError, ValueError):
        # Neither the text nor SQLAlchemy's message may be shown: nobody knows which part is the password.
        scheme, _, rest = text.partition("://")
        shown = f"{scheme}://...@{mask(rest.rpartition('@')[2])}" if "@" in rest else f"{scheme}://..."
        raise InvalidDatabaseError(
            f"{where} ({shown}) can't be read; it should look like postgresql://user:password@host:5432/db, "
            "and special characters of the password should be percent-encoded"
        ) from None


def airflow_parts(value: str, where: str) -> ConnectionParts:
    """Read a connection in one of the forms that Airflow takes from the environment."""
    if value.startswith("{"):
        return _airflow_json(value, where)
    try:
        parts = urlsplit(value)
        netloc = parts.netloc.rpartition("@")[2]
        # urlsplit's own hostname is in lower case, which a path must not be.
        host = netloc[1:].partition("]")[0] if netloc.startswith("[") else netloc.partition(":")[0]
        query: dict[str, Any] = dict(parse_qsl(parts.query, keep_blank_values=True))
        extra = json.loads(query["__extra__"]) if "__extra__" in query else query
        if not parts.scheme or "://" not in value or not isinstance(extra, dict):
            _unreadable(where)
        return ConnectionParts(
            conn_type=parts.scheme,
            host=unquote(host),
            login=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            schema=unquote(parts.path[1:]),
            port=parts.port,
            extra=extra,
        )
    except InvalidDatabaseError:
        raise
    except ValueError:
        _unreadable(where)


def _airflow_json(value: str, where: str) -> ConnectionParts:
    try:
        fields = json.loads(value)
        extra = fields.get("extra") or {}
        return ConnectionParts(
            conn_type=str(fields["conn_type"]),
            host=fields.get("host"),
            login=fields.get("login"),
            password=fields.get("password"),
            schema=fields.get("schema"),
            port=int(fields["port"]) if fields.get("port") else None,
            extra=dict(json.loads(extra) if isinstance(extra, str) else extra),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        _unreadable(where)


def _unreadable(where: str) -> NoReturn:
    raise InvalidDatabaseError(
        f"{where} is not an Airflow connection; it should be a URI, postgres://user:password@host:5432/name "
        'with each part percent-encoded, or JSON, {"conn_type": "postgres", "host": ...}'
    ) from None


def configured(name: str) -> str | None:
    """Read a name's URL from Luigi's configuration, where a percent sign need not be doubled."""
    config = get_config()
    try:
        try:
            value = config.get(CONFIG_SECTION, name, None)
        except InterpolationError:
            raw = config.get(CONFIG_SECTION, name, None, raw=True)
            value = re.sub(r"\$\{([^}]+)\}", lambda match: os.environ[match[1]], raw)
    except KeyError as error:
        raise InvalidDatabaseError(
            f"[{CONFIG_SECTION}] {name} in Luigi's configuration refers to the environment variable "
            f"{error.args[0]}, which isn't set"
        ) from None
    return str(value).strip() if value else None


def with_driver(url: URL, where: str) -> URL:
    """Give the URL with a driver that is there, or say what is missing."""
    if url.password:
        announce(str(url.password))
    dialect, plus, driver = url.drivername.partition("+")
    if dialect == "postgres":
        dialect = "postgresql"
        url = url.set(drivername=dialect + plus + driver)
    if not driver and dialect in DRIVERS:
        for module, driver in DRIVERS[dialect]:
            candidate = url.set(drivername=f"{dialect}+{driver}")
            if importlib.util.find_spec(module) and _has_dialect(candidate):
                return candidate
        wanted = " or ".join(module for module, _ in DRIVERS[dialect])
        raise InvalidDatabaseError(f"{where} needs a driver for {dialect}: install {wanted}")
    if not _has_dialect(url):
        raise InvalidDatabaseError(
            f'{where} is of the kind "{url.drivername}", for which SQLAlchemy has no dialect here; '
            "postgresql, mysql, mariadb and sqlite are known to work"
        )
    return url


def _has_dialect(url: URL) -> bool:
    try:
        url.get_dialect()
    except NoSuchModuleError:
        return False
    return True
