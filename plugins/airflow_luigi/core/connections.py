"""Named databases: a pipeline says ``words_db``, and where it runs decides which database that is.

:func:`resolve` turns a name into a SQLAlchemy URL, :func:`engine` and :func:`connect` open it, with waits
that end and errors that never hold a password. Nothing here knows Airflow: whoever does registers a resolver
with :func:`~airflow_luigi.core.resolvers.use_resolver`.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool, Pool

from airflow_luigi.core.database_url import (
    CONFIG_SECTION,
    DRIVERS,
    InvalidDatabaseError,
    airflow_parts,
    configured,
    parse_url,
    with_driver,
)
from airflow_luigi.core.resolvers import DatabaseUnavailableError, UnknownDatabaseError, current
from airflow_luigi.core.secrets import HIDDEN, mask

ENVIRONMENT_PREFIX = "AIRFLOW_CONN_"

# Seconds. SQLite's is long because a writer locks the whole file for as long as it loads.
CONNECT_TIMEOUT = 10
SQLITE_LOCK_TIMEOUT = 60

# An execution option for a connection whose next transactions will write. It can't be SQLAlchemy's
# isolation_level: on MariaDB that is set back with a COMMIT, which would also commit what a failed load left.
WRITES = "airflow_luigi_writes"


def resolve(database: str) -> URL:
    """Find out which database is meant.

    :param database: a SQLAlchemy URL (it has ``://`` in it), or a name. A name is looked up with the resolver
        of :func:`~airflow_luigi.core.resolvers.use_resolver`, then in the environment variable
        ``AIRFLOW_CONN_<NAME>`` in either of Airflow's forms (a URI, or JSON), then as ``name = url`` in the
        section ``[connections]`` of Luigi's configuration.
    :return: the URL, with a driver that is installed where it named none (SQLAlchemy 2.1 would send a bare
        ``postgresql://`` to psycopg 3, older ones to psycopg2).
    :raises UnknownDatabaseError: nobody knows the name
    :raises InvalidDatabaseError: what was found can't be used
    :raises DatabaseUnavailableError: the resolver failed, or the process which has it did not answer
    """
    if "://" in database:
        return with_driver(parse_url(database, "The database URL"), "The database URL")
    places = []
    if (session := current()) is not None:
        places.append(session.place)
        url = session.look_up(database)
        if url is not None:
            return url
    variable = ENVIRONMENT_PREFIX + database.upper()
    places.append(f"the environment variable {variable}")
    if connection := os.environ.get(variable, "").strip():
        where = f"The environment variable {variable}"
        return with_driver(airflow_parts(connection, where).url(), where)
    places.append(f"[{CONFIG_SECTION}] in Luigi's configuration")
    if url_text := configured(database):
        where = f"[{CONFIG_SECTION}] {database} in Luigi's configuration"
        return with_driver(parse_url(url_text, where), where)
    raise UnknownDatabaseError(
        f'There is no database "{database}". Looked at: {", ".join(places)}. '
        f'A URL ("postgresql://user@host/name") works in place of a name.'
    )


def known_url(database: str) -> URL | None:
    """Give a database's URL, as far as it can be told without asking anybody.

    :param database: a URL, or a name. One that a resolver would have to be asked for is not looked up.
    :return: as :func:`resolve`, though a URL is given as it stands; None for one that can't be told.
    """
    try:
        if "://" in database:
            return parse_url(database, "The database URL")
        if (session := current()) is not None and not session.knows(database):
            return None
        return resolve(database)
    except (UnknownDatabaseError, InvalidDatabaseError, DatabaseUnavailableError):
        return None


def engine(database: str) -> Engine:
    """Give the engine of a database; a process has one for each database.

    - Connecting to a server takes 10 s at most, unless the URL says otherwise (``?connect_timeout=``), also
      when the server takes the connection and then says nothing.
    - On SQLite, a lock is waited for up to 60 s, and transactions hold DDL as well (Python's driver would
      commit before it, see SQLAlchemy's "Serializable isolation / Savepoints / Transactional DDL").
    - A forked child doesn't touch the connections that it inherits.

    :param database: a name or a URL, see :func:`resolve`
    :raises InvalidDatabaseError: also when the driver that the URL names isn't installed. Connecting raises
        :class:`DatabaseUnavailableError`.
    """
    url = resolve(database)
    with _engines_lock:
        if (database, url) not in _engines:
            _engines[database, url] = _create_engine(database, url)
        return _engines[database, url]


@contextlib.contextmanager
def connect(database: str, *, create: bool = False) -> Iterator[Connection]:
    """Connect to a database; what isn't committed in the block is rolled back at its end.

    :param database: a name or a URL, see :func:`resolve`
    :param create: whether a SQLite file that isn't there may be created
    :raises DatabaseUnavailableError: the server doesn't answer or refuses the password, or the SQLite file or
        its folder isn't there. The message is one line.
    """
    opened = engine(database)
    path = sqlite_file(opened.url)
    if path is not None and not create and not path.exists():
        raise DatabaseUnavailableError(_unavailable(database, opened.url, f"there is no file {path}"))
    try:
        connection = opened.connect()
    except DBAPIError as error:
        raise DatabaseUnavailableError(_unavailable(database, opened.url, error.orig or error)) from None
    with connection:
        yield connection


def sqlite_file(url: URL) -> Path | None:
    """Give the file of a SQLite database; None for one in memory, and for other databases."""
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    path, query = url.database, url.query
    if path.startswith("file:"):
        path = unquote(urlsplit(path).path)
        if query.get("mode") == "memory":
            return None
    return None if path in ("", ":memory:") else Path(path)


_engines: dict[tuple[str, URL], Engine] = {}
_engines_lock = threading.Lock()
# Pools that a child inherited are kept to its end: closing a connection that both have could end the parent's
# session, or roll back a SQLite transaction that is none of the child's.
_inherited_pools: list[Pool] = []


def _after_fork_in_child() -> None:
    global _engines_lock  # another thread may have held it at the fork
    _engines_lock = threading.Lock()
    for opened in _engines.values():
        if opened.dialect.name != "sqlite" or sqlite_file(opened.url) is not None:
            _inherited_pools.append(opened.pool)
            opened.dispose(close=False)


os.register_at_fork(after_in_child=_after_fork_in_child)


def _create_engine(database: str, url: URL) -> Engine:
    dialect = url.get_backend_name()
    path = sqlite_file(url)
    options: dict[str, Any] = {}
    wanted: dict[str, Any] = {}
    if dialect == "sqlite":
        wanted["timeout"] = SQLITE_LOCK_TIMEOUT
        if path is not None:
            # A pooled connection would go on with a file that somebody has deleted.
            options["poolclass"] = NullPool
    elif dialect in DRIVERS:
        wanted["connect_timeout"] = CONNECT_TIMEOUT
        options["pool_pre_ping"] = True
    options["connect_args"] = {key: value for key, value in wanted.items() if key not in url.query}
    try:
        created = create_engine(url, future=True, **options)
    except (ImportError, ArgumentError) as error:
        reason = _one_line(_without(url.password, str(error)))
        raise InvalidDatabaseError(f"{_described(database, url)} can't be used: {reason}") from None

    def do_connect(dialect: Any, record: Any, cargs: Any, cparams: dict[str, Any]) -> Any:  # noqa: ARG001
        if path is not None and not path.absolute().parent.is_dir():
            reason = f"there is no folder {path.absolute().parent}"
            raise DatabaseUnavailableError(_unavailable(database, url, reason))
        silence = created.driver == "pymysql" and not cparams.get("read_timeout")
        if silence:
            # Its connect_timeout ends with the TCP connection: a server that then says nothing is waited for
            # without end.
            cparams["read_timeout"] = cparams.get("connect_timeout", CONNECT_TIMEOUT)
        try:
            connection = dialect.connect(*cargs, **cparams)
        except Exception as error:  # drivers raise more than their own errors: RuntimeError, UnicodeError
            raise DatabaseUnavailableError(_unavailable(database, url, error)) from None
        if silence:
            connection._read_timeout = None
        if created.dialect.name == "sqlite":
            connection.isolation_level = None
        return connection

    event.listen(created, "do_connect", do_connect)
    event.listen(created, "begin", _begin)
    return created


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    if connection.dialect.name == "sqlite":
        # One that begins by reading and then writes can't wait for another writer: it fails at once.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
    elif writes and connection.dialect.name in ("mysql", "mariadb"):
        # The default, REPEATABLE READ, locks the gaps between rows: loads of neighbouring dates deadlock.
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")


def _described(database: str, url: URL) -> str:
    shown = mask(url.render_as_string(hide_password=True))
    return f"The database {shown}" if "://" in database else f'The database "{database}" ({shown})'


def _unavailable(database: str, url: URL, reason: object) -> str:
    if isinstance(reason, Exception) and len(reason.args) == 2:  # MySQL's drivers: a number and a text
        reason = f"{reason.args[1]} ({reason.args[0]})"
    said = _without(url.password, _one_line(str(reason))) or type(reason).__name__
    return f"{_described(database, url)} is not available: {said}"


def _without(password: object, text: str) -> str:
    return text.replace(str(password), HIDDEN) if password else text


def _one_line(text: str) -> str:
    return " ".join(text.split())
