"""How long a DAG file takes to parse: a rendered Luigi graph, against the same DAG written by hand."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.result import Goal, Result, cost_row
from local_airflow.airflow import REPO

GOAL = Goal(at_most=2)
BOXES = (10, 100, 1000)

PIPELINE = """
import luigi
BOXES = {boxes}
before = None
for number in range(BOXES - 1):
    def requires(self, before=before):
        return [before()] if before else []
    before = type(f"Link{{number:04}}", (luigi.Task,), {{"requires": requires, "__module__": __name__}})
class Last(luigi.Task):
    def requires(self):
        return before()
"""

RENDERED = """
from pendulum import datetime
from airflow_luigi import LuigiDag
LuigiDag("links", luigi_task="links_{boxes}:Last", schedule=None, start_date=datetime(2026, 1, 1))
"""

BY_HAND = """
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG
from pendulum import datetime
with DAG("links", schedule=None, start_date=datetime(2026, 1, 1)):
    links = [EmptyOperator(task_id=f"Link{{number:04}}") for number in range({boxes} - 1)]
    links.append(EmptyOperator(task_id="Last"))
    for one, next_one in zip(links, links[1:]):
        one >> next_one
"""

# What a DAG processor has imported before it forks: Airflow and its plugins.
TIME = """
import sys, time
import airflow.sdk, airflow_luigi.task_group, pendulum
import airflow.providers.standard.operators.empty
source = compile(open(sys.argv[1]).read(), sys.argv[1], "exec")
began = time.perf_counter()
exec(source, {"__name__": "parsed"})
print(time.perf_counter() - began)
"""


def seconds(file: Path, home: Path) -> float:
    """Give how long one parse takes, in a process of its own."""
    env = {
        **os.environ,
        "AIRFLOW_HOME": str(home),
        "PYTHONPATH": os.pathsep.join([str(REPO / "plugins"), str(home)]),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
    }
    command = [sys.executable, "-c", TIME, str(file)]
    result = subprocess.run(command, env=env, check=True, capture_output=True, text=True)  # noqa: S603
    return float(result.stdout.splitlines()[-1])


def measure(rounds: int, say: Callable[[str], None]) -> Result:
    """Parse graphs of several sizes both ways.

    :param say: is told how far it is.
    """
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for boxes in BOXES:
            say(f"{boxes:,} boxes")
            pipeline = home / f"links_{boxes}.py"
            pipeline.write_text(PIPELINE.format(boxes=boxes))
            # As one that was there before: what has just been changed is drawn anew.
            os.utime(pipeline, (0, 0))
            rendered, by_hand = home / "rendered.py", home / "by_hand.py"
            rendered.write_text(RENDERED.format(boxes=boxes))
            by_hand.write_text(BY_HAND.format(boxes=boxes))
            first = seconds(rendered, home)
            pairs = [(seconds(by_hand, home), seconds(rendered, home)) for _ in range(rounds)]
            hand, ours = zip(*pairs, strict=True)
            more = {"first parse, ms": first * 1000}
            rows.append(
                cost_row(f"{boxes:,} boxes", ("by hand", hand), ("LuigiDag", ours), goal=GOAL, more=more)
            )
    return Result(
        name="parsing",
        compares="Parsing a DAG file with a LuigiDag, against one with the same boxes and arrows written by "
        "hand. The first parse, which draws the graph, is told apart: others find the drawing.",
        ratio="times as long",
        rows=rows,
    )
