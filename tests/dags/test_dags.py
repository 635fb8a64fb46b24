"""The example DAGs, and the tests' own, as a DAG processor reads them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

NAMES = ("execution_order", "letter_count", "letter_report", "words_completeness", "words_count_sql")

PARSE = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
bag = DagBag({folder!r})
print(json.dumps({{
    "dags": sorted(bag.dags), "errors": bag.import_errors,
    "luigi": sorted(name for name in sys.modules if name.split(".")[0] in ("luigi", "luigi_tasks")),
}}))
"""


def parsed(folder: Path, home: Path, python_path: Path | None = None) -> dict[str, Any]:
    """Parse a folder in an Airflow of its own, which knows the plugins folder and what it is told of."""
    environment = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
        "PYTHONPATH": str(python_path or ""),
    }
    result = subprocess.run(
        [sys.executable, "-c", PARSE.format(folder=str(folder))],
        env=environment,
        cwd=home,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return found


def test_the_example_dags_parse_without_importing_luigi_or_a_pipeline(tmp_path: Path) -> None:
    names = [*NAMES, "words_count_sql_graph", "words_count_sql_native"]
    # A graph has to be drawn once.
    first = parsed(REPOSITORY / "dags", tmp_path, REPOSITORY)
    assert (first["dags"], first["errors"]) == (names, {})
    assert "luigi_tasks.words_count" in first["luigi"]
    again = parsed(REPOSITORY / "dags", tmp_path, REPOSITORY)
    assert again == {"dags": names, "errors": {}, "luigi": []}


def test_a_graph_that_can_not_be_drawn_is_the_import_error_of_that_file_alone(tmp_path: Path) -> None:
    found = parsed(REPOSITORY / "dags", tmp_path)
    assert found["dags"] == [*NAMES, "words_count_sql_native"]
    (error,) = found["errors"].values()
    assert "luigi_task 'luigi_tasks.words_count:PrintCounts': there is no module 'luigi_tasks'" in error


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            "on_missing_external='maybe'",
            "on_missing_external must be one of 'fail', 'skip', 'wait', not 'maybe'.",
        ),
        ("worker=3", "worker"),
    ],
)
def test_a_wrong_argument_is_the_import_error_of_that_file_alone(
    tmp_path: Path, arguments: str, says: str
) -> None:
    dags = tmp_path / "dags"
    dags.mkdir()
    template = (
        "from airflow.sdk import DAG\nfrom airflow_luigi import LuigiOperator\n"
        "with DAG({name!r}):\n    LuigiOperator(task_id='t', luigi_task='a:B'{more})\n"
    )
    (dags / "good.py").write_text(template.format(name="good", more=""))
    (dags / "bad.py").write_text(template.format(name="bad", more=f", {arguments}"))
    found = parsed(dags, tmp_path)
    assert found["dags"] == ["good"]
    (error,) = found["errors"].values()
    assert says in error
