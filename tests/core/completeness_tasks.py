"""Pipelines that are asked whether they are complete, over many dates."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

import luigi

from airflow_luigi.core.freshness import FreshnessMixin
from airflow_luigi.core.marker import MarkerTableTarget


class CmpDaily(luigi.Task):
    """A task with a file for each date."""

    date = luigi.DateParameter()
    folder = luigi.Parameter(significant=False)

    def output(self) -> Any:
        return luigi.LocalTarget(f"{self.folder}/{self.task_family}_{self.date}")


class CmpDelivery(CmpDaily, luigi.ExternalTask):
    """Comes from somebody else."""


class CmpRaw(CmpDaily):
    def requires(self) -> Any:
        return CmpDelivery(date=self.date, folder=self.folder)


class CmpPart(CmpDaily):
    """One of several of a date."""

    number = luigi.IntParameter()

    def requires(self) -> Any:
        return CmpRaw(date=self.date, folder=self.folder)

    def output(self) -> Any:
        return luigi.LocalTarget(f"{self.folder}/part{self.number}/{self.date}.csv")


class CmpFresh(FreshnessMixin, CmpDaily):
    """Older than its input, it is incomplete."""

    def requires(self) -> Any:
        return CmpRaw(date=self.date, folder=self.folder)


class CmpLoad(luigi.Task):
    """Marks a table, and asks more than its outputs."""

    date = luigi.DateParameter()
    folder = luigi.Parameter(significant=False)
    database = luigi.Parameter(significant=False)

    def requires(self) -> Any:
        yield CmpFresh(date=self.date, folder=self.folder)
        for number in range(1 + self.date.day % 3):
            yield CmpPart(date=self.date, folder=self.folder, number=number)

    def output(self) -> Any:
        return MarkerTableTarget(self.database, "cmp_rows", f"cmp_{self.date}")

    def complete(self) -> bool:
        return CmpFresh(date=self.date, folder=self.folder).complete() and self.output().exists()


class CmpAll(luigi.WrapperTask):
    """Is complete if what it requires is."""

    date = luigi.DateParameter()
    folder = luigi.Parameter(significant=False)
    database = luigi.Parameter(significant=False)

    def requires(self) -> Any:
        return CmpLoad(date=self.date, folder=self.folder, database=self.database)


class CmpPrint(luigi.Task):
    """Always runs."""

    date = luigi.DateParameter()
    folder = luigi.Parameter(significant=False)
    database = luigi.Parameter(significant=False)

    def requires(self) -> Any:
        return CmpLoad(date=self.date, folder=self.folder, database=self.database)

    def complete(self) -> bool:
        return False


class CmpPrintTwice(CmpPrint):
    """Always runs, as what it requires does."""

    def requires(self) -> Any:
        return CmpPrint(date=self.date, folder=self.folder, database=self.database)


class CmpAsks(luigi.Task):
    """Has no output, but a complete() that finds something out."""

    date = luigi.DateParameter()
    folder = luigi.Parameter(significant=False)

    def complete(self) -> bool:
        return Path(self.folder, f"asked_{self.date}").exists()


class CmpNoOutput(luigi.Task):
    """Has neither outputs nor a complete() of its own."""

    date = luigi.DateParameter()


class CmpExternalNothing(luigi.ExternalTask):
    """Somebody else's, without outputs: never there."""

    date = luigi.DateParameter()


class CmpBroken(luigi.Task):
    """Fails where it is asked, as ``fails`` says, on the second of a month."""

    date = luigi.DateParameter()
    folder = luigi.Parameter(significant=False)
    fails = luigi.Parameter()
    password = luigi.Parameter(default="", significant=False)

    def _fail(self, method: str) -> None:
        if self.fails == method and self.date.day == 2:
            raise ValueError(
                f"no answer from postgresql://me:hunter22-secret@nowhere/x, with {self.password}"
            )

    def requires(self) -> Any:
        self._fail("requires")
        return CmpRaw(date=self.date, folder=self.folder)

    def output(self) -> Any:
        self._fail("output")
        return luigi.LocalTarget(f"{self.folder}/broken_{self.date}")

    def complete(self) -> bool:
        self._fail("complete")
        return super().complete()  # type: ignore[no-any-return]


class CmpBulk(CmpDaily):
    """Knows many dates at once; counts how it is asked."""

    region = luigi.Parameter(default="emea")
    asked: ClassVar[list[int]] = []
    singly: ClassVar[list[dt.date]] = []

    def complete(self) -> bool:
        self.singly.append(self.date)
        return super().complete()  # type: ignore[no-any-return]

    @classmethod
    def bulk_complete(cls, parameter_tuples: Iterable[Any]) -> list[Any]:
        given = list(parameter_tuples)
        CmpBulk.asked.append(len(given))
        return [value for value in given if cls(value).output().exists()]


class CmpBulkOfTuples(CmpBulk):
    """Takes what its argument is called."""

    def complete(self) -> bool:
        raise AssertionError("asked singly")

    @classmethod
    def bulk_complete(cls, parameter_tuples: Iterable[Any]) -> list[Any]:
        return [each for each in parameter_tuples if each[0].day % 2]


class CmpBulkBroken(CmpBulk):
    @classmethod
    def bulk_complete(cls, parameter_tuples: Iterable[Any]) -> list[Any]:
        raise OSError("no bulk today")


class CmpNaiveBulk(luigi.task.MixinNaiveBulkComplete, CmpDaily):
    pass


class CmpOverridden(CmpBulk):
    """Its complete() is not what its base's bulk_complete knows."""

    def complete(self) -> bool:
        return self.date.day == 1


class CmpSlow(luigi.Task):
    """Takes a while to answer."""

    date = luigi.DateParameter()
    at_once: ClassVar[int] = 0
    most: ClassVar[int] = 0
    lock: ClassVar[Any] = threading.Lock()

    def complete(self) -> bool:
        with self.lock:
            CmpSlow.at_once += 1
            CmpSlow.most = max(CmpSlow.most, CmpSlow.at_once)
        time.sleep(0.02)
        with self.lock:
            CmpSlow.at_once -= 1
        return bool(self.date.day % 2)


class CmpHourly(luigi.Task):
    hour = luigi.DateHourParameter()
    folder = luigi.Parameter(significant=False)

    def output(self) -> Any:
        return luigi.LocalTarget(f"{self.folder}/{self.hour:%Y-%m-%dT%H}")


class CmpPeriodic(luigi.Task):
    period = luigi.DateIntervalParameter()
    folder = luigi.Parameter(significant=False)

    def output(self) -> Any:
        return luigi.LocalTarget(f"{self.folder}/{self.period}")


class CmpMonthly(luigi.Task):
    month = luigi.MonthParameter()
    folder = luigi.Parameter(significant=False)

    def output(self) -> Any:
        return luigi.LocalTarget(f"{self.folder}/{self.month:%Y-%m}")


class CmpYearly(luigi.Task):
    year = luigi.YearParameter()
    folder = luigi.Parameter(significant=False)

    def output(self) -> Any:
        return luigi.LocalTarget(f"{self.folder}/{self.year:%Y}")


class CmpTwoDates(luigi.Task):
    date = luigi.DateParameter()
    since = luigi.DateParameter()


class CmpWide(luigi.Task):
    """Requires a task of each of seven families."""

    date = luigi.DateParameter()

    def requires(self) -> Any:
        return [family(date=self.date) for family in WIDE]


class CmpNarrow(luigi.Task):
    date = luigi.DateParameter()

    def output(self) -> Any:
        return luigi.LocalTarget(f"/no/such/folder/{self.task_family}_{self.date}")


WIDE: list[Any] = [type(f"CmpNarrow{number}", (CmpNarrow,), {}) for number in range(7)]


class CmpEndless(CmpDaily):
    """Requires its own yesterday, for ever."""

    def requires(self) -> Any:
        return CmpEndless(date=self.date - dt.timedelta(1), folder=self.folder)
