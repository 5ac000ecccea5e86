"""A client of batches: sends lines to a gateway and brings their results. Knows no files."""

import itertools
import json
import time
import uuid
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from flaskapp.errors import GatewayRefused, GatewayUnreachable

_TRIES = 5
_PAUSE_S = 2
_LONGEST_PAUSE_S = 60
_TIMEOUT_S = 600
_WAIT_S = 1  # No gateway can have a lower limit.
_NOT_ENDED = {"queued", "started"}
_AGAIN = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}

Answer = dict[str, Any]


class BatchClient:
    """Sends lines to one task of the gateway at ``url``, which is http:// or https://."""

    def __init__(self, url: str, *, token: str, task: str) -> None:
        self._url = url.rstrip("/")
        self._token = token
        self._task = task

    def run(self, lines: Sequence[bytes]) -> Iterator[Answer]:
        """Yield the answer to each line, in their order, each once its job has ended.

        What fails on the way is sent again under one idempotency key, so that no job runs twice.
        Raises GatewayRefused, GatewayUnreachable.
        """
        key = uuid.uuid4().hex
        known = 0
        for left in reversed(range(_TRIES)):
            pause_s = _PAUSE_S
            try:
                for answer in self._send(lines, key=key, known=known):
                    ended = self._ended(answer)
                    known += 1
                    yield ended
            except (OSError, HTTPException, ValueError) as error:  # the last: a line was cut off
                if not left:
                    raise GatewayUnreachable from None
                pause_s = _pause_s(error)
            if known == len(lines):
                return
            time.sleep(pause_s)
        raise GatewayUnreachable

    def _send(self, lines: Sequence[bytes], *, key: str, known: int) -> Iterator[Answer]:
        """Yield the answers from the first that is not known yet."""
        headers = {"Content-Type": "application/x-ndjson", "Idempotency-Key": key}
        request = self._request(f"/run/{self._task}", headers)
        request.data = b"\n".join(lines)
        with _open(request) as reply:
            for line in itertools.islice(reply, known, None):
                yield json.loads(line)

    def _ended(self, answer: Answer) -> Answer:
        """Wait until the line's job has ended."""
        while answer["status"] in _NOT_ENDED:
            with _open(self._request(f"/jobs/{answer['job_id']}?wait={_WAIT_S}", {})) as reply:
                answer = {**answer, **json.load(reply)}
        return answer

    def _request(self, path: str, headers: dict[str, str]) -> Request:
        headers = {"Authorization": f"Bearer {self._token}"} | headers
        return Request(self._url + path, headers=headers)  # noqa: S310 - the option checks it


def _open(request: Request) -> Any:
    """Return the answer; raises GatewayRefused, or OSError where another try may do."""
    try:
        return urlopen(request, timeout=_TIMEOUT_S)  # noqa: S310 - the option checks it
    except HTTPError as error:
        if error.code in _AGAIN:
            raise
        with error:
            raise GatewayRefused(_reason(error)) from None


def _pause_s(error: Exception) -> int:
    """Return the seconds after which another try may do, as the gateway says, within bounds."""
    said = str(error.headers.get("Retry-After", "")) if isinstance(error, HTTPError) else ""
    return min(int(said), _LONGEST_PAUSE_S) if said.isdecimal() else _PAUSE_S


def _reason(error: HTTPError) -> str:
    try:
        return str(json.load(error)["detail"])
    except (ValueError, KeyError):
        return f"The gateway answered {error.code}."
