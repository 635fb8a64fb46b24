"""The other example DAGs, and how Airflow finds all of it."""

from __future__ import annotations

import json
import re
import subprocess

from local_airflow.airflow import LocalAirflow
from tests.e2e.cases import Run, trigger
from tests.luigi_tasks.test_execution_order import FIRST_BUILD, SECOND_BUILD


def command(airflow: LocalAirflow, *words: str) -> str:
    """Run the ``airflow`` command beside the running Airflow."""
    result = subprocess.run(
        ["airflow", *words], env=airflow.environment, capture_output=True, text=True, check=True
    )
    return result.stdout


def test_the_plugin_is_listed_and_no_file_has_an_import_error(airflow: LocalAirflow) -> None:
    words = ("words_count_sql", "words_count_sql_graph", "words_count_sql_native")
    for dag_id in (*words, "words_completeness", "letter_count", "letter_report", "execution_order"):
        airflow.api.wait_for_dag(dag_id)
    assert airflow.api.import_errors() == {}
    assert "No data found" in command(airflow, "dags", "list-import-errors")
    plugins = json.loads(command(airflow, "plugins", "--output", "json"))
    assert ("luigi", "$PLUGINS_FOLDER/luigi_plugin.py") in {
        (each["name"], each["source"]) for each in plugins
    }


def test_the_log_of_execution_order_shows_eight_lines_and_then_two(airflow: LocalAirflow) -> None:
    run = trigger(airflow, "execution_order")
    assert run.state == "success"
    numbered = re.findall(r" info (\d: .*)$", run.log("build_twice"), re.MULTILINE)
    assert "\n".join([*numbered, ""]) == FIRST_BUILD + SECOND_BUILD


def test_the_dates_of_the_words_are_asked_from_the_dags_start_to_now(airflow: LocalAirflow) -> None:
    run = trigger(airflow, "words_completeness")
    assert run.state == "success"
    matrix = airflow.api.xcom("words_completeness", run.run_id, "ask", "luigi_completeness")
    assert matrix["families"] == ["PrintCounts", "StoreCounts", "Count", "Words"]
    assert (matrix["dates"][0], matrix["omitted"]) == ("2026-11-01", 0)
    assert matrix["dates"][-1] == airflow.api.dag_run("words_completeness", run.run_id)["run_after"][:10]


def test_letters_are_counted_and_reported_once_for_a_word_list_that_does_not_change(
    airflow: LocalAirflow,
) -> None:
    airflow.api.wait_for_dag("letter_report")
    airflow.api.unpause("letter_report")
    # Airflow also starts the run that was due last, and one at a time: which is the first is left to it.
    second = [trigger(airflow, "letter_count") for _ in range(2)][-1]
    all_runs = airflow.api.wait_for_runs("letter_count", 3)
    assert [run["state"] for run in all_runs] == ["success"] * 3
    ran = [Run(airflow, run["dag_id"], run["dag_run_id"], "").ran("letter_count") for run in all_runs]
    assert sorted(ran) == [["CountLetters", "PrintSQL", "StoreSQL"], ["PrintSQL"], ["PrintSQL"]]
    assert second.ran("letter_count") == ["PrintSQL"]
    assert "// Letter Count Table" in second.log("letter_count")
    assert "// Marker Table" in second.log("letter_count")
    # Counted again: if the runs that found the counts complete had led to reports, they would come before.
    (airflow.output / "count_letters.csv").unlink()
    third = trigger(airflow, "letter_count")
    assert third.ran("letter_count") == ["CountLetters", "PrintSQL", "StoreSQL"]
    reports = airflow.api.wait_for_runs("letter_report", 2)
    assert [run["state"] for run in reports] == ["success", "success"]
    uri = (airflow.output / "count_letters.csv").as_uri()
    for run in reports:
        log = airflow.api.logs("letter_report", run["dag_run_id"], "report")
        assert f"// {uri}" in log
        assert "5 letters: apple" in log
