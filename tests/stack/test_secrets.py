"""The job that makes the stack's secrets, with the environment that docker-compose.yml gives it."""

from __future__ import annotations

import base64
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import make_url

from local_airflow.airflow import REPO
from tests.stack.compose_file import read

AWKWARD = "p@ss: w/o #rd%"


def make_secrets(folder: Path, **settings: str) -> dict[str, str]:
    """Run the job as a start of the stack does; give what is in each file."""
    for owner in ("airflow", "postgres", "redis"):
        (folder / owner).mkdir(exist_ok=True)
    job = read(REPO / "docker-compose.yml", settings)["secrets"]
    environment = {**job.environment, "SECRETS": str(folder), "PATH": os.environ["PATH"]}
    command = [sys.executable, *job.command[1:]]
    said = subprocess.run(
        command, cwd=REPO, env=environment, check=True, capture_output=True, text=True
    ).stdout
    found = {str(path.relative_to(folder)): path.read_text() for path in folder.glob("*/*")}
    assert not [name for name, value in found.items() if value in said]
    return found


def test_each_secret_is_generated_once_and_no_two_are_the_same(tmp_path: Path) -> None:
    first = make_secrets(tmp_path)
    assert len(set(first.values())) == len(first) == 14
    assert all(first.values())
    assert make_secrets(tmp_path) == first
    assert len(base64.urlsafe_b64decode(first["airflow/fernet_key"])) == 32


def test_only_those_may_read_a_secret_who_need_it(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    modes = {path.parent.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("*/*")}
    assert modes == {"airflow": 0o600, "postgres": 0o644, "redis": 0o644}
    assert stat.S_IMODE((tmp_path / "airflow").stat().st_mode) == 0o700


@pytest.mark.parametrize("before", ["", "generated"])
def test_one_that_env_sets_wins_and_is_quoted_where_it_is_part_of_an_address(
    tmp_path: Path, before: str
) -> None:
    if before:
        make_secrets(tmp_path)
    found = make_secrets(
        tmp_path, ADMIN_PASSWORD=AWKWARD, AIRFLOW_DB_PASSWORD=AWKWARD, REDIS_PASSWORD=AWKWARD
    )
    assert found["airflow/admin_password"] == found["postgres/airflow_db_password"] == AWKWARD
    assert make_url(found["airflow/sql_alchemy_conn"]).password == AWKWARD
    assert make_url(found["airflow/broker_url"]).password == AWKWARD
    assert found["redis/redis.conf"] == f'requirepass "{AWKWARD}"'


def test_the_connections_are_those_of_the_pipelines_and_luigid(tmp_path: Path) -> None:
    found = make_secrets(tmp_path)
    lines = dict(line.split("=", 1) for line in found["airflow/connections.env"].splitlines())
    words = make_url(lines.pop("words_db"))
    assert (words.username, words.password) == ("words", found["postgres/words_db_password"])
    assert lines == {"luigi_default": "luigi://luigid:8082"}
