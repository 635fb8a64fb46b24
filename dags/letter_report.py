"""The words by their number of letters, whenever ``letter_count`` has counted them anew.

Luigi's task CountLetters is an asset for Airflow. When ``letter_count`` finds the counts up to date, nothing
happens here; when Luigi makes them again, this DAG runs, and the event says where they are.
"""

from typing import Any

from airflow.sdk import DAG, task
from pendulum import datetime

from airflow_luigi import luigi_asset

counts = luigi_asset("luigi_tasks.letter_count:CountLetters")

with DAG(
    "letter_report",
    schedule=[counts],
    start_date=datetime(2026, 1, 1, tz="UTC"),
    tags=["luigi"],
    doc_md=__doc__,
):

    @task
    def report(triggering_asset_events: Any = None) -> None:
        import pandas as pd

        for event in triggering_asset_events.get(counts, []):
            for made in event.extra["tasks"]:
                (target,) = made["targets"]
                table = pd.read_csv(target, keep_default_na=False)
                print(f"// {target}")
                for letters, words in table.groupby("letter_count")["words"]:
                    print(f"{letters} letters: {', '.join(words)}")

    report()
