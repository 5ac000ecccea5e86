"""Known values go every way through the gateway; none of them is to be found in Redis."""

import base64
import binascii
import json
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from flaskapp import create_app
from flaskapp.settings import WebSettings
from tasks.queue import open_queue
from tasks.registry import discover
from tests.flaskapp.conftest import Auth
from tests.redis_process import RedisProcess, running
from tests.tasks import odd_tasks
from tests.tasks.redis_dump import dump
from tests.tasks.test_queue_contract import submit
from tests.tasks.worker_process import OURS, worker

CANARIES = ("canary.person@example.com", "+380961234567", "Канарка Жовта", 'q"uote\\d Cänary')
PAYLOAD: Any = {"mail": CANARIES[0], "phone": [CANARIES[1]], CANARIES[2]: {"x": CANARIES[3]}}


def disguises(canary: str) -> set[bytes]:
    """Return the ways in which a value can stand in some bytes without being hidden."""
    texts = {canary, json.dumps(canary)[1:-1], json.dumps(canary, ensure_ascii=False)[1:-1]}
    raw = {text.encode() for text in texts} | {canary.encode("utf-16-le")}
    return {form for one in raw for form in (one, one.hex().encode(), *in_base64(one))}


def in_base64(text: bytes) -> set[bytes]:
    """Return what of a text's base64 does not depend on what stands before and after it."""
    found = set()
    for before in range(3):
        whole = base64.b64encode(bytes(before) + text)
        found.add(whole[(before * 8 + 5) // 6 :].rstrip(b"=")[:-1])
    return found | {one.translate(bytes.maketrans(b"+/", b"-_")) for one in found}


def opened(text: bytes) -> Iterator[bytes]:
    """Yield the text, and what is in it when it is unpacked without a key."""
    yield text
    with suppress(binascii.Error):
        decoded = base64.b64decode(text, validate=True)
        if decoded:
            yield from opened(decoded)
    with suppress(zlib.error):
        yield from opened(zlib.decompress(text))


def found_in(texts: list[bytes]) -> list[bytes]:
    """Return the disguises of the canaries that stand in the texts."""
    forms = {form for canary in CANARIES for form in disguises(canary)}
    plain = [one for text in texts for one in opened(text)]
    return [form for form in forms for text in plain if form in text]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisProcess]:
    """Start a Redis server of the test's own, whose files nothing else writes."""
    with running(tmp_path / "redis") as process:
        yield process


@pytest.fixture
def client(settings: WebSettings, server: RedisProcess) -> FlaskClient:
    """Return a client of the gateway on that server."""
    on_redis = WebSettings.load(**{**settings.model_dump(), "redis_url": server.url})
    return create_app(on_redis, queue=open_queue(on_redis)).test_client()


@pytest.mark.parametrize(
    "text",
    [
        CANARIES[0].encode(),
        json.dumps(CANARIES[2:]).encode(),
        zlib.compress(json.dumps(PAYLOAD).encode()),
        base64.b64encode(json.dumps(PAYLOAD).encode()),
        base64.b64encode(zlib.compress(json.dumps(PAYLOAD).encode())),
        *(b"x\0%s\0y" % base64.b64encode(b"x" * n + CANARIES[1].encode() + b"y") for n in range(3)),
    ],
)
def test_canaries_would_be_found(text: bytes) -> None:
    """The search sees through packing and writing of the usual kinds: it could fail."""
    assert found_in([text])


def test_no_value_stands_in_redis(
    client: FlaskClient, auth: Auth, server: RedisProcess, settings: WebSettings, tmp_path: Path
) -> None:
    """Queued, finished and failed jobs hold none of the values, nor does the file on the disk."""
    queue = open_queue(WebSettings.load(redis_url=server.url))
    with worker(*OURS, server=server, home=tmp_path), server.client() as redis:
        for task in discover():
            answer = client.post(f"/run/{task.name}", json=PAYLOAD, headers=auth())
            assert answer.status_code == 200
            job = client.get(f"/jobs/{answer.get_json()['job_id']}", headers=auth())
            assert job.get_json()["status"] == "finished"
        ends = [
            queue.wait(submit(queue, function, PAYLOAD), timeout_s=10).status.value
            for function in (odd_tasks.fail, odd_tasks.leave, odd_tasks.overrun, odd_tasks.die)
        ]
        held = dump(redis)
    parked = client.post("/run/echo", json=PAYLOAD, headers={**auth(), "Prefer": "respond-async"})
    with server.client() as redis:
        held |= dump(redis)
    time.sleep(1.2)  # The append-only file is written once a second.
    files = [path.read_bytes() for path in (tmp_path / "redis").rglob("*") if path.is_file()]

    assert parked.status_code == 202
    assert ends == ["failed", "failed", "timed-out", "failed"]
    assert any(parked.get_json()["job_id"].encode() in data for data in files)
    jobs = len(list(discover())) + len(ends)
    # Besides, the job that nobody has run and the one that handles alerts.
    assert sum(name.startswith("rq:job:") for name in held) == jobs + 2
    assert sum(name.startswith("rq:results:") for name in held) == jobs
    assert not found_in([name.encode() for name in held])
    assert not found_in([text for texts in held.values() for text in texts])
    assert not found_in(files)
