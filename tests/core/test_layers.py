"""Arrows point one way: adapters -> core -> luigi."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
CORE = PLUGINS / "airflow_luigi" / "core"
MODULES = sorted(CORE.rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Give the full names of what a file imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_the_core_names_no_airflow_and_no_adapter(path: Path) -> None:
    for name in imported(path):
        assert name.split(".")[0] != "airflow"
        assert not name.startswith("airflow_luigi") or name.startswith("airflow_luigi.core")


def test_the_core_is_imported_without_airflow() -> None:
    modules = [f"airflow_luigi.core.{path.stem}" for path in MODULES if path.stem != "__init__"]
    assert "airflow_luigi.core.build" in modules
    program = "\n".join(
        [
            "import importlib, sys",
            "sys.modules['airflow'] = None",
            f"for name in {modules!r}: importlib.import_module(name)",
        ]
    )
    subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": str(PLUGINS)}, check=True)


def test_what_a_dag_file_imports_does_not_import_luigi() -> None:
    program = "import sys; from airflow_luigi import LuigiOperator; assert 'luigi' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": str(PLUGINS)}, check=True)
