"""Named databases: where a name is looked up, what children do, and what an error says."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import pickle
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from luigi.configuration import LuigiConfigParser
from sqlalchemy.engine import URL, make_url

from airflow_luigi.core import connections
from airflow_luigi.core.connections import connect, engine, resolve
from airflow_luigi.core.database_url import InvalidDatabaseError
from airflow_luigi.core.resolvers import DatabaseUnavailableError, UnknownDatabaseError, use_resolver
from local_airflow.postgres import LocalPostgres
from tests.processes import in_a_child

SECRET = "s3cret-pa55"


Configure = Callable[[str, str], None]


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch) -> Configure:
    """Write a name and its URL into a ``luigi.cfg``."""
    config = LuigiConfigParser()
    monkeypatch.setattr(LuigiConfigParser, "_instance", config)
    return lambda name, url: config.read_string(f"[connections]\n{name} = {url}\n")


@pytest.fixture(autouse=True)
def _no_engines_left() -> Iterator[None]:
    yield
    for opened in connections._engines.values():
        opened.dispose()
    connections._engines.clear()


@contextlib.contextmanager
def silent_server() -> Iterator[int]:
    """A port where the system takes connections, and nobody ever says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


class TestWhatAUrlStandsFor:
    def test_a_url_needs_no_lookup(self) -> None:
        with use_resolver(lambda _: pytest.fail("a URL was looked up")):
            assert resolve("sqlite:////tmp/x.db") == make_url("sqlite:////tmp/x.db")

    @pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
    def test_a_bare_postgresql_url_gets_the_driver_that_is_installed(self, scheme: str) -> None:
        assert resolve(f"{scheme}://u:p@h/db").drivername == "postgresql+psycopg2"

    def test_psycopg_3_is_taken_when_psycopg2_is_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        without(monkeypatch, "psycopg2", present=["psycopg"])
        if sa.__version__.startswith("1."):
            with pytest.raises(InvalidDatabaseError, match="install psycopg2 or psycopg"):
                resolve("postgresql://u@h/db")
        else:
            assert resolve("postgresql://u@h/db").drivername == "postgresql+psycopg"

    @pytest.mark.parametrize("scheme", ["mysql", "mariadb"])
    def test_a_bare_mysql_url_gets_the_driver_that_is_installed(self, scheme: str) -> None:
        assert resolve(f"{scheme}://u:p@h/db").drivername == f"{scheme}+pymysql"

    def test_mysqlclient_is_taken_when_pymysql_is_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        without(monkeypatch, "pymysql", present=["MySQLdb"])
        assert resolve("mysql://u@h/db").drivername == "mysql+mysqldb"

    def test_a_driver_that_the_url_names_is_left_alone(self) -> None:
        assert resolve("mysql+mysqldb://u@h/db").drivername == "mysql+mysqldb"

    def test_a_missing_driver_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        without(monkeypatch, "psycopg2", "psycopg")
        with pytest.raises(InvalidDatabaseError, match="install psycopg2 or psycopg"):
            resolve(f"postgresql://u:{SECRET}@h/db")

    def test_a_driver_that_is_named_and_missing_is_an_error_without_the_password(self) -> None:
        with pytest.raises(InvalidDatabaseError, match="MySQLdb") as caught:
            engine(f"mysql+mysqldb://u:{SECRET}@h/db")
        assert SECRET not in str(caught.value)

    @pytest.mark.parametrize(
        "url",
        [
            f"postgresql://u:{SECRET}@host:port/db",
            f"postgresql://u:{SECRET}/db",
            f"postgresql://u:a@{SECRET}:b@host:x/db",
            f"://u:{SECRET}@host/db",
            f"nosuch://u:{SECRET}@host/db",
            f"postgresql+nosuch://u:{SECRET}@host/db",
        ],
    )
    def test_a_url_that_is_no_url_is_one_line_without_the_password(self, url: str) -> None:
        with pytest.raises(InvalidDatabaseError) as caught:
            resolve(url)
        assert SECRET not in str(caught.value)
        assert "\n" not in str(caught.value)
        assert caught.value.__cause__ is None

    def test_an_unknown_kind_is_named(self) -> None:
        with pytest.raises(InvalidDatabaseError, match=r'"nosuch".*no dialect'):
            resolve("nosuch://h/db")


class TestWhereANameIsLookedUp:
    def test_the_resolver_comes_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AIRFLOW_CONN_WORDS_DB", "sqlite:////from/environment")
        with use_resolver(lambda name: make_url(f"sqlite:////from/resolver/{name}")):
            assert resolve("words_db").database == "/from/resolver/words_db"

    def test_what_the_resolver_does_not_know_is_looked_for_in_the_environment(
        self, monkeypatch: pytest.MonkeyPatch, configure: Configure
    ) -> None:
        configure("words_db", "sqlite:////from/config")
        monkeypatch.setenv("AIRFLOW_CONN_WORDS_DB", "sqlite:////from/environment")
        with use_resolver(lambda _: None):
            assert resolve("words_db").database == "/from/environment"

    def test_luigis_configuration_is_the_last_place(self, configure: Configure) -> None:
        configure("words_db", "sqlite:////from/config")
        assert resolve("words_db").database == "/from/config"

    @pytest.mark.parametrize("password", ["p%40ss", "p%%40ss"])
    def test_percent_signs_in_luigis_configuration_may_be_doubled_or_not(
        self, configure: Configure, password: str
    ) -> None:
        configure("words_db", f"postgresql://u:{password}@h/db")
        assert resolve("words_db").password == "p@ss"

    def test_luigis_configuration_may_take_the_password_from_the_environment(
        self, configure: Configure, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("WORDS_PASSWORD", SECRET)
        configure("plain", "postgresql://u:${WORDS_PASSWORD}@h/db")
        configure("encoded", "postgresql://a%40b:${WORDS_PASSWORD}@h/db")
        assert resolve("plain").password == SECRET
        assert resolve("encoded").password == SECRET

    @pytest.mark.parametrize("user", ["u", "a%40b"])
    def test_a_variable_that_is_not_set_is_named(self, configure: Configure, user: str) -> None:
        configure("words_db", f"postgresql://{user}:${{NO_SUCH_VARIABLE}}{SECRET}@h/db")
        with pytest.raises(InvalidDatabaseError, match="NO_SUCH_VARIABLE") as caught:
            resolve("words_db")
        assert SECRET not in str(caught.value)

    @pytest.mark.parametrize("name", ["words_db", "", "no such name"])
    def test_an_unknown_name_is_an_error_that_says_where_was_looked(
        self,
        name: str,
        configure: Configure,  # an empty configuration
    ) -> None:
        with pytest.raises(UnknownDatabaseError) as caught, use_resolver(lambda _: None, "the test's names"):
            resolve(name)
        said = str(caught.value)
        assert f'"{name}"' in said
        for place in ("the test's names", f"AIRFLOW_CONN_{name.upper()}", "[connections]"):
            assert place in said

    def test_a_malformed_url_in_the_configuration_names_its_place_and_no_password(
        self, configure: Configure
    ) -> None:
        configure("words_db", f"postgresql://u:{SECRET}@h:port/db")
        with pytest.raises(InvalidDatabaseError, match=r"\[connections\] words_db") as caught:
            resolve("words_db")
        assert SECRET not in str(caught.value)


class TestAirflowsFormsInTheEnvironment:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("postgres://u:p%40s%2Fs@h:5433/db", "postgresql+psycopg2://u:p%40s%2Fs@h:5433/db"),
            ("postgresql://u@h/db?sslmode=require&cursor=x", "postgresql+psycopg2://u@h/db?sslmode=require"),
            ("postgres://u@%2Frun%2Fpg/db", "postgresql+psycopg2://u@/db?host=%2Frun%2Fpg"),
            (
                "postgres://u@/db?__extra__=%7B%22host%22%3A+%22%2Frun%22%7D",
                "postgresql+psycopg2://u@/db?host=/run",
            ),
            ("postgres://u@[::1]:5433/db", "postgresql+psycopg2://u@[::1]:5433/db"),
            ("mysql://u:p@h/db?charset=utf8mb4", "mysql+pymysql://u:p@h/db?charset=utf8mb4"),
            ("mysql://u@%2Frun%2Fmy.sock/db", "mysql+pymysql://u@/db?unix_socket=%2Frun%2Fmy.sock"),
            ("mariadb://u:p@h/db", "mariadb+pymysql://u:p@h/db"),
            ("sqlite:////Abs/Path/x.db", "sqlite:////Abs/Path/x.db"),
            ("sqlite:///Rel/x.db", "sqlite:///Rel/x.db"),
            ("sqlite://%2FAbs%2Fx.db", "sqlite:////Abs/x.db"),
            ("sqlite://", "sqlite://"),
        ],
    )
    def test_a_uri_is_understood(self, monkeypatch: pytest.MonkeyPatch, value: str, expected: str) -> None:
        monkeypatch.setenv("AIRFLOW_CONN_WORDS_DB", value)
        assert resolve("words_db") == make_url(expected)

    def test_json_is_understood(self, monkeypatch: pytest.MonkeyPatch) -> None:
        fields = {
            "conn_type": "postgres",
            "host": "h",
            "login": "u",
            "password": "p@s/s %",
            "schema": "db",
            "port": "5433",
            "extra": {"sslmode": "require", "cursor": "dictcursor"},
        }
        expected = URL.create("postgresql+psycopg2", "u", "p@s/s %", "h", 5433, "db", {"sslmode": "require"})
        for extra in (fields["extra"], json.dumps(fields["extra"])):
            monkeypatch.setenv("AIRFLOW_CONN_WORDS_DB", json.dumps({**fields, "extra": extra}))
            assert resolve("words_db") == expected

    def test_a_sqlite_file_may_be_opened_for_reading_only(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        path = tmp_path / "a file.db"
        with connect(f"sqlite:///{path}", create=True) as connection:
            connection.execute(sa.text("CREATE TABLE t (a INTEGER)"))
            connection.commit()
        monkeypatch.setenv("AIRFLOW_CONN_WORDS_DB", f"sqlite://{quote(str(path), safe='')}?mode=ro")
        assert connections.sqlite_file(resolve("words_db")) == path
        with connect("words_db") as connection, pytest.raises(sa.exc.OperationalError, match="readonly"):
            connection.execute(sa.text("INSERT INTO t VALUES (1)"))

    @pytest.mark.parametrize(
        "value",
        [
            f"u:{SECRET}@h/db",
            f"postgres://u:{SECRET}@h:port/db",
            f"postgres://u:{SECRET}@[h/db",
            f"postgres://u:{SECRET}@h/db?__extra__={SECRET}",
            f"postgres://u:{SECRET}@h/db?__extra__=[1]",
            '{"conn_type": "postgres", "password": "' + SECRET,
            '{"password": "' + SECRET + '"}',
            '{"conn_type": "postgres", "port": "x", "password": "' + SECRET + '"}',
            '{"conn_type": "http", "host": "h", "password": "' + SECRET + '"}',
        ],
    )
    def test_what_is_neither_names_the_variable_and_no_password(
        self, monkeypatch: pytest.MonkeyPatch, value: str
    ) -> None:
        monkeypatch.setenv("AIRFLOW_CONN_WORDS_DB", value)
        with pytest.raises(InvalidDatabaseError, match="AIRFLOW_CONN_WORDS_DB") as caught:
            resolve("words_db")
        assert SECRET not in str(caught.value)

    @given(st.text(min_size=1, alphabet=st.characters(exclude_categories=["Cs", "Cc"])))
    def test_any_password_comes_through_both_forms(self, password: str) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AIRFLOW_CONN_WORDS_DB", f"postgres://u:{quote(password, safe='')}@h/db")
            assert resolve("words_db").password == password
            patch.setenv("AIRFLOW_CONN_WORDS_DB", json.dumps({"conn_type": "postgres", "password": password}))
            assert resolve("words_db").password == password


class TestEngines:
    def test_a_process_has_one_engine_for_a_database(self, sqlite_url: str) -> None:
        assert engine(sqlite_url) is engine(sqlite_url)

    def test_a_child_does_not_touch_the_connections_that_it_inherits(self, database_url: str) -> None:
        with connect(database_url, create=True) as connection:
            connection.execute(sa.text("CREATE TABLE t (a INTEGER)"))
            connection.commit()
            connection.execute(sa.text("INSERT INTO t VALUES (1)"))

            def count_and_leave() -> int:
                with engine(database_url).connect() as own:
                    return int(own.execute(sa.text("SELECT count(*) FROM t")).scalar_one())

            assert in_a_child(count_and_leave) == 0
            connection.commit()
        assert in_a_child(count_and_leave) == 1
        with connect(database_url) as connection:
            assert connection.execute(sa.text("SELECT count(*) FROM t")).scalar_one() == 1

    def test_an_engine_that_was_kept_from_before_the_fork_works_in_the_child(self, database_url: str) -> None:
        kept = engine(database_url)

        def backend() -> Any:
            with kept.connect() as connection:
                return server_session(connection)

        ours = backend()
        assert ours is None or in_a_child(backend) != ours
        assert backend() == ours

    def test_ddl_on_sqlite_is_part_of_the_transaction(self, sqlite_url: str) -> None:
        with connect(sqlite_url, create=True) as connection:
            connection.execute(sa.text("CREATE TABLE t (a INTEGER)"))
            connection.rollback()
            assert not sa.inspect(connection).has_table("t")

    def test_a_database_in_memory_lives_as_long_as_the_process(self) -> None:
        with connect("sqlite://") as connection:
            connection.execute(sa.text("CREATE TABLE t (a INTEGER)"))
            connection.commit()
        with connect("sqlite://") as connection:
            assert sa.inspect(connection).has_table("t")

    def test_a_url_that_says_how_long_to_wait_is_heeded(self) -> None:
        with silent_server() as port:
            start = time.monotonic()
            with (
                pytest.raises(DatabaseUnavailableError),
                connect(f"postgresql://u@127.0.0.1:{port}/db?connect_timeout=2"),
            ):
                pass
            assert time.monotonic() - start < 8


class TestADatabaseThatIsNotThere:
    def test_reading_a_sqlite_file_that_is_missing_creates_nothing(self, tmp_path: Path) -> None:
        path = tmp_path / "folder" / "x.db"
        with (
            pytest.raises(DatabaseUnavailableError, match=f"there is no file {path}"),
            connect(f"sqlite:///{path}"),
        ):
            pass
        assert list(tmp_path.iterdir()) == []

    def test_writing_into_a_folder_that_is_missing_names_the_folder(self, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'folder' / 'x.db'}"
        message = f"is not available: there is no folder {tmp_path / 'folder'}$"
        with pytest.raises(DatabaseUnavailableError, match=message), connect(url, create=True):
            pass
        with pytest.raises(DatabaseUnavailableError, match=message), engine(url).connect():
            pass

    def test_servers_that_never_answer_are_given_up_after_ten_seconds(self) -> None:
        drivers = ["postgresql+psycopg2", "mysql+pymysql"]

        def attempt(driver: str) -> tuple[str, float]:
            with silent_server() as port:
                start = time.monotonic()
                with (
                    pytest.raises(DatabaseUnavailableError) as caught,
                    connect(f"{driver}://u:{SECRET}@127.0.0.1:{port}/db"),
                ):
                    pass
                return str(caught.value), time.monotonic() - start

        with ThreadPoolExecutor(len(drivers)) as threads:
            for said, seconds in threads.map(attempt, drivers):
                assert seconds < 15
                assert "u:***@127.0.0.1" in said
                assert SECRET not in said
                assert "\n" not in said

    def test_a_query_may_take_longer_than_connecting(self, mariadb_url: str) -> None:
        with connect(f"{mariadb_url}?connect_timeout=1") as connection:
            assert connection.execute(sa.text("SELECT sleep(1.5)")).scalar_one() == 0

    @pytest.mark.parametrize("driver", ["postgresql+psycopg2", "mysql+pymysql"])
    def test_a_port_that_nobody_listens_on_is_one_line(self, driver: str) -> None:
        with silent_server() as port:
            pass
        with (
            pytest.raises(DatabaseUnavailableError, match="refused") as caught,
            connect(f"{driver}://u:{SECRET}@127.0.0.1:{port}/db"),
        ):
            pass
        assert SECRET not in str(caught.value)
        assert "\n" not in str(caught.value)

    def test_postgresql_refusing_the_password_names_the_database_and_the_reason(
        self, postgres_server: LocalPostgres, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        postgres_server.create_role("reader", "right")
        right = f"postgresql://reader:right@127.0.0.1:{postgres_server.port}/postgres"
        with connect(right) as connection:
            assert connection.execute(sa.text("SELECT 1")).scalar_one() == 1
        monkeypatch.setenv("AIRFLOW_CONN_WORDS_DB", right.replace("right", SECRET))
        with pytest.raises(DatabaseUnavailableError) as caught, connect("words_db"):
            pass
        assert refusal(caught.value, 'database "words_db" (postgresql+psycopg2://reader:***@127.0.0.1')
        assert "password authentication failed" in str(caught.value)

    def test_mariadb_refusing_the_password_names_the_database_and_the_reason(
        self, mariadb_server: URL, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wrong = mariadb_server.set(username="no_such_user", password=SECRET)
        monkeypatch.setenv("AIRFLOW_CONN_WORDS_DB", wrong.render_as_string(hide_password=False))
        with pytest.raises(DatabaseUnavailableError) as caught, connect("words_db"):
            pass
        assert refusal(caught.value, 'database "words_db" (mysql+pymysql://no_such_user:***@')
        assert "Access denied" in str(caught.value)

    def test_the_errors_travel_between_processes(self) -> None:
        for kind in (InvalidDatabaseError, UnknownDatabaseError, DatabaseUnavailableError):
            assert str(pickle.loads(pickle.dumps(kind("why")))) == "why"


def refusal(error: Exception, beginning: str) -> bool:
    said = str(error)
    return beginning in said and SECRET not in said and "\n" not in said


def server_session(connection: sa.engine.Connection) -> Any:
    """What the server calls this connection; None for SQLite, which has no server."""
    query = {"postgresql": "SELECT pg_backend_pid()", "mysql": "SELECT connection_id()"}.get(
        connection.dialect.name
    )
    return connection.execute(sa.text(query)).scalar_one() if query else None


def without(monkeypatch: pytest.MonkeyPatch, *missing: str, present: list[str] | None = None) -> None:
    """Pretend that modules aren't installed, and that others are."""
    find_spec = importlib.util.find_spec

    def pretend(name: str) -> Any:
        if name in missing:
            return None
        return object() if name in (present or ()) else find_spec(name)

    monkeypatch.setattr(importlib.util, "find_spec", pretend)
