"""Memory that a worker shares with the process of its jobs."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from tasks.held import Held, Shared


def said(number: int) -> Held:
    """Return something to say, as long as the number asks for, whose parts fit one another."""
    word = str(number % 10) * (number % 1500 + 1)
    return Held(job_id=word, execution_id=word[::-1], kill_at=float(number % 10))


@contextmanager
def writer(shared: Shared) -> Iterator[int]:
    """Run a process that says one thing after the other, and kill it at the end."""
    pid = os.fork()
    if pid == 0:
        for number in count():
            shared.hold(said(number))
    try:
        yield pid
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def is_whole(held: Held) -> bool:
    """Return whether all parts were said at once."""
    return set(held.job_id) == set(held.execution_id) == {str(round(held.kill_at))}


def test_what_is_said_is_heard_whole() -> None:
    """A reader never hears half of one thing and half of another."""
    shared = Shared()
    shared.hold(said(0))
    with writer(shared):
        heard = [shared.held() for _ in range(3000)]

    assert all(map(is_whole, heard))
    assert len({one.job_id for one in heard}) > 1


def test_who_dies_while_speaking_leaves_what_was_said_before() -> None:
    """However a writer is killed, what it last said in full can be read."""
    for _ in range(20):
        shared = Shared()
        shared.hold(said(0))
        with writer(shared):
            while shared.held() == said(0):
                pass
        assert is_whole(shared.held())


def test_function_that_returned_no_longer_runs() -> None:
    """What is held stays the same while its end is stored, but for that."""
    shared = Shared()
    shared.hold(said(7))

    shared.let_go()

    held = shared.held()
    assert not held.is_running
    assert held.execution_id == said(7).execution_id


def test_worker_learns_once_that_a_process_died_taking_a_job() -> None:
    """A process that took a job to its start, or nothing, leaves no trace of that."""
    shared = Shared()
    with shared.taking():
        pass
    told = [shared.has_died_taking()]
    pid = os.fork()
    if pid == 0:
        with shared.taking():
            os._exit(1)
    os.waitpid(pid, 0)
    told += [shared.has_died_taking(), shared.has_died_taking()]

    assert told == [False, True, False]


def test_long_ids_are_cut() -> None:
    """Whoever writes huge ids to Redis cannot stop a worker with them."""
    shared = Shared()
    shared.hold(Held(job_id="x" * 100_000, execution_id="e" * 32, kill_at=1.0))

    held = shared.held()

    assert set(held.job_id) == {"x"}
    assert held.execution_id == "e" * 32


def test_worker_closes_and_opens() -> None:
    """Whether the process may go on is the worker's word alone."""
    shared = Shared()
    told = [shared.is_open]
    shared.open()
    shared.hold(said(3))
    told.append(shared.is_open)
    shared.close()
    told.append(shared.is_open)

    assert told == [False, True, False]
