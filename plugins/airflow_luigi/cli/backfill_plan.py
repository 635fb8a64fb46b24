"""Which backfills make the runs that are wanted, and no others.

A backfill of Airflow is a range, and has a rule for runs that are there already: leave them (``none``), make
the failed ones again (``failed``), or all that have ended (``completed``). A range may therefore span runs
that are not wanted, when its rule leaves them alone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from airflow_luigi.cli.run_dates import Slot

# Which rules may be used for what is asked for; the first is taken where several do the same.
RULES = {"none": ("none",), "failed": ("failed",), "completed": ("failed", "completed")}
_REMADE: dict[str, tuple[str | None, ...]] = {
    "none": (None,),
    "failed": (None, "failed"),
    "completed": (None, "failed", "success"),
}


@dataclass(frozen=True)
class Backfill:
    """One of Airflow's backfills.

    :param slots: the runs that it makes, in the order of the schedule.
    :param rule: its ``reprocess_behavior``.
    """

    slots: tuple[Slot, ...]
    rule: str


def remade(slot: Slot, rule: str) -> bool:
    """Say whether a backfill with this rule makes a run that is in its range."""
    return slot.state in _REMADE[rule]


def backfills(slots: Sequence[Slot], wanted: Collection[Slot], reprocess: str) -> list[Backfill]:
    """Give the backfills that make the wanted runs, as far as ``reprocess`` allows, and no others.

    :param slots: the whole schedule between the first and the last date, in its order.
    :param wanted: the runs to be made.
    :param reprocess: ``none``, ``failed`` or ``completed``: the strongest rule that may be used.
    """
    wanted = set(wanted)
    targets = [each in wanted and remade(each, reprocess) for each in slots]
    found = []
    index = 0
    while index < len(slots):
        reached = {
            rule: _reach(slots, targets, index, rule)
            for rule in RULES[reprocess]
            if targets[index] and remade(slots[index], rule)
        }
        if reached:
            rule = max(reached, key=lambda each: reached[each])
            made = [slots[at] for at in range(index, reached[rule] + 1) if targets[at]]
            found.append(Backfill(tuple(made), rule))
            index = reached[rule]
        index += 1
    return found


def _reach(slots: Sequence[Slot], targets: Sequence[bool], first: int, rule: str) -> int:
    """Give the last run of the longest range from ``first`` in which the rule makes just the targets."""
    last = first
    for at in range(first, len(slots)):
        if remade(slots[at], rule) != targets[at]:
            break
        if targets[at]:
            last = at
    return last
