"""Workers under `make run` follow the load, as under a pool of their own."""

from tests.e2e.conftest import Start
from tests.e2e.gateway import Gateway, eventually, parent_of


def _workers(gateway: Gateway) -> int:
    """Return how many there are, without that of alerts and the processes of their jobs."""
    pids = gateway.parts("rq.cli")
    return sum(parent_of(pid) not in pids for pid in pids) - 1


def test_a_worker_is_added_while_jobs_wait(start: Start, slow_task: str) -> None:
    """A queue with bounds has its fewest workers at first, and one more when jobs wait."""
    gateway = start(WORKERS="1..2", POOL_GROW_AFTER="1", PYTHONPATH=slow_task).wait_until_ready()
    assert _workers(gateway) == 1
    for _job in range(3):
        gateway.send("/run/slow", 4, headers={"Prefer": "respond-async"})

    eventually(lambda: _workers(gateway) == 2, within_s=20, what="a second worker")

    assert "worker added queue=default workers=2" in gateway.log
    assert gateway.stop() == 0
