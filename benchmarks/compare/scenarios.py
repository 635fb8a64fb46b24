"""The scenarios, in the order in which they happen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa

from benchmarks.compare.fault import FAIL, HANG, end_hanging, fault_in_load, wait_until_hanging
from benchmarks.compare.look import STEPS, markers
from benchmarks.compare.pipelines import Pipeline
from benchmarks.compare.scenario import DEADLINE, Scenario, wait_until_over
from benchmarks.compare.way import Asked, Way
from benchmarks.compare.world import World
from local_airflow.waiting import wait_for


class FirstRun(Scenario):
    """Nothing is there yet."""

    name = "first-run"
    title = "First run of a date"
    needed = STEPS


class Again(Scenario):
    """Everything is there."""

    name = "again"
    title = "The same date again, nothing changed"
    complete = True


class InputChanged(Scenario):
    """Everything is there, and made of something older."""

    name = "input-changed"
    title = "The input of a date changed"
    note = (
        "Luigi asks whether an output is there, not what it was made of. Tasks with FreshnessMixin "
        "(airflow_luigi.core.freshness) are made again when their inputs are newer; these have none."
    )
    complete = True
    needed = STEPS

    def disturb(self, world: World, dates: Sequence[date]) -> None:
        """Lay out other words."""
        for day in dates:
            world.put_words(day, version=2)


class FileDeleted(Scenario):
    """What was made of the file has to be made again as well."""

    name = "file-deleted"
    title = "One intermediate file deleted"
    complete = True
    needed = ("Count", "StoreCounts")

    def disturb(self, world: World, dates: Sequence[date]) -> None:
        """Delete the letter counts."""
        for day in dates:
            (world.outputs / f"count_{day}.csv").unlink()


class MarkerDeleted(Scenario):
    """The rows are there, and nobody knows."""

    name = "marker-deleted"
    title = "One marker row deleted"
    complete = True
    needed = ("StoreCounts",)

    def not_possible(self, way: Way) -> str:
        """Ways without markers have none to lose."""
        return "" if way.keeps_markers else "it keeps no markers"

    def disturb(self, world: World, dates: Sequence[date]) -> None:
        """Delete the date's marker."""
        with world.engine.begin() as connection:
            for day in dates:
                delete = sa.text("DELETE FROM table_updates WHERE update_id LIKE :of_day")
                connection.execute(delete, {"of_day": f"%{day}%"})

    def findings(self, world: World, dates: Sequence[date]) -> list[str]:
        """The marker has to be there again."""
        missing = [f"no marker for {day}" for day in dates if markers(world, day) != 1]
        return super().findings(world, dates) + missing


class InputMissing(Scenario):
    """Somebody else's data is late."""

    name = "input-missing"
    title = "External input missing, then arriving"
    pipeline = Pipeline.ARRIVING
    needed = STEPS
    asks_again = True

    def prepare(self, world: World, dates: Sequence[date]) -> None:
        """Lay out nothing."""

    def act(self, way: Way, dates: Sequence[date]) -> Asked:
        """Ask; when the way waits or has given up, the input arrives."""
        asked = way.ask(self.pipeline, dates)
        wait_for("the way to wait, or to give up", asked.idle, deadline=DEADLINE, every=0.2)
        for day in dates:
            way.world.put_words(day)
        return wait_until_over(asked, dates)


class FailsOnce(Scenario):
    """The database refuses a row in the middle of a load, and never again."""

    name = "fails-once"
    title = "A task that fails once"
    needed = STEPS
    asks_again = True

    def act(self, way: Way, dates: Sequence[date]) -> Asked:
        """Ask while the fault waits for its load."""
        with fault_in_load(way.world, FAIL):
            return super().act(way, dates)


class Killed(Scenario):
    """The machine that runs the orchestrator and its tasks fails; the database is on another."""

    name = "killed"
    title = "The machine killed in the middle of a load"
    needed = STEPS
    asks_again = True

    def act(self, way: Way, dates: Sequence[date]) -> Asked:
        """Ask, kill all when the load is in its middle, start again what starts by itself, and wait."""
        with fault_in_load(way.world, HANG):
            asked = way.ask(self.pipeline, dates)
            wait_until_hanging(way.world, deadline=DEADLINE)
            way.crash()
            end_hanging(way.world)
        way.recover()
        return wait_until_over(asked, dates)


class Dates(Scenario):
    """A backfill."""

    name = "dates"
    title = "{dates} dates at once"
    many = True
    needed = STEPS


class DatesAgain(Scenario):
    """A backfill of what is there."""

    name = "dates-again"
    title = "{dates} dates again"
    many = True
    complete = True
    dates_of = Dates.name


class FanOut(Scenario):
    """Tasks that are nearly nothing: what is measured is what lies between them."""

    name = "fan-out"
    title = "A fan-out of {pieces} small tasks"
    pipeline = Pipeline.FAN_OUT

    def findings(self, world: World, dates: Sequence[date]) -> list[str]:
        """Every file has to be there, and to hold its number."""
        (day,) = dates
        texts = {number: world.outputs / f"piece_{day}_{number}.txt" for number in range(world.pieces)}
        missing = sum(not path.exists() for path in texts.values())
        wrong = sum(path.exists() and path.read_text() != str(number) for number, path in texts.items())
        return [f"{count} files {what}" for count, what in ((missing, "missing"), (wrong, "wrong")) if count]


SCENARIOS: dict[str, type[Scenario]] = {
    scenario.name: scenario
    for scenario in (
        FirstRun,
        Again,
        InputChanged,
        FileDeleted,
        MarkerDeleted,
        InputMissing,
        FailsOnce,
        Killed,
        Dates,
        DatesAgain,
        FanOut,
    )
}
