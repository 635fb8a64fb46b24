"""A drawn graph is kept as long as it holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from airflow_luigi.core.drawing_cache import drawn
from local_airflow.airflow import REPO

PIPELINE = """
import luigi
import shapes

class Root(luigi.Task):
    def requires(self):
        return [Leaf(number=number) for number in range(shapes.LEAVES)]

class Leaf(luigi.Task):
    number = luigi.IntParameter()
"""

DRAW = """
import json, os, sys
from pathlib import Path
from airflow_luigi.core.drawing_cache import drawn
nodes = drawn(Path("kept"), "leafy:Root", {}, granularity="task", **json.loads(sys.argv[1]))
print(json.dumps({"nodes": len(nodes), "luigi": "luigi" in sys.modules}))
"""


@pytest.fixture
def pipeline(tmp_path: Path) -> Path:
    write(tmp_path / "leafy.py", PIPELINE)
    write(tmp_path / "shapes.py", "LEAVES = 2")
    return tmp_path


def write(path: Path, text: str) -> None:
    """Write a file as one that was there before."""
    path.write_text(text)
    before = path.stat().st_mtime - 60 - len(text)
    os.utime(path, (before, before))


def draw(folder: Path, env: dict[str, str] | None = None, **how: Any) -> tuple[int, bool]:
    """Draw in a process of its own; give the number of nodes, and whether luigi was needed."""
    result = subprocess.run(
        [sys.executable, "-B", "-c", DRAW, json.dumps(how)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{REPO / 'plugins'}:{folder}", **(env or {})},
        capture_output=True,
        text=True,
        check=True,
    )
    answer = json.loads(result.stdout.splitlines()[-1])
    return answer["nodes"], answer["luigi"]


def test_the_second_parse_needs_neither_the_pipeline_nor_luigi(pipeline: Path) -> None:
    assert draw(pipeline) == (3, True)
    assert draw(pipeline) == (3, False)


def test_a_change_of_the_pipeline_or_of_what_it_imports_is_seen(pipeline: Path) -> None:
    draw(pipeline)
    write(pipeline / "shapes.py", "LEAVES = 5  # more")
    assert draw(pipeline) == (6, True)
    write(pipeline / "leafy.py", PIPELINE.replace("LEAVES)", "LEAVES + 1)"))
    assert draw(pipeline) == (7, True)
    assert draw(pipeline) == (7, False)


def test_a_change_of_an_argument_or_of_luigis_configuration_is_seen(pipeline: Path) -> None:
    draw(pipeline)
    assert draw(pipeline, luigi_config={"Root": {"priority": 1}}) == (3, True)
    assert draw(pipeline, {"LUIGI_CONFIG_PATH": "/no/such/file"}) == (3, True)
    write(pipeline / "luigi.cfg", "[core]\nworkers = 2\n")
    assert draw(pipeline) == (3, True)


def test_a_file_that_was_just_changed_may_have_been_read_before(pipeline: Path) -> None:
    (pipeline / "shapes.py").touch()
    assert draw(pipeline) == (3, True)
    assert draw(pipeline) == (3, True)


def test_what_is_kept_and_can_not_be_read_is_drawn_again(pipeline: Path) -> None:
    draw(pipeline)
    (kept,) = (pipeline / "kept").glob("*.json")
    kept.write_text('{"at": 9999999999, "files": {}, "nodes": [{"id": 1}]}')
    assert draw(pipeline) == (3, True)
    assert draw(pipeline) == (3, False)


def test_a_folder_that_can_not_be_written_costs_nothing_but_time(pipeline: Path) -> None:
    (pipeline / "kept").write_text("a file")
    assert draw(pipeline) == (3, True)


def test_what_can_not_be_told_apart_is_not_kept(tmp_path: Path) -> None:
    for _ in range(2):
        config = {"graph_tasks": {"anything": object()}}
        drawn(tmp_path / "kept", "luigi_tasks.letter_count:PrintSQL", {}, luigi_config=config)
    assert not (tmp_path / "kept").exists()
