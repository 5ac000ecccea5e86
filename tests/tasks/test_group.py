"""Groups as Redis and RQ's own class have them."""

import uuid

from rq.group import Group

from tasks.catalog.echo import echo
from tasks.group import Place
from tasks.job import Job
from tasks.queue import RedisQueue
from tests.marked_task import task_of
from tests.redis_process import RedisProcess
from tests.tasks.conftest import queue_on


def _submit(queue: RedisQueue, group_id: str, line: int) -> str:
    """Submit a job as a line of a group."""
    return queue.submit(
        task_of(echo),
        line,
        caller="ann",
        request_id="r-1",
        place=Place(group_id=group_id, line=line),
    )


def test_group_is_one_of_rq(redis_process: RedisProcess, redis_url: str) -> None:
    """RQ's own class finds the jobs of the group; all that is stored of it ends by itself."""
    queue, group_id = queue_on(redis_process), uuid.uuid4().hex
    job_ids = {_submit(queue, group_id, line) for line in (1, 2)}

    with redis_process.client() as client:
        group = Group.fetch(group_id, connection=client)
        assert {job.id for job in group.get_jobs()} == job_ids
        assert {client.hget(Job.key_for(one), "group_id") for one in job_ids} == {group_id.encode()}
        assert all(client.ttl(key) > 3600 for key in client.keys(f"*{group_id}*"))


def test_job_that_is_gone_is_left_out(redis_process: RedisProcess, redis_url: str) -> None:
    """A group outlives those of its jobs that are no longer kept."""
    queue, group_id = queue_on(redis_process), uuid.uuid4().hex
    gone, kept = (_submit(queue, group_id, line) for line in (1, 2))
    with redis_process.client() as client:
        client.delete(Job.key_for(gone))

    assert {line: job.id for line, job in queue.fetch_group(group_id).items()} == {2: kept}
