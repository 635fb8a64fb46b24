"""The pages where Airflow shows them, and as they look there."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Frame, Page, expect

from tests.ui.pipelines import LUIGI, MARKUP, NATIVE, TASK, Runs
from tests.ui.visitor import Visitor, build_path, frame, wait_for_text

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}
PAGES = ("task", "run", "failed", "dates", "compare")
# A text that is there when the page has read what it shows.
READY = {
    "task": "PrintCounts",
    "run": "PrintCounts",
    "failed": "Everything",
    "dates": "PrintCounts",
    "compare": "Runs by date",
}


def path_of(name: str, runs: Runs) -> str:
    """Give the path of a page with something to see."""
    return {
        "task": build_path(LUIGI, runs.built, TASK),
        "run": build_path(LUIGI, runs.built),
        "failed": build_path(MARKUP, str(runs.markup["dag_run_id"]), "build"),
        "dates": f"/luigi/dates?dag_id={LUIGI}",
        "compare": f"/luigi/compare?dag_id={NATIVE}&dag_id={LUIGI}",
    }[name]


def opened(visitor: Visitor, runs: Runs, name: str, **how: object) -> Page:
    """Open a page, and wait until it is there."""
    page = visitor.open(path_of(name, runs), **how)  # type: ignore[arg-type]
    wait_for_text(page, READY[name])
    page.wait_for_load_state("networkidle")
    return page


def findings(page: Page | Frame) -> list[str]:
    """Let axe look for what keeps people out, by WCAG 2.1 AA."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{each['id']}: {node['html']}"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("user", ["admin", "viewer"])
def test_a_task_and_a_run_have_a_tab(visitor: Visitor, runs: Runs, user: str) -> None:
    run = f"/dags/{LUIGI}/runs/{runs.built}"
    page = visitor.open(f"{run}/tasks/{TASK}", user)
    page.get_by_role("link", name="Luigi", exact=True).click()
    expect(page).to_have_url(re.compile(r"/tasks/words_count/plugin/luigi-build"))
    wait_for_text(frame(page), "PrintCounts")

    page = visitor.open(f"{run}/plugin/luigi-run", user)
    wait_for_text(frame(page), "PrintCounts")
    assert page.get_by_role("link", name="Luigi", exact=True).count() == 1


@pytest.mark.parametrize("user", ["admin", "viewer"])
def test_browse_leads_to_the_pages_and_these_to_each_other(visitor: Visitor, user: str) -> None:
    page = visitor.open("/", user)
    page.get_by_role("button", name="Browse").click()
    page.get_by_role("menuitem", name="Luigi").click()
    pages = frame(page)
    pages.get_by_role("heading", name="Dates \N{MULTIPLICATION SIGN} tasks").wait_for()
    pages.get_by_role("link", name="Side by side").click()
    pages.get_by_role("heading", name="Side by side").wait_for()


def test_a_link_opens_a_page_of_airflow_in_the_whole_window(visitor: Visitor, runs: Runs) -> None:
    page = visitor.open(f"/plugin/luigi/team/airflow/luigi/compare?dag_id={LUIGI}")
    frame(page).get_by_role("link", name=LUIGI).click()
    expect(page).to_have_url(re.compile(rf"/team/airflow/dags/{LUIGI}"))


def test_the_pages_follow_airflows_light_and_dark_without_a_reload(visitor: Visitor) -> None:
    page = visitor.open("/plugin/luigi")
    root = frame(page).locator("html")
    expect(root).to_have_attribute("data-theme", "light")
    frame(page).locator("body").evaluate("body => { body.dataset.kept = 'yes'; }")
    light = frame(page).locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
    page.get_by_role("button", name="User").click()
    page.get_by_role("menuitem", name="Appearance").click()
    page.get_by_text("Dark Mode", exact=True).click()
    expect(root).to_have_attribute("data-theme", "dark")
    expect(frame(page).locator("body")).to_have_attribute("data-kept", "yes")
    assert frame(page).locator("body").evaluate("body => getComputedStyle(body).backgroundColor") != light


@pytest.mark.parametrize("name", PAGES)
def test_a_narrow_window_need_not_be_scrolled_sideways(visitor: Visitor, runs: Runs, name: str) -> None:
    page = opened(visitor, runs, name, width=700)
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) <= 0


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_keeps_anybody_out(visitor: Visitor, runs: Runs, name: str, theme: str) -> None:
    page = opened(visitor, runs, name, theme=theme)
    expect(page.locator("html")).to_have_attribute("data-theme", theme)
    assert findings(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nor_does_it_in_airflows_frame(visitor: Visitor, runs: Runs, theme: str) -> None:
    page = visitor.open(f"/dags/{LUIGI}/runs/{runs.built}/plugin/luigi-run", theme=theme)
    wait_for_text(frame(page), "PrintCounts")
    assert findings(page.frames[-1]) == []
