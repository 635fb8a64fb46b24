"""``airflow-luigi graph``: what is complete, and why the rest is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import luigi
import pytest

from tests import graph_tasks
from tests.cli.commands import call, call_program

TASKS = graph_tasks.__name__
DATE = "2026-11-03"


class GraphRaises(luigi.Task):
    """Can't say whether it is complete."""

    url = luigi.Parameter()
    word = luigi.Parameter(visibility=luigi.parameter.ParameterVisibility.PRIVATE)

    def complete(self) -> bool:
        raise ConnectionError(f"no answer from {self.url}, {self.word}")


class GraphAlways(luigi.Task):
    """Has nothing to show."""

    def complete(self) -> bool:
        return False


class GraphTwoDates(luigi.Task):
    first = luigi.DateParameter()
    last = luigi.DateParameter()

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(f"/nowhere/{self.first}-{self.last}")


def graph(folder: Path, family: str, *words: str) -> str:
    result = call("graph", f"{TASKS}:{family}", "--param", f"folder={folder}", *words)
    assert result.exit_code == 0, result.output
    return result.output


def lines(text: str) -> list[str]:
    """Give mark and family of each line, indented by two for each level."""
    found = []
    for line in text.splitlines()[:-1]:
        mark = next(index for index, character in enumerate(line) if character in "✓✗!")
        found.append("  " * (mark // 4) + line[mark:].partition("(")[0])
    return found


def make(folder: Path, family: str, **values: Any) -> None:
    task = getattr(graph_tasks, family)(folder=str(folder), **values)
    with task.output().open("w") as file:
        file.write("made")


def day() -> Any:
    return luigi.DateParameter().parse(DATE)


def test_a_tree_shows_what_is_complete_and_what_is_there_twice_only_once(tmp_path: Path) -> None:
    make(tmp_path, "Bottom", date=day())
    make(tmp_path, "Left", date=day())
    text = graph(tmp_path, "Top", "--date", DATE)
    assert lines(text) == ["✗ Top", "  ✓ Left", "    ✓ Bottom", "  ✗ Right", "    ✓ Bottom"]
    assert "2 of 4 tasks complete" in text
    assert f"missing: {tmp_path}/Right_" in text


def test_a_repeated_subtree_is_drawn_where_it_is_first_met(tmp_path: Path) -> None:
    text = graph(tmp_path, "Snake", "--date", DATE)
    assert lines(text) == ["✗ Snake", "  ✗ Tail", "    ✗ Snake"]
    assert text.splitlines()[2].endswith("(see above)")


def test_a_task_with_its_outputs_says_what_else_it_waits_for(tmp_path: Path) -> None:
    for family in ("Cooked", "Served"):
        make(tmp_path, family, date=day())
    text = graph(tmp_path, "Served", "--date", DATE).splitlines()
    assert text[0].endswith("requires what is not complete: Cooked")
    assert text[1].endswith("requires what is not complete: Raw")


def test_an_external_task_is_named_as_one(tmp_path: Path) -> None:
    text = graph(tmp_path, "NeedsLate", "--date", DATE)
    assert f"Late(folder={tmp_path}, date={DATE})  external, missing: {tmp_path}/late_{DATE}" in text


def test_many_of_a_family_are_counted_and_the_first_incomplete_ones_shown(tmp_path: Path) -> None:
    for number in range(20):
        if number not in (7, 11):
            make(tmp_path, "Twig", date=day(), number=number)
    words = ("--date", DATE, "--param", "leaves=20")
    text = graph(tmp_path, "Fan", *words)
    assert "Twig: 20 tasks, 18 complete, 2 not complete" in text
    assert lines(text) == [
        "✗ Fan",
        "  ✗ Twig: 20 tasks, 18 complete, 2 not complete",
        "    ✗ Twig",
        "    ✗ Twig",
    ]
    assert "number=7" in text
    assert "number=12" not in text
    assert len(lines(graph(tmp_path, "Fan", *words, "--all"))) == 21


def test_a_long_chain_is_counted_and_can_be_shown_whole(tmp_path: Path) -> None:
    words = ("--date", DATE, "--param", "first=2023-01-01")
    text = graph(tmp_path, "Running", *words)
    assert len(text.splitlines()) < 10
    assert "and what it requires: 2800 tasks, 0 complete, 2800 not complete" in text
    whole = call_program("graph", f"{TASKS}:Running", "--param", f"folder={tmp_path}", *words, "--all")
    assert whole.returncode == 0
    assert whole.stdout.count("✗ Running(") == 1403


def test_asking_runs_nothing_and_writes_nothing(tmp_path: Path) -> None:
    graph(tmp_path, "Fan", "--date", DATE, "--param", "leaves=3")
    assert list(tmp_path.iterdir()) == []


def test_a_complete_that_raises_is_shown_without_its_secrets() -> None:
    result = call(
        "graph",
        f"{__name__}:GraphRaises",
        "--param",
        "url=postgresql://u:hunter22@h/db",
        "--param",
        "word=xyzzy-plugh",
    )
    assert result.exit_code == 0
    assert "complete() raised ConnectionError: no answer from postgresql://u:***@h/db, ***" in result.output
    assert "complete() of 1 raised" in result.output
    assert "word" not in result.output


def test_a_task_without_outputs_says_so() -> None:
    assert "it has no output, and complete() says no" in call("graph", f"{__name__}:GraphAlways").output


def test_json_has_each_task(tmp_path: Path) -> None:
    make(tmp_path, "Left", date=day())
    tasks = json.loads(graph(tmp_path, "Top", "--date", DATE, "--json"))
    assert [task["family"] for task in tasks] == ["Top", "Left", "Right", "Bottom"]
    assert [task["complete"] for task in tasks] == [False, True, False, False]
    assert tasks[0]["requires"] == [tasks[1]["id"], tasks[2]["id"]]
    assert tasks[3]["missing"] == [f"{tmp_path}/{tasks[3]['id']}"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([f"{TASKS}:Topp", "--date", DATE], "has no class 'Topp'. Did you mean 'Top'?"),
        (["no_such_module:Top"], "there is no module 'no_such_module'"),
        ([f"{TASKS}:Top"], "Top needs --date (a date as 2026-11-01)."),
        ([f"{TASKS}:Twig", "--date", DATE], "Twig needs --param number=... (a whole number)."),
        ([f"{TASKS}:Top", "--date", "soon"], "--date 'soon': 'date' of Top takes a date as 2026-11-01."),
        ([f"{TASKS}:Top", "--date", DATE, "--param", "x"], "--param 'x': write it as name=value."),
        (
            [f"{TASKS}:Top", "--date", DATE, "--param", "fodler=x"],
            "no parameter 'fodler'. Did you mean 'folder'?",
        ),
        ([f"{TASKS}:Top", "--date", DATE, "--param", f"date={DATE}"], "'date' is given twice"),
        ([f"{TASKS}:Calendar", "--date", DATE], "Calendar has no date parameter for --date."),
        ([f"{__name__}:GraphTwoDates", "--date", DATE], "name one: --date-param first or last."),
        ([f"{TASKS}:Top", "--date", DATE, "--date-param", "folder"], "'folder' of Top is no date parameter."),
    ],
)
def test_what_is_wrong_is_one_line_and_exit_code_2(words: list[str], says: str) -> None:
    result = call("graph", *words)
    assert result.exit_code == 2
    assert says in result.output.splitlines()[-1]


def test_a_date_goes_into_any_date_parameter_in_its_precision(tmp_path: Path) -> None:
    assert "Monthly(folder=" in graph(tmp_path, "Monthly", "--date", DATE)
    assert "month=2026-11)" in graph(tmp_path, "Monthly", "--date", DATE)
    assert "month=2026-11)" in graph(tmp_path, "Monthly", "--date", "2026-11")
    two = call(
        "graph",
        f"{__name__}:GraphTwoDates",
        "--date",
        DATE,
        "--date-param",
        "first",
        "--param",
        "last=2026-11-09",
    )
    assert "first=2026-11-03, last=2026-11-09" in two.output


def test_requires_that_raises_is_one_line_and_exit_code_1() -> None:
    result = call("graph", f"{TASKS}:Secretive", "--param", "url=postgresql://u:hunter22@h/d")
    assert result.exit_code == 1
    assert result.output.splitlines()[-1].startswith("Error: requires() of Secretive(")
    assert "hunter22" not in result.output
