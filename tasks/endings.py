"""Ends and progress of jobs, as they are told to who waits for them in this process.

A process hears the ends of the jobs that it has submitted, and what is told of all jobs only once
somebody waits for another's: with many gateways, each would else hear of every job. Knows ids and
channels; knows neither RQ nor what a job's end means.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from uuid import uuid4

import redis

from tasks.keyspace import ENDED_CHANNEL, PROGRESS_CHANNEL, ended_channel
from tasks.per_process import PerProcess
from tasks.subscription import News, Subscription


class Endings:
    """Who waits for which job in this process; it subscribes when somebody there first waits."""

    def __init__(self, connect: Callable[[], redis.Redis]) -> None:
        self._ears = PerProcess(partial(_Ears, connect))

    @property
    def waiter(self) -> str:
        """The name under which this process is told the ends of the jobs that it submits."""
        return self._ears.get().waiter

    def expect(self, job_id: str) -> News:
        """Keep what is told of a job that is about to be submitted, for who watches it next."""
        ears = self._ears.get()
        return ears.own.expect((ears.channel, job_id))

    @contextmanager
    def watch(self, job_id: str, *, progress: bool = False) -> Iterator[News]:
        """Give what hears of the job's end, and of its progress where that is asked for.

        It is told at once unless the job was expected, and whenever something may have gone
        unheard: look then.
        """
        ears = self._ears.get()
        listener, topics = ears.own, [(ears.channel, job_id)]
        news = None if progress else ears.own.take(topics[0])
        if news is None:
            channels = (ENDED_CHANNEL, PROGRESS_CHANNEL) if progress else (ENDED_CHANNEL,)
            listener, topics = ears.all, [(channel, job_id) for channel in channels]
            news = listener.add(topics)
        try:
            yield news
        finally:
            listener.remove(topics, news)


class _Ears:
    """What one process listens to."""

    def __init__(self, connect: Callable[[], redis.Redis]) -> None:
        self.waiter = uuid4().hex
        self.channel = ended_channel(self.waiter)
        self.own = Subscription(connect, self.channel)
        self.all = Subscription(connect, ENDED_CHANNEL, PROGRESS_CHANNEL)
