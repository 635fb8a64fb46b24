"""Stock ``luigi.contrib.sqla`` under the SQLAlchemy that is installed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import luigi
import pytest
import sqlalchemy as sa
from luigi.contrib import sqla

from airflow_luigi.core.sqla_compat import mark_with_load, repair

# As luigi has it, whatever another test has done to it in this process.
EXISTS = getattr(sqla.SQLAlchemyTarget.exists, "__wrapped__", sqla.SQLAlchemyTarget.exists)

ROWS = [("one", 3), ("two", 3), ("three", 5)]


@pytest.fixture(autouse=True)
def luigi_as_it_came(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Undo what earlier tests have repaired, and close luigi's engines at the end."""
    monkeypatch.setattr(sqla.SQLAlchemyTarget, "exists", EXISTS)
    monkeypatch.setattr(sqla.SQLAlchemyTarget, "_engine_dict", {})
    yield
    for opened in sqla.SQLAlchemyTarget._engine_dict.values():
        opened.engine.dispose()


def works(url: str) -> bool:
    target = sqla.SQLAlchemyTarget(url, "words", "update")
    try:
        target.exists()
    except sa.exc.ArgumentError:
        return False
    return True


class Copy(sqla.CopyToTable):
    connection_string = luigi.Parameter()
    table = luigi.Parameter(default="words")
    columns: Any = [(["word", sa.String(64)], {}), (["letters", sa.Integer], {})]  # noqa: RUF012
    chunk_size = 2

    def rows(self) -> Iterator[tuple[str, int]]:
        yield from ROWS


def content(url: str, table: str) -> list[tuple[Any, ...]]:
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(f"SELECT word, letters FROM {table}"))]
    finally:
        engine.dispose()


def test_it_repairs_what_is_broken_and_only_that() -> None:
    broken = not works("sqlite://")
    assert repair() is broken
    assert works("sqlite://")
    assert (sqla.SQLAlchemyTarget.exists is EXISTS) is not broken


def test_it_repairs_once() -> None:
    repair()
    repaired = sqla.SQLAlchemyTarget.exists
    assert repair() is False
    assert sqla.SQLAlchemyTarget.exists is repaired


def test_a_luigi_that_works_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def fixed(self: Any) -> bool:
        if self.marker_table_bound is None:
            self.create_marker_table()
        with self.engine.connect() as connection:
            return connection.execute(sa.text("SELECT 1 FROM table_updates")).first() is not None

    monkeypatch.setattr(sqla.SQLAlchemyTarget, "exists", fixed)
    assert repair() is False
    assert sqla.SQLAlchemyTarget.exists is fixed


def test_what_it_cannot_repair_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Any) -> None:
        raise RuntimeError("broken otherwise")

    monkeypatch.setattr(sqla.SQLAlchemyTarget, "touch", broken)
    assert repair() is False
    assert sqla.SQLAlchemyTarget.exists is EXISTS


def test_luigis_engines_are_not_disturbed() -> None:
    repair()
    assert sqla.SQLAlchemyTarget._engine_dict == {}


def test_without_sqlalchemy_there_is_nothing_to_repair(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "luigi.contrib.sqla", None)
    monkeypatch.delattr(luigi.contrib, "sqla", raising=False)
    assert repair() is False


def test_a_sqlalchemy_that_refuses_this_python_is_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "sqlalchemy.py").write_text("raise AssertionError('not for this Python')")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "sqlalchemy")
    assert repair() is False


def test_copy_to_table_runs_unchanged(database_url: str) -> None:
    repair()
    assert luigi.build([Copy(database_url)], local_scheduler=True)  # type: ignore[call-arg]
    assert sorted(content(database_url, "words")) == sorted(ROWS)


def test_copy_to_table_loads_once(database_url: str) -> None:
    repair()
    for _ in range(2):
        assert luigi.build([Copy(database_url)], local_scheduler=True)  # type: ignore[call-arg]
    assert len(content(database_url, "words")) == len(ROWS)


def test_copy_to_table_works_in_luigis_own_processes(database_url: str) -> None:
    repair()
    tasks = [Copy(database_url, f"words{n}") for n in range(3)]  # type: ignore[call-arg]
    sqla.SQLAlchemyTarget(database_url, "words0", "any").create_marker_table()
    assert luigi.build(tasks, local_scheduler=True, workers=2)
    assert [len(content(database_url, f"words{n}")) for n in range(3)] == [len(ROWS)] * 3


@pytest.fixture
def marked_with_load(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give CopyToTable its marker in the load's own transaction, for one test."""
    stock = getattr(sqla.CopyToTable.run, "__wrapped__", sqla.CopyToTable.run)
    monkeypatch.setattr(sqla.CopyToTable, "run", stock)
    repair()
    assert mark_with_load()
    assert not mark_with_load()


class Crash(BaseException):
    """Stands for a process that dies."""


@pytest.mark.usefixtures("marked_with_load")
def test_a_crash_between_load_and_mark_doubles_no_rows(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(self: Any) -> None:
        raise Crash

    task: Any = Copy(database_url)  # type: ignore[call-arg]
    with monkeypatch.context() as patched:
        patched.setattr(sqla.SQLAlchemyTarget, "touch", crash)
        with pytest.raises(Crash):
            task.run()
    assert task.complete()
    assert luigi.build([task], local_scheduler=True)
    assert sorted(content(database_url, "words")) == sorted(ROWS)


@pytest.mark.usefixtures("marked_with_load")
def test_a_crash_in_the_middle_of_a_load_leaves_neither_rows_nor_marker(database_url: str) -> None:
    class Breaks(Copy):
        def rows(self) -> Iterator[tuple[str, int]]:
            yield from ROWS
            raise Crash

    task: Any = Breaks(database_url)  # type: ignore[call-arg]
    with pytest.raises(Crash):
        task.run()
    assert not task.complete()
    assert content(database_url, "words") == []


@pytest.mark.usefixtures("marked_with_load")
def test_a_load_through_the_bridge_is_what_luigi_makes_of_it(database_url: str) -> None:
    class Upper(Copy):
        def copy(self, conn: Any, ins_rows: Any, table_bound: Any) -> None:
            super().copy(conn, [{**row, "_word": row["_word"].upper()} for row in ins_rows], table_bound)

    for _ in range(2):
        assert luigi.build([Upper(database_url)], local_scheduler=True)  # type: ignore[call-arg]
    assert sorted(content(database_url, "words")) == sorted((word.upper(), n) for word, n in ROWS)
