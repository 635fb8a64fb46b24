"""Luigi tasks that don't end by themselves, each in a way of its own that makes it hard to end.

Every process of theirs leaves its number in ``pids``, so that a test can see whether it lives. Once there is
a file ``release`` they get stuck no more.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import luigi
import psutil
import sqlalchemy as sa

from airflow_luigi.core.marker import MarkerTableTarget

KINDS = ("sleeps", "writes", "ignores", "starts")
MIXED = "mixed"
LOADS = "loads"
STUCK = 3
ROWS = 20
CHUNK = b"x" * 100_000
TOO_LONG = 300

kill_rows = sa.Table(
    "kill_rows",
    sa.MetaData(),
    sa.Column("job", sa.Text, nullable=False, index=True),
    sa.Column("number", sa.Integer, nullable=False),
)


class Task(luigi.Task):
    """Writes a file in a folder of the job's own."""

    folder = luigi.Parameter()

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(f"{self.folder}/{self.task_id}", format=luigi.format.Nop)

    def run(self) -> None:
        with self.output().open("w") as file:
            file.write(b"made")


class First(Task):
    """Is done before anything gets stuck."""


class Stuck(Task):
    """Sleeps, writes and writes, ignores SIGTERM, or starts a program and waits for it."""

    kind = luigi.ChoiceParameter(choices=KINDS)
    number = luigi.IntParameter()

    def requires(self) -> luigi.Task:
        return First(folder=self.folder)

    def run(self) -> None:
        if not is_released(self.folder):
            note_process(self.folder, f"{self.number}")
            getattr(self, self.kind)()
        super().run()

    def sleeps(self) -> None:
        threading.Event().wait(TOO_LONG)

    def writes(self) -> None:
        with self.output().open("w") as file:
            for _ in range(TOO_LONG):
                file.write(CHUNK)
                file.flush()
                threading.Event().wait(0.1)

    def ignores(self) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        # One that has begun has set its handler: what is noted now counts.
        note_process(self.folder, f"{self.number}-deaf")
        threading.Event().wait(TOO_LONG)

    def starts(self) -> None:
        process = start_program()
        note_process(self.folder, f"{self.number}-program", process.pid)
        process.wait(TOO_LONG)


class Load(luigi.Task):
    """Gets stuck in the middle of a load."""

    folder = luigi.Parameter()
    database = luigi.Parameter()
    number = luigi.IntParameter()

    def requires(self) -> luigi.Task:
        return First(folder=self.folder)

    @property
    def job(self) -> str:
        return f"{Path(self.folder).name}-{self.number}"

    def output(self) -> MarkerTableTarget:
        return MarkerTableTarget(database=self.database, target_table=kill_rows.name, update_id=self.job)

    def run(self) -> None:
        half = ROWS // 2
        with self.output().load(kill_rows) as connection:
            insert = kill_rows.insert()
            connection.execute(insert, [{"job": self.job, "number": n} for n in range(half)])
            if not is_released(self.folder):
                note_process(self.folder, f"{self.number}")
                threading.Event().wait(TOO_LONG)
            connection.execute(insert, [{"job": self.job, "number": n} for n in range(half, ROWS)])


class Job(Task):
    """Needs some that get stuck."""

    kind = luigi.ChoiceParameter(choices=(*KINDS, MIXED, LOADS))
    database = luigi.Parameter(default="")

    def requires(self) -> list[luigi.Task]:
        if self.kind == LOADS:
            return [Load(folder=self.folder, database=self.database, number=n) for n in range(STUCK)]
        kinds = KINDS if self.kind == MIXED else [self.kind] * STUCK
        return [Stuck(folder=self.folder, kind=kind, number=n) for n, kind in enumerate(kinds)]


def start_program() -> subprocess.Popen[bytes]:
    """Start a program that runs for long."""
    return subprocess.Popen([sys.executable, "-c", f"import time; time.sleep({TOO_LONG})"])


def note_process(folder: str, name: str, pid: int | None = None) -> None:
    """Leave the number of a process, the own one by default, and what tells it from a later one."""
    process = psutil.Process(pid)
    pids = Path(folder, "pids")
    pids.mkdir(parents=True, exist_ok=True)
    part = pids / f".{name}"
    part.write_text(f"{process.pid} {process.create_time()}")
    part.rename(pids / name)


def begun(folder: Path, kind: str, workers: int) -> bool:
    """Whether as many as may are stuck."""
    if kind == MIXED:
        wanted = {"[0-9]": len(KINDS), "*-program": 1, "*-deaf": 1}
    else:
        wanted = {{"starts": "*-program", "ignores": "*-deaf"}.get(kind, "[0-9]"): min(workers, STUCK)}
    return all(len(list((folder / "pids").glob(name))) >= number for name, number in wanted.items())


def alive(folder: Path) -> list[psutil.Process]:
    """Give the processes that left their numbers and have not ended."""
    return list(_alive(folder))


def _alive(folder: Path) -> Iterator[psutil.Process]:
    for file in (folder / "pids").glob("[!.]*"):
        pid, created = file.read_text().split()
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(int(pid))
            if process.create_time() == float(created) and process.status() != psutil.STATUS_ZOMBIE:
                yield process


def release(folder: Path) -> None:
    """Let the tasks get stuck no more."""
    (folder / "release").touch()


def is_released(folder: str) -> bool:
    return Path(folder, "release").exists()


def made(folder: Path) -> list[str]:
    """Give the families whose output files are there."""
    return sorted(file.name.split("_")[0] for file in folder.glob("*_*") if "-luigi-tmp-" not in file.name)


def stored(database: str | sa.URL, job: str) -> tuple[dict[str, int], set[str]]:
    """Give how many rows each load of a job has stored, and which of them are marked."""
    engine = sa.create_engine(database)
    try:
        with engine.connect() as connection:
            count = sa.select(kill_rows.c.job, sa.func.count()).group_by(kill_rows.c.job)
            rows = {name: number for name, number in connection.execute(count) if name.startswith(f"{job}-")}
            query = sa.text("select update_id from table_updates where target_table = :table")
            markers = connection.execute(query, {"table": kill_rows.name}).scalars()
            return rows, {marker for marker in markers if marker.startswith(f"{job}-")}
    finally:
        engine.dispose()
