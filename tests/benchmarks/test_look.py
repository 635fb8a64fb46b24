"""What is right is told from what is there, and from nothing else."""

from __future__ import annotations

from collections import Counter

from benchmarks.compare.look import Day, Expected, Made

WANTED = Expected("words\nkiwi\n", "words,letter_count\nkiwi,4\n", Counter({("kiwi", 4): 1, ("fig", 3): 1}))
RIGHT = Day(Made(WANTED.words, 1), Made(WANTED.count, 1), Made(WANTED.rows, 1))


def with_rows(**counts: int) -> Day:
    rows = Counter({(word, len(word)): count for word, count in counts.items()})
    return Day(RIGHT.words, RIGHT.count, Made(rows, 1))


def test_all_as_it_should_be_has_no_findings() -> None:
    assert RIGHT.findings(WANTED) == []


def test_what_is_missing_is_found() -> None:
    found = Day(Made(), Made(), Made()).findings(WANTED)
    assert found == ["words file missing", "count file missing", "2 rows missing"]


def test_duplicates_are_told_from_wrong_rows() -> None:
    assert with_rows(kiwi=3, fig=1).findings(WANTED) == ["2 rows twice"]
    assert with_rows(kiwi=1, plum=1).findings(WANTED) == ["1 rows missing", "1 wrong rows"]


def test_a_file_with_another_content_is_wrong() -> None:
    assert Day(Made("words\n", 1), RIGHT.count, RIGHT.rows).findings(WANTED) == ["words file wrong"]


def test_what_was_written_again_is_seen_even_if_it_says_the_same() -> None:
    now = Day(RIGHT.words, Made(WANTED.count, 2), Made(WANTED.rows, 2))
    assert now.written_since(RIGHT) == ("Count", "StoreCounts")


def test_what_was_not_there_before_was_written_and_what_is_gone_was_not() -> None:
    nothing = Day(Made(), Made(), Made())
    assert RIGHT.written_since(nothing) == ("Words", "Count", "StoreCounts")
    assert nothing.written_since(RIGHT) == ()


def test_what_still_says_what_an_older_input_led_to_is_stale() -> None:
    assert Day(Made("new", 2), RIGHT.count, RIGHT.rows).stale(WANTED) == ("Count", "StoreCounts")
