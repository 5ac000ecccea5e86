"""The kernel's policy by which a process of ours shares the processors. Knows no jobs."""

import logging
import os

_logger = logging.getLogger(__name__)


def use_batch_policy() -> None:
    """Let this process, its later threads and its children push nobody aside when they wake up.

    Under Linux' SCHED_BATCH who wakes up waits until the one that runs sleeps or has had its share
    (sched(7)), so that a request or job is not cut in two by the next and finds the processor's
    caches as it left them. The nice value stays, and so does a policy that somebody has chosen. A
    system that has no such policy, or refuses it, does as it always did.
    """
    if not hasattr(os, "SCHED_BATCH"):
        return
    try:
        if os.sched_getscheduler(0) == os.SCHED_OTHER:
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    except OSError as error:
        _logger.debug("the batch policy is refused: %s", error.strerror)
