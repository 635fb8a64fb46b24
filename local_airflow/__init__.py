"""A real Airflow on this machine, with a PostgreSQL of its own: for the demo, the UI and the tests.

Everything that it writes is below one state folder, and nothing that it starts outlives it.
:class:`local_airflow.airflow.LocalAirflow` is the way in, :class:`local_airflow.api.AirflowApi` talks to it.
"""
