"""Airflow with LuigiOperator."""

from __future__ import annotations

from typing import ClassVar

from benchmarks.compare.airflow_way import AirflowWay
from benchmarks.compare.pipelines import Pipeline
from benchmarks.compare.ways.luigi import PIPELINE
from local_airflow.airflow import REPO


class Bridge(AirflowWay):
    """The whole pipeline in one Airflow task."""

    name = "bridge"
    title = "LuigiOperator"
    code = (*PIPELINE, REPO / "dags" / "words_count_sql.py")
    dag_ids: ClassVar = {
        Pipeline.WORDS_COUNT: "words_count_sql",
        Pipeline.ARRIVING: "arriving_bridge",
        Pipeline.FAN_OUT: "fan_out_bridge",
    }
