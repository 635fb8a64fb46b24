"""A short run of ``make chaos``, and what its audit sees."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from airflow_luigi.core.build import build
from airflow_luigi.core.config import luigi_settings
from luigi_tasks.words_count import PrintCounts
from tests.chaos.audit import WORDS, Audit, Findings
from tests.chaos.crashes import (
    Crashes,
    Job,
    in_another_interpreter,
    new_job,
    postgresql_job_database,
    sqlite_job_database,
)


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_builds_that_crash_lose_nothing_and_double_nothing(
    tmp_path: Path, request: pytest.FixtureRequest, kind: str, workers: int
) -> None:
    database: Callable[[Path], str] = sqlite_job_database
    if kind == "postgresql":
        database = postgresql_job_database(sa.make_url(request.getfixturevalue("postgresql_url")))
    result = Crashes(tmp_path, database, workers=workers).run(kills=4, seed=1)
    assert result.kills == 4
    assert result.good


def test_builds_in_another_interpreter_that_crash_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    crashes = Crashes(tmp_path, sqlite_job_database, workers=4, start=in_another_interpreter)
    result = crashes.run(kills=2, seed=1)
    assert result.kills == 2
    assert result.good


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Job:
    job = new_job(tmp_path_factory.mktemp("chaos") / "job", sqlite_job_database, workers=1)
    with luigi_settings(job.settings):
        build([PrintCounts(date, job.database) for date in job.dates])
    return job


@pytest.fixture
def left(complete: Job, tmp_path: Path) -> Job:
    """What a complete build has left, to be spoilt."""
    folder = tmp_path / "job"
    shutil.copytree(complete.folder, folder)
    return Job(folder, sqlite_job_database(folder), 1)


def found_in(job: Job, statement: str = "") -> Findings:
    if statement:
        engine = sa.create_engine(job.database)
        with engine.begin() as connection:
            connection.execute(sa.text(statement))
        engine.dispose()
    return Audit(job.folder, job.database, job.dates).when_complete()


def test_the_audit_finds_nothing_in_what_is_complete(left: Job) -> None:
    assert found_in(left) == Findings()


def test_the_audit_finds_a_half_written_file(left: Job) -> None:
    file = left.folder / "output" / f"count_{left.dates[1]}.csv"
    file.write_text(file.read_text()[:-5])
    assert found_in(left) == Findings(half_written=1)


def test_the_audit_finds_a_file_that_is_lost(left: Job) -> None:
    (left.folder / "output" / f"count_{left.dates[1]}.csv").unlink()
    assert found_in(left) == Findings(losses=1)


def test_the_audit_finds_rows_that_are_lost_or_double(left: Job) -> None:
    day = f"date = '{left.dates[0]}'"
    assert found_in(left, f"insert into daily_letter_count select * from daily_letter_count where {day}") == (
        Findings(duplicates=WORDS, disagreements=1)
    )
    assert found_in(left, f"delete from daily_letter_count where {day}") == (
        Findings(losses=WORDS, disagreements=1)
    )


def test_the_audit_finds_a_marker_that_is_lost(left: Job) -> None:
    assert found_in(left, f"delete from table_updates where update_id like '%{left.dates[0]}'") == (
        Findings(losses=1, disagreements=1)
    )
