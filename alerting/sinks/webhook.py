"""A signed HTTP POST (Standard Webhooks) for each telling, to public hosts only."""

import base64
import binascii
import hashlib
import hmac
import json
import time
from contextlib import suppress
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from alerting.errors import AlertingError, InvalidSettings
from alerting.telling.destination import addresses
from alerting.telling.notice import Notice, Publish, Sink
from alerting.telling.settings import TellingSettings
from alerting.telling.sinks import missing

_MARK = "whsec_"
_MOST_BYTES = 64 * 1024
_PORTS = {"http": 80, "https": 443}


class WebhookRefused(AlertingError):  # noqa: N818 - a fact about the answer
    """The webhook did not take what it was told."""

    def __init__(self, status: int) -> None:
        super().__init__(f"The webhook answered {status}.")
        self.status = status


def create(settings: TellingSettings, publish: Publish) -> Sink:  # noqa: ARG001 - as all sinks
    """Return the sink; raises InvalidSettings."""
    missing("webhook", settings, "alert_webhook_url", "alert_webhook_secret")
    url, secret = settings.alert_webhook_url, settings.alert_webhook_secret
    key = _key(secret.get_secret_value() if secret else "")
    target = url.get_secret_value() if url else ""

    def tell(notice: Notice) -> None:
        body = json.dumps(
            {
                "type": "incident",
                "timestamp": notice.last_seen.isoformat(),
                "data": notice.facts(),
            }
        ).encode()
        headers = signed(body, message_id=notice.id, sent_at=int(time.time()), key=key)
        status = _post(target, body, headers, settings)
        if not 200 <= status < 300:
            raise WebhookRefused(status)

    return tell


def signed(body: bytes, *, message_id: str, sent_at: int, key: bytes) -> dict[str, str]:
    """Return the headers that prove who sent a body, and when (Standard Webhooks, v1)."""
    text = b".".join((message_id.encode(), str(sent_at).encode(), body))
    digest = hmac.digest(key, text, hashlib.sha256)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(sent_at),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_MARK), validate=True)
    except binascii.Error:
        key = b""
    if not secret.startswith(_MARK) or not 24 <= len(key) <= 64:
        wanted = "write whsec_ and 24 to 64 bytes in Base64"
        raise InvalidSettings([f"ALERT_WEBHOOK_SECRET: {wanted}"])
    return key


def _post(url: str, body: bytes, headers: dict[str, str], settings: TellingSettings) -> int:
    """Post to the first address that answers of those that were checked; return the status."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    headers = {
        "Host": parts.netloc,
        "Content-Type": "application/json",
        "User-Agent": "piigate",
        **headers,
    }
    found = addresses(host, port, allowed=settings.alert_webhook_networks)
    *earlier, last = (_pool(address, url, timeout_s=settings.alert_timeout) for address in found)
    for pool in earlier:
        with suppress(ConnectTimeoutError, NewConnectionError):
            return _status(pool, path, body, headers)
    return _status(last, path, body, headers)


def _pool(address: str, url: str, *, timeout_s: int) -> urllib3.HTTPConnectionPool:
    """Return connections to an address; the certificate must be that of the URL's host."""
    parts = urlsplit(url)
    host, port = parts.hostname, parts.port or _PORTS[parts.scheme]
    timeout = urllib3.Timeout(connect=timeout_s, read=timeout_s)
    if parts.scheme == "http":
        return urllib3.HTTPConnectionPool(address, port, timeout=timeout)
    return urllib3.HTTPSConnectionPool(
        address, port, timeout=timeout, server_hostname=host, assert_hostname=host
    )


def _status(
    pool: urllib3.HTTPConnectionPool, path: str, body: bytes, headers: dict[str, str]
) -> int:
    """Post and return the status; follow no redirect, and take no proxy from the environment."""
    with pool:
        answer = pool.urlopen(
            "POST",
            path,
            body=body,
            headers=headers,
            retries=False,
            redirect=False,
            preload_content=False,
            decode_content=False,
        )
        # Some of it, so that the receiver can end well; what it says matters to nobody.
        answer.read(_MOST_BYTES, decode_content=False)
        answer.close()
    return answer.status
