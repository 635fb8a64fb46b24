"""The matrix says what each ``complete()`` says, and asking changes nothing."""

from __future__ import annotations

import datetime as dt
import os
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import luigi
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from airflow_luigi.core import look, marker
from airflow_luigi.core.completeness import completeness
from airflow_luigi.core.connections import engine
from airflow_luigi.core.graph import walk
from airflow_luigi.core.marker import MarkerTableTarget
from airflow_luigi.core.matrix import Matrix, State
from airflow_luigi.core.secrets import mask
from airflow_luigi.core.task_spec import TaskSpecError
from tests.core import completeness_tasks as tasks

FIRST = dt.date(2026, 1, 1)
NAMES = ("CmpDelivery", "CmpRaw", "CmpFresh")


def days(count: int) -> list[dt.date]:
    return [FIRST + dt.timedelta(number) for number in range(count)]


def one_by_one(root: type[luigi.Task], values: dict[str, Any], dates: list[Any], name: str = "date") -> Any:
    """Ask every complete(), as a check that knows nothing of this module would."""
    found = []
    for date in dates:
        answers: dict[str, list[bool]] = {}
        for task in walk(root(**values, **{name: date})):
            answers.setdefault(task.task_family, []).append(bool(task.complete()))
        found.append({family: all(each) for family, each in answers.items()})
    return found


def said(matrix: Matrix) -> Any:
    """Give the matrix in the form of :func:`one_by_one`."""
    return [
        {
            family: matrix.state(date, number) is State.COMPLETE
            for number, family in enumerate(matrix.families)
            if matrix.state(date, number) is not State.ABSENT
        }
        for date in range(len(matrix.dates))
    ]


class World:
    """Files and markers of a range of dates, in a state that a random number generator chose."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder, self.database = folder, database
        self.values = {"folder": str(folder), "database": database}

    def make(self, dates: list[dt.date], chance: random.Random, share: float) -> None:
        for number in range(3):
            (self.folder / f"part{number}").mkdir(exist_ok=True)
        for date in dates:
            names = [f"{name}_{date}" for name in NAMES] + [f"part{n}/{date}.csv" for n in range(3)]
            for name in names:
                path = self.folder / name
                path.unlink(missing_ok=True)
                if chance.random() < share:
                    path.touch()
                    os.utime(path, ns=(0, chance.randrange(3)))
                elif chance.random() < 0.1:
                    path.symlink_to(chance.choice([Path("nowhere"), self.folder / NAMES[0], self.folder]))
        self.mark([date for date in dates if chance.random() < share], dates)

    def mark(self, marked: list[dt.date], dates: list[dt.date]) -> None:
        first = MarkerTableTarget(self.database, "cmp_rows", f"cmp_{dates[0]}")
        first.touch()
        with engine(self.database).begin() as connection:
            connection.execution_options(airflow_luigi_writes=True)
            table = marker._marker_table(connection.dialect)
            connection.execute(table.delete())
            rows = [{"update_id": f"cmp_{date}", "target_table": "cmp_rows"} for date in marked]
            # The same ids of another table don't count.
            others = [{"update_id": f"cmp_{date}", "target_table": "other"} for date in dates[::3]]
            connection.execute(table.insert(), rows + others)

    def check(self, dates: list[dt.date]) -> Matrix:
        """Compare, for each root."""
        for root in (tasks.CmpAll, tasks.CmpPrint, tasks.CmpPrintTwice):
            matrix = completeness(root, self.values, None, dates[0], dates[-1])
            assert list(matrix.values) == dates
            expected = one_by_one(root, self.values, dates)
            assert said(matrix) == expected
            loaded = [date for date, each in zip(dates, expected, strict=True) if not each["CmpLoad"]]
            assert list(matrix.missing) == loaded
        return matrix


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> World:
    folder = tmp_path / "files"
    folder.mkdir()
    return World(folder, database_url)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 10**6), count=st.integers(1, 30), share=st.sampled_from([0.0, 0.3, 0.8, 0.97, 1.0])
)
@example(seed=1, count=9, share=1.0)
def test_the_matrix_says_what_each_complete_says(world: World, seed: int, count: int, share: float) -> None:
    dates = days(count)
    world.make(dates, random.Random(seed), share)
    world.check(dates)


def test_the_matrix_says_what_each_complete_says_for_a_year(world: World) -> None:
    dates = days(365)
    world.make(dates, random.Random(4), 0.93)
    matrix = world.check(dates)
    assert 0 < len(matrix.missing) < 365


def test_a_years_markers_are_one_query(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    dates = days(365)
    world.make(dates, random.Random(4), 1)
    asked = []
    marked = marker.marked

    def counted(database: str, table: str, ids: Any) -> dict[str, str | None]:
        asked.append(len(list(ids)))
        return marked(database, table, ids)

    monkeypatch.setattr(look, "marked", counted)
    monkeypatch.setattr(marker, "marked", counted)
    completeness(tasks.CmpAll, world.values, None, dates[0], dates[-1])
    assert asked == [365]


def test_the_markers_that_were_found_are_kept_with_their_times(world: World) -> None:
    dates = days(5)
    world.make(dates, random.Random(1), 1)
    world.mark(dates[:3], dates)
    with engine(world.database).begin() as connection:
        connection.execution_options(airflow_luigi_writes=True)
        table = marker._marker_table(connection.dialect)
        times = [dt.datetime(2026, 2, 1), dt.datetime(2026, 2, 3, 4, 5, 6)]
        for date, inserted in zip(dates, times, strict=False):
            row = table.update().where(table.c.update_id == f"cmp_{date}", table.c.target_table == "cmp_rows")
            connection.execute(row.values(inserted=inserted))
    matrix = completeness(tasks.CmpAll, world.values, None, dates[0], dates[-1])
    found = [(each.table, each.update_id, each.inserted and each.inserted[:19]) for each in matrix.markers]
    assert found == [
        ("cmp_rows", f"cmp_{dates[1]}", "2026-02-03 04:05:06"),
        ("cmp_rows", f"cmp_{dates[0]}", "2026-02-01 00:00:00"),
        ("cmp_rows", f"cmp_{dates[2]}", None),
    ]
    assert {each.database for each in matrix.markers} == {mask(world.database)}
    compact = matrix.compact_markers(most=2)
    assert [each[2] for each in compact["markers"]] == [f"cmp_{dates[1]}", f"cmp_{dates[0]}"]
    assert compact["omitted"] == 1


def test_a_marker_whose_time_can_not_be_read_is_there_all_the_same(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'x.db'}"

    class CmpOddTime(luigi.Task):
        date = luigi.DateParameter()

        def output(self) -> Any:
            return MarkerTableTarget(database, "rows", str(self.date))

    CmpOddTime(date=FIRST).output().touch()
    with sa.create_engine(database).begin() as connection:
        connection.exec_driver_sql("UPDATE table_updates SET inserted = 'yesterday'")
    matrix = completeness(CmpOddTime, {}, None, FIRST, FIRST)
    assert matrix.missing == ()
    assert [each.inserted for each in matrix.markers] == ["yesterday"]


@pytest.mark.filterwarnings("ignore:Query string argument:sqlalchemy.exc.SAWarning")
def test_markers_hold_no_secrets(tmp_path: Path) -> None:
    class CmpSecretId(luigi.Task):
        date = luigi.DateParameter()
        api_token = luigi.Parameter()

        def output(self) -> Any:
            database = f"sqlite:///{tmp_path / 'x.db'}?password=hunter22-secret"
            return MarkerTableTarget(database, "rows", self.task_id)

    values = {"api_token": "open-sesame"}
    CmpSecretId(date=FIRST, **values).output().touch()
    matrix = completeness(CmpSecretId, values, None, FIRST, FIRST)
    (found,) = matrix.markers
    assert "CmpSecretId_hidden_" in found.update_id
    assert "open-sesame" not in str(matrix)
    assert "hunter22" not in str(matrix)


def test_asking_creates_nothing(tmp_path: Path, postgresql_url: str) -> None:
    values = {"folder": str(tmp_path / "not_there"), "database": f"sqlite:///{tmp_path / 'no' / 'words.db'}"}
    assert len(completeness(tasks.CmpAll, values, None, "2026-01", "2026-01").missing) == 31
    values["database"] = f"sqlite:///{tmp_path / 'words.db'}"
    assert len(completeness(tasks.CmpAll, values, None, "2026-01", "2026-01").missing) == 31
    assert list(tmp_path.iterdir()) == []
    values["database"] = postgresql_url
    assert len(completeness(tasks.CmpAll, values, None, "2026-01", "2026-01").missing) == 31
    with engine(postgresql_url).connect() as connection:
        assert sa.inspect(connection).get_table_names() == []
    assert list(tmp_path.iterdir()) == []


def test_asking_luigis_own_marker_targets_creates_nothing_either(tmp_path: Path) -> None:
    sqla = pytest.importorskip("luigi.contrib.sqla")
    path = tmp_path / "stock.db"

    class CmpStock(luigi.Task):
        date = luigi.DateParameter()

        def output(self) -> Any:
            return sqla.SQLAlchemyTarget(f"sqlite:///{path}", "stock_rows", str(self.date))

    assert len(completeness(CmpStock, {}, None, "2026-01-01", "2026-01-03").missing) == 3
    assert not path.exists()
    with sa.create_engine(f"sqlite:///{path}").begin() as connection:
        connection.exec_driver_sql("CREATE TABLE unrelated (x)")
    assert len(completeness(CmpStock, {}, None, "2026-01-01", "2026-01-03").missing) == 3
    with sa.create_engine(f"sqlite:///{path}").connect() as connection:
        assert sa.inspect(connection).get_table_names() == ["unrelated"]
    CmpStock(date=FIRST + dt.timedelta(1)).output().touch()
    found = completeness(CmpStock, {}, None, "2026-01-01", "2026-01-03")
    assert found.missing_dates == ("2026-01-01", "2026-01-03")


def states(matrix: Matrix, date: int = 0) -> dict[str, str]:
    return {name: matrix.state(date, number).value for number, name in enumerate(matrix.families)}


def test_an_intermediate_that_is_gone_is_shown_and_not_counted(tmp_path: Path) -> None:
    for name in ("CmpBulk", "CmpDelivery"):
        (tmp_path / f"{name}_2026-01-01").touch()
    (tmp_path / "broken_2026-01-01").touch()
    values = {"folder": str(tmp_path), "fails": "never"}
    matrix = completeness(tasks.CmpBroken, values, None, FIRST, FIRST)
    assert states(matrix) == {"CmpBroken": "complete", "CmpRaw": "gone", "CmpDelivery": "complete"}
    assert matrix.missing == ()
    (tmp_path / "broken_2026-01-01").unlink()
    (tmp_path / "CmpDelivery_2026-01-01").unlink()
    matrix = completeness(tasks.CmpBroken, values, None, FIRST, FIRST)
    assert states(matrix) == {"CmpBroken": "missing", "CmpRaw": "missing", "CmpDelivery": "missing_external"}
    (tmp_path / "CmpRaw_2026-01-01").touch()
    assert states(completeness(tasks.CmpBroken, values, None, FIRST, FIRST))["CmpDelivery"] == "gone"


def test_what_always_runs_is_never_missing(tmp_path: Path) -> None:
    matrix = completeness(tasks.CmpNoOutput, {}, None, FIRST, FIRST)
    assert (states(matrix), matrix.missing) == ({"CmpNoOutput": "always_runs"}, ())
    # One that finds something out may be complete another time, and nobody else is complete at all.
    matrix = completeness(tasks.CmpAsks, {"folder": str(tmp_path)}, None, FIRST, FIRST)
    assert (states(matrix), matrix.missing) == ({"CmpAsks": "missing"}, (FIRST,))
    matrix = completeness(tasks.CmpExternalNothing, {}, None, FIRST, FIRST)
    assert (states(matrix), matrix.missing) == ({"CmpExternalNothing": "missing_external"}, (FIRST,))


@pytest.mark.parametrize("fails", ["complete", "requires", "output"])
def test_what_raises_is_an_error_of_that_date_alone(tmp_path: Path, fails: str) -> None:
    (tmp_path / "broken_2026-01-02").touch()
    values = {"folder": str(tmp_path), "fails": fails, "password": "open-sesame"}
    matrix = completeness(tasks.CmpBroken, values, None, "2026-01-01", "2026-01-03")
    assert [states(matrix, date)["CmpBroken"] for date in range(3)] == ["missing", "error", "missing"]
    (text,) = matrix.errors.values()
    asked = "complete" if fails == "output" else fails
    assert text == f"{asked}() raised ValueError: no answer from postgresql://me:***@nowhere/x, with ***"
    assert matrix.missing_dates == ("2026-01-01", "2026-01-03")
    # Of a task that is complete, luigi asks no more.
    assert matrix.unknown == (() if fails == "requires" else (dt.date(2026, 1, 2),))


def test_a_task_that_can_not_be_made_is_an_error_of_its_date() -> None:
    class CmpPicky(luigi.Task):
        date = luigi.DateParameter()

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            if self.date.day == 2:
                raise ValueError("not on the second")

    matrix = completeness(CmpPicky, {}, None, "2026-01-01", "2026-01-02")
    assert matrix.states == ("A", "E")
    assert matrix.errors == {(1, 0): "making the task raised ValueError: not on the second"}


def test_a_database_that_is_not_there_is_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    marked = marker.marked

    def counted(*asked: Any) -> dict[str, str | None]:
        calls.append(asked)
        return marked(*asked)

    monkeypatch.setattr(look, "marked", counted)
    for name in NAMES:
        for date in days(31):
            (tmp_path / f"{name}_{date}").touch()
            os.utime(tmp_path / f"{name}_{date}", ns=(0, 0))
    values = {"folder": str(tmp_path), "database": "postgresql://me:hunter22-secret@127.0.0.1:1/words"}
    matrix = completeness(tasks.CmpAll, values, None, "2026-01", "2026-01")
    assert len(matrix.unknown) == 31
    assert len(calls) == 1
    assert "is not available" in next(iter(matrix.errors.values()))
    assert "hunter22" not in str(matrix)


def test_several_tasks_of_a_family_are_counted(tmp_path: Path) -> None:
    (tmp_path / "part0").mkdir()
    (tmp_path / "part0" / "2026-01-02.csv").touch()
    values = {"folder": str(tmp_path), "database": f"sqlite:///{tmp_path / 'x.db'}"}
    matrix = completeness(tasks.CmpLoad, values, None, "2026-01-02", "2026-01-02")
    assert states(matrix)["CmpPart"] == "missing"
    assert matrix.counts == {(0, matrix.families.index("CmpPart")): (1, 3)}


@pytest.fixture
def bulk(tmp_path: Path) -> dict[str, Any]:
    tasks.CmpBulk.asked.clear()
    tasks.CmpBulk.singly.clear()
    for date in days(10)[::3]:
        for name in ("CmpBulk", "CmpBulkBroken", "CmpNaiveBulk", "CmpOverridden"):
            (tmp_path / f"{name}_{date}").touch()
    return {"folder": str(tmp_path)}


EVERY_THIRD_IS_THERE = tuple(date for number, date in enumerate(days(10)) if number % 3)


def test_bulk_complete_is_asked_once(bulk: dict[str, Any]) -> None:
    matrix = completeness(tasks.CmpBulk, {**bulk, "region": "apac"}, None, FIRST, days(10)[-1])
    assert matrix.missing == EVERY_THIRD_IS_THERE
    assert (tasks.CmpBulk.asked, tasks.CmpBulk.singly) == ([10], [])


def test_a_bulk_complete_may_take_tuples(bulk: dict[str, Any]) -> None:
    matrix = completeness(tasks.CmpBulkOfTuples, bulk, None, FIRST, days(10)[-1])
    assert matrix.missing == tuple(date for date in days(10) if date.day % 2 == 0)


def test_a_bulk_complete_that_fails_changes_no_answer(bulk: dict[str, Any]) -> None:
    assert completeness(tasks.CmpBulkBroken, bulk, None, FIRST, days(10)[-1]).missing == EVERY_THIRD_IS_THERE
    assert len(tasks.CmpBulk.singly) == 10
    assert completeness(tasks.CmpNaiveBulk, bulk, None, FIRST, days(10)[-1]).missing == EVERY_THIRD_IS_THERE


def test_a_complete_of_its_own_goes_before_a_bases_bulk_complete(bulk: dict[str, Any]) -> None:
    assert completeness(tasks.CmpOverridden, bulk, None, FIRST, days(10)[-1]).missing == tuple(days(10)[1:])


def test_what_takes_long_is_asked_in_parallel() -> None:
    tasks.CmpSlow.most = 0
    matrix = completeness(tasks.CmpSlow, {}, None, "2026-01", "2026-01")
    assert tasks.CmpSlow.most > 4
    assert matrix.missing == tuple(date for date in days(31) if date.day % 2 == 0)
    tasks.CmpSlow.most = 0
    assert completeness(tasks.CmpSlow, {}, None, "2026-01", "2026-01", threads=1).missing == matrix.missing
    assert tasks.CmpSlow.most == 1


@pytest.mark.parametrize(
    ("task", "first", "last", "expected"),
    [
        (tasks.CmpHourly, "2026-01-01", "2026-01-01", [f"2026-01-01T{hour:02}" for hour in range(24)]),
        (tasks.CmpHourly, "2026-01-01T23", "2026-01-02T00:30", ["2026-01-01T23", "2026-01-02T00"]),
        (tasks.CmpPeriodic, "2025-W52", "2026-W02", ["2025-W52", "2026-W01", "2026-W02"]),
        (tasks.CmpPeriodic, "2025-12-24", "2026-W02", ["2025-W52", "2026-W01", "2026-W02"]),
        (tasks.CmpPeriodic, "2026-01-30", "2026-02-01", ["2026-01-30", "2026-01-31", "2026-02-01"]),
        (tasks.CmpPeriodic, "2025-11", "2026-01", ["2025-11", "2025-12", "2026-01"]),
        (tasks.CmpPeriodic, "2025", "2026", ["2025", "2026"]),
        (tasks.CmpMonthly, "2025-11", "2026-01", ["2025-11", "2025-12", "2026-01"]),
        (tasks.CmpMonthly, "2025-11-15", "2026-01-15", ["2025-11", "2025-12", "2026-01"]),
        (tasks.CmpYearly, "2024", "2026", ["2024", "2025", "2026"]),
        (tasks.CmpMonthly, dt.date(2025, 12, 31), dt.datetime(2026, 1, 1), ["2025-12", "2026-01"]),
    ],
)  # fmt: skip
def test_dates_are_those_of_the_parameters_kind(
    tmp_path: Path, task: type[luigi.Task], first: Any, last: Any, expected: list[str]
) -> None:
    (tmp_path / expected[1]).touch()
    matrix = completeness(task, {"folder": str(tmp_path)}, None, first, last)
    assert list(matrix.dates) == expected
    assert list(matrix.missing_dates) == [expected[0], *expected[2:]]
    assert said(matrix) == one_by_one(task, {"folder": str(tmp_path)}, list(matrix.values), matrix.date_param)


@pytest.mark.parametrize(
    ("task", "values", "first", "last", "message"),
    [
        (tasks.CmpNoOutput, {}, "yesterday", "2026", "'yesterday' is no date. A date is written as"),
        (tasks.CmpNoOutput, {}, "2026-02-30", "2026", "'2026-02-30' is no date: day"),
        (tasks.CmpNoOutput, {}, "2026-02", "2026-01", "The range is empty: 2026-02 is after 2026-01."),
        (tasks.CmpTwoDates, {}, "2026", "2026", "has several date parameters: date, since."),
        (tasks.CmpNoOutput, {"dat": "x"}, "2026", "2026", "has no parameter 'dat'"),
        (tasks.CmpNoOutput, {"date": "2026-01-01"}, "2026", "2026", "no date parameter that is free"),
        (tasks.CmpHourly, {"folder": "x"}, "1900", "2026", "are more than 100,000 values of 'hour'"),
        (tasks.CmpEndless, {"folder": "x"}, "2026-01-01", "2026-01-02", "seems to have no end"),
        ("tests.core.completeness_tasks:CmpNone", {}, "2026", "2026", "the module has no class 'CmpNone'"),
    ],
)
def test_what_is_wrong_is_named(task: Any, values: Any, first: str, last: str, message: str) -> None:
    with pytest.raises(TaskSpecError, match=message.replace("(", r"\(")):
        completeness(task, values, None, first, last)


def test_the_one_date_parameter_that_is_left_is_taken() -> None:
    matrix = completeness(tasks.CmpTwoDates, {"since": "2020-01-01"}, None, "2026-01-01", "2026-01-02")
    assert (matrix.date_param, matrix.dates) == ("date", ("2026-01-01", "2026-01-02"))


def test_after_a_look_luigi_is_as_it_was(tmp_path: Path) -> None:
    def methods() -> list[Callable[..., Any]]:
        owners: list[tuple[Any, str]] = [
            (MarkerTableTarget, "exists"),
            (luigi.local_target.LocalFileSystem, "exists"),
            (luigi.Task, "get_params"),
            (luigi.Task, "get_param_values"),
            (luigi.task_register.Register, "__call__"),
        ]
        return [vars(owner)[name] for owner, name in owners]

    before = methods()
    completeness(tasks.CmpRaw, {"folder": str(tmp_path)}, None, FIRST, FIRST)
    with pytest.raises(TaskSpecError):
        completeness(tasks.CmpEndless, {"folder": "x"}, None, FIRST, FIRST)
    assert methods() == before


@pytest.mark.skipif(sys.platform == "darwin", reason="names are asked for there")
def test_a_folder_is_listed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for date in days(100)[::2]:
        (tmp_path / f"CmpDelivery_{date}").touch()
    asked: list[Any] = []
    exists = os.path.exists

    def counted(path: Any) -> bool:
        asked.append(path)
        return exists(path)

    monkeypatch.setattr(os.path, "exists", counted)
    matrix = completeness(tasks.CmpDelivery, {"folder": str(tmp_path)}, None, FIRST, days(100)[-1])
    assert matrix.missing == tuple(days(100)[1::2])
    assert len(asked) < 10


def test_the_compact_form_is_bounded(tmp_path: Path) -> None:
    (tmp_path / "CmpDelivery_2026-01-31").touch()
    matrix = completeness(tasks.CmpDelivery, {"folder": str(tmp_path)}, None, "2026-01", "2026-01")
    compact = matrix.compact(max_dates=2)
    assert compact["dates"] == ["2026-01-30", "2026-01-31"]
    assert (compact["states"], compact["verdicts"], compact["omitted"]) == (["X", "C"], "MC", 29)
    assert compact["totals"] == {"complete": 1, "missing": 30, "error": 0}
    assert compact["codes"]["X"] == "missing_external"


def test_ten_years_of_ten_families_fit() -> None:
    count = 3_653
    dates = tuple(map(str, days(count)))
    matrix = Matrix(
        task="T",
        date_param="date",
        families=tuple(map(str, range(10))),
        values=tuple(days(count)),
        dates=dates,
        verdicts=(State.COMPLETE,) * count,
        states=("C" * 10,) * count,
        counts={},
        errors={},
        asked_at=dt.datetime.now(dt.timezone.utc),
        seconds=0.0,
    )
    assert (len(matrix.compact()["dates"]), matrix.compact()["omitted"]) == (count, 0)
