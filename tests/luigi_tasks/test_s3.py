"""The example pipelines with their output folder in an S3-compatible store: moto's server, on loopback."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Iterator

import boto3
import pytest
import sqlalchemy as sa
from moto.server import ThreadedMotoServer

from airflow_luigi.core.build import build
from airflow_luigi.core.config import luigi_settings
from airflow_luigi.core.connections import engine
from local_airflow.airflow import REPO
from local_airflow.ports import LOOPBACK
from luigi_tasks.letter_count import PrintSQL
from luigi_tasks.words_count import Count, PrintCounts, StoreCounts
from tests.luigi_tasks.conftest import Folders, ran
from tests.stack.compose_file import read

DAY = dt.date(2026, 11, 1)
BUCKET = "words"
CHAIN = ["Count", "PrintCounts", "StoreCounts", "Words"]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address=LOOPBACK, port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def worker_environment(endpoint: str) -> dict[str, str]:
    """What a worker has in the stack's second set-up."""
    settings = {
        "S3_OUTPUTS": f"s3://{BUCKET}/made/",
        "S3_ENDPOINT_URL": endpoint,
        "S3_ACCESS_KEY_ID": "key",
        "S3_SECRET_ACCESS_KEY": "marker-of-s3",
    }
    services = read(REPO / "docker-compose.yml", settings, more=REPO / "docker-compose.s3.yml")
    return services["worker"].environment


@pytest.fixture
def s3_folders(
    folders: Folders, worker_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Folders]:
    """An input folder on this machine, and an output folder in S3."""
    monkeypatch.setenv("NO_PROXY", LOOPBACK)
    for name, value in worker_environment.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    bucket = boto3.resource("s3").Bucket(BUCKET)
    bucket.create()
    with luigi_settings({"folders": {"outputs": worker_environment["LUIGI_OUTPUTS"]}}):
        yield folders
    bucket.objects.delete()
    bucket.delete()


def keys() -> list[str]:
    return sorted(item.key for item in boto3.resource("s3").Bucket(BUCKET).objects.all())


def test_the_dated_pipeline_writes_to_s3_and_finds_there_what_is_complete(
    s3_folders: Folders, database_url: str
) -> None:
    s3_folders.put("words.csv", "apple", "Äpfel")
    assert ran(build(PrintCounts(DAY, database_url))) == CHAIN
    assert keys() == ["made/count_2026-11-01.csv", "made/words_2026-11-01.csv"]
    assert ran(build(PrintCounts(DAY, database_url))) == ["PrintCounts"]
    with Count(DAY).output().open("r") as file:
        assert file.read() == "words,letter_count\napple,5\nÄpfel,5\n"
    Count(DAY).output().remove()
    assert ran(build(PrintCounts(DAY, database_url))) == ["Count", "PrintCounts", "StoreCounts"]
    with engine(database_url).connect() as connection:
        assert connection.execute(sa.text("select count(*) from daily_letter_count")).scalar() == 2


def test_the_undated_pipeline_writes_to_s3(s3_folders: Folders, sqlite_url: str) -> None:
    s3_folders.put("words.csv", "apple")
    assert ran(build(PrintSQL(sqlite_url))) == ["CountLetters", "PrintSQL", "StoreSQL"]
    assert keys() == ["made/count_letters.csv"]
    assert ran(build(PrintSQL(sqlite_url))) == ["PrintSQL"]


def test_the_report_says_where_in_s3_a_target_is(s3_folders: Folders) -> None:
    s3_folders.put("words.csv", "apple")
    outputs = {uri for task in build(Count(DAY)).tasks for uri in task.outputs}
    assert outputs == {f"s3://{BUCKET}/made/{name}_2026-11-01.csv" for name in ("count", "words")}


def test_without_a_database_the_error_says_that_one_must_be_named(s3_folders: Folders) -> None:
    s3_folders.put("words.csv", "apple")
    (failed,) = [task for task in build(StoreCounts(DAY)).tasks if task.state.value == "failed"]
    assert "SQLite can't be in s3://words/made: give the parameter database" in str(failed.error)


def test_the_stacks_luigi_cfg_takes_both_folders_from_the_environment(
    s3_folders: Folders, worker_environment: dict[str, str]
) -> None:
    s3_folders.put("words.csv", "apple")
    environment = {
        **worker_environment,
        "PATH": os.environ["PATH"],
        "NO_PROXY": LOOPBACK,
        "PYTHONPATH": f"{REPO}:{REPO / 'plugins'}",
        "LUIGI_CONFIG_PATH": str(REPO / "docker" / "luigi.cfg"),
        "LUIGI_INPUTS": str(s3_folders.input),
    }
    words = ("--module", "luigi_tasks.words_count", "Count", "--date", str(DAY), "--local-scheduler")
    subprocess.run([sys.executable, "-m", "luigi", *words], env=environment, check=True, capture_output=True)
    assert keys() == ["made/count_2026-11-01.csv", "made/words_2026-11-01.csv"]
