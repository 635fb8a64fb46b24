"""The wheel: what is in it, and that Airflow finds it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from packaging.version import Version

import airflow_luigi
from tests.luigid import Luigid
from tests.wheel import build_wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "airflow_luigi/core/build.py" in names
    assert "airflow_luigi/web/bundle/index.html" in names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"airflow_luigi", "airflow_provider_luigi"}
    assert not [name for name in names if "__pycache__" in name]


def test_the_version_is_the_packages(wheel: Path) -> None:
    assert Version(wheel.name.split("-")[1]) == Version(airflow_luigi.__version__)


@pytest.fixture
def airflow(wheel: Path, tmp_path: Path) -> Callable[..., str]:
    """The ``airflow`` command of an environment in which the wheel is installed."""
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    (tmp_path / "plugins").mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(site),
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(tmp_path / "plugins"),
        "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
    }

    def command(*words: str, **variables: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "airflow", *words],
            env={**environment, **variables},
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    return command


def test_airflow_lists_the_plugin_and_the_provider_of_an_installed_wheel(airflow: Callable[..., str]) -> None:
    assert "airflow-provider-luigi" in airflow("plugins", "--output", "json")
    assert "airflow-provider-luigi" in airflow("providers", "list")


def test_airflow_offers_the_connection_type_of_an_installed_wheel_with_its_test(
    airflow: Callable[..., str], tmp_path: Path
) -> None:
    assert "airflow_luigi.hooks.LuigiHook" in airflow("providers", "hooks")
    assert "airflow_luigi.links.LuigiVisualiserLink" in airflow("providers", "links")
    (tmp_path / "luigid").mkdir()
    with Luigid(tmp_path / "luigid") as luigid:
        connection = f"luigi://127.0.0.1:{luigid.port}"
        said = airflow("connections", "test", "luigi_test", AIRFLOW_CONN_LUIGI_TEST=connection)
    assert "Connection success" in said
