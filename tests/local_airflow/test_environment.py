"""Airflow is configured from here, whatever the shell is set up for."""

from __future__ import annotations

import json
from pathlib import Path

import luigi.configuration
import pytest
from sqlalchemy import URL

from local_airflow.environment import airflow_environment, base_environment, write_luigi_config
from local_airflow.state import StateFolder


@pytest.fixture
def state(tmp_path: Path) -> StateFolder:
    folder = StateFolder(tmp_path / "50% of state")
    folder.lock()
    return folder


def environment(state: StateFolder, base_path: str = "") -> dict[str, str]:
    return airflow_environment(
        base_environment(state),
        state,
        state.make(),
        repo=Path("/repo"),
        dags=[Path("/repo/dags"), Path("/repo/tests/dags")],
        plugins=Path("/repo/plugins"),
        inputs=Path("/repo/input"),
        database=URL.create("postgresql+psycopg2", database="airflow"),
        port=1234,
        parallelism=3,
        base_path=base_path,
    )


def test_another_airflows_settings_do_not_reach_it(
    state: StateFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AIRFLOW__CORE__EXECUTOR", "AIRFLOW_CONN_WORDS_DB", "AIRFLOW_CONFIG", "LUIGI_CONFIG_PARSER"):
        monkeypatch.setenv(name, "foreign")
    monkeypatch.setenv("PYTHONPATH", "foreign")
    assert "foreign" not in environment(state).values()


def test_a_proxy_does_not_stand_between_the_components(
    state: StateFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("NO_PROXY", "intra.example")
    assert environment(state)["no_proxy"] == "intra.example,127.0.0.1,localhost"


def test_dags_folders_of_one_name_are_different_bundles(state: StateFolder) -> None:
    bundles = json.loads(environment(state)["AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST"])
    assert [bundle["name"] for bundle in bundles] == ["dags", "1-dags"]


def test_only_this_machine_can_reach_the_api(state: StateFolder) -> None:
    found = environment(state)
    assert found["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert found["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:1234/execution/"


def test_it_can_be_served_below_a_path(state: StateFolder) -> None:
    found = environment(state, base_path="/team/airflow")
    assert found["AIRFLOW__API__BASE_URL"] == "http://127.0.0.1:1234/team/airflow"
    assert found["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:1234/team/airflow/execution/"


def test_luigi_reads_the_folders_even_with_a_percent_sign(state: StateFolder) -> None:
    write_luigi_config(state, Path("/repo/input"))
    parser = luigi.configuration.LuigiConfigParser()
    parser.read(state.luigi_config)
    assert parser.get("folders", "inputs") == "/repo/input"
    assert parser.get("folders", "outputs") == str(state.output)
