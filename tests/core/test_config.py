from __future__ import annotations

from typing import Any

import luigi
import pytest
from luigi.configuration import LuigiTomlParser, get_config

from airflow_luigi.core import config as config_module
from airflow_luigi.core.config import luigi_settings
from airflow_luigi.core.task_spec import TaskSpecError


class Sized(luigi.Task):
    size = luigi.IntParameter(default=1)


def test_settings_hold_for_the_block_and_are_put_back() -> None:
    config = get_config()
    config.set("Known", "kept", "before")
    with luigi_settings({"Sized": {"size": 5}, "Known": {"kept": "during", "new": True}}):
        assert Sized().size == 5
        assert (config.get("Known", "kept"), config.get("Known", "new")) == ("during", "True")
    assert Sized().size == 1
    assert config.get("Known", "kept") == "before"
    assert not config.has_option("Known", "new")
    assert not config.has_section("Sized")
    config.remove_section("Known")


def test_settings_are_put_back_after_an_error() -> None:
    with pytest.raises(RuntimeError, match="stop"), luigi_settings({"Sized": {"size": 5}}):
        raise RuntimeError("stop")
    assert Sized().size == 1


def test_toml_values_keep_their_type(monkeypatch: pytest.MonkeyPatch) -> None:
    toml: Any = LuigiTomlParser()
    toml.data = {"resources": {"db": 1}}
    monkeypatch.setattr(config_module, "get_config", lambda: toml)
    with luigi_settings({"resources": {"db": 2, "disk": 3}, "worker": {"keep_alive": True}}):
        assert toml.getintdict("resources") == {"db": 2, "disk": 3}
        assert toml.getboolean("worker", "keep_alive") is True
    assert toml.data == {"resources": {"db": 1}}


def test_a_value_that_the_configuration_cannot_hold_names_its_place() -> None:
    with (
        pytest.raises(TaskSpecError, match=r"\[db\] password can't be set.*'%%'"),
        luigi_settings({"db": {"password": "50%off"}}),
    ):
        pass
    assert not get_config().has_section("db")
    with pytest.raises(TaskSpecError, match=r"\[db\] must be a mapping"), luigi_settings({"db": "x"}):  # type: ignore[dict-item]
        pass
