"""The example pipelines with their output folder in an S3-compatible store: moto's server, on loopback."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import boto3
import pytest
import sqlalchemy as sa
from moto.server import ThreadedMotoServer

from airflow_luigi.core.build import build
from airflow_luigi.core.config import luigi_settings
from airflow_luigi.core.connections import engine
from local_airflow.ports import LOOPBACK
from luigi_tasks.letter_count import PrintSQL
from luigi_tasks.words_count import Count, PrintCounts, StoreCounts
from tests.luigi_tasks.conftest import Folders, ran

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
def s3_folders(folders: Folders, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Folders]:
    """An input folder on this machine, and an output folder in S3, as docker-compose.s3.yml sets them."""
    for name, value in {
        "AWS_ENDPOINT_URL_S3": endpoint,
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "marker-of-s3",
        "AWS_DEFAULT_REGION": "us-east-1",
        "NO_PROXY": LOOPBACK,
    }.items():
        monkeypatch.setenv(name, value)
    bucket = boto3.resource("s3").Bucket(BUCKET)
    bucket.create()
    with luigi_settings({"folders": {"outputs": f"s3://{BUCKET}/made/"}}):
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
