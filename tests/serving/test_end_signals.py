import os
import signal

import pytest

from app.serving.end_signals import EndSignals, Stopped


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_request_to_end_interrupts_nothing_until_it_is_asked_for(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with EndSignals() as signals:
        signals.check()
        os.kill(os.getpid(), number)
        done = "what was going on"
        with pytest.raises(Stopped) as stopped:
            signals.check()
        signals.check()
    assert (done, stopped.value.number) == ("what was going on", number)
    assert signal.getsignal(number) == before


def test_a_second_ctrl_c_is_a_second_request() -> None:
    with EndSignals() as signals:
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)
        for _ in range(2):
            with pytest.raises(Stopped):
                signals.check()
        signals.check()


def test_a_signal_that_was_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with EndSignals() as signals:
            os.kill(os.getpid(), signal.SIGHUP)
            signals.check()
    finally:
        signal.signal(signal.SIGHUP, before)
