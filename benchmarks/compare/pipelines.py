"""The pipelines that every way runs, each in its own terms."""

from __future__ import annotations

import enum

DATABASE = "words_db"
PIECES_VARIABLE = "COMPARE_PIECES"


class Pipeline(enum.Enum):
    """What a way can be asked to run, for a date; the value is its name."""

    WORDS_COUNT = "words_count_sql"
    """Words -> Count -> StoreCounts -> PrintCounts."""
    ARRIVING = "arriving"
    """The same, and its word list comes from somebody else: it has to be waited for."""
    FAN_OUT = "fan_out"
    """Many small tasks that write a file each."""


LUIGI_TASKS = {
    Pipeline.WORDS_COUNT: ("luigi_tasks.words_count", "PrintCounts"),
    Pipeline.ARRIVING: ("benchmarks.compare.luigi_tasks.arriving", "arriving.PrintCounts"),
    Pipeline.FAN_OUT: ("benchmarks.compare.luigi_tasks.fan_out", "FanOut"),
}
"""Module and family, as the ``luigi`` command wants them."""
