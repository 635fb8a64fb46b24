"""The embedded PostgreSQL, for real."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from sqlalchemy import URL, create_engine, text
from sqlalchemy.exc import OperationalError

from local_airflow.left_overs import end_server
from local_airflow.postgres import LocalPostgres
from local_airflow.processes import STATE_MARKER, belonging_to


@pytest.fixture(scope="module", params=["short", "long " + 110 * "x"])
def postgres(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LocalPostgres]:
    folder = tmp_path_factory.mktemp("postgres") / request.param
    folder.mkdir()
    env = {**os.environ, STATE_MARKER: str(folder)}
    with LocalPostgres(folder / "data", env=env) as server:
        yield server
    assert belonging_to(folder) == []


def login(server: LocalPostgres, password: str) -> URL:
    return URL.create("postgresql+psycopg2", "words", password, "127.0.0.1", server.port, "words")


def test_a_role_needs_its_password_and_the_superuser_none(postgres: LocalPostgres) -> None:
    for password in ("first", "sec'ond"):  # the second time both are there already
        postgres.create_role("words", password)
        postgres.create_database("words", owner="words")
    with create_engine(login(postgres, "sec'ond")).begin() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS mine (id int)"))
    with pytest.raises(OperationalError, match="password authentication failed"):
        create_engine(login(postgres, "first")).connect()
    with create_engine(postgres.url("words")).connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM mine")).scalar() == 0


def test_data_stays_and_a_left_over_server_is_ended(postgres: LocalPostgres) -> None:
    postgres.create_database("kept")
    again = LocalPostgres(postgres.folder, env=os.environ)
    again.start()
    try:
        with create_engine(again.url("kept")).connect() as connection:
            assert connection.execute(text("SELECT 1")).scalar() == 1
    finally:
        end_server(postgres.folder)
        postgres.start()
