"""The URIs of targets: each kind, and never a credential."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

import luigi
import pytest
from hypothesis import given
from hypothesis import strategies as st
from luigi.mock import MockTarget
from luigi.parameter import ParameterVisibility
from sqlalchemy.engine import make_url

from airflow_luigi.core.build import build
from airflow_luigi.core.config import luigi_settings
from airflow_luigi.core.connections import resolve
from airflow_luigi.core.marker import MarkerTableTarget
from airflow_luigi.core.report import LISTED_OUTPUTS, TaskReport, TaskState
from airflow_luigi.core.resolvers import use_resolver
from airflow_luigi.core.targets import output_uris, target_uri

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
SECRET = "s3cret/pa:55@x"


def contrib(module: str, name: str, *arguments: Any, **named: Any) -> Any:
    return getattr(importlib.import_module(f"luigi.contrib.{module}"), name)(*arguments, **named)


class OwnTarget:
    """A target of a user's own, with a path."""

    def __init__(self, path: str) -> None:
        self.path = path


class Anything:
    """Stands for the client that a target would else make, for which a library may be missing."""


def server(module: str, name: str, host: str, table: str = "counts") -> Any:
    return contrib(module, name, host, "words", "me", SECRET, table, "id")


@pytest.mark.parametrize(
    ("target", "uri"),
    [
        (luigi.LocalTarget("/data/words 2026.csv"), "file:///data/words%202026.csv"),
        (luigi.LocalTarget("/data/50% #1?@ü"), "file:///data/50%25%20%231%3F%40%C3%BC"),
        (contrib("s3", "S3Target", "s3://bucket/a/b c.csv", client=Anything()), "s3://bucket/a/b%20c.csv"),
        (contrib("s3", "S3FlagTarget", "s3a://bucket/a/", client=Anything()), "s3://bucket/a/"),
        (contrib("s3", "S3Target", f"s3://AKIA:{SECRET}@bucket/key", client=Anything()), "s3://bucket/key"),
        (contrib("gcs", "GCSTarget", "gs://bucket/key", client=Anything()), "gs://bucket/key"),
        (contrib("hdfs", "HdfsTarget", "/data/words", fs=Anything()), "hdfs:///data/words"),
        (
            contrib("hdfs", "HdfsTarget", "hdfs://name:9000/a@b", fs=Anything()),
            "hdfs://name:9000/a%40b",
        ),
        (contrib("hdfs", "HdfsTarget", "words", fs=Anything()), None),
        (contrib("webhdfs", "WebHdfsTarget", "/data/words", client=Anything()), "hdfs:///data/words"),
        (contrib("ssh", "RemoteTarget", "/data/words", "me@far"), "sftp://far/data/words"),
        (
            contrib("ftp", "RemoteTarget", "/words", "far", username="me", password=SECRET),
            "ftp://far/words",
        ),
        (server("postgres", "PostgresTarget", "db"), "postgres://db:5432/words/public/counts"),
        (
            server("postgres", "PostgresTarget", "db:5433", "daily.counts"),
            "postgres://db:5433/words/daily/counts",
        ),
        (server("redshift", "RedshiftTarget", "db"), "redshift://db:5439/words/public/counts"),
        (server("mysqldb", "MySqlTarget", "db"), "mysql://db:3306/words/counts"),
        (server("mysqldb", "MySqlTarget", "db", "other.counts"), "mysql://db:3306/other/counts"),
        (server("mssqldb", "MSSqlTarget", "db"), "mssql://db:1433/words/counts"),
        (
            contrib("bigquery", "BigQueryTarget", "project", "set", "table", client=Anything()),
            "bigquery://project/set/table",
        ),
        (MockTarget("words"), "mock:///words"),
        (contrib("simulate", "RunAnywayTarget", luigi.Task()), None),
    ],
    ids=lambda value: None if isinstance(value, str) else type(value).__name__,
)
def test_each_kind_of_target_has_its_uri(target: Any, uri: str | None) -> None:
    assert target_uri(target) == uri


@pytest.mark.parametrize(
    ("url", "uri"),
    [
        ("postgresql://me:s3cret@db/words", "postgres://db:5432/words/public/counts"),
        ("postgresql+psycopg2://me:s3cret@[::1]:6000/words", "postgres://[::1]:6000/words/public/counts"),
        ("postgresql:///words?host=/run/pg&password=s3cret", "postgres://localhost:5432/words/public/counts"),
        ("mysql+pymysql://me:s3cret@db/words", "mysql://db:3306/words/counts"),
        ("mariadb+pymysql://me:s3cret@db:3307/words", "mysql://db:3307/words/counts"),
        ("sqlite:////data/words.db", "sqlite:///data/words.db?table=counts"),
        ("sqlite://", None),
        ("no/such thing://me:s3cret@x", None),
    ],
)
def test_a_table_has_the_uri_of_its_database_without_the_login(url: str, uri: str | None) -> None:
    assert target_uri(MarkerTableTarget(url, "counts", "id")) == uri
    assert target_uri(contrib("sqla", "SQLAlchemyTarget", url, "counts", "id")) == uri


def test_a_path_that_is_relative_is_relative_to_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert target_uri(luigi.LocalTarget("a/../b.csv")) == (tmp_path / "b.csv").as_uri()


@given(st.text(alphabet=st.characters(blacklist_characters="\0/", blacklist_categories=["Cs"]), min_size=1))
def test_a_files_path_can_be_read_back_from_its_uri(name: str) -> None:
    path = f"/data/{name}/file"
    uri = target_uri(luigi.LocalTarget(path))
    if name not in (".", ".."):
        assert uri is not None
        assert url2pathname(urlsplit(uri).path) == path


@given(st.text(min_size=8, alphabet=st.characters(min_codepoint=33, max_codepoint=126)))
def test_a_paths_login_never_shows(password: str) -> None:
    password = f"pass{password}word"
    uri = target_uri(OwnTarget(f"ftp://me:{password}@far/data/words"))
    assert uri is not None
    assert password not in unquote(uri)
    assert "@" not in uri


def test_an_address_that_is_signed_is_told_without_its_signature() -> None:
    target = OwnTarget("https://account.example.org/words.csv?sig=s3cret")
    assert target_uri(target) == "https://account.example.org/words.csv"


def test_luigis_configuration_names_the_namenode() -> None:
    target = contrib("hdfs", "HdfsTarget", "/data", fs=Anything())
    with luigi_settings({"hdfs": {"namenode_host": "name", "namenode_port": 8020}}):
        assert target_uri(target) == "hdfs://name:8020/data"


def test_a_named_database_is_not_looked_up_only_for_its_uri() -> None:
    asked = []

    def resolver(name: str) -> Any:
        asked.append(name)
        return make_url("postgresql+psycopg2://me:s3cret@db/words")

    target = MarkerTableTarget("words_db", "counts", "id")
    with use_resolver(resolver):
        assert target_uri(target) == "database://words_db/counts"
        assert asked == []
        resolve("words_db")
        assert target_uri(target) == "postgres://db:5432/words/public/counts"
        assert asked == ["words_db"]


def test_a_database_that_the_environment_names_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    target = MarkerTableTarget("words_db", "counts", "id")
    assert target_uri(target) == "database://words_db/counts"
    monkeypatch.setenv("AIRFLOW_CONN_WORDS_DB", "sqlite:///%2Fdata%2Fwords.db")
    assert target_uri(target) == "sqlite:///data/words.db?table=counts"


def test_nothing_of_contrib_is_imported_to_tell_a_target() -> None:
    program = (
        "import sys, luigi, luigi.mock; from airflow_luigi.core.targets import target_uri\n"
        "target_uri(luigi.LocalTarget('/x')); target_uri(luigi.mock.MockTarget('x'))\n"
        "assert not [name for name in sys.modules if name.startswith('luigi.contrib.')]"
    )
    subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": str(PLUGINS)}, check=True)


class Several(luigi.Task):
    """Writes two files; what it is told in private is in the name of one."""

    folder = luigi.Parameter()
    pin = luigi.Parameter(visibility=ParameterVisibility.PRIVATE)
    database = luigi.Parameter(default="")

    def output(self) -> dict[str, luigi.LocalTarget]:
        return {name: luigi.LocalTarget(f"{self.folder}/{name}") for name in ("a", f"b_{self.pin}")}

    def run(self) -> None:
        for target in self.output().values():
            with target.open("w") as file:
                file.write("made")


class Fickle(luigi.Task):
    """Has an output for run(), and for the look whether it is there, but no longer."""

    folder = luigi.Parameter()
    asked = 0

    def output(self) -> luigi.LocalTarget:
        Fickle.asked += 1
        if Fickle.asked > 2:
            raise RuntimeError(f"no output for postgresql://u:{SECRET}@h/d")
        return luigi.LocalTarget(f"{self.folder}/done")

    def complete(self) -> bool:
        return Path(f"{self.folder}/done").exists()

    def run(self) -> None:
        with self.output().open("w") as file:
            file.write("made")


def test_the_report_has_the_targets_of_what_ran_and_no_secret(tmp_path: Path) -> None:
    task = Several(folder=str(tmp_path), pin="pin 12/345", database="postgresql://u:hunter22@h/d")
    Path(f"{tmp_path}/b_pin 12").mkdir()
    (made,) = build(task).tasks
    assert made.task_class == f"{__name__}:Several"
    assert made.outputs == (f"file://{tmp_path}/a", f"file://{tmp_path}/b_***")
    assert made.to_json()["outputs"] == list(made.outputs)
    (again,) = build(task).tasks
    assert (again.state, again.outputs) == (TaskState.ALREADY_COMPLETE, ())


def test_an_output_that_raises_afterwards_fails_no_build(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    report = build(Fickle(folder=str(tmp_path)))
    assert (report.status, report.tasks[0].outputs) == ("SUCCESS", ())
    assert "output() of Fickle was asked for its targets, and failed" in caplog.text
    assert SECRET not in caplog.text


def test_a_target_that_raises_is_left_out() -> None:
    class Broken(luigi.LocalTarget):
        @property
        def path(self) -> str:
            raise RuntimeError("no path")

        @path.setter
        def path(self, value: str) -> None: ...

    class Two(luigi.Task):
        def output(self) -> list[luigi.LocalTarget]:
            return [Broken("/a"), luigi.LocalTarget("/b")]

    assert output_uris(Two()) == ("file:///b",)


def test_many_or_long_uris_are_cut_in_the_json_form_and_counted() -> None:
    uris = tuple(f"file:///{'x' * 2000}{number}" for number in range(LISTED_OUTPUTS + 7))
    shown = TaskReport("T_1", "T", {}, TaskState.RAN, outputs=uris).to_json()
    assert len(shown["outputs"]) == LISTED_OUTPUTS
    assert shown["outputs_omitted"] == 7
    assert max(map(len, shown["outputs"])) == 500
