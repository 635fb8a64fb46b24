"""What a scenario is, and how one way is measured in it."""

from __future__ import annotations

from abc import ABC
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar

from benchmarks.compare.look import Day, Expected, expected, half_written, look
from benchmarks.compare.meter import Cost, Meter
from benchmarks.compare.pipelines import Pipeline
from benchmarks.compare.way import Asked, Way
from benchmarks.compare.world import World
from local_airflow.errors import DeadlineExceededError
from local_airflow.waiting import wait_for

DEADLINE = 180.0
DEADLINE_A_DATE = 15.0


@dataclass
class Measurement:
    """What was seen of one way in one scenario, once.

    :param not_possible: why it was not tried
    :param findings: what is wrong with what is there
    :param stale: how many of each step's results are those of an older input
    :param needless: how many times each step was run that had no need to
    :param left_over: half-written files that lie beside the results
    :param shown: what a user is shown when it is over for the first time
    :param claims_success: whether that says that all went well
    :param asked: how many times the way had to be asked
    :param task_instances: how many the orchestrator has used
    """

    way: str
    scenario: str
    round: int
    not_possible: str = ""
    findings: list[str] = field(default_factory=list)
    stale: dict[str, int] = field(default_factory=dict)
    needless: dict[str, int] = field(default_factory=dict)
    left_over: int = 0
    shown: str = ""
    claims_success: bool = False
    asked: int = 0
    task_instances: int | None = None
    cost: Cost | None = None

    @property
    def right(self) -> bool:
        """Whether in the end all was as it should be."""
        return not (self.not_possible or self.findings)

    @property
    def silent(self) -> bool:
        """Whether a user was shown a success when there was none."""
        return self.claims_success and (bool(self.findings) or self.asked > 1)


class Scenario(ABC):
    """One thing that happens to a pipeline. What is not overridden is asking once, and waiting."""

    name: ClassVar[str]
    """What ``--only`` calls it."""
    title: ClassVar[str]
    """What the report calls it; ``{dates}`` and ``{pieces}`` stand for their numbers."""
    note: ClassVar[str] = ""
    """What a reader of its results should know."""
    pipeline: ClassVar[Pipeline] = Pipeline.WORDS_COUNT
    many: ClassVar[bool] = False
    """Whether it takes as many dates as ``--dates`` says, and not one."""
    complete: ClassVar[bool] = False
    """Whether its dates have to be complete before."""
    dates_of: ClassVar[str] = ""
    """The scenario whose dates it uses, if these are not its own."""
    needed: ClassVar[tuple[str, ...]] = ()
    """The steps that have to run."""
    asks_again: ClassVar[bool] = False
    """Whether a way that has given up is asked once more, as cron or a person would."""

    def not_possible(self, way: Way) -> str:  # noqa: ARG002 (for those that override it)
        """Say why a way can't do it; nothing if it can."""
        return ""

    def prepare(self, world: World, dates: Sequence[date]) -> None:
        """Lay out what the dates need."""
        for day in dates:
            world.put_words(day)

    def disturb(self, world: World, dates: Sequence[date]) -> None:
        """Let happen what the scenario is about, before the way is asked."""

    def act(self, way: Way, dates: Sequence[date]) -> Asked:
        """Ask, and wait until it is over."""
        return wait_until_over(way.ask(self.pipeline, dates), dates)

    def findings(self, world: World, dates: Sequence[date]) -> list[str]:
        """Say what is wrong with what is there."""
        found = look(world, dates)
        return [
            finding if len(dates) == 1 else f"{day}: {finding}"
            for day in dates
            for finding in found[day].findings(expected(world, day))
        ]


def measure(scenario: Scenario, way: Way, dates: Sequence[date], number: int) -> Measurement:
    """Let a scenario happen to a way, and see what it did.

    :param dates: the dates that it happens to, prepared
    :param number: of the round
    """
    world = way.world
    seen = Measurement(way.name, scenario.name, number, not_possible=scenario.not_possible(way))
    if seen.not_possible:
        return seen
    old = {day: expected(world, day) for day in dates} if scenario.complete else {}
    scenario.disturb(world, dates)
    before, files = look(world, dates), set(half_written(world))
    asked: list[Asked] = []
    with Meter(way.pids) as meter:
        try:
            asked.append(scenario.act(way, dates))
            # What is shown then is what somebody would look at.
            seen.shown, seen.claims_success = asked[0].shown(), asked[0].claims_success()
            if scenario.asks_again and scenario.findings(world, dates):
                asked.append(wait_until_over(way.ask(scenario.pipeline, dates), dates))
        except DeadlineExceededError as error:
            seen.findings.append(str(error))
    seen.cost = meter.cost
    seen.asked = len(asked) or 1
    seen.findings += scenario.findings(world, dates)
    seen.left_over = len(set(half_written(world)) - files)
    _judge_steps(seen, scenario, before, look(world, dates), old)
    if asked:
        seen.task_instances = asked[-1].task_instances()
    for each in asked:
        each.close()
    return seen


def wait_until_over(asked: Asked, dates: Sequence[date]) -> Asked:
    """Wait until a way is done with dates; gives what it was given."""
    deadline = DEADLINE + DEADLINE_A_DATE * len(dates)
    wait_for("the end", asked.over, deadline=deadline, every=0.2 if len(dates) == 1 else 0.5)
    return asked


def _judge_steps(
    seen: Measurement,
    scenario: Scenario,
    before: dict[date, Day],
    after: dict[date, Day],
    old: dict[date, Expected],
) -> None:
    needless: Counter[str] = Counter()
    stale: Counter[str] = Counter()
    for day, now in after.items():
        needless.update(step for step in now.written_since(before[day]) if step not in scenario.needed)
        if "Words" in scenario.needed and day in old:
            stale.update(now.stale(old[day]))
    seen.needless, seen.stale = dict(needless), dict(stale)
