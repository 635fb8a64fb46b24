"""Other Python environments for tests, as a pytest plugin: ``pytest_plugins = ["tests.interpreters"]``."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pandas as pd
import pytest

LUIGI = "3.6.0"
OTHER_PANDAS = int(pd.__version__.partition(".")[0]) - 1


@pytest.fixture(scope="session")
def other_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An environment with another luigi, another pandas, and what reads and writes databases."""
    needs = [f"luigi=={LUIGI}", f"pandas=={OTHER_PANDAS}.*", "sqlalchemy", "psycopg[binary]", "psutil"]
    # The last pandas 1 was built for numpy 1.
    return make_environment(
        tmp_path_factory.mktemp("other"), *needs, *(["numpy<2"] if OTHER_PANDAS == 1 else [])
    )


@pytest.fixture(scope="session")
def luigi_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An environment with luigi and nothing else."""
    return make_environment(tmp_path_factory.mktemp("luigi"), f"luigi=={LUIGI}")


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An environment without luigi."""
    return make_environment(tmp_path_factory.mktemp("bare"))


def make_environment(folder: Path, *requirements: str) -> str:
    """Make a virtual environment, and give the path of its interpreter."""
    python = str(folder / "bin" / "python")
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.exists() else shutil.which("uv")
    venv.create(folder, symlinks=True, with_pip=uv is None and bool(requirements))
    if requirements:
        install = [uv, "pip", "install", "--python", python] if uv else [python, "-m", "pip", "install"]
        subprocess.run([*install, "--quiet", *requirements], check=True)
    return python
