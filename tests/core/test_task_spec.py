from __future__ import annotations

import datetime
import enum
from typing import Any

import luigi
import pytest
from luigi.parameter import ParameterVisibility

from airflow_luigi.core.config import luigi_settings
from airflow_luigi.core.task_spec import TaskSpecError, accepted, bind, load_task_class, spec_of


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Spec(luigi.Task):
    date = luigi.DateParameter()
    size = luigi.IntParameter(default=3)
    names = luigi.ListParameter(default=())
    colour = luigi.EnumParameter(enum=Colour, default=Colour.RED)
    shape = luigi.ChoiceParameter(choices=["round", "square"], default="round")
    token = luigi.IntParameter(default=0, visibility=ParameterVisibility.PRIVATE)

    class Nested(luigi.Task):
        pass


MODULE = __name__


def test_a_task_is_found_by_module_and_class() -> None:
    assert load_task_class(f"{MODULE}:Spec") is Spec
    assert load_task_class(f"{MODULE}:Spec.Nested") is Spec.Nested
    assert load_task_class(Spec) is Spec
    assert load_task_class(spec_of(Spec)) is Spec


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("luigi_tasks.words_count", "write it as 'package.module:Class'"),
        ("no_such_module:Spec", "no module 'no_such_module'"),
        ("luigi_tasks.nothing:Spec", "no module 'luigi_tasks.nothing'"),
        (f"{MODULE}:Spek", "Did you mean 'Spec'"),
        (f"{MODULE}:Zzzzzz", "It has the tasks: Spec"),
        (f"{MODULE}:Colour", "is not a Luigi task"),
    ],
)
def test_a_wrong_name_says_what_would_be_right(spec: str, says: str) -> None:
    with pytest.raises(TaskSpecError, match=says) as error:
        load_task_class(spec)
    assert spec in str(error.value)


def test_an_error_inside_a_module_is_told_as_such(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_pipeline.py").write_text("import a_missing_library\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(TaskSpecError, match=r"importing 'broken_pipeline' failed.*a_missing_library"):
        load_task_class("broken_pipeline:Task")


def test_strings_are_parsed_and_other_values_are_taken_as_they_are() -> None:
    values = {"date": "2026-11-01", "size": "4", "names": ["a", "b"], "colour": "BLUE"}
    task: Any = bind(Spec, values)
    assert (task.date, task.size, task.names, task.colour) == (
        datetime.date(2026, 11, 1),
        4,
        ("a", "b"),
        Colour.BLUE,
    )
    assert bind(Spec, {"date": datetime.date(2026, 11, 1)}) == Spec(datetime.date(2026, 11, 1))


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"dat": "2026-11-01"}, "Spec has no parameter 'dat'. Did you mean 'date'"),
        ({}, r"Spec needs a value for 'date' \(DateParameter: a date as 2026-11-01\)"),
        ({"date": "yesterday"}, "parameter 'date' can't be 'yesterday'.*takes a date as 2026-11-01"),
        ({"date": "2026-02-30"}, "can't be '2026-02-30'.*takes a date as 2026-11-01"),
        ({"date": 7}, "parameter 'date' can't be 7"),
        ({"date": "2026-11-01", "size": "many"}, "'size' can't be 'many'.*takes a whole number"),
        ({"date": "2026-11-01", "colour": "GREEN"}, "takes one of 'RED', 'BLUE'"),
        ({"date": "2026-11-01", "shape": "flat"}, "takes one of 'round', 'square'"),
    ],
)
def test_a_wrong_value_names_task_parameter_value_and_what_is_accepted(values: Any, says: str) -> None:
    with pytest.raises(TaskSpecError, match=says):
        bind(Spec, values)


def test_the_value_of_a_private_parameter_is_not_told() -> None:
    with pytest.raises(TaskSpecError) as error:
        bind(Spec, {"date": "2026-11-01", "token": "hunter22"})
    assert "'token'" in str(error.value)
    assert "hunter22" not in str(error.value)


def test_a_password_in_a_url_is_not_told() -> None:
    with pytest.raises(TaskSpecError) as error:
        bind(Spec, {"date": "postgresql://me:hunter22@db/words"})
    assert "hunter22" not in str(error.value)
    assert "postgresql://me:***@db/words" in str(error.value)


def test_a_wrong_value_in_luigis_configuration_is_told_as_such() -> None:
    with (
        luigi_settings({"Spec": {"size": "many"}}),
        pytest.raises(TaskSpecError, match="the value of 'size' in luigi's configuration"),
    ):
        bind(Spec, {"date": "2026-11-01"})


def test_every_date_parameter_says_its_form_in_its_own_notation() -> None:
    for parameter in (
        luigi.DateParameter(),
        luigi.MonthParameter(),
        luigi.YearParameter(),
        luigi.DateHourParameter(),
        luigi.DateMinuteParameter(),
        luigi.DateSecondParameter(),
    ):
        example = accepted(parameter).rsplit(" ", 1)[-1]
        assert parameter.serialize(parameter.parse(example)) == example
