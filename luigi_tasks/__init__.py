"""Example pipelines in plain Luigi. They run with or without Airflow."""
