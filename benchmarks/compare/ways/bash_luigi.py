"""Airflow that calls the ``luigi`` command."""

from __future__ import annotations

from typing import ClassVar

from benchmarks.compare.airflow_way import AirflowWay
from benchmarks.compare.pipelines import Pipeline
from benchmarks.compare.ways.luigi import PIPELINE
from benchmarks.compare.world import HERE


class BashLuigi(AirflowWay):
    """A BashOperator with the command line."""

    name = "bash-luigi"
    title = "a BashOperator that calls the luigi command"
    code = (*PIPELINE, HERE / "dags" / "words_count_sql_bash.py")
    note = (
        "The luigi command ends with exit code 0 when a task has failed or its input is missing, unless "
        "[retcode] of luigi.cfg says otherwise; here it does not."
    )
    dag_ids: ClassVar = {
        Pipeline.WORDS_COUNT: "words_count_sql_bash",
        Pipeline.ARRIVING: "arriving_bash",
        Pipeline.FAN_OUT: "fan_out_bash",
    }
