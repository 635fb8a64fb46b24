"""Kill builds of the words pipeline at random moments, and see whether anything is lost.

A crash is SIGKILL to the build's own process, which has no chance to clean up. What else it has started must
be gone soon after. Builds are forked from this process, so that none of them has to import anything.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import luigi
import sqlalchemy as sa

from airflow_luigi.core.build import BuildReport, build
from airflow_luigi.core.config import LuigiConfig, luigi_settings
from airflow_luigi.core.interpreter import build_in
from airflow_luigi.core.lifeline import guarded
from airflow_luigi.core.processes import live_processes
from airflow_luigi.core.task_spec import bind
from local_airflow.airflow import REPO
from local_airflow.errors import DeadlineExceededError
from local_airflow.processes import STATE_MARKER, belonging_to
from local_airflow.waiting import wait_for
from luigi_tasks.words_count import StoreCounts
from tests.chaos.audit import Audit, Findings, write_words

# One build is of several dates, so that there is something to do for several workers.
DATES = 3
FIRST_DATE = dt.date(2026, 3, 1)
MOST_CRASHES_IN_A_ROW = 3
# What a build takes at least, where little is left to do, as a part of what it takes in all.
SHORTEST = 0.3
GONE_WITHIN = 10.0


@dataclass(frozen=True)
class Job:
    """A build, in folders of its own."""

    folder: Path
    database: str
    workers: int

    @property
    def dates(self) -> list[dt.date]:
        """What is built."""
        return [FIRST_DATE + dt.timedelta(days=number) for number in range(DATES)]

    @property
    def values(self) -> dict[str, Any]:
        """The parameters of the task that is built."""
        return {"dates": [str(date) for date in self.dates], "database": self.database}

    @property
    def settings(self) -> LuigiConfig:
        """Where the pipeline is to read and write."""
        return {"folders": {"inputs": self.folder / "input", "outputs": self.folder / "output"}}


# Starts a build in a process that leads a group of its own, and gives that process's number.
Start = Callable[[Job], int]


def new_job(folder: Path, database: Callable[[Path], str], workers: int) -> Job:
    """Make the input of a build."""
    job = Job(folder, database(folder), workers)
    write_words(folder, job.dates)
    return job


class Several(luigi.WrapperTask):
    """The words pipeline for several dates."""

    dates = luigi.ListParameter()
    database = luigi.Parameter()

    def requires(self) -> list[luigi.Task]:
        return [StoreCounts(dt.date.fromisoformat(date), self.database) for date in self.dates]


def in_process(job: Job) -> int:
    """Start a build as the operator does, in a forked process."""

    def body() -> BuildReport:
        with guarded(), luigi_settings(job.settings):
            return build(bind(Several, job.values), workers=job.workers)

    return _forked(body)


def in_another_interpreter(job: Job) -> int:
    """Start a build as the operator with ``python`` does: in an interpreter that a forked process starts."""

    def body() -> BuildReport:
        os.environ.update({STATE_MARKER: str(job.folder), "PYTHONPATH": str(REPO)})
        with guarded():
            return build_in(
                sys.executable, Several, job.values, workers=job.workers, luigi_config=job.settings
            )

    return _forked(body)


def _forked(body: Callable[[], BuildReport]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        os.setpgid(0, 0)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nowhere, descriptor)
        code = 0 if body().status == "SUCCESS" else 1
    finally:
        os._exit(code)


@dataclass
class Result:
    """What a number of crashes did.

    :param kills: crashes of a build that was still running.
    :param outlived: crashes after which a process of the build lived on.
    :param failed_builds: builds that were left alone, and failed.
    """

    kills: int = 0
    builds: int = 0
    outlived: int = 0
    failed_builds: int = 0
    seconds: float = 0.0
    findings: Findings = field(default_factory=Findings)

    @property
    def good(self) -> bool:
        """Whether nothing went wrong."""
        return self.findings == Findings() and not self.outlived and not self.failed_builds


class Crashes:
    """A number of crashes of one kind of build.

    :param folder: everything is written below it.
    :param database: gives an empty database for each job.
    :param workers: how many Luigi tasks may run at once.
    :param start: how a build is started.
    """

    def __init__(
        self, folder: Path, database: Callable[[Path], str], *, workers: int, start: Start = in_process
    ) -> None:
        self._folder = folder
        self._database = database
        self._workers = workers
        self._start = start
        self._jobs = 0

    def run(self, kills: int, seed: int) -> Result:
        """Crash builds, at moments that ``seed`` decides, and complete each in the end.

        :param kills: how many builds are killed before they have ended by themselves.
        """
        chance = random.Random(seed)
        began = time.monotonic()
        result = Result()
        whole = min(self._undisturbed(self._new_job(), result) for _ in range(2))
        while result.kills < kills:
            job, left = self._new_job(), whole
            for _ in range(min(chance.randint(1, MOST_CRASHES_IN_A_ROW), kills - result.kills)):
                after = self._crash(job, chance.uniform(0, left), result)
                left = max(left - after, whole * SHORTEST)
                result.findings += Audit(job.folder, job.database, job.dates).after_a_crash()
            self._undisturbed(job, result)
        result.seconds = time.monotonic() - began
        return result

    def _new_job(self) -> Job:
        self._jobs += 1
        return new_job(self._folder / str(self._jobs), self._database, self._workers)

    def _undisturbed(self, job: Job, result: Result) -> float:
        began = time.monotonic()
        _, status = os.waitpid(self._start(job), 0)
        result.builds += 1
        result.failed_builds += status != 0
        result.findings += Audit(job.folder, job.database, job.dates).when_complete()
        return time.monotonic() - began

    def _crash(self, job: Job, after: float, result: Result) -> float:
        """Kill a build some seconds after its start; give how long it lived."""
        began = time.monotonic()
        pid = self._start(job)
        ended = 0
        while not ended and (left := began + after - time.monotonic()) > 0:
            time.sleep(min(left, 0.01))
            ended, status = os.waitpid(pid, os.WNOHANG)
        if not ended:
            os.kill(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
        result.builds += 1
        result.kills += os.WIFSIGNALED(status)
        result.outlived += not _gone(pid, job)
        return time.monotonic() - began


def _gone(group: int, job: Job) -> bool:
    def members() -> list[int]:
        forked = [process.pid for process in live_processes().values() if process.group == group]
        return [*forked, *(process.pid for process in belonging_to(job.folder))]

    try:
        wait_for(
            "the build's processes to be gone",
            members,
            lambda left: not left,
            deadline=GONE_WITHIN,
            every=0.01,
        )
    except DeadlineExceededError:
        for pid in members():
            os.kill(pid, signal.SIGKILL)
        return False
    return True


def postgresql_job_database(server_url: sa.URL) -> Callable[[Path], str]:
    """Give a function that empties one PostgreSQL database for each job."""

    def empty(_: Path) -> str:
        engine = sa.create_engine(server_url, poolclass=sa.NullPool)
        with engine.begin() as connection:
            connection.execute(sa.text("drop table if exists daily_letter_count, table_updates"))
        return server_url.render_as_string(hide_password=False)

    return empty


def sqlite_job_database(folder: Path) -> str:
    """Give a new SQLite file for a job."""
    return f"sqlite:///{folder / 'words.db'}"
