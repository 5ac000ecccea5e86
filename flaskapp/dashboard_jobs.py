"""What rq-dashboard reads from Redis and shows: our jobs, without pickle and without values.

The one place that reaches into rq-dashboard, whose views look these names up in their module.
Knows no HTTP.
"""

from collections.abc import Mapping

import rq
from redis import Redis
from rq.results import Result
from rq.worker import BaseWorker
from rq_dashboard import web

from alerting.masking import masked_text
from tasks.errors import SealBroken
from tasks.job import Job
from tasks.serializer import Serializer

HIDDEN = "(hidden)"
_SHOWN_META = ("task", "caller", "request_id")


class ShownJob(Job):
    """A job as the dashboard may show it: which task it runs and how it ended.

    Payload and result stay hidden whole, because a detector cannot know every personal value;
    what else there is to read is masked. It is for showing and deleting, never for saving.
    """

    def __init__(
        self,
        id: str | None = None,  # noqa: A002 - RQ's own
        connection: Redis | None = None,
        serializer: object = None,  # noqa: ARG002
    ) -> None:
        super().__init__(id, connection=connection, serializer=Serializer)

    def restore(self, raw_data: Mapping[bytes, bytes]) -> None:
        """Read the stored job, and forget its description for the name of its task."""
        super().restore(raw_data)
        self.description = self.get_call_string()

    def get_call_string(self) -> str:
        """Return the name of the task in place of the call with its arguments."""
        return self.get_meta().get("task", HIDDEN)

    def get_meta(self, refresh: bool = True) -> dict[str, str]:  # noqa: ARG002 - just restored
        """Return what we store about each job, masked, and nothing that others may have."""
        return {
            name: masked_text(str(self.meta[name])) for name in _SHOWN_META if name in self.meta
        }

    def latest_result(self, timeout: int = 0) -> Result | None:
        """Return how the job ended, the traceback masked; None when others stored it otherwise."""
        try:
            result = super().latest_result(timeout)
        except SealBroken:
            return None
        if result is not None and result.exc_string:
            result.exc_string = masked_text(result.exc_string)
        return result

    def return_value(self, refresh: bool = False) -> str | None:
        """Return whether there is a result, which stays sealed."""
        return None if rq.job.Job.return_value(self, refresh) is None else HIDDEN


class _ShownQueue(rq.Queue):
    job_class = ShownJob


class _ShownWorker(rq.Worker):
    @classmethod
    def all(cls, connection: Redis) -> list[BaseWorker]:  # type: ignore[override]
        """Return the workers, which read the job at hand the way we store it."""
        return super().all(connection, job_class=ShownJob, serializer=Serializer)


def _requeue(job_id: str, connection: Redis) -> None:
    Job.fetch(job_id, connection=connection, serializer=Serializer).requeue()


def use_our_jobs() -> None:
    """Make rq-dashboard read our jobs; by default it unpickles whatever Redis holds."""
    web.config.serializer = Serializer
    web.Job = ShownJob
    web.Queue = _ShownQueue
    web.Worker = _ShownWorker
    web.requeue_job = _requeue
