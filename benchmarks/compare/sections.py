"""The report's tables, as text: the same for Markdown and HTML."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.compare.look import STEPS
from benchmarks.compare.meter import Cost
from benchmarks.compare.results import Results, ScenarioFacts, WayFacts
from benchmarks.compare.scenario import Measurement


class Tone(enum.Enum):
    """How a cell is to be taken; the words say the same."""

    PLAIN = "plain"
    GOOD = "good"
    MIDDLING = "middling"
    BAD = "bad"


@dataclass(frozen=True)
class Cell:
    """One field of a table."""

    text: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True)
class Section:
    """A heading, a few words, a table, and remarks; perhaps a plot, by its name, in front of the table."""

    title: str
    lead: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    remarks: Sequence[str] = ()
    plot: str = ""


NOT_POSSIBLE = Cell("not possible")


def sections(results: Results) -> list[Section]:
    """Give the report's sections, in order."""
    return [
        _verdicts(results),
        _work(results),
        _states(results),
        _figures(
            results,
            "Wall time",
            "Seconds from asking until it was over.",
            lambda cost: cost.wall,
            "{:.1f}",
            plot="wall_time",
        ),
        _figures(
            results,
            "CPU time",
            "Seconds of all processes: for the ways in Airflow, its scheduler, API server, DAG processor and "
            "triggerer as well.",
            lambda cost: cost.cpu,
            "{:.1f}",
            plot="cpu_time",
        ),
        _figures(
            results,
            "Peak memory",
            "MiB of all these processes together; what they share counts once.",
            lambda cost: cost.peak_memory,
            "{:.0f}",
        ),
        _figures(
            results,
            "Processes",
            "How many were started, as far as they lived for a fifth of a second.",
            lambda cost: cost.processes,
            "{:.0f}",
        ),
        _instances(results),
        _code(results),
    ]


def verdict(seen: Sequence[Measurement]) -> Cell:
    """Say whether a way was right in a scenario, in every round."""
    if seen[0].not_possible:
        return NOT_POSSIBLE
    if not all(each.right for each in seen):
        return Cell("wrong, shown as success" if any(each.silent for each in seen) else "wrong", Tone.BAD)
    if any(each.asked > 1 for each in seen):
        shown = ", shown as success before" if any(each.silent for each in seen) else ""
        return Cell(f"right when asked again{shown}", Tone.MIDDLING)
    return Cell("right", Tone.GOOD)


def losses(results: Results, ours: Sequence[str] = ("bridge", "bridge-graph")) -> list[str]:
    """Say where our ways are wrong, or slower than another that is right."""
    found = []
    for scenario in results.scenarios:
        for name in ours:
            seen = results.seen(name, scenario.name)
            if not seen or seen[0].not_possible:
                continue
            if not all(each.right for each in seen):
                what = "; ".join(_unique(finding for each in seen for finding in each.findings)[:3])
                found.append(f"{scenario.title}: {name} was wrong ({what}).")
                continue
            own = results.spread(name, scenario.name, lambda cost: cost.wall)
            others = _right_others(results, scenario, ours)
            if own and others and min(others.values()) < own.median:
                fastest = min(others, key=lambda other: others[other])
                ratio = own.median / others[fastest]
                found.append(
                    f"{scenario.title}: {name} took {own.median:.1f} s, {ratio:.1f} times the "
                    f"{others[fastest]:.1f} s of {fastest}."
                )
    return found


def _right_others(results: Results, scenario: ScenarioFacts, ours: Sequence[str]) -> dict[str, float]:
    found = {}
    for way in results.ways:
        seen = results.seen(way.name, scenario.name)
        spread = results.spread(way.name, scenario.name, lambda cost: cost.wall)
        if way.name not in ours and spread and all(each.right and each.asked == 1 for each in seen):
            found[way.name] = spread.median
    return found


def _verdicts(results: Results) -> Section:
    remarks = []
    for scenario, way, seen in _pairs(results):
        found = _unique(finding for each in seen for finding in each.findings)
        if found:
            more = f", and {len(found) - 3} more" if len(found) > 3 else ""
            remarks.append(f"{scenario.title}, {way.name}: {'; '.join(found[:3])}{more}.")
        elif seen[0].not_possible:
            remarks.append(f"{scenario.title}, {way.name}: not possible, {seen[0].not_possible}.")
    remarks += [f"{scenario.title}: {scenario.note}" for scenario in results.scenarios if scenario.note]
    return Section(
        "Who was right",
        "Whether the files and rows of each date were as they should be in the end: all there, each once, of "
        "the input as it is. Ways that had given up were asked once more.",
        _header(results),
        _table(results, verdict),
        remarks,
    )


def _work(results: Results) -> Section:
    def cell(seen: Sequence[Measurement]) -> Cell:
        if seen[0].not_possible:
            return NOT_POSSIBLE
        needless, stale = (
            _steps(each.needless for each in seen),
            _steps(each.stale for each in seen),
        )
        left_over = max(each.left_over for each in seen)
        parts = [
            f"needless: {needless}" if needless else "",
            f"stale: {stale}" if stale else "",
            f"{left_over} half-written files beside" if left_over else "",
        ]
        text = "; ".join(part for part in parts if part)
        return Cell(text or "-", Tone.BAD if stale else Tone.MIDDLING if text else Tone.GOOD)

    return Section(
        "What ran that had no need to, and what was left stale",
        "Seen from outside: a file or a date's rows that were written again. PrintCounts has no output, and "
        "always runs.",
        _header(results),
        _table(results, cell),
    )


def _states(results: Results) -> Section:
    def cell(seen: Sequence[Measurement]) -> Cell:
        if seen[0].not_possible:
            return NOT_POSSIBLE
        return Cell(seen[0].shown or "-", Tone.BAD if seen[0].silent else Tone.PLAIN)

    return Section(
        "What the user was shown",
        "The state of runs and of their tasks, or a shell's exit code, when it was over for the first time.",
        _header(results),
        _table(results, cell),
    )


def _figures(
    results: Results, title: str, lead: str, figure: Callable[[Cost], float], form: str, *, plot: str = ""
) -> Section:
    def cell(seen: Sequence[Measurement]) -> Cell:
        if seen[0].not_possible:
            return NOT_POSSIBLE
        spread = results.spread(seen[0].way, seen[0].scenario, figure)
        if spread is None:
            return Cell("-")
        text = form.format(spread.median)
        if len(seen) > 1:
            text += f" ({form.format(spread.low)} to {form.format(spread.high)})"
        right = all(each.right for each in seen)
        return Cell(text if right else f"{text} (wrong)", Tone.PLAIN if right else Tone.BAD)

    return Section(title, lead, _header(results), _table(results, cell), plot=plot)


def _instances(results: Results) -> Section:
    def cell(seen: Sequence[Measurement]) -> Cell:
        if seen[0].not_possible:
            return NOT_POSSIBLE
        return Cell("-" if seen[0].task_instances is None else str(seen[0].task_instances))

    return Section(
        "Airflow task instances", "How many the runs have.", _header(results), _table(results, cell)
    )


def _code(results: Results) -> Section:
    return Section(
        "Lines of user code",
        "Lines on which code begins, comments and docstrings left out: the pipeline, and what schedules it.",
        ["way", "what it is", "lines"],
        [[Cell(way.name), Cell(way.title), Cell(str(way.lines))] for way in results.ways],
        [f"{way.name}: {way.note}" for way in results.ways if way.note],
    )


def _header(results: Results) -> list[str]:
    return ["scenario", *(way.name for way in results.ways)]


def _table(results: Results, cell: Callable[[Sequence[Measurement]], Cell]) -> list[list[Cell]]:
    return [
        [
            Cell(scenario.title),
            *(
                cell(seen) if (seen := results.seen(way.name, scenario.name)) else Cell("-")
                for way in results.ways
            ),
        ]
        for scenario in results.scenarios
    ]


def _pairs(results: Results) -> Iterator[tuple[ScenarioFacts, WayFacts, list[Measurement]]]:
    for scenario in results.scenarios:
        for way in results.ways:
            if seen := results.seen(way.name, scenario.name):
                yield scenario, way, seen


def _steps(counts: Iterator[dict[str, int]]) -> str:
    total = Counter[str]()
    for each in counts:
        total |= Counter(each)
    return ", ".join(step if total[step] == 1 else f"{total[step]} x {step}" for step in STEPS if total[step])


def _unique(texts: Iterator[str]) -> list[str]:
    return list(dict.fromkeys(texts))
