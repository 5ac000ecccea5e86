"""Ends of jobs, as they are told: one subscription per process wakes all who wait there.

Knows Redis and ids; knows neither RQ nor what a job's end means.
"""

import logging
import os
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import redis

from alerting.log import event

_log = logging.getLogger(__name__)
_RETRY_S = 0.2
_HEALTH_S = 5.0


class Endings:
    """Who waits for which job in this process.

    Threads and sockets stay behind in a fork, so that each process has a subscription of its own,
    made when somebody there first waits.
    """

    def __init__(self, connect: Callable[[], redis.Redis], channel: str) -> None:
        self._connect = connect
        self._channel = channel
        self._by_process: dict[int, _Subscription] = {}

    @contextmanager
    def watch(self, job_id: str) -> Iterator[threading.Event]:
        """Give an event that is set whenever the job may have ended.

        It is set too when ends may have gone unheard, as after a lost connection: look again.
        """
        subscription = self._by_process.setdefault(
            os.getpid(), _Subscription(self._connect, self._channel)
        )
        event_of_end = threading.Event()
        subscription.add(job_id, event_of_end)
        try:
            yield event_of_end
        finally:
            subscription.remove(job_id, event_of_end)


class _Subscription:
    """The thread of one process that listens for ends."""

    def __init__(self, connect: Callable[[], redis.Redis], channel: str) -> None:
        self._connect = connect
        self._channel = channel
        self._lock = threading.Lock()
        self._waiting: defaultdict[str, set[threading.Event]] = defaultdict(set)
        self._thread: threading.Thread | None = None

    def add(self, job_id: str, event_of_end: threading.Event) -> None:
        with self._lock:
            self._waiting[job_id].add(event_of_end)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._listen_always, name="piigate-endings", daemon=True
                )
                self._thread.start()

    def remove(self, job_id: str, event_of_end: threading.Event) -> None:
        with self._lock:
            self._waiting[job_id].discard(event_of_end)
            if not self._waiting[job_id]:
                del self._waiting[job_id]

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

    def _messages(self) -> Iterator[str | None]:
        """Yield the ids that are told, and None whenever the subscription begins anew."""
        with self._connect() as client, client.pubsub() as subscription:
            subscription.subscribe(self._channel)
            while True:
                message = subscription.get_message(timeout=_HEALTH_S)
                if message and message["type"] == "subscribe":
                    yield None
                elif message and message["type"] == "message":
                    yield message["data"].decode()

    def _wake(self, job_id: str | None) -> None:
        with self._lock:
            concerned = (
                self._waiting.values() if job_id is None else [self._waiting.get(job_id, ())]
            )
            for events in concerned:
                for event_of_end in events:
                    event_of_end.set()
