"""Ends and progress of jobs, as they are told: one subscription per process wakes who waits there.

Knows Redis and ids; knows neither RQ nor what a job's end means.
"""

import logging
import os
import threading
import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from typing import Any

import redis

from alerting.log import event
from tasks.announcement import Announcement

_log = logging.getLogger(__name__)
_RETRY_S = 0.2
# Jobs of which nobody waits for the end yet; requests that do not wait leave theirs here.
_MOST_EXPECTED = 1000

_Topic = tuple[str, str]
"""A channel and the id of a job."""


class News:
    """What a waiter has been told since it last looked."""

    end: Announcement | None = None
    """The job's end, if it was told with its result."""

    def __init__(self) -> None:
        # Its wait costs a fraction of an Event's, which matters once for each request.
        self._told: SimpleQueue[None] = SimpleQueue()

    def tell(self, end: Announcement | None = None) -> None:
        """Wake the waiter."""
        self.end = end or self.end
        self._told.put(None)

    def wait(self, timeout_s: float) -> bool:
        """Return whether something was told by then; all of it counts as looked at."""
        with suppress(Empty):
            self._told.get(timeout=timeout_s)
            while not self._told.empty():
                self._told.get_nowait()
            return True
        return False


class Endings:
    """Who waits for which job in this process.

    Threads and sockets stay behind in a fork, so that each process has a subscription of its own,
    made when somebody there first waits.
    """

    def __init__(self, connect: Callable[[], redis.Redis], *channels: str) -> None:
        self._connect = connect
        self._channels = channels
        self._by_process: dict[int, _Subscription] = {}

    def expect(self, job_id: str, channel: str) -> None:
        """Listen for a job that is about to be submitted, on behalf of who watches it next."""
        self._subscription().expect((channel, job_id))

    @contextmanager
    def watch(self, job_id: str, *channels: str) -> Iterator[News]:
        """Give what hears whenever one of the channels tells of the job.

        It is told too when something may have gone unheard, as after a lost connection, and at
        once unless the job was expected: look then.
        """
        subscription = self._subscription()
        topics = [(channel, job_id) for channel in channels]
        news = subscription.add(topics)
        try:
            yield news
        finally:
            subscription.remove(topics, news)

    def _subscription(self) -> "_Subscription":
        process = os.getpid()
        try:
            return self._by_process[process]
        except KeyError:
            new = _Subscription(self._connect, self._channels)
            return self._by_process.setdefault(process, new)


class _Subscription:
    """The thread of one process that listens."""

    def __init__(self, connect: Callable[[], redis.Redis], channels: tuple[str, ...]) -> None:
        self._connect = connect
        self._channels = channels
        self._lock = threading.Lock()
        self._waiting: defaultdict[_Topic, set[News]] = defaultdict(set)
        self._expected: OrderedDict[_Topic, News] = OrderedDict()
        self._hears_all = False
        self._thread: threading.Thread | None = None

    def expect(self, topic: _Topic) -> None:
        with self._lock:
            if not self._hears_all:
                return
            self._expected[topic] = News()
            if len(self._expected) > _MOST_EXPECTED:
                self._expected.popitem(last=False)

    def add(self, topics: Sequence[_Topic]) -> News:
        with self._lock:
            expected = [self._expected.pop(topic, None) for topic in topics]
            news = expected[0]
            if news is None or len(topics) > 1:
                news = News()
                news.tell()
            for topic in topics:
                self._waiting[topic].add(news)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._listen_always, name="piigate-endings", daemon=True
                )
                self._thread.start()
        return news

    def remove(self, topics: Sequence[_Topic], news: News) -> None:
        with self._lock:
            for topic in topics:
                self._waiting[topic].discard(news)
                if not self._waiting[topic]:
                    del self._waiting[topic]

    def _listen_always(self) -> None:
        is_lost = False
        while True:
            try:
                for channel, end in self._messages():
                    is_lost = False
                    self._wake(channel, end)
            except redis.RedisError as error:
                self._hears_all = False
                if not is_lost:
                    event(
                        _log,
                        "subscription lost",
                        level=logging.WARNING,
                        reason=type(error).__name__,
                    )
                is_lost = True
                time.sleep(_RETRY_S)

    def _messages(self) -> Iterator[tuple[str, Announcement | None]]:
        """Yield channels with what they tell, None whenever the subscription begins anew."""
        with self._connect() as client, client.pubsub() as subscription:
            subscription.subscribe(*self._channels)
            while True:
                match _next(subscription):
                    case [b"subscribe", bytes(channel), _]:
                        yield channel.decode(), None
                    case [b"message", bytes(channel), bytes(told)]:
                        yield channel.decode(), Announcement.read(told)

    def _wake(self, channel: str, end: Announcement | None) -> None:
        with self._lock:
            if end is None:
                self._hears_all |= channel == self._channels[-1]
                for waiters in self._waiting.values():
                    for news in waiters:
                        news.tell()
                self._expected.clear()
                return
            topic = channel, end.job_id
            for news in self._waiting.get(topic, ()):
                news.tell(end if end.result else None)
            if topic in self._expected:
                self._expected[topic].tell(end if end.result else None)


def _next(subscription: redis.client.PubSub) -> Any:
    """Return what Redis says next, or None when it says nothing for as long as a read may take.

    redis-py's own way asks the system some ten times about each message, which all wait for.
    """
    subscription.check_health()
    connection: Any = subscription.connection
    try:
        return connection.read_response(push_request=True, disconnect_on_error=False)
    except redis.TimeoutError:
        return None
