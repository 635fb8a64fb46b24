"""``python -m airflow_luigi``: the command line, where no console script is installed."""

from airflow_luigi.cli import main

main(prog_name="airflow-luigi")
