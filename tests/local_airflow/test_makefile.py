"""``make`` finds a Python that will do, or says in one line why not."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A copy of the Makefile where it can do no harm."""
    folder = tmp_path / "clone"
    folder.mkdir()
    shutil.copy(REPO / "Makefile", folder)
    (folder / "requirements.txt").touch()
    (folder / "requirements-dev.txt").touch()
    return folder


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """All that is on PATH: the usual tools, and no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in ("sh", "rm", "touch", "echo", "mkdir", "make"):
        found = shutil.which(tool)
        assert found is not None
        (folder / tool).symlink_to(found)
    return folder


def fake_python(folder: Path, name: str, version: str, *, venv: bool = True) -> Path:
    """Put a program on PATH that answers like a Python, and notes when it is asked to make a .venv."""
    supported = version in ("3.10", "3.11", "3.12", "3.13")
    script = f"""#!/bin/sh
    case "$*" in
        *version_info*) echo {version}; exit {0 if supported else 3} ;;
        *ensurepip*) exit {0 if venv else 1} ;;
        *"-m venv .venv"*) echo "made by {name}"; exit 1 ;;
    esac
    exit 1
    """
    path = folder / name
    path.write_text(script)
    path.chmod(0o755)
    return path


def make(clone: Path, programs: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {
        name: value for name, value in os.environ.items() if name not in ("PYTHON", "MAKEFLAGS", "MAKELEVEL")
    }
    return subprocess.run(
        ["make", *arguments],
        cwd=clone,
        env={**env, "PATH": str(programs)},
        text=True,
        capture_output=True,
        timeout=60,
    )


def said(result: subprocess.CompletedProcess[str]) -> str:
    """What a failed make said, without make's own last line: one line, or the test ends here."""
    assert result.returncode != 0
    lines = [line for line in result.stderr.splitlines() if not line.startswith("make: ***")]
    assert len(lines) == 1, result.stderr
    return lines[0]


@pytest.mark.parametrize("version", ["3.9", "3.14", "2.7"])
def test_an_unsupported_python_is_named_with_the_way_out(clone: Path, programs: Path, version: str) -> None:
    python = fake_python(programs, "mypython", version)
    line = said(make(clone, programs, "demo", f"PYTHON={python}"))
    assert f"{python} is Python {version}" in line
    assert "3.10 to 3.13" in line
    assert "make demo PYTHON=python3.12" in line


def test_no_python_at_all_is_one_line(clone: Path, programs: Path) -> None:
    assert "there is no python3 here" in said(make(clone, programs, "up"))


def test_a_python_that_is_not_there_is_one_line(clone: Path, programs: Path) -> None:
    assert "there is no python3.99 here" in said(make(clone, programs, "demo", "PYTHON=python3.99"))


def test_a_python_without_the_venv_module_is_one_line(clone: Path, programs: Path) -> None:
    fake_python(programs, "python3", "3.11", venv=False)
    assert "apt install python3.11-venv" in said(make(clone, programs, "demo"))


def test_a_supported_python_beside_an_unsupported_one_is_used(clone: Path, programs: Path) -> None:
    fake_python(programs, "python3", "3.9")
    fake_python(programs, "python3.12", "3.12")
    assert "made by python3.12" in make(clone, programs, "demo").stdout


def test_a_named_python_is_not_replaced_by_another(clone: Path, programs: Path) -> None:
    fake_python(programs, "python3.12", "3.12")
    old = fake_python(programs, "old", "3.9")
    assert "is Python 3.9" in said(make(clone, programs, "demo", f"PYTHON={old}"))


def test_a_half_made_venv_is_made_again(clone: Path, programs: Path) -> None:
    fake_python(programs, "python3", "3.11")
    venv = clone / ".venv"
    venv.mkdir()
    for stamp in (".python", ".ready", ".installing"):
        (venv / stamp).touch()
    assert "made by python3" in make(clone, programs, "demo").stdout
    assert not (venv / ".ready").exists()


def test_a_finished_venv_is_used_as_it_is(clone: Path, programs: Path) -> None:
    venv = clone / ".venv"
    (venv / "bin").mkdir(parents=True)
    for stamp in (".python", ".ready"):
        (venv / stamp).touch()
    python = venv / "bin" / "python"
    python.write_text('#!/bin/sh\necho "$@"\n')
    python.chmod(0o755)
    result = make(clone, programs, "up", "STATE=some where", "PORT=8099")
    assert result.stdout == "-m local_airflow up --state some where --port 8099\n"


def test_make_alone_lists_the_commands(clone: Path, programs: Path) -> None:
    help_text = make(clone, programs).stdout
    targets = ("demo", "up", "test", "check", "compare", "bench", "lock", "clean")
    assert all(f"make {target}" in help_text for target in targets)
