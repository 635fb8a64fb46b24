"""What a tree of processes costs."""

from __future__ import annotations

import subprocess
import sys
import time

from benchmarks.compare.meter import Meter

# Burns so much CPU time in a child, and then holds so much memory itself.
PROGRAM = """
import subprocess, sys, time
BURN = "import time\\nwhile time.process_time() < 0.5: pass"
subprocess.run([sys.executable, "-c", BURN], check=True)
held = b"x" * (200 << 20)
print("holding", flush=True)
sys.stdin.read()
"""


def test_the_cpu_time_of_an_ended_child_and_the_memory_of_its_parent_count() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as program:
        begun = time.monotonic()
        with Meter(lambda: [program.pid]) as meter:
            assert program.stdout
            assert program.stdout.readline() == b"holding\n"
        took = time.monotonic() - begun
        program.communicate()
    assert 0.4 < meter.cost.cpu < took * 2
    assert 200 < meter.cost.peak_memory < 400
    assert meter.cost.processes == 1
    assert 0.5 <= meter.cost.wall <= took


def test_what_was_used_before_does_not_count() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as program:
        assert program.stdout
        assert program.stdout.readline() == b"holding\n"
        with Meter(lambda: [program.pid]) as meter:
            pass
        program.communicate()
    assert meter.cost.cpu < 0.2
    assert meter.cost.processes == 0
