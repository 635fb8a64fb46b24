"""Loads and their markers: together or not at all, once, and in luigi's own table."""

from __future__ import annotations

import contextlib
import datetime
import multiprocessing
import os
import pickle
import signal
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from luigi.configuration import LuigiConfigParser
from luigi.contrib.sqla import SQLAlchemyTarget

from airflow_luigi.core import connections, marker
from airflow_luigi.core.connections import connect
from airflow_luigi.core.marker import (
    MAX_LENGTH,
    MarkerConflictError,
    MarkerTableTarget,
    TransactionError,
    existing,
    stored,
)
from airflow_luigi.core.resolvers import DatabaseUnavailableError
from airflow_luigi.core.sqla_compat import repair

fork = multiprocessing.get_context("fork")

counts = sa.Table(
    "counts",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("word", sa.String(50)),
    sa.Column("date", sa.Date),
    sa.Column("letters", sa.Integer),
    # Begins with what all dates share, while a load deletes by the other part: where rows and the gaps
    # between them are locked, every load meets every other.
    sa.UniqueConstraint("word", "date"),
)

DAY = datetime.date(2026, 11, 1)


@pytest.fixture(autouse=True)
def _luigi_repaired() -> Iterator[None]:
    repair()
    yield
    for opened in SQLAlchemyTarget._engine_dict.values():
        opened.engine.dispose()
    SQLAlchemyTarget._engine_dict.clear()


def rows_of(day: datetime.date, number: int = 3) -> list[dict[str, Any]]:
    return [{"date": day, "word": f"word{n}", "letters": 5} for n in range(number)]


def load(url: str, day: datetime.date = DAY, number: int = 3) -> None:
    with MarkerTableTarget(url, "counts", f"counts_{day}").load(counts) as connection:
        connection.execute(counts.delete().where(counts.c.date == day))
        rows = rows_of(day, number)
        for start in range(0, number, 25):
            connection.execute(counts.insert(), rows[start : start + 25])


def load_and(then: Callable[[Any], object], target: MarkerTableTarget) -> None:
    """Load rows, then do something before they are committed."""
    with target.load(counts) as connection:
        connection.execute(counts.insert(), rows_of(DAY))
        then(connection)


def query(url: str, statement: Any) -> list[tuple[Any, ...]]:
    with connect(url) as connection:
        return [tuple(row) for row in connection.execute(statement)]


def tables(url: str) -> set[str]:
    with connect(url, create=True) as connection:
        return set(sa.inspect(connection).get_table_names())


def make_luigis_table(url: str) -> None:
    SQLAlchemyTarget(url, "any", "any").create_marker_table()


class TestRowsAndMarker:
    def test_are_committed_together(self, database_url: str) -> None:
        target = MarkerTableTarget(database_url, "counts", "id")
        with target.load(counts) as connection:
            connection.execute(counts.insert(), rows_of(DAY))
            assert not target_seen_from_outside(database_url)
        assert target.exists()
        assert len(query(database_url, sa.select(counts))) == 3

    def test_are_both_absent_after_an_exception(self, database_url: str) -> None:
        target = MarkerTableTarget(database_url, "counts", "id")

        def interrupt(_: Any) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            load_and(interrupt, target)
        assert not target.exists()
        assert query(database_url, sa.select(counts)) == []

    def test_are_both_absent_after_a_kill_and_a_rerun_loads_each_row_once(self, database_url: str) -> None:
        def killed_between_rows_and_commit() -> None:
            with MarkerTableTarget(database_url, "counts", f"counts_{DAY}").load(counts) as connection:
                connection.execute(counts.insert(), rows_of(DAY))
                os.kill(os.getpid(), signal.SIGKILL)

        process = fork.Process(target=killed_between_rows_and_commit)
        process.start()
        process.join(60)
        assert process.exitcode == -signal.SIGKILL
        assert not MarkerTableTarget(database_url, "counts", f"counts_{DAY}").exists()
        assert query(database_url, sa.select(counts)) == []
        load(database_url)
        assert len(query(database_url, sa.select(counts))) == 3

    def test_a_kill_during_a_reload_leaves_the_earlier_rows_and_marker(self, database_url: str) -> None:
        def killed_during_reload() -> None:
            with MarkerTableTarget(database_url, "counts", f"counts_{DAY}").load(counts) as connection:
                connection.execute(counts.delete())
                connection.execute(counts.insert(), rows_of(DAY, 7))
                os.kill(os.getpid(), signal.SIGKILL)

        load(database_url)
        process = fork.Process(target=killed_during_reload)
        process.start()
        process.join(60)
        assert MarkerTableTarget(database_url, "counts", f"counts_{DAY}").exists()
        assert len(query(database_url, sa.select(counts))) == 3

    def test_a_reload_renews_the_marker_and_touches_only_its_own_rows(self, database_url: str) -> None:
        other = DAY + datetime.timedelta(1)
        load(database_url, DAY, 3)
        load(database_url, other, 4)
        long_ago = datetime.datetime(2000, 1, 1)
        with connect(database_url) as connection:
            backdate = sa.text("UPDATE table_updates SET inserted = :then")
            connection.execute(backdate.bindparams(sa.bindparam("then", long_ago, sa.DateTime)))
            connection.commit()
        load(database_url, DAY, 5)
        by_date = sa.select(counts.c.date, sa.func.count()).group_by(counts.c.date).order_by(counts.c.date)
        assert query(database_url, by_date) == [(DAY, 5), (other, 4)]
        renewed = sa.text("SELECT update_id FROM table_updates WHERE inserted > '2001-01-01 00:00:00'")
        assert query(database_url, renewed) == [(f"counts_{DAY}",)]

    def test_a_database_in_memory_works(self) -> None:
        connections._engines.clear()
        load("sqlite://")
        assert MarkerTableTarget("sqlite://", "counts", f"counts_{DAY}").exists()
        connections._engines.clear()


class TestAsking:
    def test_creates_no_table(self, database_url: str) -> None:
        assert not MarkerTableTarget(database_url, "counts", "id").exists()
        assert tables(database_url) == set()

    def test_creates_no_file_and_no_folder(self, tmp_path: Path) -> None:
        target = MarkerTableTarget(f"sqlite:///{tmp_path}/folder/x.db", "counts", "id")
        assert not target.exists()
        target.remove()
        assert list(tmp_path.iterdir()) == []

    def test_an_error_other_than_a_missing_table_is_not_taken_for_an_absent_marker(
        self, database_url: str
    ) -> None:
        with connect(database_url, create=True) as connection:
            connection.execute(sa.text("CREATE TABLE table_updates (something_else INTEGER)"))
            connection.commit()
        with pytest.raises(sa.exc.DBAPIError):
            MarkerTableTarget(database_url, "counts", "id").exists()

    def test_the_same_id_for_another_table_is_another_marker(self, database_url: str) -> None:
        MarkerTableTarget(database_url, "counts", "id").touch()
        assert not MarkerTableTarget(database_url, "words", "id").exists()
        MarkerTableTarget(database_url, "words", "id").touch()
        assert MarkerTableTarget(database_url, "words", "id").exists()
        assert MarkerTableTarget(database_url, "counts", "id").exists()

    def test_case_and_spaces_at_the_end_make_another_id(self, database_url: str) -> None:
        MarkerTableTarget(database_url, "counts", "id").touch()
        for other in ("ID", "id ", "Id"):
            assert not MarkerTableTarget(database_url, "counts", other).exists()
            MarkerTableTarget(database_url, "counts", other).touch()
        assert existing(database_url, "counts", ["id", "ID", "id ", "iD"]) == {"id", "ID", "id "}

    def test_many_ids_are_asked_for_at_once(self, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        days = [DAY + datetime.timedelta(n) for n in range(6)]
        for day in days[::2]:
            MarkerTableTarget(database_url, "counts", str(day)).touch()
        for batch in (400, 4):
            monkeypatch.setattr(marker, "_BATCH", batch)
            assert existing(database_url, "counts", map(str, days)) == {str(day) for day in days[::2]}
        assert existing(database_url, "counts", []) == set()

    def test_a_removed_marker_is_gone_and_its_rows_and_neighbours_stay(self, database_url: str) -> None:
        load(database_url)
        MarkerTableTarget(database_url, "words", f"counts_{DAY}").touch()
        MarkerTableTarget(database_url, "counts", f"counts_{DAY}").remove()
        assert not MarkerTableTarget(database_url, "counts", f"counts_{DAY}").exists()
        assert MarkerTableTarget(database_url, "words", f"counts_{DAY}").exists()
        assert len(query(database_url, sa.select(counts))) == 3

    def test_the_marker_tables_name_is_luigis_setting(
        self, database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        config = LuigiConfigParser()
        config.set("sqlalchemy", "marker-table", "my_updates")
        monkeypatch.setattr(LuigiConfigParser, "_instance", config)
        MarkerTableTarget(database_url, "counts", "id").touch()
        assert tables(database_url) == {"my_updates"}


class TestLuigisOwnTarget:
    def test_reads_what_is_written_here(self, database_url: str) -> None:
        MarkerTableTarget(database_url, "counts", "id").touch()
        assert SQLAlchemyTarget(database_url, "counts", "id").exists()
        assert not SQLAlchemyTarget(database_url, "words", "id").exists()
        SQLAlchemyTarget(database_url, "counts", "id").touch()
        SQLAlchemyTarget(database_url, "words", "id").touch()
        assert existing(database_url, "words", ["id"]) == {"id"}

    def test_is_read_here(self, database_url: str) -> None:
        SQLAlchemyTarget(database_url, "counts", "id").touch()
        assert MarkerTableTarget(database_url, "counts", "id").exists()
        assert not MarkerTableTarget(database_url, "words", "id").exists()

    def test_its_table_takes_loads_and_reloads(self, database_url: str) -> None:
        make_luigis_table(database_url)
        for _ in range(2):
            load(database_url)
        assert SQLAlchemyTarget(database_url, "counts", f"counts_{DAY}").exists()
        assert len(query(database_url, sa.select(counts))) == 3

    def test_its_table_can_hold_an_id_once_and_a_second_use_is_refused_before_loading(
        self, database_url: str
    ) -> None:
        SQLAlchemyTarget(database_url, "words", "id").touch()
        with (
            pytest.raises(MarkerConflictError) as caught,
            MarkerTableTarget(database_url, "counts", "id").load(counts),
        ):
            pytest.fail("the load began")
        for part in ('"id"', "counts", "words", "table_updates", "primary key (update_id, target_table)"):
            assert part in str(caught.value)
        assert MarkerTableTarget(database_url, "words", "id").exists()
        assert not MarkerTableTarget(database_url, "counts", "id").exists()

    def test_on_mariadb_it_does_not_confuse_ids_that_differ_in_case(self, mariadb_url: str) -> None:
        SQLAlchemyTarget(mariadb_url, "counts", "id").touch()
        for other in ("ID", "id "):
            target = MarkerTableTarget(mariadb_url, "counts", other)
            assert not target.exists()
            target.remove()
            with pytest.raises(MarkerConflictError), target.load(counts):
                pytest.fail("the load began")
        assert MarkerTableTarget(mariadb_url, "counts", "id").exists()

    def test_an_id_that_it_stored_in_full_counts(self, sqlite_url: str) -> None:
        update_id, table = "i" * 300, "t" * 200
        SQLAlchemyTarget(sqlite_url, table, update_id).touch()
        target = MarkerTableTarget(sqlite_url, table, update_id)
        assert target.exists()
        assert not MarkerTableTarget(sqlite_url, table, update_id + "i").exists()
        target.touch()
        target.remove()
        assert not target.exists()


class TestLongIds:
    @given(st.text(max_size=300), st.text(max_size=300))
    def test_are_stored_within_luigis_length_and_stay_distinct(self, one: str, two: str) -> None:
        assert len(stored(one)) <= MAX_LENGTH
        assert (stored(one) == stored(two)) == (one == two)
        assert len(one) > MAX_LENGTH or stored(one) == one

    @pytest.mark.parametrize("length", [128, 129, 5000])
    def test_work(self, database_url: str, length: int) -> None:
        one, two = ("x" * (length - 1) + end for end in "ab")
        with MarkerTableTarget(database_url, "counts", one).load(counts) as connection:
            connection.execute(counts.insert(), rows_of(DAY))
        assert existing(database_url, "counts", [one, two]) == {one}
        MarkerTableTarget(database_url, "counts", two).touch()
        MarkerTableTarget(database_url, "counts", one).remove()
        assert existing(database_url, "counts", [one, two]) == {two}

    def test_any_character_may_be_in_one(self, database_url: str) -> None:
        ids = ["a'b\"c", "%s :x ?", "naïve", "日本語", "😀" * 128, "😀" * 129, "line\nbreak", "\\", ""]
        for update_id in ids:
            MarkerTableTarget(database_url, "counts", update_id).touch()
        assert existing(database_url, "counts", ids) == set(ids)

    def test_so_do_long_names_of_tables(self, database_url: str) -> None:
        one, two = "t" * 200, "t" * 199 + "u"
        MarkerTableTarget(database_url, one, "id").touch()
        assert MarkerTableTarget(database_url, one, "id").exists()
        assert not MarkerTableTarget(database_url, two, "id").exists()


class TestManyProcesses:
    def test_a_first_use_by_many_at_once_does_not_fail(self, database_url: str) -> None:
        for attempt in range(3):
            barrier = fork.Barrier(8)

            def first_use(number: int, attempt: int = attempt, barrier: Any = barrier) -> None:
                table = counts.to_metadata(sa.MetaData(), name=f"counts{attempt}")
                barrier.wait(60)
                target = MarkerTableTarget(database_url, table.name, f"{attempt}.{number}")
                with target.load(table) as connection:
                    connection.execute(table.insert(), rows_of(DAY + datetime.timedelta(number)))

            assert in_children(first_use, range(8)) == [None] * 8
            ids = {f"{attempt}.{number}" for number in range(8)}
            assert existing(database_url, f"counts{attempt}", ids) == ids
            assert query(database_url, sa.text(f"SELECT count(*) FROM counts{attempt}")) == [(24,)]
            with connect(database_url) as connection:
                connection.execute(sa.text("DROP TABLE table_updates"))
                connection.commit()

    def test_twenty_dated_loads_into_one_table_from_eight_processes_all_succeed(
        self, database_url: str
    ) -> None:
        days = [DAY + datetime.timedelta(n) for n in range(20)]

        def loads(number: int) -> None:
            for again in range(2):
                for day in days[number::8]:
                    load(database_url, day, 100 + again)

        for _ in range(2):
            assert in_children(loads, range(8)) == [None] * 8
        by_date = sa.select(counts.c.date, sa.func.count()).group_by(counts.c.date).order_by(counts.c.date)
        assert query(database_url, by_date) == [(day, 101) for day in days]
        ids = {f"counts_{day}" for day in days}
        assert existing(database_url, "counts", ids) == ids

    def test_loads_of_the_same_id_come_one_after_the_other(self, database_url: str) -> None:
        assert in_children(lambda number: load(database_url, DAY, 50 + number), range(8)) == [None] * 8
        ((number,),) = query(database_url, sa.select(sa.func.count()).select_from(counts))
        assert 50 <= number < 58
        assert len(query(database_url, sa.text("SELECT * FROM table_updates"))) == 1

    def test_a_load_on_sqlite_that_begins_by_reading_keeps_other_writers_out(self, sqlite_url: str) -> None:
        # Let in, the other one would have to wait for this one's end, and this one fail with "locked".
        load(sqlite_url)
        other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), timeout=0)
        with contextlib.closing(other), marker._transaction(sqlite_url) as connection:
            assert len(connection.execute(sa.select(counts)).all()) == 3
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("DELETE FROM counts")
            connection.execute(counts.delete())
        assert query(sqlite_url, sa.select(counts)) == []

    def test_a_load_on_mariadb_locks_its_own_rows_only(self, mariadb_url: str) -> None:
        load(mariadb_url)
        days = [DAY + datetime.timedelta(days=number) for number in (1, 2)]
        target = MarkerTableTarget(mariadb_url, "counts", f"counts_{days[0]}")
        with target.load(counts) as connection, connect(mariadb_url) as other:
            connection.execute(counts.delete().where(counts.c.date == days[0]))
            connection.execute(counts.insert(), rows_of(days[0]))
            other.exec_driver_sql("SET innodb_lock_wait_timeout = 0")
            other.execute(counts.insert(), rows_of(days[1]))
            other.commit()
        found = query(mariadb_url, sa.select(counts.c.date).distinct().order_by(counts.c.date))
        assert found == [(day,) for day in (DAY, *days)]

    def test_a_killed_load_holds_up_nobody(self, database_url: str) -> None:
        def killed(_: int) -> None:
            with MarkerTableTarget(database_url, "counts", f"counts_{DAY}").load(counts) as connection:
                connection.execute(counts.insert(), rows_of(DAY))
                os.kill(os.getpid(), signal.SIGKILL)

        load(database_url)
        in_children(killed, range(3))
        load(database_url, DAY, 8)
        assert len(query(database_url, sa.select(counts))) == 8


class TestWhatALoadRefuses:
    @pytest.mark.parametrize(
        "way",
        [
            "commit()",
            "rollback()",
            "COMMIT",
            "-- why\n /* and why not */ commit",
            "BEGIN",
            "start  transaction",
            "ROLLBACK",
        ],
    )
    def test_ending_the_transaction_inside_it(self, database_url: str, way: str) -> None:
        target = MarkerTableTarget(database_url, "counts", "id")

        def end_it(connection: Any) -> None:
            if way.endswith("()"):
                getattr(connection, way[:-2])()
            else:
                connection.execute(sa.text(way))

        with pytest.raises(TransactionError, match="Nothing was loaded"):
            load_and(end_it, target)
        assert not target.exists()
        assert query(database_url, sa.select(counts)) == []
        load(database_url)

    @pytest.mark.parametrize(
        "statement",
        [
            "CREATE TABLE other (a INTEGER)",
            "create or replace view other as select 1",
            "/* why */ ALTER TABLE counts ADD COLUMN more INTEGER",
            "DROP TABLE counts",
            "TRUNCATE counts",
            "RENAME TABLE counts TO more",
            "LOCK TABLES counts WRITE",
        ],
    )
    def test_ddl_on_mariadb_which_would_commit_half_of_it(self, mariadb_url: str, statement: str) -> None:
        target = MarkerTableTarget(mariadb_url, "counts", "id")
        with pytest.raises(TransactionError, match="would commit half"):
            load_and(lambda connection: connection.execute(sa.text(statement)), target)
        assert not target.exists()
        assert query(mariadb_url, sa.select(counts)) == []
        assert tables(mariadb_url) == {"counts", "table_updates"}

    def test_but_not_a_temporary_table(self, mariadb_url: str) -> None:
        with MarkerTableTarget(mariadb_url, "counts", "id").load(counts) as connection:
            connection.execute(sa.text("CREATE TEMPORARY TABLE other (a INTEGER)"))
            connection.execute(sa.text("CREATE OR REPLACE TEMPORARY TABLE other (b INTEGER)"))
            connection.execute(sa.text("DROP TEMPORARY TABLE other"))

    @pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
    def test_nor_ddl_where_it_is_part_of_the_transaction(
        self, kind: str, request: pytest.FixtureRequest
    ) -> None:
        url = request.getfixturevalue(f"{kind}_url")
        target = MarkerTableTarget(url, "counts", "id")

        def create_and_fail() -> None:
            with target.load() as connection:
                counts.create(connection)
                raise RuntimeError

        with pytest.raises(RuntimeError):
            create_and_fail()
        assert tables(url) == {"table_updates"}
        with target.load() as connection:
            counts.create(connection)
        assert tables(url) == {"table_updates", "counts"}

    def test_nor_a_savepoint(self, database_url: str) -> None:
        with MarkerTableTarget(database_url, "counts", "id").load(counts) as connection:
            connection.execute(counts.insert(), rows_of(DAY))
            with pytest.raises(sa.exc.IntegrityError), connection.begin_nested():
                connection.execute(counts.insert(), rows_of(DAY))
        assert len(query(database_url, sa.select(counts))) == 3


class TestAnUnusableDatabase:
    def test_a_folder_that_is_missing_is_named(self, tmp_path: Path) -> None:
        target = MarkerTableTarget(f"sqlite:///{tmp_path}/folder/x.db", "counts", "id")
        with pytest.raises(DatabaseUnavailableError, match="there is no folder"), target.load(counts):
            pytest.fail("the load began")
        assert list(tmp_path.iterdir()) == []

    def test_a_lock_that_is_not_to_be_had_is_said_so(self, sqlite_url: str) -> None:
        load(sqlite_url)
        hurried = sqlite_url + "?timeout=0"
        with (
            MarkerTableTarget(sqlite_url, "counts", "one").load(),
            pytest.raises(DatabaseUnavailableError, match="another load holds it"),
            MarkerTableTarget(hurried, "counts", "two").load(),
        ):
            pytest.fail("the load began")

    def test_a_lock_on_mariadb_that_is_not_to_be_had_is_said_so(
        self, mariadb_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        load(mariadb_url)
        monkeypatch.setattr(marker, "LOAD_LOCK_TIMEOUT", 0)
        with (
            MarkerTableTarget(mariadb_url, "counts", "one").load(),
            pytest.raises(DatabaseUnavailableError, match="another load into it"),
            MarkerTableTarget(mariadb_url, "counts", "two").load(),
        ):
            pytest.fail("the load began")


class TestAsAnObject:
    def test_it_says_what_it_is_without_the_password(self) -> None:
        target = MarkerTableTarget("mysql://u:secret@h/db", "counts", "Task_mysql://u:secret@h_2026")
        assert str(target) == 'marker "Task_mysql://u:***@h_2026" of the table counts in mysql://u:***@h/db'
        assert str(MarkerTableTarget("words_db", "counts", "2026-11-01")) == (
            'marker "2026-11-01" of the table counts in words_db'
        )

    def test_it_pickles(self, database_url: str) -> None:
        target = MarkerTableTarget(database_url, "counts", "id")
        target.touch()
        copy = pickle.loads(pickle.dumps(target))
        assert vars(copy) == vars(target)
        assert copy.exists()
        assert copy.engine is target.engine


def target_seen_from_outside(url: str) -> bool:
    return bool(in_children(lambda _: MarkerTableTarget(url, "counts", "id").exists(), [0])[0])


def in_children(function: Any, arguments: Any) -> list[Any]:
    """Call a function in forked children, all at once, and give what came of each; None for a killed one."""
    pipes = [fork.Pipe(duplex=False) for _ in arguments]

    def run(sender: Any, argument: Any) -> None:
        try:
            sender.send(function(argument))
        except BaseException as error:
            sender.send(f"{type(error).__name__}: {error}")

    processes = [
        fork.Process(target=run, args=(sender, argument))
        for (_, sender), argument in zip(pipes, arguments, strict=True)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    return [receiver.recv() if receiver.poll() else None for receiver, _ in pipes]
