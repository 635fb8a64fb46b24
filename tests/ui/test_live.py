"""A build while it runs: its states move without a reload, and when it is over nothing is asked any more."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from local_airflow.airflow import LocalAirflow
from tests.ui.pipelines import SLOW, Runs
from tests.ui.slow_tasks import LAYERS, WIDTH, gate
from tests.ui.visitor import Visitor, build_path, wait_for_text

STEPS = [(layer, place) for layer in range(LAYERS) for place in range(WIDTH)]


def let_go(folder: Path, run_id: str, steps: list[tuple[int, int]]) -> None:
    for layer, place in steps:
        file = gate(folder, run_id, layer, place)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()


def expect_states(page: Page, **counts: int) -> None:
    """Wait until so many tasks in the list are in these states."""
    table = page.get_by_role("table")
    for state, count in counts.items():
        expect(table.locator(f"[data-state={state}]")).to_have_count(count)


def test_states_move_and_polling_ends(visitor: Visitor, airflow: LocalAirflow, runs: Runs) -> None:
    run_id = airflow.api.trigger(SLOW)
    page = visitor.open(build_path(SLOW, run_id, "build"), clock=True)
    page.evaluate("window.kept = true")
    page.get_by_role("button", name="List", exact=True).click()
    wait_for_text(page, "● live")
    expect_states(page, running=WIDTH, waiting=len(STEPS) + 1 - WIDTH)

    let_go(airflow.output, run_id, STEPS[:1])
    expect_states(page, ran=1)
    let_go(airflow.output, run_id, STEPS[: WIDTH + 1])
    expect_states(page, ran=WIDTH + 1)
    let_go(airflow.output, run_id, STEPS)
    expect_states(page, ran=len(STEPS) + 1)
    assert page.evaluate("window.kept") is True

    airflow.api.wait_for_run(SLOW, run_id)
    expect(page.get_by_text("● live")).to_have_count(0)
    page.wait_for_load_state("networkidle")
    asked = len(visitor.asked)
    page.clock.run_for(60_000)
    page.wait_for_load_state("networkidle")
    assert len(visitor.asked) == asked
