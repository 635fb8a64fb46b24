"""When a task is stale, and that asking for it changes nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import luigi
import pytest
from hypothesis import given
from hypothesis import strategies as st
from luigi.mock import MockTarget

from airflow_luigi.core.freshness import FreshnessMixin, is_fresh, local_paths, mtimes

# A moment at which "%c" sorts wrongly against the second after it: Sunday before Monday.
SUNDAY = 1_700_000_000 * 10**9

Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Write a file whose modification time is a number of nanoseconds after a fixed moment."""

    def write(name: str, nanoseconds: int = 0) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
        os.utime(path, ns=(SUNDAY + nanoseconds, SUNDAY + nanoseconds))
        return path

    return write


def task(requires: Any = (), output: Any = (), complete: Callable[[], bool] | None = None) -> luigi.Task:
    """A task with the mixin, unlike any other."""

    class Fresh(FreshnessMixin, luigi.Task):
        identity = luigi.IntParameter()

        def requires(self) -> Any:
            return requires

        def output(self) -> Any:
            return output

    return Fresh(identity=id(Fresh))


def source(*targets: Any, complete: bool | None = None) -> Any:
    """A task without requirements that counts how often it is asked."""

    class Source(luigi.ExternalTask):
        identity = luigi.IntParameter()
        asked = 0

        def output(self) -> Any:
            return list(targets)

        def complete(self) -> bool:
            self.asked += 1
            return super().complete() if complete is None else complete

    return Source(identity=id(Source))


def local(path: Path) -> luigi.LocalTarget:
    return luigi.LocalTarget(str(path))


class TestTheComparison:
    def test_an_output_older_than_its_input_is_stale(self, make: Make) -> None:
        assert not is_fresh([make("out", 0)], [make("in", 1)])

    def test_an_output_newer_than_its_input_is_fresh(self, make: Make) -> None:
        assert is_fresh([make("out", 1)], [make("in", 0)])

    def test_equal_times_are_fresh(self, make: Make) -> None:
        assert is_fresh([make("out")], [make("in")])

    def test_the_day_of_the_week_does_not_count(self, make: Make) -> None:
        day = 24 * 3600 * 10**9
        for earlier in range(7):
            out, new = make("out", earlier * day), make("in", (earlier + 1) * day)
            assert not is_fresh([out], [new])

    @given(st.lists(st.integers(0, 3), min_size=1), st.lists(st.integers(0, 3), min_size=1))
    def test_the_oldest_output_and_the_newest_input_decide(
        self, tmp_path_factory: pytest.TempPathFactory, outputs: list[int], inputs: list[int]
    ) -> None:
        folder = tmp_path_factory.mktemp("times")

        def files(kind: str, times: list[int]) -> list[Path]:
            paths = [folder / f"{kind}{n}" for n in range(len(times))]
            for path, time in zip(paths, times, strict=True):
                path.touch()
                os.utime(path, ns=(SUNDAY + time, SUNDAY + time))
            return paths

        assert is_fresh(files("out", outputs), files("in", inputs)) == (max(inputs) <= min(outputs))

    def test_without_inputs_or_outputs_there_is_nothing_stale(self, make: Make) -> None:
        assert is_fresh([], [make("in")])
        assert is_fresh([make("out")], [])

    def test_what_is_gone_is_not_fresh(self, make: Make, tmp_path: Path) -> None:
        assert not is_fresh([tmp_path / "gone"], [make("in")])
        assert not is_fresh([make("out")], [tmp_path / "gone"])

    def test_a_folder_stands_for_its_files(self, make: Make, tmp_path: Path) -> None:
        make("folder/old", 1)
        make("folder/deep/down/new", 5)
        folder = tmp_path / "folder"
        assert sorted(mtimes(folder)) == [SUNDAY + 1, SUNDAY + 5]
        assert is_fresh([folder], [make("in", 1)])
        assert not is_fresh([folder], [make("in", 2)])
        assert is_fresh([make("out", 5)], [folder])
        assert not is_fresh([make("out", 4)], [folder])

    def test_an_empty_folder_stands_for_itself(self, make: Make, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        os.utime(tmp_path / "empty", ns=(SUNDAY, SUNDAY))
        assert mtimes(tmp_path / "empty") == [SUNDAY]

    def test_links_are_followed_but_not_in_circles(self, make: Make, tmp_path: Path) -> None:
        make("elsewhere/file", 7)
        make("folder/file", 1)
        (tmp_path / "folder" / "link").symlink_to(tmp_path / "elsewhere")
        (tmp_path / "folder" / "circle").symlink_to(tmp_path / "folder")
        assert sorted(mtimes(tmp_path / "folder")) == [SUNDAY + 1, SUNDAY + 7]

    def test_a_link_to_nothing_inside_a_folder_is_no_reason_to_rebuild_for_ever(
        self, make: Make, tmp_path: Path
    ) -> None:
        make("folder/file")
        (tmp_path / "folder" / "link").symlink_to(tmp_path / "nothing")
        assert len(mtimes(tmp_path / "folder")) == 2


class TestWhichTargetsHaveATime:
    def test_local_files_do(self, tmp_path: Path) -> None:
        assert local_paths([local(tmp_path / "a"), luigi.LocalTarget(tmp_path / "b")]) == [
            tmp_path / "a",
            tmp_path / "b",
        ]

    def test_tables_and_remote_files_do_not(self) -> None:
        class Table(luigi.Target):
            def exists(self) -> bool:
                return True

        class Remote(Table):
            path = "s3://bucket/key"

        assert local_paths([Table(), Remote(), MockTarget("/etc/passwd")]) == []

    def test_a_target_of_ones_own_does_if_its_path_is_here(self, make: Make) -> None:
        class Own(luigi.Target):
            def __init__(self, path: Path) -> None:
                self.path = path

            def exists(self) -> bool:
                return True

        path = make("a")
        assert local_paths([Own(path), Own(path / "elsewhere")]) == [path]


class TestTheMixin:
    def test_a_task_without_its_output_is_incomplete_and_asks_no_further(
        self, make: Make, tmp_path: Path
    ) -> None:
        words = source(local(make("in")))
        assert not task(words, local(tmp_path / "out")).complete()
        assert words.asked == 0

    def test_two_updates_within_one_second_are_two(self, make: Make) -> None:
        count = task(source(local(make("in", 1))), local(make("out", 1)))
        assert count.complete()
        make("in", 2)
        assert not count.complete()

    def test_several_inputs_and_outputs_in_nested_structures(self, make: Make) -> None:
        requires = {
            "a": [source(local(make("a", 1)))],
            "b": {"c": source(local(make("b", 2)), local(make("c", 3)))},
        }
        output = {"x": local(make("x", 4)), "y": [local(make("y", 3))]}
        assert task(requires, output).complete()
        make("c", 4)
        assert not task(requires, output).complete()

    def test_a_missing_upstream_makes_it_incomplete(self, make: Make, tmp_path: Path) -> None:
        assert not task(source(local(tmp_path / "gone")), local(make("out"))).complete()

    def test_an_input_without_a_path_counts_by_its_completeness(self, make: Make) -> None:
        class Table(luigi.Target):
            def exists(self) -> bool:
                return True

        assert task(source(Table()), local(make("out"))).complete()
        assert not task(source(Table(), complete=False), local(make("out"))).complete()

    def test_a_task_without_outputs_is_as_complete_as_luigi_says(self, make: Make) -> None:
        with pytest.warns(UserWarning, match="without outputs"):
            assert not task(source(local(make("in")))).complete()

    def test_each_requirement_is_asked_once(self, make: Make) -> None:
        words = source(local(make("in")))
        assert task([words, {"again": words}], local(make("out"))).complete()
        assert words.asked == 1

    def test_a_common_requirement_is_asked_once_however_many_ways_lead_to_it(self, make: Make) -> None:
        words = source(local(make("in")))
        layer: list[luigi.Task] = [words]
        for depth in range(12):
            layer = [task(layer, local(make(f"{depth}.{side}"))) for side in range(2)]
        assert layer[0].complete()
        assert words.asked == 1
        assert layer[0].complete()
        assert words.asked == 2

    def test_a_wrapper_asks_its_requirements_once(self, make: Make) -> None:
        words = source(local(make("in")))

        class Wrapper(FreshnessMixin, luigi.WrapperTask):
            def requires(self) -> Any:
                return words

        assert Wrapper().complete()
        assert words.asked == 1

    def test_staleness_upstream_is_seen_from_below(self, make: Make) -> None:
        count = task(source(local(make("words", 2))), local(make("counts", 1)))
        assert not task(count, local(make("report", 3))).complete()

    def test_an_output_that_vanishes_while_it_is_asked_for_is_no_error(
        self, make: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        out = make("out")

        class Vanishing(luigi.LocalTarget):
            def exists(self) -> bool:
                there = bool(super().exists())
                out.unlink()
                return there

        assert task(source(local(make("in"))), Vanishing(str(out))).complete() is False

    def test_asking_writes_and_deletes_nothing(self, make: Make, tmp_path: Path) -> None:
        stale = task(source(local(make("in", 1))), local(make("out", 0)))
        missing = task(source(local(make("in", 1))), local(tmp_path / "not yet" / "out"))

        def everything() -> list[tuple[Path, int]]:
            return sorted((path, path.stat().st_mtime_ns) for path in [tmp_path, *tmp_path.rglob("*")])

        before = everything()
        assert not stale.complete()
        assert not missing.complete()
        assert everything() == before

    def test_luigi_rebuilds_what_is_stale_and_only_that(self, make: Make, tmp_path: Path) -> None:
        words = luigi.LocalTarget(str(make("words")))
        runs = []

        class Words(luigi.ExternalTask):
            def output(self) -> luigi.LocalTarget:
                return words

        class Counts(FreshnessMixin, luigi.Task):
            def requires(self) -> luigi.Task:
                return Words()

            def output(self) -> luigi.LocalTarget:
                return luigi.LocalTarget(str(tmp_path / "counts"))

            def run(self) -> None:
                runs.append(1)
                with self.output().open("w") as file:
                    file.write("counts")

        for _ in range(2):
            assert luigi.build([Counts()], local_scheduler=True)
        assert len(runs) == 1
        newer = (tmp_path / "counts").stat().st_mtime_ns + 1
        os.utime(words.path, ns=(newer, newer))
        assert not Counts().complete()
