"""Luigi tasks that are built in another interpreter. They need luigi there, and no more."""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import threading
import warnings
from pathlib import Path
from typing import Any

import luigi

logger = logging.getLogger("luigi-interface")
BIG = 30_000


class Recorded(luigi.Task):
    """Writes a file."""

    folder = luigi.Parameter()
    name = luigi.Parameter(default="made")

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(f"{self.folder}/{self.name}")

    def content(self) -> Any:
        return None

    def run(self) -> None:
        content = self.content()
        with self.output().open("w") as file:
            json.dump(content, file)


class Fails(Recorded):
    """Fails in a chain of errors."""

    def run(self) -> None:
        try:
            raise KeyError("colour")
        except KeyError as error:
            raise ValueError("no such colour") from error


class Given(luigi.ExternalTask):
    """A file that somebody else writes."""

    folder = luigi.Parameter()

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(f"{self.folder}/given")


class Everything(luigi.WrapperTask):
    """One task for each state that a report knows."""

    folder = luigi.Parameter()

    def requires(self) -> list[luigi.Task]:
        there = Recorded(folder=self.folder, name="there")
        return [
            there,
            Recorded(folder=self.folder),
            Fails(folder=self.folder, name="fails"),
            Given(self.folder),
        ]


class Surroundings(Recorded):
    """Notes where it runs."""

    def content(self) -> Any:
        import luigi as imported

        try:
            import pandas as pd

            pandas = pd.__version__
        except ImportError:
            pandas = None
        return {
            "python": sys.executable,
            "path": sys.path,
            "luigi": imported.__version__,
            "pandas": pandas,
            "modules": sorted({name.partition(".")[0] for name in sys.modules}),
            "stdin": sys.stdin.read(),
            "child": subprocess.run(["cat"], capture_output=True, check=True).stdout.decode(),
            "inputs": luigi.configuration.get_config().get("folders", "inputs", ""),
        }


class Types(luigi.Task):
    """Takes values of every type, and says what it got."""

    day = luigi.DateParameter(default=None)  # type: ignore[arg-type]
    month = luigi.MonthParameter(default=None)  # type: ignore[arg-type]
    hour = luigi.DateHourParameter(default=None)  # type: ignore[arg-type]
    interval = luigi.DateIntervalParameter(default=None)  # type: ignore[arg-type]
    size = luigi.IntParameter(default=0)
    names = luigi.ListParameter(default=())
    extra: luigi.Parameter[Any] = luigi.DictParameter(default={})
    wait = luigi.TimeDeltaParameter(default=None)  # type: ignore[arg-type]

    def complete(self) -> bool:
        return True


class Talks(Recorded):
    """Logs at several levels, and prints."""

    def run(self) -> None:
        for number in range(20):
            logger.warning("%s says %d", self.name, number)
        logger.debug("%s whispers", self.name)
        logging.getLogger("pipeline.of.ours").error("%s %s", self.name, "x" * BIG)
        try:
            raise ValueError("caught")
        except ValueError:
            logging.getLogger("pipeline.of.ours").exception("%s had an error", self.name)
        print(f"{self.name} prints")
        warnings.warn(f"{self.name} warns", UserWarning, stacklevel=1)
        super().run()


class Talk(luigi.WrapperTask):
    """Four that talk at once."""

    folder = luigi.Parameter()

    def requires(self) -> list[luigi.Task]:
        return [Talks(folder=self.folder, name=f"talker{number}") for number in range(4)]


class Ends(Recorded):
    """Ends the process in which it runs, or that process's guard."""

    how = luigi.Parameter()

    def run(self) -> None:
        if self.how == "exit":
            os._exit(7)
        if self.how == "exception":
            raise SystemExit(3)
        pid = os.getppid() if self.how == "guard" else os.getpid()
        os.kill(pid, signal.SIGTERM if self.how == "term" else signal.SIGKILL)
        signal.pause()


class HoldsInterpreter(Recorded):
    """Never lets another thread of its process run, nor a signal's handler."""

    def run(self) -> None:
        note(self.folder, os.getpid())
        re.match("(a+)+$", "a" * 60 + "b")


class StartsSessions(Recorded):
    """Starts a program in a session of its own, notes its number, and waits for it."""

    def run(self) -> None:
        sleep = [sys.executable, "-c", "import time; time.sleep(300)"]
        process = subprocess.Popen(sleep, start_new_session=True)
        note(self.folder, process.pid)
        process.wait()


def note(folder: Any, pid: int) -> None:
    """Leave the number of a process."""
    part = Path(folder, "part")
    part.write_text(str(pid))
    part.rename(part.with_name("pid"))


class Spawns(Recorded):
    """Has a part of its work done in a process that is not a fork of its own."""

    def content(self) -> Any:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            return pool.apply(spawned)


def spawned() -> str:
    """Use the bridge in such a process."""
    import airflow_luigi.core.wire

    return airflow_luigi.core.wire.__file__


class Lingers(Recorded):
    """Leaves a thread behind that does not end."""

    def run(self) -> None:
        threading.Thread(target=threading.Event().wait).start()
        super().run()


class Connects(Recorded):
    """Looks up a database by name, and looks for its password in all places that others can read."""

    database = luigi.Parameter()
    places = luigi.ListParameter()

    def content(self) -> Any:
        from airflow_luigi.core.connections import resolve

        url = resolve(self.database)
        secret = str(url.password).encode()
        return {
            "url": url.render_as_string(hide_password=True),
            "seen": len(secret) > 8,
            "processes": [
                str(file)
                for name in ("cmdline", "environ")
                for file in Path("/proc").glob(f"[0-9]*/{name}")
                if secret in _bytes(file)
            ],
            "files": [
                str(file)
                for place in self.places
                for file in Path(place).rglob("*")
                if file.is_file() and secret in _bytes(file)
            ],
        }


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


class Connect(luigi.WrapperTask):
    """Four that connect at once."""

    folder = luigi.Parameter()
    places = luigi.ListParameter()

    def requires(self) -> list[luigi.Task]:
        return [
            Connects(folder=self.folder, name=f"c{n}", database=f"db{n}", places=self.places)
            for n in range(4)
        ]
