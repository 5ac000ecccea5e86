"""Jobs that came together, one a line, as RQ's group and with their lines. Knows no states of jobs.

A job joins in the pipeline that enqueues it; a group is forgotten some time after its last job is.
"""

import re
from dataclasses import dataclass
from typing import cast

import redis
import rq
from redis.client import Pipeline
from rq.group import Group

from tasks.keyspace import lines_key

_GROUP_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a job stands in its group; lines are counted from 1."""

    group_id: str
    line: int


def join(pipeline: Pipeline, place: Place, job: rq.job.Job, *, ttl_s: int) -> None:
    """Let the job join its group, which is kept for so many seconds from now at least."""
    key, lines = Group.get_key(place.group_id), lines_key(place.group_id)
    pipeline.hset(job.key, "group_id", place.group_id)
    pipeline.sadd(key, job.id)
    pipeline.sadd(Group.REDIS_GROUP_KEY, place.group_id)
    pipeline.hset(lines, str(place.line), job.id)
    pipeline.expire(key, ttl_s)
    pipeline.expire(lines, ttl_s)


def jobs_by_line(connection: redis.Redis, group_id: str) -> dict[int, str]:
    """Return the ids of a group's jobs, in the order of their lines; raises RedisError."""
    if not _GROUP_ID.fullmatch(group_id):
        return {}
    stored = cast("dict[bytes, bytes]", connection.hgetall(lines_key(group_id)))
    jobs = {int(line): job_id for line, job_id in stored.items() if line.isdigit()}
    return {line: jobs[line].decode(errors="replace") for line in sorted(jobs)}
