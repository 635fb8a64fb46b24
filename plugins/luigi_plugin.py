"""The one file of this folder that Airflow scans; .airflowignore keeps it off the package's own."""

from airflow_luigi.plugin import LuigiPlugin

__all__ = ["LuigiPlugin"]
