"""What Redis tells on a few channels, heard once for all who wait for it in a process.

Knows Redis, channels and ids of jobs; knows neither RQ nor what is told.
"""

import logging
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import Any

import hiredis
import redis

from alerting.fibers import Signal, aside, current_fiber
from alerting.log import event
from tasks.announcement import Announcement
from tasks.link import AT_ONCE, Link

_log = logging.getLogger(__name__)
_RETRY_S = 0.2
# How long Redis may say nothing before it is asked whether it is there.
_ASK_AFTER_S = 5.0
_PING = b"*1\r\n$4\r\nPING\r\n"
# Jobs of which nobody waits for the end yet; requests that do not wait leave theirs here.
_MOST_EXPECTED = 1000

Topic = tuple[str, str]
"""A channel and the id of a job."""


def _nothing() -> None:
    """Do nothing."""


class News:
    """What a waiter has been told since it last looked."""

    end: Announcement | None = None
    """The job's end, if it was told with its result."""
    confirm: Callable[[], None] = staticmethod(_nothing)
    """Returns once Redis is known to have the job; raises RedisError when it has not."""

    def __init__(self) -> None:
        self._told = Signal()

    def tell(self, end: Announcement | None = None) -> None:
        """Wake the waiter."""
        self.end = end or self.end
        self._told.give()

    def wait(self, timeout_s: float) -> bool:
        """Return whether something was told by then; all of it counts as looked at."""
        return self._told.wait(timeout_s)


class Subscription:
    """A fiber or thread of this process that listens to channels, from when somebody is to wait.

    Whoever waits is also told when something may have gone unheard, as after a lost connection.
    """

    def __init__(self, connect: Callable[[], redis.Redis], *channels: str) -> None:
        self._client: Any = connect()
        self._channels = channels
        self._lock = threading.Lock()
        self._waiting: defaultdict[Topic, set[News]] = defaultdict(set)
        self._expected: OrderedDict[Topic, News] = OrderedDict()
        self._hears_all = False
        self._is_listening = False

    def expect(self, topic: Topic) -> News:
        """Keep what is told of the topic, for who takes it next."""
        news = News()
        with self._lock:
            if not self._hears_all:
                news.tell()
            self._expected[topic] = news
            if len(self._expected) > _MOST_EXPECTED:
                self._expected.popitem(last=False)
            self._listen()
        return news

    def take(self, topic: Topic) -> News | None:
        """Return what is heard of a topic that was expected, None for one that was not."""
        with self._lock:
            news = self._expected.pop(topic, None)
            if news is not None:
                self._waiting[topic].add(news)
        return news

    def add(self, topics: Sequence[Topic]) -> News:
        """Return what is heard of the topics from now on; it is told at once."""
        news = News()
        news.tell()
        with self._lock:
            for topic in topics:
                self._waiting[topic].add(news)
            self._listen()
        return news

    def remove(self, topics: Sequence[Topic], news: News) -> None:
        """Hear no more of the topics on behalf of who was given the news."""
        with self._lock:
            for topic in topics:
                self._waiting[topic].discard(news)
                if not self._waiting[topic]:
                    del self._waiting[topic]

    def _listen(self) -> None:
        if self._is_listening:
            return
        self._is_listening = True
        fiber = current_fiber()
        if fiber and not _has_tls(self._client):
            fiber.fibers.start_beside(self._listen_always)
        else:
            name = "piigate-endings"
            threading.Thread(target=self._listen_always, name=name, daemon=True).start()

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
                Signal().wait(_RETRY_S)

    def _messages(self) -> Iterator[tuple[str, Announcement | None]]:
        """Yield channels with what they tell, None whenever the subscription begins anew."""
        with self._client.pubsub(push_handler_func=_as_it_came) as subscription:
            aside(partial(subscription.subscribe, *self._channels))
            for message in _all_of(subscription):
                match message:
                    case [b"subscribe", bytes(channel), _]:
                        yield channel.decode(), None
                    case [b"message", bytes(channel), bytes(told)]:
                        yield channel.decode(), Announcement.read(told)

    def _wake(self, channel: str, end: Announcement | None) -> None:
        with self._lock:
            if end is None:
                self._hears_all |= channel == self._channels[-1]
                for news in chain(self._expected.values(), *self._waiting.values()):
                    news.tell()
                return
            topic = channel, end.job_id
            for news in self._waiting.get(topic, ()):
                news.tell(end if end.result else None)
            if topic in self._expected:
                self._expected[topic].tell(end if end.result else None)


def _as_it_came(message: Any) -> Any:
    """Return a message; redis-py's own way first writes it out for a log that nobody keeps."""
    return message


def _all_of(subscription: redis.client.PubSub) -> Iterator[Any]:
    """Yield what Redis says, and None now and then while it says nothing; raises RedisError."""
    fiber = current_fiber()
    if fiber is None:
        while True:
            yield _next(subscription)
    link = Link(subscription.connection)
    is_asked = False
    with fiber.fibers.watching(link.socket.fileno()) as can_be_read:
        while True:
            try:
                if can_be_read.wait(_ASK_AFTER_S):
                    is_asked = False
                    yield from link.arrived()
                elif is_asked:
                    raise TimeoutError
                else:
                    link.socket.send(_PING, AT_ONCE)
                    is_asked = True
            except BlockingIOError:
                yield None
            except (OSError, hiredis.HiredisError) as error:
                raise redis.ConnectionError(type(error).__name__) from error


def _has_tls(client: redis.Redis) -> bool:
    return issubclass(client.connection_pool.connection_class, redis.SSLConnection)


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
