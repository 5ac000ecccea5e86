"""Telling a webhook."""

import base64
import hashlib
import hmac
import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from urllib3.exceptions import ReadTimeoutError, SSLError

from alerting.sinks.webhook import WebhookRefused
from alerting.telling.destination import ForbiddenDestination
from tests.alerting.sinks.certificate import make_certificate
from tests.alerting.sinks.conftest import NOTICE, faults_of, sink_of

KEY = bytes(range(32))
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"


class Receiver(ThreadingHTTPServer):
    """Answers as it is told to, and keeps what it was sent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 204
        self.hangs = threading.Event()
        self.hangs.set()
        self.requests: list[tuple[str, dict[str, str], bytes]] = []


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.requests.append((self.path, headers, body))
        self.server.hangs.wait(timeout=10)
        self.send_response(self.server.status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Run a receiver."""
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.hangs.set()
        server.shutdown()
        thread.join()


def tell(receiver: Receiver, **settings: object) -> None:
    """Tell the receiver, by a name."""
    defaults = {
        "alert_webhook_url": f"http://localhost:{receiver.server_port}/hook?a=b",
        "alert_webhook_secret": SECRET,
        "alert_webhook_networks": "127.0.0.0/8 ::1/128",
    }
    sink_of("webhook", **defaults | settings)(NOTICE)


def test_a_telling_is_signed(receiver: Receiver) -> None:
    """The receiver can prove who sent it (Standard Webhooks), and drop what it has by the id."""
    tell(receiver)
    ((path, headers, body),) = receiver.requests
    assert path == "/hook?a=b"
    assert headers["host"] == f"localhost:{receiver.server_port}"
    signed = f"{NOTICE.id}.{headers['webhook-timestamp']}.".encode() + body
    digest = base64.b64encode(hmac.digest(KEY, signed, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{digest}"
    assert headers["webhook-id"] == NOTICE.id
    assert json.loads(body)["data"] == NOTICE.facts()


@pytest.mark.parametrize("status", [301, 307, 400, 500])
def test_every_other_answer_is_an_error(receiver: Receiver, status: int) -> None:
    """A redirect is not followed; it is refused like any failure."""
    receiver.status = status
    with pytest.raises(WebhookRefused) as raised:
        tell(receiver)
    assert raised.value.status == status
    assert len(receiver.requests) == 1


def test_a_receiver_that_hangs_is_given_up(receiver: Receiver) -> None:
    """A telling takes no longer than it may."""
    receiver.hangs.clear()
    with pytest.raises(ReadTimeoutError):
        tell(receiver)


def test_no_proxy_comes_from_the_environment(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the environment says of proxies is for others."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    tell(receiver)
    assert len(receiver.requests) == 1


@pytest.mark.parametrize(("host", "is_trusted"), [("localhost", True), ("elsewhere", False)])
def test_the_certificate_must_be_that_of_the_host(
    receiver: Receiver,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    host: str,
    is_trusted: bool,
) -> None:
    """Though an address is connected to, the name of the URL is what has to be proved."""
    certificate = make_certificate(tmp_path, host)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    receiver.socket = context.wrap_socket(receiver.socket, server_side=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    url = f"https://localhost:{receiver.server_port}/"
    if is_trusted:
        tell(receiver, alert_webhook_url=url)
    else:
        with pytest.raises(SSLError):
            tell(receiver, alert_webhook_url=url)
    assert len(receiver.requests) == is_trusted


def test_a_host_that_is_not_public_is_refused(receiver: Receiver) -> None:
    """Nothing is sent to this machine or its neighbours unless a setting allows it."""
    with pytest.raises(ForbiddenDestination):
        tell(receiver, alert_webhook_networks="10.0.0.0/8")
    assert receiver.requests == []


def test_what_it_needs_is_named() -> None:
    """Address and secret have to be there and be what they should be."""
    assert [fault.partition(":")[0] for fault in faults_of("webhook")] == [
        "ALERT_WEBHOOK_URL",
        "ALERT_WEBHOOK_SECRET",
    ]
    url = "https://hooks.example.org/x"
    for secret in ("whsec_short", "whsec_!", base64.b64encode(KEY).decode()):
        (fault,) = faults_of("webhook", alert_webhook_url=url, alert_webhook_secret=secret)
        assert fault.startswith("ALERT_WEBHOOK_SECRET: write whsec_")
        assert secret not in fault
    for wrong in ("ftp://host/", "https://user:pass@host/", "https:///x"):
        (fault,) = faults_of("webhook", alert_webhook_url=wrong, alert_webhook_secret=SECRET)
        assert fault.startswith("ALERT_WEBHOOK_URL: ")
