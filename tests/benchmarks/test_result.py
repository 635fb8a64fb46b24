"""What figures come to: medians, spread, ratios, growth, and the verdict on a goal."""

from __future__ import annotations

import json

import pytest

from benchmarks.result import Figure, Goal, Result, Row, cost_row, exponent, gain_row

PEER, OURS = ("peer", [1.0, 2.0, 4.0]), ("ours", [2.0, 2.0, 2.0])


def result(*rows: Row) -> Result:
    return Result(name="example", compares="One with the other.", ratio="times as long", rows=rows)


def test_a_figure_is_the_median_with_its_spread() -> None:
    assert Figure.of([5.0, 1.0, 2.0]) == Figure(median=2.0, low=1.0, high=5.0)
    assert Figure.of([3.0]) == Figure(3.0, 3.0, 3.0)


def test_ratios_are_made_pair_by_pair() -> None:
    assert cost_row("a", PEER, OURS).ratio == Figure(median=1.0, low=0.5, high=2.0)
    # The median of the pairs is not the ratio of the medians.
    uneven = cost_row("a", ("peer", [1.0, 10.0, 20.0]), ("ours", [3.0, 11.0, 10.0]))
    assert uneven.ratio.median == pytest.approx(1.1)
    assert gain_row("a", PEER, OURS).ratio == Figure(median=1.0, low=0.5, high=2.0)
    assert gain_row("a", ("peer", [6.0]), ("ours", [2.0])).ratio.median == 3.0
    assert cost_row("a", ("peer", [6.0]), ("ours", [3.0])).ratio.median == 0.5


def test_each_pair_has_both_of_its_halves() -> None:
    with pytest.raises(ValueError, match="zip"):
        cost_row("a", ("peer", [1.0, 2.0]), ("ours", [1.0]))


@pytest.mark.parametrize(
    ("goal", "ratio", "met"),
    [
        (Goal(at_most=1.05), 1.05, True),
        (Goal(at_most=1.05), 1.051, False),
        (Goal(at_least=30), 30.0, True),
        (Goal(at_least=30), 29.9, False),
    ],
)
def test_a_goal_is_met_or_missed(goal: Goal, ratio: float, met: bool) -> None:
    row = cost_row("a", ("peer", [1.0]), ("ours", [ratio]), goal=goal)
    assert (row.met, result(row).met) == (met, met)


def test_one_missed_goal_is_a_missed_benchmark_and_no_goal_is_no_verdict() -> None:
    good, bad = (cost_row(n, PEER, OURS, goal=Goal(at_most=limit)) for n, limit in (("g", 2), ("b", 0.9)))
    told = cost_row("told", PEER, OURS)
    assert result(good, told).met is True
    assert result(good, bad, told).met is False
    assert (told.met, result(told).met) == (None, None)


@pytest.mark.parametrize("power", [1.0, 1.5, 2.0])
def test_the_exponent_says_how_it_grows(power: float) -> None:
    sizes = [100, 1000, 4000]
    assert exponent(sizes, [0.003 * size**power for size in sizes]) == pytest.approx(power)


def test_a_result_is_json() -> None:
    row = cost_row("a", PEER, OURS, goal=Goal(at_most=1.05), more={"ms a task": 3.5})
    found = result(row).to_json()
    assert json.loads(json.dumps(found)) == found
    assert found == {
        "name": "example",
        "compares": "One with the other.",
        "ratio": "times as long",
        "met": True,
        "rows": [
            {
                "label": "a",
                "seconds": {
                    "peer": {"median": 2.0, "low": 1.0, "high": 4.0},
                    "ours": {"median": 2.0, "low": 2.0, "high": 2.0},
                },
                "ratio": {"median": 1.0, "low": 0.5, "high": 2.0},
                "goal": "at most 1.05",
                "more": {"ms a task": 3.5},
                "met": True,
            }
        ],
        "notes": [],
    }
