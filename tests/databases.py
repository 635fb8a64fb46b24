"""Databases for tests, as a pytest plugin: ``pytest_plugins = ["tests.databases"]``.

``database_url`` runs a test once on each kind; ``sqlite_url``, ``postgresql_url`` and ``mariadb_url`` give
one of a kind. Each test has an empty database of its own.
"""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

from airflow_luigi.core import connections
from local_airflow.postgres import LocalPostgres

KINDS = ("sqlite", "postgresql", "mariadb")

DEFAULT_MARIADB = "mysql+pymysql://root@127.0.0.1:3306"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[LocalPostgres]:
    """A PostgreSQL server from a wheel: every machine has it, so no test that needs it is skipped."""
    # Not in pytest's folder: under root, the server is another user's, and whenever another pytest starts it
    # shuts that folder to other users.
    with (
        tempfile.TemporaryDirectory(prefix="luigi-tests-") as folder,
        LocalPostgres(Path(folder) / "data") as server,
    ):
        yield server


@pytest.fixture(scope="session")
def mariadb_server() -> URL:
    """The address of a MariaDB server: ``MARIADB_URL``, or root without a password on this machine."""
    url = make_url(os.environ.get("MARIADB_URL", DEFAULT_MARIADB))
    try:
        execute_on(url, "SELECT 1")
    except sa.exc.OperationalError as error:
        reason = f"no MariaDB server at {url.render_as_string()} (set MARIADB_URL): {error.orig}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> Iterator[str]:
    """A SQLite file that isn't there yet."""
    yield f"sqlite:///{tmp_path / 'test.db'}"
    forget_engines()


@pytest.fixture
def postgresql_url(postgres_server: LocalPostgres) -> Iterator[str]:
    """An empty PostgreSQL database."""
    name = _unique_name()
    postgres_server.create_database(name)
    yield postgres_server.url(name).render_as_string(hide_password=False)
    forget_engines()
    postgres_server.drop_database(name)


@pytest.fixture
def mariadb_url(mariadb_server: URL) -> Iterator[str]:
    """An empty MariaDB database; what the server does by default with case and spaces applies."""
    name = _unique_name()
    execute_on(mariadb_server, f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    yield mariadb_server.set(database=name).render_as_string(hide_password=False)
    forget_engines()
    execute_on(mariadb_server, f"DROP DATABASE {name}")


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database of each kind in turn."""
    return str(request.getfixturevalue(f"{request.param}_url"))


def execute_on(url: URL, statement: str) -> None:
    """Execute a statement that no transaction may hold."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 5})
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
    finally:
        engine.dispose()


def forget_engines() -> None:
    """Close what this process has open, so that a database can be dropped."""
    for engine in connections._engines.values():
        engine.dispose()
    connections._engines.clear()


def _unique_name() -> str:
    return f"luigi_{uuid.uuid4().hex[:16]}"
