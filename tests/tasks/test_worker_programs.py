"""Which worker processes a machine runs."""

import pytest

from alerting.errors import InvalidSettings
from tasks.catalog.echo import echo
from tasks.registry import TaskRegistry, discover
from tasks.settings import TasksSettings
from tasks.worker_programs import worker_programs
from tests.marked_task import task_of


def processes(workers: object, *, queues: str = "high,low") -> dict[str, tuple[int, bool]]:
    """Return how many processes each program has, and whether that changes with the load."""
    settings = TasksSettings.load(workers=workers, queues=queues)
    tasks = TaskRegistry([task_of(echo)])
    return {one.name: (one.copies, one.is_elastic) for one in worker_programs(settings, tasks)}


def test_a_number_is_for_every_queue() -> None:
    """The queues of the tasks come first by themselves; further ones need a setting."""
    three = dict.fromkeys(("worker-default", "worker-high", "worker-low"), (3, False))
    assert processes(3) == {"worker-alerts": (1, False), **three}


def test_each_queue_has_what_is_said_of_it() -> None:
    """Bounds make room for the most; a queue that other machines serve has no program."""
    assert processes("default=2,high=1..6,low=0") == {
        "worker-alerts": (1, False),
        "worker-default": (2, False),
        "worker-high": (6, True),
    }


def test_the_queue_of_the_alerts_is_served_unless_it_is_named() -> None:
    """Nobody has to think of it; other machines may serve it, or more workers."""
    assert processes("default=1,alerts=3", queues="")["worker-alerts"] == (3, False)
    assert "worker-alerts" not in processes("1,alerts=0", queues="")


@pytest.mark.parametrize(
    ("workers", "parts"),
    [
        ("default=2,high=1", ["The queue low has no number", "low=0"]),
        ("1,hgih=2", ["There is no queue hgih", "QUEUES"]),
        ("hgih=2", ["no queue hgih", "queue default has", "queue high has", "queue low has"]),
        ("0,hgih=2", ["There is no queue hgih"]),
    ],
)
def test_numbers_that_do_not_fit_the_queues_stop_the_start(workers: str, parts: list[str]) -> None:
    """Jobs of a queue that was forgotten or misspelt would wait for ever, so it is told."""
    with pytest.raises(InvalidSettings) as refused:
        processes(workers)

    assert [part for part in parts if part not in str(refused.value)] == []
    assert len(refused.value.faults) == len([part for part in parts if "queue" in part])


def test_a_stop_waits_for_the_longest_job() -> None:
    """Supervisor kills nobody who still drains, nor a worker that still kills its job."""
    settings = TasksSettings.load(job_timeout=100, job_grace=30)
    programs = worker_programs(settings, discover())

    assert min(program.stop_wait_s for program in programs) > 130
