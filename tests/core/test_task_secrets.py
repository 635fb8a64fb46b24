"""Secrets of tasks and of luigi's configuration, in a build that tells them all."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import luigi
import pytest
from luigi.parameter import ParameterVisibility

from airflow_luigi.core.build import build
from airflow_luigi.core.config import luigi_settings
from airflow_luigi.core.connections import resolve
from airflow_luigi.core.database_url import ConnectionParts
from airflow_luigi.core.resolvers import use_resolver
from airflow_luigi.core.secrets import Redactor
from airflow_luigi.core.task_secrets import kept_secret

PRIVATE = ParameterVisibility.PRIVATE
Said = Callable[[luigi.Task, int], str]

luigis_log = logging.getLogger("luigi-interface")
own_log = logging.getLogger("indiscreet")


class Vault(luigi.Config):
    phrase = luigi.Parameter(default="", visibility=PRIVATE)


class Tells(luigi.Task):
    """Fails, and says with what."""

    key = luigi.Parameter(default="", visibility=PRIVATE)
    pin = luigi.IntParameter(default=0, visibility=PRIVATE)
    login = luigi.DictParameter(default={}, visibility=PRIVATE)  # type: ignore[var-annotated]
    password = luigi.Parameter(default="")
    database = luigi.Parameter(default="")

    def run(self) -> None:
        told = [str(self), self.key, self.password, Vault().phrase]
        told += [str(value) for value in self.login.values()]
        if self.database:
            told.append(str(resolve(self.database).password))
        luigis_log.info("with %s", told)
        own_log.warning("with %s", told)
        warnings.warn(f"with {told}", stacklevel=1)
        raise ValueError(f"not with {told}")


@pytest.fixture
def all_that_is_said(tmp_path: Path) -> Iterator[Said]:
    """A function that builds a task, and gives all that this and its processes say."""
    handler = logging.FileHandler(tmp_path / "log")

    def said(task: luigi.Task, workers: int) -> str:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            report = build(task, workers=workers)
        assert report.counts["failed"] == 1
        assert "ValueError: not with [" in str(report.tasks[0].error)
        log = (tmp_path / "log").read_text()
        assert log.count("with [") >= 3
        told = [json.dumps(report.to_json()), str(report.tasks[0].detail), log]
        return "\n".join([*told, *(str(warning.message) for warning in warned)])

    level = logging.root.level
    logging.root.addHandler(handler)
    logging.root.setLevel(logging.INFO)
    yield said
    logging.root.setLevel(level)
    logging.root.removeHandler(handler)
    handler.close()


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    "params",
    [
        {"key": "Xq7 'quoted' \n\\"},
        {"pin": 77077},
        {"login": {"user": "me", "phrase": "Xq7inside"}},
        {"password": "Xq7public"},
    ],
    ids=lambda params: next(iter(params)),
)
def test_a_secret_parameter_is_in_nothing_that_is_said(
    params: dict[str, object], workers: int, all_that_is_said: Said
) -> None:
    said = all_that_is_said(Tells(**params), workers)
    assert "Xq7" not in said
    assert "77077" not in said
    assert "Tells(" in said


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    "settings",
    [
        {"Vault": {"phrase": "Xq7phrase"}},
        {"Tells": {"password": "Xq7default"}},
        {
            "connections": {"configured_db": "postgresql://me:p%%40Xq7@h/x"},
            "Tells": {"database": "configured_db"},
        },
    ],
    ids=["config class", "parameter", "connection"],
)
def test_what_luigis_configuration_holds_is_in_nothing_that_is_said(
    settings: dict[str, dict[str, str]], workers: int, all_that_is_said: Said
) -> None:
    with luigi_settings(settings):
        assert "Xq7" not in all_that_is_said(Tells(), workers)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("where", ["resolver", "environment"])
def test_the_password_of_a_named_database_is_in_nothing_that_is_said(
    where: str, workers: int, all_that_is_said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    def resolver(name: str) -> ConnectionParts | None:
        return ConnectionParts("postgres", "h", "me", "p@Xq7") if where == "resolver" else None

    monkeypatch.setenv("AIRFLOW_CONN_TELLS_DB", "postgres://me:p%40Xq7@h/x")
    with use_resolver(resolver):
        assert "Xq7" not in all_that_is_said(Tells(database="tells_db"), workers)


def test_what_luigi_warns_of_while_a_task_is_made_holds_no_secret() -> None:
    with (
        luigi_settings({"Tells": {"passwd": "Xq7unused"}}),
        pytest.warns(UserWarning, match=r"'passwd' with value '\*\*\*'") as warned,
        kept_secret(Redactor()),
    ):
        Tells()
    assert "Xq7" not in str([warning.message for warning in warned])


def test_luigis_records_are_said_once_and_named_as_before(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        build(Tells(key="Xq7 once"))
    assert caplog.text.count("running   Tells(key=***, ") == 1


class SecretBatch(luigi.Task):
    url = luigi.Parameter()
    name = luigi.Parameter(batch_method=",".join)

    def complete(self) -> bool:
        return False

    def run(self) -> None:
        pass


def test_the_id_of_a_batch_that_luigi_makes_holds_no_password(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        report = build(
            [SecretBatch(url="my://u:Xq7password-longer-than-an-id@h", name=name) for name in "ab"]
        )
    assert report.counts["ran"] == 2
    assert "name=a,b" in caplog.text
    assert "Xq7" not in caplog.text
