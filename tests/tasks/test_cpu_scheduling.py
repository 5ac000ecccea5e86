"""The kernel's policy, tried in threads of their own, since each thread has its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest

from tasks.cpu_scheduling import use_batch_policy

pytestmark = pytest.mark.skipif(
    not hasattr(os, "SCHED_BATCH"), reason="only Linux has such policies"
)

_Seen = TypeVar("_Seen")
_ASK = "import os; print(os.sched_getscheduler(0))"


def _after_use(look: Callable[[], _Seen], *, policy: int = os.SCHED_OTHER, nice: int = 0) -> _Seen:
    """Return what is seen in a thread of the policy and nice value that asked for ours."""

    def run() -> _Seen:
        os.sched_setscheduler(0, policy, os.sched_param(0))
        os.nice(nice)
        use_batch_policy()
        return look()

    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(run).result()


def _policy() -> int:
    return os.sched_getscheduler(0)


def test_the_default_policy_is_changed_to_batch() -> None:
    """A process under the default policy has the other one from then on."""
    assert _after_use(_policy) == os.SCHED_BATCH


def test_later_threads_and_children_inherit_it() -> None:
    """Neither threads nor programs that are started later have to ask for it."""

    def start() -> tuple[int, int]:
        with ThreadPoolExecutor(max_workers=1) as thread:
            of_thread = thread.submit(_policy).result()
        return of_thread, int(subprocess.check_output([sys.executable, "-c", _ASK]))

    assert _after_use(start) == (os.SCHED_BATCH, os.SCHED_BATCH)


def test_the_nice_value_is_kept() -> None:
    """Who was made nicer stays so."""
    before = os.getpriority(os.PRIO_PROCESS, 0)

    nice = _after_use(lambda: os.getpriority(os.PRIO_PROCESS, 0), nice=3)

    assert nice == min(before + 3, 19)


def test_a_policy_that_somebody_chose_is_kept() -> None:
    """What was started to run only when nobody else does stays so."""
    assert _after_use(_policy, policy=os.SCHED_IDLE) == os.SCHED_IDLE


def test_nothing_is_done_where_there_is_no_such_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    """On another system the call returns, and all stays as it was."""
    monkeypatch.delattr(os, "SCHED_BATCH")
    assert _after_use(_policy) == os.SCHED_OTHER


@pytest.mark.parametrize("call", ["sched_getscheduler", "sched_setscheduler"])
def test_a_refusal_is_survived(call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a sandbox or a C library forbids to ask or to change, nothing happens."""

    def refuse(*_arguments: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    policy = os.sched_getscheduler
    with ThreadPoolExecutor(max_workers=1) as thread:
        thread.submit(os.sched_setscheduler, 0, os.SCHED_OTHER, os.sched_param(0)).result()
        monkeypatch.setattr(os, call, refuse)
        thread.submit(use_batch_policy).result()
        assert thread.submit(policy, 0).result() == os.SCHED_OTHER
