"""Signals end the work once, and can't end the cleaning up."""

from __future__ import annotations

import os
import signal

import pytest

from local_airflow.interrupts import SIGNALS, Interrupted, Interrupts


@pytest.mark.parametrize(
    ("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_ends_the_work_with_the_shells_exit_code(signum: signal.Signals, code: int) -> None:
    with Interrupts(), pytest.raises(Interrupted) as interrupted:
        os.kill(os.getpid(), signum)
    assert interrupted.value.exit_code == code


def test_one_ctrl_c_that_arrives_twice_interrupts_once() -> None:
    with Interrupts():
        with pytest.raises(Interrupted):
            os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)


def test_nothing_interrupts_the_shielded_part_but_asking_again_is_heard() -> None:
    with Interrupts() as interrupts, interrupts.shielded() as hurry:
        assert not hurry()
        os.kill(os.getpid(), signal.SIGINT)
        assert hurry()


def test_the_echo_of_the_first_ctrl_c_is_not_asking_again() -> None:
    with Interrupts() as interrupts:
        with pytest.raises(Interrupted):
            os.kill(os.getpid(), signal.SIGINT)
        with interrupts.shielded() as hurry:
            os.kill(os.getpid(), signal.SIGINT)
            assert not hurry()


def test_nohup_is_respected() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Interrupts():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_afterwards_signals_are_what_they_were() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Interrupts():
        assert signal.getsignal(signal.SIGINT) != before
    assert signal.getsignal(signal.SIGINT) == before


def test_a_late_signal_does_not_change_how_a_process_ends() -> None:
    before = {signum: signal.getsignal(signum) for signum in SIGNALS}
    try:
        with Interrupts(process_ends=True):
            pass
        for signum in SIGNALS:
            os.kill(os.getpid(), signum)
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)
