"""What a pipeline puts into names, values, paths and errors is text in the pages."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.ui.markup_tasks import IMAGE, TEXTS
from tests.ui.pipelines import LUIGI, MARKUP, Runs
from tests.ui.visitor import Visitor, build_path, wait_for_text

# Of what the markup would make, and of an address that would run a script.
MADE = "img, svg[onload], body script:not([src]), [onerror], [onload], a[href^='javascript:' i]"


def assert_only_text(page: Page) -> None:
    assert page.locator(MADE).count() == 0


@pytest.mark.parametrize("task_id", ["build", None])
def test_in_a_build(visitor: Visitor, runs: Runs, task_id: str | None) -> None:
    page = visitor.open(build_path(MARKUP, str(runs.markup["dag_run_id"]), task_id))
    page.get_by_role("button", name="List", exact=True).click()
    table = page.get_by_role("table")
    for text in TEXTS:
        wait_for_text(table, text)
    for family in ("Rotten", "Marked"):
        table.get_by_role("button", name=family, exact=True).first.click()
        panel = page.get_by_role("complementary")
        wait_for_text(panel, family)
        if family == "Rotten":
            for text in TEXTS:
                wait_for_text(panel, text)
        assert_only_text(page)
    page.get_by_role("button", name="Graph", exact=True).click()
    wait_for_text(page, IMAGE)
    assert_only_text(page)


def test_side_by_side(visitor: Visitor, runs: Runs) -> None:
    page = visitor.open(f"/luigi/compare?dag_id={MARKUP}&dag_id=%3Cimg+src%3Dx+onerror%3Dalert(1)%3E")
    page.get_by_role("table", name="The last run of each DAG, by date").get_by_text(IMAGE).wait_for()
    page.get_by_role("list", name="DAGs that are compared").get_by_text(IMAGE).wait_for()
    assert_only_text(page)


def test_in_dates(visitor: Visitor, runs: Runs) -> None:
    page = visitor.open(f"/luigi/dates?dag_id={LUIGI}&luigi_task=%3Cimg+src%3Dx+onerror%3Dalert(1)%3E")
    wait_for_text(page, "PrintCounts")
    assert_only_text(page)
    page.goto(f"{visitor.base}/luigi/dates?dag_id=%3Cimg+src%3Dx+onerror%3Dalert(1)%3E")
    wait_for_text(page, IMAGE)
    assert_only_text(page)
