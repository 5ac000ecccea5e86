"""Telling a syslog server."""

import json
import re
import socket
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tests.alerting.sinks.conftest import NOTICE, faults_of, sink_of

# RFC 5424, 6: priority, version, time, host, program, process, message id, structured data.
HEAD = r"<107>1 2026-05-09T12:01:00\.000Z \S+ piigate \d+ incident - "


def check(message: bytes) -> None:
    """Check a message of RFC 5424."""
    match = re.fullmatch(HEAD + r"(\{.*\})", message.decode("ascii"))
    assert match
    assert json.loads(match[1]) == NOTICE.facts()


def test_a_datagram_by_udp() -> None:
    """One datagram is one message."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)
        sink_of("syslog", alert_syslog=f"udp://127.0.0.1:{server.getsockname()[1]}")(NOTICE)
        check(server.recv(65_536))


def test_a_counted_message_by_tcp() -> None:
    """On a stream a message says how long it is (RFC 6587)."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        received = bytearray()

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                while data := connection.recv(4096):
                    received.extend(data)

        thread = threading.Thread(target=serve)
        thread.start()
        sink_of("syslog", alert_syslog=f"tcp://127.0.0.1:{server.getsockname()[1]}")(NOTICE)
        thread.join(timeout=5)
    length, _, message = bytes(received).partition(b" ")
    assert int(length) == len(message)
    check(message)


def test_a_datagram_by_a_unix_socket(tmp_path: Path) -> None:
    """The socket of this machine's syslog takes it too."""
    path = tmp_path / "log"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(path))
        server.settimeout(5)
        sink_of("syslog", alert_syslog=f"unix://{path}")(NOTICE)
        check(server.recv(65_536))


def test_a_message_stays_small() -> None:
    """Long pointers are left out, so that the datagram arrives."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)
        sink = sink_of("syslog", alert_syslog=f"udp://127.0.0.1:{server.getsockname()[1]}")
        sink(replace(NOTICE, pointers=("/x" * 5000,)))
        message = server.recv(65_536)
    assert len(message) < 2000
    assert b'"count": 100000' in message


def test_a_server_that_is_gone_is_an_error() -> None:
    """Without a server the telling fails, to be tried again."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(ConnectionError):
        sink_of("syslog", alert_syslog=f"tcp://127.0.0.1:{port}")(NOTICE)


def test_what_it_needs_is_named() -> None:
    """Without an address, or with one that is none, nothing starts."""
    assert faults_of("syslog") == ["ALERT_SYSLOG: The sink 'syslog' needs it"]
    assert "udp://host:514" in faults_of("syslog", alert_syslog="http://host")[0]
