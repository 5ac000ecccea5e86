"""Clients of Redis: every kind of address, and what is wrong with the others."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from tasks import redis_server
from tasks.connection import connect
from tasks.errors import UnsupportedRedisUrl
from tasks.settings import TasksSettings
from tests.redis_process import RedisProcess
from tests.tasks.worker_process import ROOT, run_rq


def free_port() -> int:
    """Return a port that is free right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def server(*words: str, port: int) -> Iterator[None]:
    """Run a server with the options on a port of the loopback."""
    process = subprocess.Popen(
        [redis_server.find_server(), *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.wait(timeout=10)


@contextmanager
def sentinel_url(folder: Path) -> Iterator[str]:
    """Run a primary that asks for a password and a sentinel that watches it."""
    primary, sentinel = free_port(), free_port()
    config = folder / "sentinel.conf"
    config.write_text(
        f"port {sentinel}\nbind 127.0.0.1\n"
        f"sentinel monitor main 127.0.0.1 {primary} 1\nsentinel auth-pass main p@ss\n"
    )
    options = ("--bind", "127.0.0.1", "--save", "", "--requirepass", "p@ss")
    with (
        server("--port", str(primary), "--dir", str(folder), *options, port=primary),
        server(str(config), "--sentinel", port=sentinel),
    ):
        yield f"sentinel://:p%40ss@127.0.0.1:{free_port()},127.0.0.1:{sentinel}/main?db=3"


def client_of(url: str) -> redis.Redis:
    """Return the client that the settings' address makes."""
    return connect(TasksSettings.load(redis_url=url))


def test_socket_address_connects(redis_url: str) -> None:
    """``unix://`` leads to the server on that socket."""
    with client_of(redis_url) as client:
        assert client.ping()


def test_host_address_connects(tmp_path: Path) -> None:
    """``redis://`` leads to the server on that host and port."""
    port = free_port()
    options = ("--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path))
    with (
        server("--port", str(port), *options, port=port),
        client_of(f"redis://127.0.0.1:{port}/2") as client,
    ):
        assert client.client_info()["db"] == 2


def test_encrypted_address_uses_tls() -> None:
    """``rediss://`` encrypts."""
    kind = client_of("rediss://redis.example/0").connection_pool.connection_class

    assert kind is redis.SSLConnection


def test_sentinel_address_leads_to_the_primary(tmp_path: Path) -> None:
    """``sentinel://`` asks each sentinel in turn, and logs in to the primary they name."""
    with sentinel_url(tmp_path) as url, client_of(url) as client:
        client.set("a", 1)
        assert client.client_info()["db"] == 3
        with client_of(url.replace(":p%40ss@", "") + "&password=p@ss") as other:
            assert other.get("a") == b"1"


def test_many_threads_share_few_connections(tmp_path: Path) -> None:
    """Behind a sentinel as elsewhere, threads wait for one another's connections."""
    with sentinel_url(tmp_path) as url, client_of(url) as client, ThreadPoolExecutor(80) as pool:

        def connections() -> int:
            return int(client.info("stats")["total_connections_received"])

        before = connections()
        waits = [pool.submit(client.blpop, ["nothing"], timeout=0.2) for _ in range(80)]

        assert [wait.result(timeout=20) for wait in waits] == [None] * 80
        assert connections() - before < 50


def test_rq_commands_take_a_sentinel_address(tmp_path: Path) -> None:
    """``-c tasks.rq_config`` leads RQ's own commands the same way."""
    with sentinel_url(tmp_path) as url:
        fleet = RedisProcess(tmp_path)
        fleet.url = url
        assert "0 workers" in run_rq("info", "-c", "tasks.rq_config", server=fleet, home=tmp_path)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost",
        "localhost:6379",
        "",
        "redis://localhost:port",
        "sentinel://",
        "sentinel://host:1",
        "sentinel://host:1/",
        "sentinel://host:x/main",
        "sentinel:///main",
        "sentinel://a,,b/main",
        "sentinel://host/main?db=x",
    ],
)
def test_other_addresses_are_refused_without_quoting_them(url: str) -> None:
    """An address of another kind is an error that says which kinds there are."""
    with pytest.raises(UnsupportedRedisUrl, match="sentinel://"):
        client_of(f"{url}#s3cret" if url else url)


def test_client_connects_only_when_used(tmp_path: Path) -> None:
    """Making a client needs no server."""
    client = client_of(f"unix://{tmp_path}/none.sock")

    with pytest.raises(redis.ConnectionError):
        client.ping()


@pytest.mark.parametrize(
    ("prefix", "channel"), [("rq", "piigate:ended"), ("{piigate}", "{piigate}:ended")]
)
def test_hash_tag_covers_our_own_keys(prefix: str, channel: str) -> None:
    """With a hash tag as RQ's prefix our names fall under it; else they stay ours."""
    done = subprocess.run(
        [sys.executable, "-c", "from tasks.keyspace import ENDED_CHANNEL as c; print(c)"],
        cwd=ROOT,
        env={"RQ_KEY_PREFIX": prefix, "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )

    assert done.stdout.strip() == channel


def test_rq_commands_say_what_is_wrong_with_an_address(tmp_path: Path) -> None:
    """An address that is none is one line, not a traceback."""
    fleet = RedisProcess(tmp_path)
    fleet.url = "localhost"
    with pytest.raises(subprocess.CalledProcessError) as failed:
        run_rq("worker", "-c", "tasks.rq_config", "--burst", "default", server=fleet, home=tmp_path)
    (line,) = failed.value.stderr.splitlines()
    assert line.startswith("REDIS_URL must be")
