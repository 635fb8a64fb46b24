"""A way that is wrong on purpose: when a date is run again, some of its rows are there twice."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date

from benchmarks.compare.pipelines import Pipeline
from benchmarks.compare.ways.luigi import Luigi

TWICE = """
import os, sys
import sqlalchemy as sa
engine = sa.create_engine(os.environ["AIRFLOW_CONN_WORDS_DB"])
with engine.begin() as connection:
    if sa.inspect(connection).has_table("daily_letter_count"):
        for day in sys.argv[1:]:
            copy = "INSERT INTO daily_letter_count SELECT * FROM daily_letter_count WHERE date = :day LIMIT 3"
            connection.execute(sa.text(copy), {"day": day})
"""


class Twice(Luigi):
    """Copies rows before it has Luigi look for what there is to do."""

    name = "twice"

    def command(self, pipeline: Pipeline, dates: Sequence[date]) -> list[str]:
        """Give a shell that runs both."""
        shell, option, loop, name, *days = super().command(pipeline, dates)
        return [shell, option, f"'{sys.executable}' -c '{TWICE}' \"$@\"; {loop}", name, *days]
