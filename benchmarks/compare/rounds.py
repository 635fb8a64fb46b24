"""Every way in every scenario, round by round."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from benchmarks.compare.pipelines import Pipeline
from benchmarks.compare.scenario import Measurement, Scenario, measure, wait_until_over
from benchmarks.compare.scenarios import FirstRun
from benchmarks.compare.way import Way
from benchmarks.compare.world import World
from local_airflow.errors import DeadlineExceededError

FIRST_DATE = date(2026, 1, 1)


@dataclass(frozen=True)
class Plan:
    """What to measure.

    :param ways: in this order
    :param scenarios: in this order
    :param dates: how many dates the scenarios with many dates take
    :param rounds: how many times each
    """

    ways: Sequence[type[Way]]
    scenarios: Sequence[type[Scenario]]
    dates: int
    rounds: int

    @property
    def dag_folders(self) -> list[Path]:
        """The folders with the ways' own DAG files, each once."""
        return list(dict.fromkeys(folder for way in self.ways for folder in way.dags))

    @property
    def names(self) -> set[str]:
        """The scenarios' names."""
        return {each.name for each in self.scenarios}

    @property
    def steps(self) -> int:
        """How many measurements that makes."""
        return len(self.ways) * len(self.scenarios) * self.rounds


def run(plan: Plan, world: World, watch: Callable[[str, str], None]) -> Iterator[Measurement]:
    """Measure, way by way; each way begins with an empty world.

    :param plan: what to measure
    :param world: started
    :param watch: is told the way and the scenario before each
    """
    for number in range(plan.rounds):
        for kind in plan.ways:
            if not kind.needs_airflow:
                world.stop_airflow()
            world.reset()
            way = kind(world)
            watch(way.name, "getting ready")
            way.start()
            try:
                yield from _run_way(plan, way, number, watch)
            finally:
                way.stop()


def _run_way(plan: Plan, way: Way, number: int, watch: Callable[[str, str], None]) -> Iterator[Measurement]:
    scenarios = [kind() for kind in plan.scenarios]
    allotted = allot(plan, number)
    warm_up, dates = allotted.warm_up, allotted.dates
    for scenario in scenarios:
        scenario.prepare(way.world, dates[scenario.name])
    way.world.put_words(warm_up)
    watch(way.name, "completing dates")
    complete = _complete(way, [warm_up, *allotted.complete])
    for scenario in scenarios:
        own = dates[scenario.name]
        if scenario.complete and not complete.issuperset(own):
            watch(way.name, "completing dates")
            complete |= _complete(way, own)
        watch(way.name, scenario.name)
        if scenario.complete and not complete.issuperset(own):
            yield Measurement(
                way.name, scenario.name, number, findings=["its dates could not be completed before"]
            )
            continue
        measurement = measure(scenario, way, own, number)
        if measurement.right and scenario.pipeline is Pipeline.WORDS_COUNT:
            complete |= set(own)
        yield measurement


def _complete(way: Way, dates: Sequence[date]) -> set[date]:
    """Have a way complete dates; give those that then are."""
    check = FirstRun()
    try:
        wait_until_over(way.ask(check.pipeline, dates), dates).close()
    except DeadlineExceededError:
        return set()
    return {day for day in dates if not check.findings(way.world, [day])}


@dataclass(frozen=True)
class Allotted:
    """The dates of one round; no two scenarios touch the same, but for those that say so.

    :param warm_up: a date that is run before anything is measured
    :param complete: the dates that single-date scenarios want complete: they follow the warm-up
    :param dates: the dates of each scenario, by its name
    """

    warm_up: date
    complete: list[date]
    dates: dict[str, list[date]]


def allot(plan: Plan, number: int) -> Allotted:
    """Allot the dates of a round.

    :raises ValueError: there are not that many days between the DAGs' start date and today.
    """
    own = sorted(
        (each for each in plan.scenarios if not each.dates_of or each.dates_of not in plan.names),
        key=lambda each: not (each.complete and not each.many),
    )
    days = 1 + sum(plan.dates if each.many else 1 for each in own)
    begin = FIRST_DATE + timedelta(days=number * days)
    last = FIRST_DATE + timedelta(days=plan.rounds * days)
    if last > date.today():
        room = (date.today() - FIRST_DATE).days
        raise ValueError(
            f"{plan.rounds} rounds of {days} dates are more than the {room} days since {FIRST_DATE}: "
            "take fewer --dates, or a smaller --repeat."
        )
    free = (begin + timedelta(days=day) for day in range(days))
    warm_up = next(free)
    dates = {each.name: [next(free) for _ in range(plan.dates if each.many else 1)] for each in own}
    for each in plan.scenarios:
        if each.name not in dates:
            dates[each.name] = dates[each.dates_of]
    early = [day for each in own if each.complete and not each.many for day in dates[each.name]]
    return Allotted(warm_up, early, dates)
