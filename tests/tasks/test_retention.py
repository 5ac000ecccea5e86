"""What was submitted leaves Redis within the settings, wherever it ended."""

import time
from pathlib import Path

from redis import Redis

from tasks.catalog.echo import echo
from tasks.job_state import JobStatus
from tasks.queue import open_queue
from tasks.settings import TasksSettings
from tests.redis_process import RedisProcess
from tests.tasks import odd_tasks
from tests.tasks.redis_dump import dump
from tests.tasks.test_queue_contract import submit
from tests.tasks.worker_process import OURS, worker

MAINTENANCE_S = 10


def mentions(redis: Redis, job_ids: list[str]) -> list[str]:
    """Return the keys that are named after a job or hold its id."""
    return [
        name
        for name, values in dump(redis).items()
        for one in job_ids
        if one in name or any(one.encode() in value for value in values)
    ]


def test_nothing_of_a_job_outlives_the_settings(own_redis: RedisProcess, tmp_path: Path) -> None:
    """Finished, failed, overrun and killed jobs leave nothing: no result, execution or registry."""
    settings = TasksSettings.load(redis_url=own_redis.url, result_ttl=1, failure_ttl=1)
    queue = open_queue(settings)
    with worker(*OURS, server=own_redis, home=tmp_path), own_redis.client() as redis:
        job_ids = [
            submit(queue, echo, 1),
            submit(queue, odd_tasks.fail, 1),
            submit(queue, odd_tasks.return_not_json, "object"),
            submit(queue, odd_tasks.overrun, 1),
            submit(queue, odd_tasks.die, "exit"),
        ]
        ends = [queue.wait(job_id, timeout_s=10).status for job_id in job_ids[-1:]]
        deadline = time.monotonic() + 1 + MAINTENANCE_S + 5
        while left := mentions(redis, job_ids):
            assert time.monotonic() < deadline, left
            time.sleep(0.1)

    assert ends == [JobStatus.FAILED]


def test_values_are_gone_with_their_time_to_live(own_redis: RedisProcess, tmp_path: Path) -> None:
    """Every key that holds a payload, result or failure expires by itself, without a worker."""
    settings = TasksSettings.load(
        redis_url=own_redis.url, result_ttl=20, failure_ttl=30, job_ttl=40
    )
    queue = open_queue(settings)
    with worker(*OURS, server=own_redis, home=tmp_path):
        done, failed = submit(queue, echo, 1), submit(queue, odd_tasks.fail, 1)
        queue.wait(failed, timeout_s=10)
    queued = submit(queue, echo, 1)

    with own_redis.client() as redis:
        for job_id, most_s in ((done, 20), (failed, 30), (queued, 40 + 30)):
            left_s = [redis.ttl(name) for name in redis.keys(f"*{job_id}*")]
            assert left_s
            assert all(0 < one <= most_s for one in left_s)
