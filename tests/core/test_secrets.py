from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from airflow_luigi.core.secrets import Redactor, is_secret_name, mask, passwords, redacted_logs
from tests.processes import in_a_child


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("postgresql://me:hunter22@db:5432/words", "postgresql://me:***@db:5432/words"),
        ("mysql+pymysql://me:p@ss/w:rd@db/words", "mysql+pymysql://me:***@db/words"),
        ("redis://:hunter22@localhost", "redis://:***@localhost"),
        ("Store(db=postgresql://me:a@h/x, n=2)", "Store(db=postgresql://me:***@h/x, n=2)"),
        ("a://u:one@h b://u:two@h", "a://u:***@h b://u:***@h"),
        ("postgresql://me@db/words", "postgresql://me@db/words"),
        ("sqlite:////tmp/words.db", "sqlite:////tmp/words.db"),
        ("12:30 mail me@example.org", "12:30 mail me@example.org"),
    ],
)
def test_a_url_is_shown_without_its_password(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_passwords_are_found_and_told_once() -> None:
    assert passwords("a://u:one@h b://u:two@h") == ["one", "two"]
    told: list[str] = []
    redactor = Redactor(told.append)
    redactor.learn("a://u:hunter%2122@h")
    redactor.learn("b://u:hunter%2122@h")
    assert sorted(told) == ["hunter!22", "hunter%2122"]
    assert redactor("it was hunter!22") == "it was ***"


def test_a_task_id_that_holds_a_part_of_a_password_is_shown_without_it() -> None:
    redactor = Redactor()
    task_id = "Store_mysql___a_hunter_2026_11_01_0123456789"
    redactor.learn_task(task_id, "Store", {"db": "mysql://a:hunter22@h/x"})
    assert redactor(f"task {task_id} is done") == "task Store_hidden_0123456789 is done"


def test_luigis_records_are_redacted_with_their_tracebacks(caplog: pytest.LogCaptureFixture) -> None:
    redactor = Redactor()
    redactor.learn("mysql://a:hunter22@h/x")
    logger = logging.getLogger("luigi-interface")
    with redacted_logs(redactor), caplog.at_level(logging.INFO):
        try:
            raise ValueError("hunter22 was refused")
        except ValueError:
            logger.exception("failed: %s", "mysql://a:hunter22@h/x")
    assert "hunter22" not in caplog.text
    assert "failed: mysql://a:***@h/x" in caplog.text
    assert "*** was refused" in caplog.text
    logger.warning("mysql://a:hunter22@h/x")
    assert "hunter22" in caplog.text


def test_a_record_that_was_changed_on_its_way_is_redacted_again() -> None:
    redactor = Redactor()
    redactor.learn_secret("tree-frog")
    record = logging.makeLogRecord({"name": "luigi-interface", "msg": "%s croaks", "args": ("somebody",)})
    redactor.filter(record)
    assert record.getMessage() == "somebody croaks"
    record.msg = "tree-frog croaks"
    redactor.filter(record)
    assert record.getMessage() == "*** croaks"


def test_a_task_is_looked_at_again_when_a_new_secret_is_known() -> None:
    redactor = Redactor()
    told = ("Build_tree_frog_1234567890", "Build", {"name": "tree_frog"})
    redactor.learn_task(*told)
    assert redactor.public_id(told[0]) == told[0]
    redactor.learn_secret("tree_frog")
    redactor.learn_task(*told)
    assert redactor.public_id(told[0]) == "Build_hidden_1234567890"


def test_of_two_passwords_that_begin_alike_the_longer_one_is_hidden_whole() -> None:
    redactor = Redactor()
    for secret in ("hunter", "hunter22", "hunter2"):
        redactor.learn_secret(secret)
    assert redactor("hunter22 hunter2 hunter") == "*** *** ***"


@pytest.mark.parametrize("write", [str, json.dumps, repr, lambda secret: quote(secret, safe="")])
def test_a_password_is_hidden_in_every_form_in_which_it_is_written(write: Callable[[str], str]) -> None:
    secret = "two\nlines, a 'quote', a \"quote\", a \\ and an ä"
    redactor = Redactor()
    redactor.learn_secret(secret)
    assert set(redactor(write(secret))) <= set("*'\"")


def test_a_short_secret_is_hidden_behind_its_name_only() -> None:
    redactor = Redactor()
    redactor.learn_parameter("pin", 1234, "1234")
    assert redactor("Pay(pin=1234) at 12:34, 1234 times") == "Pay(pin=***) at 12:34, 1234 times"


def test_a_task_with_a_secret_id_has_a_public_one_there_and_back() -> None:
    redactor = Redactor()
    ids = [f"Store_mysql___a_hunter_0123456{number}89" for number in range(2)]
    for number, task_id in enumerate(ids):
        redactor.learn_task(task_id, "Store", {"db": f"mysql://a:hunter{number}@h/x"})
    public = [redactor.public_id(task_id) for task_id in ids]
    assert public == ["Store_hidden_0123456089", "Store_hidden_0123456189"]
    assert [redactor.task_id(public_id) for public_id in public] == ids
    assert (
        redactor.public_id("Other_0123456089") == redactor.task_id("Other_0123456089") == "Other_0123456089"
    )


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("password", True),
        ("DB_PASSWORD", True),
        ("api-token", True),
        ("aws_secret_access_key", True),
        ("tokens", False),
        ("password_file", False),
        ("key", False),
        ("secretary", False),
    ],
)
def test_some_names_tell_that_the_value_is_a_secret(name: str, secret: bool) -> None:
    assert is_secret_name(name) is secret


def test_pythons_warnings_are_redacted() -> None:
    redactor = Redactor()
    redactor.learn_secret("hunter22")
    with pytest.warns(UserWarning, match=r"^it is \*\*\*$"), redacted_logs(redactor):
        warnings.warn("it is hunter22", stacklevel=1)
    with pytest.warns(UserWarning, match="hunter22"):
        warnings.warn("it is hunter22", stacklevel=1)


def test_who_is_told_of_secrets_is_not_told_by_a_forked_child() -> None:
    told: list[str] = []
    redactor = Redactor(told.append)

    def learn() -> tuple[list[str], str]:
        redactor.learn_secret("hunter22")
        return told, redactor("hunter22")

    assert in_a_child(learn) == ([], "***")


ODD = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"], exclude_characters="\"'"), min_size=1)


class TestMasking:
    @given(ODD)
    @example("A://")
    def test_no_odd_character_of_a_password_gets_through(self, password: str) -> None:
        url = f"postgresql+psycopg2://user:{password}@host:5432/db"
        assert mask(url) == "postgresql+psycopg2://user:***@host:5432/db"
        assert passwords(url) == [password]

    @given(
        ODD.filter(lambda text: "@" not in text),
        st.sampled_from(["'{}'", '"{}"', "see {}, please", "[('{}',)]"]),
    )
    def test_a_url_is_found_in_the_middle_of_a_text(self, password: str, text: str) -> None:
        url = f"mysql://user:{password}@host/db"
        assert mask(text.format(url)) == text.format("mysql://user:***@host/db")

    @given(st.lists(ODD.filter(lambda text: "@" not in text and "://" not in text), max_size=3))
    def test_every_url_is_masked(self, secrets: list[str]) -> None:
        text = json.dumps(
            [f"mysql://user:{secret}@host/{n}" for n, secret in enumerate(secrets)], ensure_ascii=False
        )
        assert mask(text) == json.dumps([f"mysql://user:***@host/{n}" for n in range(len(secrets))])

    @given(st.text())
    def test_any_text_can_be_masked_and_masking_again_changes_nothing(self, text: str) -> None:
        assert mask(mask(text)) == mask(text)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("postgresql://u:my pass word@h/db", "postgresql://u:***@h/db"),
            ("postgresql://u:it's@h/db", "postgresql://u:***@h/db"),
            ("postgresql://u@server:pw@h/db", "postgresql://u@server:***@h/db"),
            ("postgresql://:pw@h/db", "postgresql://:***@h/db"),
            ("postgresql:///db?user=u&password=pw&x=1", "postgresql:///db?user=u&password=***&x=1"),
            ("https://u:pw@h/a:b@c", "https://u:***@h/a:b@c"),
        ],
    )
    def test_other_ways_to_give_a_password(self, text: str, expected: str) -> None:
        assert mask(text) == expected

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "no URL: a:b@c",
            "postgresql://u@h:5432/db",
            "postgresql://u:@h/db",
            "sqlite:////tmp/a@b:c.db",
            "http://localhost:8080/@scope/package and me@example.org",
            "postgresql://host:5432/db, ask me@example.org",
            "s3://bucket/key:a@b",
            "WordsTask(date=2026-11-01, path=C:/x)",
        ],
    )
    def test_a_text_without_a_password_stays_as_it_is(self, text: str) -> None:
        assert mask(text) == text
        assert passwords(text) == []
