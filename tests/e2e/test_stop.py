import errno
import signal
import socket
import threading

import pytest

from tests.e2e.conftest import Start
from tests.e2e.gateway import Answer, Gateway, descendants, eventually, is_alive


def _refuses(gateway: Gateway) -> bool:
    """Whether nobody listens any more."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", gateway.port)) == errno.ECONNREFUSED


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_finishes_what_is_under_way(
    start: Start, slow_task: str, number: signal.Signals
) -> None:
    """A request whose job runs during the stop gets its result; then all ends with status 0."""
    gateway = start(PYTHONPATH=slow_task).wait_until_ready()
    answers: list[Answer] = []
    client = threading.Thread(target=lambda: answers.append(gateway.send("/run/slow", 4)))
    client.start()
    eventually(
        lambda: (
            "slow" in str(gateway.send("/tasks", method="GET").body)
            and len(gateway.parts("rq.cli")) > 2
        ),
        within_s=30,
        what="the job runs in a process of its own",
    )
    everybody = descendants(gateway.process.pid)
    gateway.process.send_signal(number)
    gateway.process.send_signal(number)
    eventually(lambda: _refuses(gateway), within_s=2, what="new clients are sent away")
    assert client.is_alive()
    assert gateway.process.wait(timeout=20) == 0
    client.join(timeout=5)
    assert [(answer.status, answer.body["result"]) for answer in answers] == [(200, "slept")]
    assert not any(map(is_alive, everybody))
    assert gateway.output.count("Stopping") == 1


def test_a_stop_during_the_start_is_clean(start: Start) -> None:
    """Who changes their mind before the banner is out leaves nothing running."""
    gateway = start()
    eventually(lambda: bool(gateway.parts("rq.cli")), within_s=30, what="parts start")
    everybody = descendants(gateway.process.pid)
    assert gateway.stop() == 0
    assert not any(map(is_alive, everybody))
