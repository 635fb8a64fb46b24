"""Airflow alone."""

from __future__ import annotations

from typing import ClassVar

from benchmarks.compare.airflow_way import AirflowWay
from benchmarks.compare.pipelines import Pipeline
from local_airflow.airflow import REPO


class AirflowNative(AirflowWay):
    """A TaskFlow DAG: a date that is run again is made again."""

    name = "airflow-native"
    title = "a TaskFlow DAG without Luigi"
    code = (REPO / "dags" / "words_count_sql_native.py",)
    keeps_markers = False
    dag_ids: ClassVar = {
        Pipeline.WORDS_COUNT: "words_count_sql_native",
        Pipeline.ARRIVING: "arriving_native",
        Pipeline.FAN_OUT: "fan_out_native",
    }
