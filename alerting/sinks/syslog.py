"""A message to a syslog server (RFC 5424) for each telling: by UDP, TCP or a Unix socket."""

import json
import os
import socket
from contextlib import suppress
from urllib.parse import urlsplit

from alerting.records.record import Severity
from alerting.telling.notice import Notice, Publish, Sink
from alerting.telling.settings import TellingSettings
from alerting.telling.sinks import missing

_FACILITY = 13  # RFC 5424, table 1: log audit
_LEVELS = {Severity.LOW: 5, Severity.MEDIUM: 4, Severity.HIGH: 3, Severity.CRITICAL: 2}
_PORTS = {"udp": 514, "tcp": 601}  # RFC 5426, RFC 6587
_MOST_BYTES = 8000  # RFC 5426, 3.2: a datagram that every network carries is smaller still.


def create(settings: TellingSettings, publish: Publish) -> Sink:  # noqa: ARG001 - as all sinks
    """Return the sink; raises InvalidSettings."""
    missing("syslog", settings, "alert_syslog")
    url = settings.alert_syslog or ""

    def tell(notice: Notice) -> None:
        _send(url, _message(notice), timeout_s=settings.alert_timeout)

    return tell


def _message(notice: Notice) -> bytes:
    """Return the message: header, no structured data, and the facts as JSON."""
    priority = _FACILITY * 8 + _LEVELS[notice.severity]
    host = socket.gethostname()[:255] or "-"
    time = notice.last_seen.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    head = f"<{priority}>1 {time} {host} piigate {os.getpid()} incident - "
    facts = notice.facts()
    text = json.dumps(facts)
    if len(head) + len(text) > _MOST_BYTES:
        text = json.dumps({**facts, "pointers": [], "excerpt": ""})
    return (head + text).encode("ascii", "backslashreplace")


def _send(url: str, message: bytes, *, timeout_s: int) -> None:
    """Send the message; on a TCP connection it is counted (RFC 6587, 3.4.1)."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        _send_local(parts.path, message, timeout_s=timeout_s)
        return
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    if parts.scheme == "tcp":
        with socket.create_connection((host, port), timeout=timeout_s) as stream:
            stream.sendall(b"%d %b" % (len(message), message))
            stream.shutdown(socket.SHUT_WR)
            # No answer is due; but a reset shows that the server has not read it.
            with suppress(TimeoutError):
                stream.recv(1)
        return
    (family, kind, protocol, _, address), *_ = socket.getaddrinfo(
        host, port, type=socket.SOCK_DGRAM
    )
    with socket.socket(family, kind, protocol) as datagram:
        datagram.settimeout(timeout_s)
        datagram.sendto(message, address)


def _send_local(path: str, message: bytes, *, timeout_s: int) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as local:
        local.settimeout(timeout_s)
        local.connect(path)
        local.send(message)
