"""What the bridge knows of Luigi. Nothing in here imports Airflow."""
