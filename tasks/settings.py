"""Settings of the queue and its workers."""

import functools
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from alerting.settings import home
from alerting.telling.settings import TellingSettings
from tasks.errors import InvalidKeys
from tasks.sealing import parse_keys

Seconds = Annotated[int, Field(gt=0)]
Count = Annotated[int, Field(gt=0)]


def _check_keys(value: SecretStr) -> SecretStr:
    try:
        parse_keys(value.get_secret_value())
    except InvalidKeys as error:
        raise ValueError(str(error)) from None
    return value


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
        default=3600, description="Seconds a job may stay queued before it is dropped."
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
        default=1000, description="Jobs after which the process that runs them is made anew."
    )
    worker_max_memory: Count = Field(
        default=512,
        description="Mebibytes of memory after which the process that runs jobs is made anew.",
    )


@functools.cache
def process_settings() -> TasksSettings:
    """Return the settings of a process that RQ started, which hands none to a job."""
    return TasksSettings.load()
