"""One Airflow to a state folder, and no other program's files in it."""

from __future__ import annotations

import multiprocessing
import os
import stat
from pathlib import Path

import pytest

from local_airflow.errors import LocalAirflowError, StateInUseError
from local_airflow.state import StateFolder


def _lock_and_die(path: Path) -> None:
    StateFolder(path).lock()
    os._exit(1)


def test_a_second_instance_is_told_who_has_the_folder(tmp_path: Path) -> None:
    StateFolder(tmp_path / "state").lock()
    with pytest.raises(StateInUseError, match=f"process {os.getpid()}.*STATE=") as refused:
        StateFolder(tmp_path / "state").lock()
    assert "\n" not in str(refused.value)


def test_a_folder_is_free_again_after_its_owner_was_killed(tmp_path: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_lock_and_die, args=(tmp_path / "state",))
    process.start()
    process.join()
    StateFolder(tmp_path / "state").lock()


def test_a_folder_can_be_locked_again_after_unlocking(tmp_path: Path) -> None:
    state = StateFolder(tmp_path / "state")
    state.lock()
    state.unlock()
    state.lock()
    assert state.locked


def test_a_folder_with_other_files_is_refused_and_left_alone(tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("dear")
    with pytest.raises(LocalAirflowError, match="STATE="):
        StateFolder(tmp_path).lock()
    assert letter.read_text() == "dear"


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").touch()
    with pytest.raises(LocalAirflowError, match="is a file"):
        StateFolder(tmp_path / "state").lock()


def test_emptying_deletes_all_but_the_lock_and_nothing_that_links_lead_to(tmp_path: Path) -> None:
    kept = tmp_path / "kept" / "file"
    kept.parent.mkdir()
    kept.touch()
    state = StateFolder(tmp_path / "state")
    state.lock()
    state.make()
    (state.path / "link").symlink_to(kept.parent)
    state.empty()
    assert [entry.name for entry in state.path.iterdir()] == [".local_airflow.lock"]
    assert kept.exists()


def test_secrets_are_kept_and_only_their_owner_can_read_them(tmp_path: Path) -> None:
    state = StateFolder(tmp_path / "state")
    state.lock()
    secrets = state.make()
    assert state.make() == secrets
    holders = [
        path
        for path in state.path.rglob("*")
        if path.is_file() and secrets.admin_password in path.read_text()
    ]
    assert len(holders) == 2
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in holders)


def test_two_folders_have_different_secrets(tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        state = StateFolder(tmp_path / name)
        state.lock()
        found.append(state.make())
    assert found[0].admin_password != found[1].admin_password
