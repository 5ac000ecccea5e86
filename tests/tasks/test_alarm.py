"""The alarm: it rings for what takes too long, and for nothing else."""

import signal
import time
from collections.abc import Iterator

import pytest
from rq.timeouts import JobTimeoutException

from tasks.alarm import Alarm

pytestmark = pytest.mark.usefixtures("_own_timer")


@pytest.fixture
def _own_timer() -> Iterator[None]:
    """Leave timer and handler as they were."""
    before = signal.getsignal(signal.SIGALRM)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def alarm(timeout_s: float) -> Alarm:
    """Return an alarm as RQ makes one."""
    return Alarm(timeout_s, JobTimeoutException, job_id="j")  # type: ignore[no-untyped-call] # RQ leaves it untyped


def take_too_long() -> None:
    """Raise the alarm of what is allowed to take less than five seconds."""
    with pytest.raises(JobTimeoutException, match="exceeded maximum timeout"):
        time.sleep(5)


def test_alarm_rings_in_time() -> None:
    """What takes too long is interrupted."""
    with alarm(0.5):
        take_too_long()


def test_each_alarm_has_its_own_time() -> None:
    """A timer that was set for another job rings neither too soon nor too late for this one."""
    with alarm(1):
        pass
    with alarm(3):
        time.sleep(1.2)
        take_too_long()
    with alarm(60):
        pass
    with alarm(0.5):
        take_too_long()


def test_alarm_of_what_is_done_is_not_heard() -> None:
    """Nobody is interrupted by the timer of a job that has ended, or by one without a limit."""
    with alarm(1):
        pass
    time.sleep(1.1)
    with alarm(1):
        pass
    with alarm(-1):
        time.sleep(1.1)


def test_no_timer_is_set_that_rings_soon_enough() -> None:
    """Job after job costs no timer."""
    with alarm(60):
        first, _ = signal.getitimer(signal.ITIMER_REAL)
    with alarm(60):
        assert 0 < signal.getitimer(signal.ITIMER_REAL)[0] < first


def test_what_a_job_did_to_the_timer_is_undone() -> None:
    """A task that uses the timer itself takes it away from no other job."""
    with alarm(60):
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        signal.setitimer(signal.ITIMER_REAL, 0)
    with alarm(0.5):
        take_too_long()
    with alarm(60):
        signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
    with alarm(0.5):
        take_too_long()
