"""Graphs of Luigi tasks, drawn for one date and used for others."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import luigi
import pytest

from airflow_luigi.core.drawing import draw
from airflow_luigi.core.graph import walk
from airflow_luigi.core.grouping import tasks_of
from airflow_luigi.core.nodes import Node
from airflow_luigi.core.task_spec import TaskSpecError
from tests import graph_tasks
from tests.graph_tasks import Monthly, Running, Top

TASKS = "tests.graph_tasks"
NEW_YEAR = dt.datetime(2026, 1, 1)


def drawing(family: str, date: dt.datetime | None = NEW_YEAR, **how: Any) -> dict[str, Node]:
    """Draw a graph; give its nodes by the name that a person would call them."""
    how = {"run_date_param": "date", **how}
    nodes = draw(f"{TASKS}:{family}", {"folder": "/nowhere", **how.pop("values", {})}, date=date, **how)
    return {node.name: node for node in nodes}


def edges(nodes: dict[str, Node]) -> dict[str, set[str]]:
    names = {node.id: name for name, node in nodes.items()}
    return {name: {names[each] for each in node.requires} for name, node in nodes.items()}


def test_a_family_is_a_node_and_luigis_requirements_are_the_edges() -> None:
    nodes = drawing("Top")
    assert edges(nodes) == {
        "Top": {"Left", "Right"},
        "Left": {"Bottom"},
        "Right": {"Bottom"},
        "Bottom": set(),
    }
    assert next(iter(nodes)) == "Bottom"
    assert nodes["Top"].doc == "A diamond: Top needs Left and Right, which both need Bottom."
    assert {node.id for node in nodes.values()} == set(nodes)


def test_a_thousand_tasks_of_a_family_are_one_node_or_a_thousand() -> None:
    assert edges(drawing("Fan")) == {"Fan": {"Twig"}, "Twig": set()}
    assert len(drawing("Fan", granularity="task")) == 1001


def test_a_family_that_requires_itself_is_one_node() -> None:
    values = {"first": "2025-12-20"}
    assert edges(drawing("Running", values=values)) == {"Running": {"Bottom"}, "Bottom": set()}


def test_families_that_require_each_other_are_one_node() -> None:
    nodes = drawing("Ping", dt.datetime(2026, 1, 4))
    assert edges(nodes) == {"Ping, Pong": set()}
    assert nodes["Ping, Pong"].id == "Ping--Pong"


def test_a_graph_without_an_end_is_an_error_that_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TaskSpecError) as caught:
        walk(Running(folder="/nowhere", date=NEW_YEAR.date()), max_tasks=50)
    message = str(caught.value)
    assert "Running(date=2026-01-01) seems to have no end: it has more than 50 tasks" in message
    assert "Running(date=2025-12-08) <- Running(date=2025-12-09) <-" in message
    assert "<- Running(date=2026-01-01)" in message
    assert message.endswith("Name it in cut=['Running'] to stop at the first one.")


def test_a_graph_is_cut_where_the_user_says() -> None:
    graph = walk(Running(folder="/nowhere", date=NEW_YEAR.date()), cut=["Running"])
    assert [str(task) for task in graph] == ["Running(date=2026-01-01)", "Bottom(date=2026-01-01)"]
    assert edges(drawing("Running", cut=["Running"])) == {"Running": {"Bottom"}, "Bottom": set()}


def test_a_cut_at_a_family_that_is_not_there_is_an_error() -> None:
    with pytest.raises(TaskSpecError, match="cut names 'Jogging', which is no family of the graph"):
        drawing("Top", cut=["Jogging"])


def test_requirements_that_fail_name_the_task_and_no_secret() -> None:
    with pytest.raises(TaskSpecError) as caught:
        draw(f"{TASKS}:Secretive", {"url": "db://u:hunter22@h/d", "word": "mellon-word"})
    assert "requires() of Secretive(url=db://u:***@h/d" in str(caught.value)
    assert "raised ValueError: no db://u:***@h/d, no ***" in str(caught.value)
    with pytest.raises(
        TaskSpecError, match=r"requires\(\) of Careless\(\) gives 'Bottom', which is no Luigi"
    ):
        draw(f"{TASKS}:Careless", {})


@pytest.mark.parametrize("granularity", ["family", "task"])
def test_what_a_node_stands_for_is_found_in_the_graph_of_any_date(granularity: str) -> None:
    nodes = drawing("Week", granularity=granularity)
    graph = walk(graph_tasks.Week(folder="/nowhere", date=dt.date(2026, 5, 17)))
    found = [task for node in nodes.values() for task in tasks_of(node.part, graph)]
    assert sorted(map(str, found)) == sorted(map(str, graph))
    assert len(found) == 8


def test_dates_in_names_are_counted_from_the_runs() -> None:
    names = list(drawing("Week", granularity="task"))
    assert set(names) == {"Week(date=D0)", "Bottom(date=D0)", *(f"Bottom(date=D-{n})" for n in range(1, 7))}


def test_ids_are_the_same_for_every_date_and_whatever_siblings_there_are() -> None:
    def ids(**how: Any) -> set[str]:
        return {node.id for node in drawing("Fan", granularity="task", **how).values()}

    few, many = ids(values={"leaves": 3}), ids(values={"leaves": 40})
    assert few == ids(values={"leaves": 3}, date=dt.datetime(2024, 7, 7, 13, 30))
    # The root's own parameter has changed, the twigs have not.
    assert len(few & many) == 3


def test_months_have_days_that_the_drawn_one_had_not() -> None:
    february = drawing("Monthly", dt.datetime(2026, 2, 11), run_date_param="month", granularity="task")
    graph = walk(Monthly(folder="/nowhere", month=dt.date(2026, 3, 1)))
    found = {str(task) for node in february.values() for task in tasks_of(node.part, graph)}
    # Luigi builds these three when it builds what requires them.
    assert {str(task) for task in graph} - found == {f"EveryDay(date=2026-03-{day})" for day in (29, 30, 31)}
    by_family = drawing("Monthly", dt.datetime(2026, 2, 11), run_date_param="month")
    assert len(tasks_of(by_family["EveryDay"].part, graph)) == 31


@pytest.mark.parametrize(
    ("family", "shared"),
    [
        ("Top", set()),
        ("Week", {"Bottom"}),
        ("Fortnight", {"Bottom"}),
        ("MonthOf", {"Monthly", "EveryDay", "Calendar"}),
    ],
)
def test_what_other_dates_need_as_well_is_known(family: str, shared: set[str]) -> None:
    for date in (NEW_YEAR, dt.datetime(2026, 2, 28)):
        assert {name for name, node in drawing(family, date).items() if node.shared} == shared


def test_the_days_of_a_month_are_no_other_months() -> None:
    nodes = drawing("Monthly", run_date_param="month")
    assert {name for name, node in nodes.items() if node.shared} == {"Calendar"}


def test_without_a_date_all_runs_need_the_same() -> None:
    nodes = draw("luigi_tasks.letter_count:PrintSQL", {})
    assert all(node.shared for node in nodes)
    assert [node.id for node in nodes if node.external] == ["ExternalWords"]


def test_tasks_that_require_each_other_are_an_error() -> None:
    with pytest.raises(TaskSpecError, match=r"Tasks require each other: Snake\(.*Tail\(.*Snake\("):
        drawing("Snake", granularity="task")
    assert list(drawing("Snake")) == ["Snake, Tail"]


def test_nodes_come_behind_what_they_require() -> None:
    nodes = drawing("Twisted")
    order = list(nodes)
    assert all(
        order.index(each) < order.index(name) for name, below in edges(nodes).items() for each in below
    )


def test_drawing_runs_nothing_and_asks_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def touched(*_: object) -> Any:
        raise AssertionError("touched")

    for name in ("run", "complete", "output"):
        monkeypatch.setattr(Top, name, touched)
    assert draw(f"{TASKS}:Top", {"folder": str(tmp_path)}, run_date_param="date", date=NEW_YEAR)
    assert list(tmp_path.iterdir()) == []


def test_no_secret_is_in_a_nodes_names() -> None:
    class Keyed(luigi.Task):
        url = luigi.Parameter()
        token = luigi.Parameter()

    one, other = (
        draw(Keyed, {"url": f"db://u:hunter22{number}@h/d", "token": "swordfish9"}, granularity="task")[0]
        for number in "12"
    )
    assert "hunter22" not in f"{one} {other}"
    assert "swordfish9" not in f"{one} {other}"
    assert one.id != other.id
