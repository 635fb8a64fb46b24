"""Results of a comparison that never took place."""

from __future__ import annotations

from typing import Any

from benchmarks.compare.meter import Cost
from benchmarks.compare.results import Results, ScenarioFacts, WayFacts
from benchmarks.compare.scenario import Measurement


def seen(way: str, scenario: str, wall: float = 1.0, number: int = 0, **more: Any) -> Measurement:
    """Make a measurement; without more, of a way that was right at once."""
    cost = None if more.get("not_possible") else Cost(wall, cpu=wall * 2, peak_memory=100.0, processes=3)
    fields = {"shown": "success", "claims_success": True, "asked": 1, "cost": cost, **more}
    return Measurement(way, scenario, number, **fields)


def results(*measurements: Measurement) -> Results:
    """Put measurements together."""
    ways = dict.fromkeys(each.way for each in measurements)
    scenarios = dict.fromkeys(each.scenario for each in measurements)
    return Results(
        seconds=90.0,
        machine={
            "date": "2026-11-01T12:00:00+00:00",
            **dict.fromkeys(("cpu", "system", "python"), ""),
            **{"cores": 2, "memory_gb": 8, "versions": {"luigi": "3.8.1"}},
        },
        dates=30,
        pieces=500,
        rounds=1 + max(each.round for each in measurements),
        ways=[WayFacts(name, f"the {name} way", "", 10) for name in ways],
        scenarios=[ScenarioFacts(name, f"Scenario {name}", "") for name in scenarios],
        measurements=list(measurements),
    )
