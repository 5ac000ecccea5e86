"""Which requests one thread serves in turn."""

import pytest

from flaskapp.short_requests import is_short

_LENGTH = ("CONTENT-LENGTH", "9")


@pytest.mark.parametrize("path", ["/run", "/run/echo"])
def test_a_payload_is_short(path: str) -> None:
    """Whatever task it is for."""
    assert is_short("POST", path, [("HOST", "a"), _LENGTH, ("CONTENT-TYPE", "application/json")])


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/run", [_LENGTH]),
        ("POST", "/scan", [_LENGTH]),
        ("POST", "/run", []),
        ("POST", "/run", [("CONTENT-LENGTH", "99999")]),
        ("POST", "/run", [("TRANSFER-ENCODING", "chunked")]),
        ("POST", "/run", [_LENGTH, ("IDEMPOTENCY-KEY", "a")]),
        ("POST", "/run", [_LENGTH, ("CONTENT-TYPE", "application/x-ndjson")]),
        ("POST", "/run", [_LENGTH, ("CONTENT-TYPE", "Application/X-NDJSON; charset=utf-8")]),
    ],
)
def test_all_else_may_be_long(method: str, path: str, headers: list[tuple[str, str]]) -> None:
    """It does more than wait for a job, or nobody knows."""
    assert not is_short(method, path, headers)
