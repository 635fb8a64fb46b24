"""Addresses of Luigi's targets, as URIs that hold no credentials.

A target is known by its class's name: importing ``luigi.contrib`` only to compare classes would need what its
modules need. Where Airflow's providers have a form for asset URIs (file, s3, gs, postgres, mysql, bigquery),
it is that form.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import luigi
from luigi.configuration import get_config
from luigi.task import flatten

from airflow_luigi.core.secrets import mask

logger = logging.getLogger(__name__)

Hide = Callable[[str], str]

# What a path may hold as it stands. Not the "@": behind a port it would look like a password's end.
_IN_PATH = "/:!$&'()*+,;=~"
_IN_SEGMENT = _IN_PATH.replace("/", "")

_HOST_AND_PORT = re.compile(r"[^@:/]*:\d{1,5}")

_DEFAULT_PORTS = {"postgres": 5432, "redshift": 5439, "mysql": 3306}
_DIALECTS = {"postgresql": "postgres", "mariadb": "mysql"}
_SCHEMES = {"s3a": "s3", "s3n": "s3"}


def output_uris(task: luigi.Task, hide: Hide = str) -> tuple[str, ...]:
    """Give the URIs of a task's targets; those without an address are left out.

    It calls ``task.output()``. If that raises, the reason is logged and there are none.

    :param hide: takes the secrets out of a text.
    """
    try:
        return tuple(_uris(flatten(task.output()), hide))
    except Exception as error:
        reason = hide(f"{type(error).__name__}: {error}")
        logger.warning("output() of %s was asked for its targets, and failed: %s", task.task_family, reason)
        return ()


def _uris(targets: list[Any], hide: Hide) -> Iterator[str]:
    for target in targets:
        try:
            uri = target_uri(target, hide)
        except Exception as error:
            logger.debug("No URI for a %s: %s", type(target).__name__, type(error).__name__)
            continue
        if uri is not None:
            yield uri


def target_uri(target: Any, hide: Hide = str) -> str | None:
    """Give a target's URI, percent-encoded; None if it has no address.

    - ``file:///path``, ``s3://bucket/key``, ``gs://bucket/key``, ``hdfs://namenode:port/path`` (``hdfs:///path``
      where neither the path nor luigi's configuration has the name)
    - ``postgres://host:port/database/schema/table``, ``mysql://host:port/database/table``,
      ``sqlite:///path?table=name``, ``bigquery://project/dataset/table``
    - a database that is known by its name only: ``database://name/table``. A name is not looked up for this;
      in a build the checks for completeness have done so before.
    - any other target with a path: the path's own scheme, or else the class's name, as ``dropbox:///path``

    :param hide: takes the secrets out of a text; it is given each part before it is encoded.
    """
    for base in type(target).__mro__:
        if give := _BY_CLASS.get(f"{base.__module__}.{base.__qualname__}"):
            return give(target, hide)
    path = getattr(target, "path", None)
    if not isinstance(path, (str, os.PathLike)):
        return None
    scheme = re.sub(r"[^a-z0-9]", "", type(target).__name__.lower().removesuffix("target")).lstrip(
        "0123456789"
    )
    return _path_uri(scheme or "target", "", os.fspath(path), hide)


def _path_uri(scheme: str, host: str, path: Any, hide: Hide) -> str:
    text = str(path)
    if "://" in text:
        if not _HOST_AND_PORT.fullmatch(text.split("://", 1)[1].split("/", 1)[0]):
            # A password may hold a "/", behind which a URL is split.
            text = mask(text)
        scheme, _, rest = text.partition("://")
        scheme = _SCHEMES.get(scheme.lower(), scheme.lower())
        host, slash, path = rest.partition("/")
        text = slash + path
        if scheme in ("http", "https"):
            # What signs an address is in its query.
            text = urlsplit(text).path
            host = re.split(r"[?#]", host)[0]
    elif not text.startswith("/"):
        text = f"/{text}"
    host = hide(host.rpartition("@")[2])
    return f"{scheme}://{quote(host, safe=':[]*')}{quote(hide(text), safe=_IN_PATH)}"


def _local(target: Any, hide: Hide) -> str:
    return f"file://{_absolute(target.path, hide)}"


def _absolute(path: Any, hide: Hide) -> str:
    # Links are not followed: the path stays the one that the pipeline names.
    return quote(hide(os.path.abspath(path)), safe=_IN_PATH)  # noqa: PTH100


def _hdfs(target: Any, hide: Hide) -> str | None:
    path = str(target.path)
    if "://" not in path and not path.startswith("/"):
        # In the home folder of a user that only the client knows.
        return None
    config = get_config()
    host, port = (str(config.get("hdfs", f"namenode_{key}", "") or "") for key in ("host", "port"))
    return _path_uri("hdfs", f"{host}:{port}" if host and port else host, path, hide)


def _ssh(target: Any, hide: Hide) -> str:
    return _path_uri("sftp", target.fs.remote_context.host, target.path, hide)


def _ftp(target: Any, hide: Hide) -> str:
    return _path_uri("sftp" if target.sftp else "ftp", target.fs.host, target.path, hide)


def _with_path(scheme: str) -> Callable[[Any, Hide], str]:
    return lambda target, hide: _path_uri(scheme, "", target.path, hide)


def _server_table(dialect: str) -> Callable[[Any, Hide], str]:
    return lambda target, hide: _table_uri(
        dialect, target.host, getattr(target, "port", None), target.database, target.table, hide
    )


def _sqlalchemy(target: Any, hide: Hide) -> str | None:
    return _database_uri(target.connection_string, target.target_table, hide)


def _marker(target: Any, hide: Hide) -> str | None:
    return _database_uri(target.database, target.target_table, hide)


def _bigquery(target: Any, hide: Hide) -> str:
    table = target.table
    return _joined("bigquery", table.project_id, (table.dataset_id, table.table_id), hide)


def _database_uri(database: str, table: str, hide: Hide) -> str | None:
    # Whoever has such a target has SQLAlchemy; a pipeline without one need not.
    from airflow_luigi.core.connections import known_url, sqlite_file

    url = known_url(database)
    if url is None:
        return None if "://" in database else _joined("database", database, (table,), hide)
    dialect = url.get_backend_name()
    if dialect == "sqlite":
        if (path := sqlite_file(url)) is None:
            return None
        return f"sqlite://{_absolute(path, hide)}?table={quote(hide(table), safe='')}"
    # A unix socket has no host.
    return _table_uri(
        _DIALECTS.get(dialect, dialect), url.host or "localhost", url.port, url.database, table, hide
    )


def _table_uri(
    dialect: str, host: str, port: int | str | None, database: str | None, table: str, hide: Hide
) -> str:
    schema, _, name = table.rpartition(".")
    parts = [database or "", name]
    if dialect in ("postgres", "redshift"):
        parts.insert(1, schema or "public")
    elif dialect == "mysql" and schema:
        parts[0] = schema
    elif schema:
        parts.insert(1, schema)
    port = port or _DEFAULT_PORTS.get(dialect)
    address = f"[{host}]" if host.count(":") > 1 and not host.startswith("[") else host
    return _joined(dialect, f"{address}:{port}" if port else address, parts, hide)


def _joined(scheme: str, host: str, parts: Any, hide: Hide) -> str:
    path = "/".join(quote(hide(str(part)), safe=_IN_SEGMENT) for part in parts)
    return f"{scheme}://{quote(hide(host), safe=':[]*')}/{path}"


_BY_CLASS: dict[str, Callable[[Any, Hide], str | None]] = {
    "luigi.local_target.LocalTarget": _local,
    "luigi.contrib.s3.S3Target": _with_path("s3"),
    "luigi.contrib.gcs.GCSTarget": _with_path("gs"),
    "luigi.contrib.hdfs.target.HdfsTarget": _hdfs,
    "luigi.contrib.webhdfs.WebHdfsTarget": _hdfs,
    "luigi.contrib.ssh.RemoteTarget": _ssh,
    "luigi.contrib.ftp.RemoteTarget": _ftp,
    "luigi.contrib.sqla.SQLAlchemyTarget": _sqlalchemy,
    "luigi.contrib.redshift.RedshiftTarget": _server_table("redshift"),
    "luigi.contrib.postgres.PostgresTarget": _server_table("postgres"),
    "luigi.contrib.mysqldb.MySqlTarget": _server_table("mysql"),
    "luigi.contrib.mssqldb.MSSqlTarget": _server_table("mssql"),
    "luigi.contrib.bigquery.BigQueryTarget": _bigquery,
    "airflow_luigi.core.marker.MarkerTableTarget": _marker,
}
