"""Settings of the queue and its workers."""

import functools
import re
from typing import Annotated

from pydantic import AfterValidator, Field, PlainSerializer, PlainValidator, SecretStr
from pydantic_settings import NoDecode

from alerting.settings import Words, home
from alerting.telling.settings import TellingSettings
from tasks.errors import InvalidKeys
from tasks.sealing import parse_keys
from tasks.worker_counts import QUEUE_NAME, WorkerCounts, worker_counts

Seconds = Annotated[int, Field(gt=0)]
Count = Annotated[int, Field(gt=0)]


def _check_keys(value: SecretStr) -> SecretStr:
    try:
        parse_keys(value.get_secret_value())
    except InvalidKeys as error:
        raise ValueError(str(error)) from None
    return value


def _check_queues(names: tuple[str, ...]) -> tuple[str, ...]:
    if not all(re.fullmatch(QUEUE_NAME, name) for name in names):
        raise ValueError("write names of at most 63 letters, digits, - and _")
    return names


class TasksSettings(TellingSettings):
    """What a worker needs, on top of what alerting and telling need."""

    redis_url: SecretStr = Field(
        default_factory=lambda: SecretStr(f"unix://{home() / 'instance' / 'redis' / 'redis.sock'}"),
        description="`redis://`, `rediss://`, `unix://` or "
        "`sentinel://host:port,host:port/service?db=0`; the default is the socket of the server "
        "that `make run` starts.",
    )
    job_timeout: Seconds = Field(
        default=60, description="Seconds a job may run when its task sets no timeout."
    )
    job_ttl: Seconds = Field(
        default=3600,
        description="Seconds a job may stay queued before it expires, unless `?ttl=` says less.",
    )
    result_ttl: Seconds = Field(default=600, description="Seconds a result is kept.")
    failure_ttl: Seconds = Field(default=3600, description="Seconds a failed job is kept.")
    payload_keys: Annotated[SecretStr, AfterValidator(_check_keys)] | None = Field(
        default=None,
        description="Keys that seal payloads and results in Redis: 64 hexadecimal digits each, "
        "separated by white space; the first seals, all open. By default made on first start in "
        "`instance`. Machines that work together need the same.",
    )
    idempotency_ttl: Seconds = Field(
        default=24 * 3600, description="Seconds an `Idempotency-Key` stands for its first request."
    )
    job_grace: Seconds = Field(
        default=5,
        description="Seconds that a job may go on after its timeout before it is killed.",
    )
    max_deliveries: Count = Field(
        default=3,
        description="Times a job is given to a worker when workers die of it, before it fails.",
    )
    worker_max_jobs: Count = Field(
        default=10_000, description="Jobs after which the process that runs them is made anew."
    )
    worker_max_memory: Count = Field(
        default=512,
        description="Mebibytes of memory after which the process that runs jobs is made anew.",
    )
    workers: Annotated[
        WorkerCounts, NoDecode, PlainValidator(worker_counts), PlainSerializer(str)
    ] = Field(
        default=worker_counts(2),
        description="Worker processes for each queue, as in `2`, by name, as in "
        "`default=2,high=1`, or both, as in `1,high=4`; bounds, as in `default=1..6`, follow the "
        "load. 0 leaves a queue to other machines.",
    )
    queues: Annotated[Words, AfterValidator(_check_queues)] = Field(
        default=(),
        description="Queues beside those of the tasks, for `POST /run/<task>?queue=`; they have "
        "`WORKERS` as those do.",
    )
    pool_grow_after: Seconds = Field(
        default=2,
        description="Seconds a job may wait before a queue with bounds gets another worker, one "
        "at a time.",
    )
    pool_shrink_after: Seconds = Field(
        default=60,
        description="Seconds one worker more than needed is kept in a queue with bounds.",
    )


@functools.cache
def process_settings() -> TasksSettings:
    """Return the settings of a process that RQ started, which hands none to a job."""
    return TasksSettings.load()
