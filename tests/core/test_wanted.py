"""Tasks in a form from which another process makes them again."""

from __future__ import annotations

import datetime as dt
import enum
import json
from typing import Any, cast

import luigi
import pytest
from luigi import date_interval
from luigi.parameter import ParameterVisibility

from airflow_luigi.core.build import build
from airflow_luigi.core.config import luigi_settings
from airflow_luigi.core.report import TaskState
from airflow_luigi.core.secrets import Redactor
from airflow_luigi.core.task_spec import TaskSpecError
from airflow_luigi.core.wanted import Wanted, made, require_importable, secret_setting, wanted

PASSWORD = "hunter22-must-not-show"


class Colour(enum.Enum):
    RED = 1


class Prefixed(luigi.Parameter):
    """Reads what it is given as the end of a path."""

    def parse(self, text: str) -> str:
        return f"/data/{text}"


class WantsAll(luigi.ExternalTask):
    """Has a parameter of each type."""

    day = luigi.DateParameter(default=dt.date(2026, 1, 31))
    no_day = luigi.DateParameter(default=None)  # type: ignore[arg-type]
    month = luigi.MonthParameter(default=dt.date(2026, 1, 1))
    minute = luigi.DateMinuteParameter(default=dt.datetime(2026, 1, 31, 3, 4))
    interval = luigi.DateIntervalParameter(default=date_interval.Week(2026, 7))
    names = luigi.ListParameter(default=("a", "b"))
    extra: Any = luigi.DictParameter(default={"a": {"b": [1]}})
    colour = luigi.EnumParameter(enum=Colour, default=Colour.RED)
    size = luigi.FloatParameter(default=0.1)
    wait = luigi.TimeDeltaParameter(default=dt.timedelta(hours=1))
    path = Prefixed(default="/data/x")
    insignificant = luigi.IntParameter(default=3, significant=False)

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget("/no/such/file")


Wants: Any = WantsAll  # mypy knows luigi's parameters only in part


class WantsSecret(luigi.ExternalTask):
    """Has parameters that hold secrets."""

    database = luigi.Parameter(default="")
    token = luigi.Parameter(default="")
    phrase = luigi.Parameter(default="", visibility=ParameterVisibility.PRIVATE)

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(f"/no/such/{self.database}")


class NeedsWanted(luigi.WrapperTask):
    """Needs what is not there."""

    def requires(self) -> luigi.Task:
        return cast(luigi.Task, Wants(size=2.5))


def stored(task: luigi.Task) -> dict[str, Any]:
    """Describe a task as Airflow stores it."""
    found: dict[str, Any] = json.loads(json.dumps(wanted(task, Redactor()).to_json()))
    return found


@pytest.mark.parametrize(
    "task", [WantsAll(), Wants(day=dt.date(2025, 1, 1), names=[], insignificant=7, path="rel", size=1e300)]
)
def test_the_same_task_is_made_again(task: WantsAll) -> None:
    again = made(stored(task))
    assert again == task
    assert again.param_kwargs == task.param_kwargs


def test_name_and_target_are_shown() -> None:
    shown = str(wanted(WantsSecret("words_db"), Redactor()))
    assert shown == "WantsSecret(database=words_db, token=): /no/such/words_db"


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("database", f"postgresql://u:{PASSWORD}@h/d"), ("token", PASSWORD), ("phrase", PASSWORD)],
)
def test_a_secret_is_named_and_not_shown(parameter: str, value: str) -> None:
    found = wanted(WantsSecret(**{parameter: value}), Redactor())
    assert found.secret == parameter
    assert PASSWORD not in f"{found} {found.target}"


def test_a_secret_of_luigis_configuration_stays_there() -> None:
    with luigi_settings({"WantsSecret": {"phrase": PASSWORD}}):
        task = WantsSecret("words_db")
        found = wanted(task, Redactor())
        assert found.secret is None
        assert PASSWORD not in str(found.to_json())
        assert made(found.to_json()).param_kwargs["phrase"] == PASSWORD


def test_a_setting_that_is_a_secret_is_named() -> None:
    assert secret_setting({"a": {"b": 1, "url": "postgresql://h/d"}}) is None
    assert secret_setting({"a": {"api_token": "x"}}) == "[a] api_token"
    assert secret_setting({"a": {"url": f"postgresql://u:{PASSWORD}@h/d"}}) == "[a] url"


def test_a_build_tells_what_it_misses_and_keeps_it_out_of_the_report() -> None:
    report = build(NeedsWanted())
    (missing,) = report.in_state(TaskState.MISSING_EXTERNAL)
    assert missing.wanted is not None
    assert made(missing.wanted) == Wants(size=2.5)
    assert Wanted(**missing.wanted).name == missing.name
    assert "wanted" not in str(report.to_json())
    assert [task.wanted for task in report.in_state(TaskState.UPSTREAM_FAILED)] == [None]


@pytest.mark.parametrize(
    "change", [{"task": f"{__name__}:Gone"}, {"params": '{"values": {"nme": 1}, "texts": {}}'}]
)
def test_what_no_longer_exists_is_a_clear_error(change: dict[str, str]) -> None:
    with pytest.raises(TaskSpecError, match=r"Gone|WantsAll.*can't be made.*nme"):
        made({**stored(WantsAll()), **change})


def test_what_only_this_process_knows_is_refused() -> None:
    class Local(luigi.ExternalTask):
        pass

    require_importable(stored(WantsAll())["task"])
    for task in (stored(Local())["task"], "unusual_prefix_1_dag:Task", "__main__:Task"):
        with pytest.raises(TaskSpecError, match="can't be waited for"):
            require_importable(task)
