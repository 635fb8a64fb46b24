"""Side by side: the figures of the page are those of Airflow's API."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from statistics import median

from playwright.sync_api import Locator, expect

from local_airflow.airflow import LocalAirflow
from local_airflow.api import Json
from tests.ui.pipelines import LUIGI, NATIVE, TASK, Runs
from tests.ui.visitor import Visitor, frame

NONE = "\N{EN DASH}"


def seconds(run: Json) -> float:
    """Give how long a run took, as JavaScript counts: in whole milliseconds."""
    end, start = (
        datetime.fromisoformat(run[name].replace("Z", "+00:00")) for name in ("end_date", "start_date")
    )
    return (_whole(end) - _whole(start)).total_seconds()


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def in_words(length: float) -> str:
    whole = int(length + 0.5)
    # What lies in the middle goes up, as it does in JavaScript.
    tenths = Decimal(length).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{tenths} s" if length < 59.95 else f"{whole // 60} min {whole % 60:02} s"


def cells(row: Locator) -> list[str]:
    return [text.strip() for text in row.locator("th, td").all_inner_texts()]


def date_of(run: Json) -> str:
    return str(run["logical_date"])[:10]


def named(report: Json, state: str) -> str:
    """Give the number of tasks in a state, and their names in the order in which they ran."""
    tasks = sorted(
        (task for task in report["tasks"] if task["state"] == state), key=lambda task: task["started"] or 0
    )
    return " ".join([str(len(tasks)), ", ".join(task["family"] for task in tasks)]).strip()


def test_the_figures_are_those_of_the_runs(visitor: Visitor, runs: Runs, airflow: LocalAirflow) -> None:
    page = visitor.open(f"/luigi/compare?dag_id={NATIVE}&dag_id={LUIGI}")
    totals = page.get_by_role("table", name="Totals of the last run of each date")
    expect(totals.locator("tbody tr")).to_have_count(2)
    # All of it is there when all task instances are counted.
    for row, count in zip(
        totals.locator("tbody tr").all(), (4 * len(runs.native), len(runs.luigi)), strict=True
    ):
        expect(row.get_by_role("cell").nth(6)).to_have_text(str(count))
    expected = []
    for native, luigi in zip(reversed(runs.native), reversed(runs.luigi), strict=True):
        assert date_of(native) == date_of(luigi)
        report = airflow.api.xcom(LUIGI, luigi["dag_run_id"], TASK)
        done = [named(report, state) for state in ("ran", "already_complete")]
        steps = "4 words, count, store_counts, print_counts"
        expected += [
            [date_of(native), NATIVE, "✓success", in_words(seconds(native)), steps, NONE],
            [LUIGI, "✓success", in_words(seconds(luigi)), *done],
        ]
    by_date = page.get_by_role("table", name="The last run of each DAG, by date")
    shown = [cells(row) for row in by_date.locator("tbody tr").all()]
    assert [[re.sub(r"\s+", " ", cell).replace("✓ ", "✓") for cell in row] for row in shown] == expected

    for row, dag_id, own in zip(
        totals.locator("tbody tr").all(), (NATIVE, LUIGI), (runs.native, runs.luigi), strict=True
    ):
        assert cells(row) == expected_totals(airflow, dag_id, own)


def expected_totals(airflow: LocalAirflow, dag_id: str, runs: Sequence[Json]) -> list[str]:
    """Give what the row of totals of a DAG has to say, by the API."""
    lengths = [seconds(run) for run in runs]
    instances = [task for run in runs for task in airflow.api.task_instances(dag_id, run["dag_run_id"])]
    if dag_id == LUIGI:
        reports = [airflow.api.xcom(dag_id, run["dag_run_id"], TASK) for run in runs]
        ran, complete = (
            sum(report["counts"][state] for report in reports) for state in ("ran", "already_complete")
        )
        told = [f"{ran} (Luigi)", str(complete)]
    else:
        told = [f"{sum(task['state'] == 'success' for task in instances)} (Airflow)", NONE]
    return [
        dag_id,
        str(len(runs)),
        str(sum(run["state"] == "failed" for run in runs)),
        in_words(sum(lengths)),
        in_words(median(lengths)),
        *told,
        str(len(instances)),
        str(sum(task["try_number"] > 1 for task in instances)),
    ]


def test_the_choice_is_made_by_keyboard_and_stays_in_airflows_address(visitor: Visitor, runs: Runs) -> None:
    page = visitor.open("/plugin/luigi/team/airflow/luigi/compare")
    field = frame(page).get_by_label("DAG", exact=True)
    for dag_id in (NATIVE, LUIGI):
        field.fill(dag_id)
        field.press("Enter")
    expect(page).to_have_url(re.compile(rf"/luigi/compare\?dag_id={NATIVE}&dag_id={LUIGI}$"))
    page.reload()
    expect(frame(page).get_by_role("link", name=NATIVE)).to_have_count(1)
    expect(frame(page).get_by_role("link", name=LUIGI, exact=True)).to_have_count(1)


def test_a_finished_comparison_is_not_read_again(visitor: Visitor, runs: Runs) -> None:
    page = visitor.open(f"/luigi/compare?dag_id={NATIVE}&dag_id={LUIGI}", clock=True)
    expect(page.get_by_text("PrintCounts")).to_have_count(len(runs.luigi))
    page.wait_for_load_state("networkidle")
    read = len(visitor.asked)
    page.clock.run_for(60_000)
    page.wait_for_load_state("networkidle")
    assert len(visitor.asked) == read
