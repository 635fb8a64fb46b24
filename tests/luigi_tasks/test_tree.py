from __future__ import annotations

from pathlib import Path

import pytest

from luigi_tasks.tree import print_tree


def test_a_folder_is_printed_as_in_the_article(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "output"
    (output / "sub").mkdir(parents=True)
    for name in ("words_2020-10-26.csv", "count_2020-10-26.csv", "sub/[bold]x.csv"):
        (output / name).touch()
    print_tree(output)
    assert capsys.readouterr().out == (
        "output/\n├── count_2020-10-26.csv\n├── sub/\n│   └── [bold]x.csv\n└── words_2020-10-26.csv\n"
    )
