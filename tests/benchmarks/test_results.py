"""What follows from files and figures."""

from __future__ import annotations

from pathlib import Path

from benchmarks.compare.results import code_lines

SOURCE = '''"""A module
that says what it is."""

import os  # a comment


# another
def give(
    one: int,
    two: int,
) -> int:
    """Give it."""
    return one + (
        two
    )


class Empty:
    """Nothing but words."""
'''


def test_comments_docstrings_and_brackets_are_no_lines_of_code(tmp_path: Path) -> None:
    file = tmp_path / "some.py"
    file.write_text(SOURCE)
    # import, def, one, two, -> int, return with one, two, class
    assert code_lines(file) == 8


def test_lines_of_a_shell_script() -> None:
    assert code_lines("\nfor date in dates; do\n    luigi\n\ndone\n") == 3
