"""The bridge's pages in Airflow's UI. They get all that they show from Airflow's own REST API."""
