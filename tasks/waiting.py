"""Waiting for a job to be as somebody wants it. Knows neither RQ nor Redis."""

import time
from collections.abc import Callable

from alerting.fibers import aside
from tasks.deadline import seconds_to_end
from tasks.errors import NotSubmitted, QueueUnavailable
from tasks.job_state import JobState, JobStatus
from tasks.sealing import KeyRing
from tasks.subscription import News

# Ends that nobody tells: a stock worker's or dashboard's.
_LOOK_AGAIN_S = 3.0
# The first look at a job that was expected: it says when its deadline is.
_LOOK_FIRST_S = 0.8
# How often somebody who waits is asked whether it is still worth it.
_ASK_AGAIN_S = 1.0


def look(
    fetch: Callable[[], JobState],
    news: News,
    *,
    keys: KeyRing,
    until: Callable[[JobState], bool],
    timeout_s: float,
    is_given_up: Callable[[], bool],
) -> JobState:
    """Return the job's state when it is the one looked for, or the wait is over.

    What is told with its result needs no look; otherwise it is looked at when there is news, when
    its deadline has passed, and now and then. Raises JobNotFound, and QueueUnavailable at the end
    of the wait, NotSubmitted.
    """
    deadline = time.monotonic() + timeout_s
    look_again_s = _LOOK_FIRST_S
    while True:
        _await(news, until=min(deadline, time.monotonic() + look_again_s), is_given_up=is_given_up)
        told = news.end.state(keys=keys) if news.end else None
        if told and until(told):
            return told
        is_over = time.monotonic() >= deadline or is_given_up()
        look_again_s = _LOOK_AGAIN_S
        try:
            state = aside(fetch)
            if is_over or until(state):
                return state
            if state.status is JobStatus.QUEUED:
                look_again_s = min(look_again_s, seconds_to_end(state.deadline))
        except NotSubmitted:
            raise
        except QueueUnavailable:
            if is_over:
                raise


def _await(news: News, *, until: float, is_given_up: Callable[[], bool]) -> None:
    """Return when there is news, it is time to look again, or nobody waits any more."""
    while (left_s := until - time.monotonic()) > 0:
        if news.wait(min(left_s, _ASK_AGAIN_S)) or is_given_up():
            return
