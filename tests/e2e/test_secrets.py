"""No password is in anything that Airflow, luigid and the pipelines' databases store during a run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import pytest
import sqlalchemy as sa

from airflow_luigi.core.live import HEAD_KEY
from local_airflow.airflow import LocalAirflow
from local_airflow.ports import LOOPBACK
from local_airflow.postgres import LocalPostgres
from tests.e2e.cases import finished, start
from tests.luigid import Luigid
from tests.published import unpacked

# What is looked for is the middle of each password: a part of it, or another form, is found as well.
NAMED, STRING, CFG, PHRASE, SETTING, LUIGID = MIDDLES = [
    f"Xq7{source}" for source in ("named", "string", "cfg", "phrase", "setting", "luigid")
]
PASSWORDS = {
    NAMED: f"p@:'{NAMED}/#",
    STRING: f"pass{STRING}word",
    CFG: f"p@:{CFG}/#",
    PHRASE: f'open "{PHRASE}" \\ now',
    SETTING: f"{SETTING} of the config",
    LUIGID: f"p@{LUIGID}/#",
}
# So short that luigi takes the beginning of the password into a task's id.
USERS = {NAMED: "named", STRING: "s", CFG: "cfg"}
DATABASE = "secrets"


@pytest.fixture(scope="module")
def luigid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Luigid]:
    with Luigid(tmp_path_factory.mktemp("luigid")) as started:
        yield started


@pytest.fixture(scope="module", autouse=True)
def _secrets(airflow: LocalAirflow, luigid: Luigid, postgres_server: LocalPostgres) -> None:
    """Put each password where its kind belongs."""
    put = airflow.api.put_connection
    for source, user in USERS.items():
        postgres_server.create_role(user, PASSWORDS[source])
    postgres_server.create_database(DATABASE)
    for name, source in (("secret_named_db", NAMED), ("secret_string_db", STRING)):
        put(
            name,
            conn_type="postgres",
            host=LOOPBACK,
            port=postgres_server.port,
            login=USERS[source],
            password=PASSWORDS[source],
            schema=DATABASE,
        )
    put("secret_service", conn_type="generic", extra=json.dumps({"phrase": PASSWORDS[PHRASE]}))
    put(
        "luigi_secrets",
        conn_type="luigi",
        host=LOOPBACK,
        port=luigid.port,
        login="airflow",
        password=PASSWORDS[LUIGID],
    )
    location = f"{LOOPBACK}:{postgres_server.port}/{DATABASE}"
    url = f"postgresql://{USERS[CFG]}:{quote(PASSWORDS[CFG], safe='')}@{location}".replace("%", "%%")
    with airflow.state.luigi_config.open("a") as config:
        config.write(f"\n[connections]\nsecret_cfg_db = {url}\n")
        config.write(f"\n[SecretSettings]\nphrase = {PASSWORDS[SETTING]}\n")


def processes() -> str:
    """Give the command line and the environment of every process but this one."""
    found = []
    for process in psutil.process_iter():
        if process.pid != psutil.Process().pid:
            for file in ("cmdline", "environ"):
                try:
                    found.append(Path(f"/proc/{process.pid}/{file}").read_bytes().decode(errors="replace"))
                except OSError:
                    continue
    return "\n".join(found)


def dump(url: sa.URL | str) -> str:
    """Give every row of every table of a database as text."""
    engine = sa.create_engine(url)
    lines = []
    try:
        with engine.connect() as connection:
            for table in sa.inspect(connection).get_table_names():
                for row in connection.execute(sa.text(f'SELECT * FROM "{table}"')):
                    lines.append(f"{table}: {[_text(value) for value in row]}")
    finally:
        engine.dispose()
    return "\n".join(lines)


def _text(value: Any) -> str:
    return bytes(value).decode(errors="replace") if isinstance(value, memoryview) else str(value)


def published(database: str) -> str:
    """Give what builds have published to be shown, which is packed."""
    engine = sa.create_engine(database)
    pages = sa.text("SELECT value FROM task_state_store WHERE key LIKE :key")
    try:
        with engine.connect() as connection:
            values = connection.execute(pages, {"key": f"{HEAD_KEY}_%"}).scalars().all()
    finally:
        engine.dispose()
    return "\n".join(unpacked(json.loads(value)) for value in values)


def stored(airflow: LocalAirflow) -> dict[str, str]:
    """Give what Airflow keeps: its metadata database, what builds have published in it, and its logs."""
    database = airflow.environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
    found = {"metadata": dump(database), "published": published(database)}
    for path in airflow.state.logs.rglob("*"):
        if path.is_file():
            found[str(path.relative_to(airflow.state.logs))] = path.read_bytes().decode(errors="replace")
    # LocalExecutor repeats what tasks print on the scheduler's own output, and Airflow masks nothing there.
    lines = found["scheduler.log"].splitlines()
    found["scheduler.log"] = "\n".join(line for line in lines if "] print: " not in line)
    return found


def let_end(airflow: LocalAirflow, workers: int) -> str:
    """Start both tasks, look at the processes while they run, and let them end."""
    run_id = start(airflow, f"secrets_{workers}")
    for fails in (False, True):
        begun = airflow.output / f"indiscreet_{fails}"
        airflow.api.wait_for(f"{begun.name} to run", begun.exists, bool, deadline=90)
    running = processes()
    for fails in (False, True):
        (airflow.output / f"indiscreet_{fails}.go").touch()
    run = finished(airflow, f"secrets_{workers}", run_id)
    assert run.task("ends")["state"] == "success", run.log("ends")
    assert run.task("fails")["state"] == "failed"
    assert run.report("fails")["tasks"][0]["state"] == "failed"
    for name in ("ends", "fails"):
        log = run.log(name)
        for way in ("luigi's log", "own log", "a warning", "print"):
            assert f"{way}: ***" in log
    for file in airflow.output.glob("indiscreet_*"):
        file.unlink()
    return running


@pytest.mark.parametrize("workers", [1, 2])
def test_no_password_is_stored_or_shown_anywhere(
    airflow: LocalAirflow, luigid: Luigid, postgres_server: LocalPostgres, workers: int
) -> None:
    running = let_end(airflow, workers)
    places = {
        "processes": running,
        "luigid's API": luigid.told(),
        "luigid's log": (luigid.folder / "luigid.log").read_text(),
        "the pipelines' database": dump(postgres_server.url(DATABASE)),
        **stored(airflow),
    }
    luigid.stop()
    places["luigid's state"] = luigid.state.read_bytes().decode(errors="replace")
    luigid.start()
    assert "Indiscreet_hidden_" in places["luigid's state"]
    assert "Indiscreet" in places["metadata"]
    assert "Indiscreet" in places["published"]
    shown = [
        f"{place}: {text[max(0, text.index(middle) - 300) : text.index(middle) + 200]}"
        for place, text in places.items()
        for middle in MIDDLES
        if middle in text
    ]
    assert shown == []
