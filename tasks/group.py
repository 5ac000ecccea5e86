"""Jobs that came together, one a line, as RQ's group and with their lines. Knows no states of jobs.

A job joins in the transaction that enqueues it; a group is forgotten some time after its last job.
"""

import re
from dataclasses import dataclass
from typing import cast

import redis
from rq.group import Group

from tasks.job import Job
from tasks.keyspace import lines_key
from tasks.transaction import Command

_GROUP_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a job stands in its group; lines are counted from 1."""

    group_id: str
    line: int


def join(place: Place, job_id: str, *, ttl_s: int) -> list[Command]:
    """Return what lets a job join its group, which is kept for so many seconds at least."""
    key, lines, ttl = Group.get_key(place.group_id), lines_key(place.group_id), str(ttl_s)
    return [
        ("HSET", Job.key_for(job_id), "group_id", place.group_id),
        ("SADD", key, job_id),
        ("SADD", Group.REDIS_GROUP_KEY, place.group_id),
        ("HSET", lines, str(place.line), job_id),
        ("EXPIRE", key, ttl),
        ("EXPIRE", lines, ttl),
    ]


def jobs_by_line(connection: redis.Redis, group_id: str) -> dict[int, str]:
    """Return the ids of a group's jobs, in the order of their lines; raises RedisError."""
    if not _GROUP_ID.fullmatch(group_id):
        return {}
    stored = cast("dict[bytes, bytes]", connection.hgetall(lines_key(group_id)))
    jobs = {int(line): job_id for line, job_id in stored.items() if line.isdigit()}
    return {line: jobs[line].decode(errors="replace") for line in sorted(jobs)}
