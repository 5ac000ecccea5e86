"""Ends and progress of jobs, as they are told: one subscription per process wakes who waits there.

Knows Redis and ids; knows neither RQ nor what a job's end means.
"""

import logging
import os
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import redis

from alerting.log import event

_log = logging.getLogger(__name__)
_RETRY_S = 0.2
_HEALTH_S = 5.0

_Topic = tuple[str, str]
"""A channel and the id of a job."""


class Endings:
    """Who waits for which job in this process.

    Threads and sockets stay behind in a fork, so that each process has a subscription of its own,
    made when somebody there first waits.
    """

    def __init__(self, connect: Callable[[], redis.Redis], *channels: str) -> None:
        self._connect = connect
        self._channels = channels
        self._by_process: dict[int, _Subscription] = {}

    @contextmanager
    def watch(self, job_id: str, *channels: str) -> Iterator[threading.Event]:
        """Give an event that is set whenever one of the channels tells of the job.

        It is set too when that may have gone unheard, as after a lost connection: look again.
        """
        subscription = self._by_process.setdefault(
            os.getpid(), _Subscription(self._connect, self._channels)
        )
        told = threading.Event()
        topics = [(channel, job_id) for channel in channels]
        subscription.add(topics, told)
        try:
            yield told
        finally:
            subscription.remove(topics, told)


class _Subscription:
    """The thread of one process that listens."""

    def __init__(self, connect: Callable[[], redis.Redis], channels: tuple[str, ...]) -> None:
        self._connect = connect
        self._channels = channels
        self._lock = threading.Lock()
        self._waiting: defaultdict[_Topic, set[threading.Event]] = defaultdict(set)
        self._thread: threading.Thread | None = None

    def add(self, topics: Sequence[_Topic], told: threading.Event) -> None:
        with self._lock:
            for topic in topics:
                self._waiting[topic].add(told)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._listen_always, name="piigate-endings", daemon=True
                )
                self._thread.start()

    def remove(self, topics: Sequence[_Topic], told: threading.Event) -> None:
        with self._lock:
            for topic in topics:
                self._waiting[topic].discard(told)
                if not self._waiting[topic]:
                    del self._waiting[topic]

    def _listen_always(self) -> None:
        is_lost = False
        while True:
            try:
                for message in self._messages():
                    is_lost = False
                    self._wake(message)
            except redis.RedisError as error:
                if not is_lost:
                    event(
                        _log,
                        "subscription lost",
                        level=logging.WARNING,
                        reason=type(error).__name__,
                    )
                is_lost = True
                time.sleep(_RETRY_S)

    def _messages(self) -> Iterator[_Topic | None]:
        """Yield the jobs that are told of, and None whenever the subscription begins anew."""
        with self._connect() as client, client.pubsub() as subscription:
            subscription.subscribe(*self._channels)
            while True:
                message = subscription.get_message(timeout=_HEALTH_S)
                if message and message["type"] == "subscribe":
                    yield None
                elif message and message["type"] == "message":
                    yield message["channel"].decode(), message["data"].decode()

    def _wake(self, topic: _Topic | None) -> None:
        with self._lock:
            concerned = self._waiting.values() if topic is None else [self._waiting.get(topic, ())]
            for events in concerned:
                for told in events:
                    told.set()
