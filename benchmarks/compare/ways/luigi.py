"""Luigi alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from benchmarks.compare.pipelines import DATABASE, LUIGI_TASKS, Pipeline
from benchmarks.compare.program_way import ProgramWay
from local_airflow.airflow import REPO

LOOP = """
for date in "$@"; do
    luigi --module {module} {task} --date "$date" --database {database} --local-scheduler || failed=$?
done
exit ${{failed:-0}}
"""
PIPELINE = tuple(REPO / "luigi_tasks" / name for name in ("words_count.py", "word_lists.py", "settings.py"))


class Luigi(ProgramWay):
    """The ``luigi`` command, for one date after the other."""

    name = "luigi"
    title = "the luigi command in a shell loop, as cron runs it"
    code = (*PIPELINE, LOOP)
    note = (
        "One date after the other, where Airflow runs two tasks at once. It is asked again when cron runs it "
        "the next time. The exit code is 0 when a task has failed, unless [retcode] of luigi.cfg says "
        "otherwise; here it does not."
    )

    def command(self, pipeline: Pipeline, dates: Sequence[date]) -> list[str]:
        """Give the loop."""
        module, task = LUIGI_TASKS[pipeline]
        loop = LOOP.format(module=module, task=task, database=DATABASE)
        return ["sh", "-c", loop, "sh", *map(str, dates)]
