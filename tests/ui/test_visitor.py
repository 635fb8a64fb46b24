"""What goes wrong in a page does not go unnoticed by these tests."""

from __future__ import annotations

import pytest

from tests.ui.visitor import Visitor


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("alert(1)", "dialog: 1"),
        ("fetch('http://localhost:9/').catch(() => null)", "connect-src http://localhost:9"),
        ("document.body.insertAdjacentHTML('beforeend', '<b onclick=alert(1)>')", "script-src-attr inline"),
        ("document.body.insertAdjacentHTML('beforeend', '<img src=none>')", "404"),
    ],
)
def test_it_is_noticed(visitor: Visitor, script: str, problem: str) -> None:
    page = visitor.open("/luigi/compare")
    page.get_by_role("heading", name="Side by side").wait_for()
    page.evaluate(f"() => void {script}")
    page.wait_for_load_state("networkidle")
    found, visitor.problems = visitor.problems, []
    assert [each for each in found if problem in each], found
