"""One running Airflow, and a browser, for all tests of the pages."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from local_airflow.airflow import REPO, LocalAirflow
from tests.e2e.cases import running, state_folder
from tests.ui.pipelines import Runs, make_runs
from tests.ui.visitor import TIMEOUT, Visitor, log_in

HERE = Path(__file__).resolve().parent
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
# With Airflow's SimpleAuthManager, a user whose role is empty has no rights.
ROLES = {"admin": "admin", "viewer": "viewer", "nobody": ""}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test in this folder as ``e2e``."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="package")
def airflow() -> Iterator[LocalAirflow]:
    """An Airflow below a path, with two workers that serve the pages, and users with different rights."""
    with state_folder() as state:
        local = LocalAirflow(
            state,
            dags=[REPO / "dags", HERE / "dags"],
            base_path="/team/airflow",
            parallelism=6,
            env={
                "AIRFLOW__API__WORKERS": "2",
                "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(
                    f"{name}:{role}" for name, role in ROLES.items()
                ),
            },
        )
        with running(local):
            yield local


@pytest.fixture(scope="package")
def runs(airflow: LocalAirflow) -> Runs:
    """Runs of some DAGs, which are over."""
    return make_runs(airflow)


@pytest.fixture(scope="package")
def chromium() -> str:
    """Path of a Chromium: ``CHROMIUM``, or one on the PATH."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if found is None:
        reason = f"no browser: set CHROMIUM, or have one of {', '.join(CHROMIUMS)} on the PATH"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


# Not for longer than this folder's tests: while Playwright is open, an event loop runs in this thread.
@pytest.fixture(scope="package")
def browser(chromium: str) -> Iterator[Browser]:
    """A browser without a window."""
    expect.set_options(timeout=TIMEOUT)
    # As root, Chromium has no sandbox.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def sessions(airflow: LocalAirflow, browser: Browser) -> dict[str, str]:
    """The session token of each user, who has logged in with a browser."""
    passwords = json.loads(airflow.state.admin_passwords.read_text())
    return {user: log_in(browser, airflow.url, user, passwords[user]) for user in ROLES}


@pytest.fixture
def visitor(airflow: LocalAirflow, browser: Browser, sessions: dict[str, str]) -> Iterator[Visitor]:
    """Opens pages as any user; at the end, nothing may have gone wrong in them."""
    visitor = Visitor(browser, airflow.url, sessions)
    yield visitor
    visitor.close()
    assert visitor.problems == []
