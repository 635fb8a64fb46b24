"""Airflow with LuigiDag."""

from __future__ import annotations

from typing import ClassVar

from benchmarks.compare.airflow_way import AirflowWay
from benchmarks.compare.pipelines import Pipeline
from benchmarks.compare.ways.luigi import PIPELINE
from local_airflow.airflow import REPO


class BridgeGraph(AirflowWay):
    """An Airflow task for each Luigi family."""

    name = "bridge-graph"
    title = "LuigiDag"
    code = (*PIPELINE, REPO / "dags" / "words_count_sql_graph.py")
    dag_ids: ClassVar = {
        Pipeline.WORDS_COUNT: "words_count_sql_graph",
        Pipeline.ARRIVING: "arriving_graph",
        Pipeline.FAN_OUT: "fan_out_graph",
    }
