"""Dates x tasks: what is missing, a backfill of it, and what is there then."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from local_airflow.airflow import LocalAirflow
from tests.ui.pipelines import GRAPH, Runs
from tests.ui.visitor import Visitor, wait_for_text

PATH = f"/luigi/dates?dag_id={GRAPH}"
# Words are there for these; between them is a date that nobody asks for.
DATES = ("2026-11-16", "2026-11-18")
LEFT = "2026-11-17"


def row(page: Page, date: str) -> Locator:
    """Give the row of a date in the map."""
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=date))


def select(page: Page, *dates: str) -> None:
    """Select dates in the map."""
    for date in dates:
        expect(row(page, date)).to_contain_text("missing")
        page.get_by_role("rowheader", name=date).click()
    page.get_by_role("button", name="Backfill…").click()


def test_the_selected_dates_are_made_by_backfills_and_no_others(
    visitor: Visitor, airflow: LocalAirflow, runs: Runs
) -> None:
    page = visitor.open(PATH, "admin")
    select(page, *DATES)
    plan = page.get_by_role("dialog")
    wait_for_text(plan, "2 runs in 2 backfills of Airflow.")
    plan.get_by_role("button", name="Make 2 runs").click()
    wait_for_text(page, "Backfill over")
    backfills = [run for run in airflow.api.dag_runs(GRAPH) if run["run_type"] == "backfill"]
    assert [(run["logical_date"][:10], run["state"]) for run in backfills] == [
        (date, "success") for date in DATES
    ]

    page.get_by_role("button", name="Ask again").last.click()
    for date in DATES:
        expect(row(page, date)).not_to_contain_text("missing")
    expect(row(page, LEFT)).to_contain_text("missing")

    page.get_by_role("button", name="Markers").click()
    page.get_by_role("searchbox", name="Filter").fill(DATES[0])
    wait_for_text(page, "1 marker")
    cells = page.get_by_role("region", name="Markers").get_by_role("cell")
    expect(cells.nth(0)).to_have_text("words_db")
    expect(page.get_by_role("cell", name=f"daily_letter_count_{DATES[0]}")).to_be_visible()

    page.get_by_role("button", name="Calendar").click()
    calendar = page.get_by_role("grid", name="Calendar of the dates")
    expect(calendar.get_by_title(DATES[0])).to_have_accessible_name(f"{DATES[0]}: complete")
    expect(calendar.get_by_title(LEFT)).to_have_accessible_name(f"{LEFT}: missing")


def test_the_map_is_gone_through_and_dates_are_selected_by_keyboard(visitor: Visitor, runs: Runs) -> None:
    page = visitor.open(PATH)
    grid = page.get_by_role("grid")
    grid.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    wait_for_text(page, "1 date selected")
    page.keyboard.press("Shift+ArrowDown")
    wait_for_text(page, "2 dates selected")
    expect(grid.get_by_role("row", selected=True)).to_have_count(2)


def test_who_may_not_make_backfills_or_runs_is_told(
    visitor: Visitor, airflow: LocalAirflow, runs: Runs
) -> None:
    before = len(airflow.api.dag_runs(GRAPH))
    page = visitor.open(PATH, "viewer")
    select(page, LEFT)
    wait_for_text(page, "Your Airflow user may not make backfills of this DAG.")
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Ask again").click()
    wait_for_text(page, "Your Airflow user may not do or see this.")
    assert len(airflow.api.dag_runs(GRAPH)) == before
