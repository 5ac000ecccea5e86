"""RQ's queue with piigate's job class and serializer. Knows nothing of callers and waiting."""

from functools import cached_property
from typing import Any

import rq
from rq.registry import StartedJobRegistry

from tasks.job import Job
from tasks.serializer import Serializer


class Queue(rq.Queue):
    """A queue that stores and reads jobs our way, for our code and for RQ's ``--queue-class``."""

    job_class = Job

    def __init__(self, name: str = "default", connection: Any = None, **options: Any) -> None:
        """Take RQ's arguments; the serializer is fixed, since a pickle could do anything."""
        super().__init__(name, connection, **(options | {"serializer": Serializer}))

    @cached_property
    def started_job_registry(self) -> StartedJobRegistry:
        """The registry of the jobs that run, which RQ makes anew each time it is asked."""
        registry: StartedJobRegistry = super().started_job_registry
        return registry
