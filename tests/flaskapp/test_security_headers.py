"""Headers that keep browsers safe."""

import pytest
from flask.testing import FlaskClient

from tests.flaskapp.conftest import Auth


@pytest.mark.parametrize(
    "path", ["/docs", "/login", "/tasks", "/nowhere", "/openapi.json", "/livez"]
)
def test_every_answer_is_protected(client: FlaskClient, auth: Auth, path: str) -> None:
    """Pages, answers and problems forbid sniffing, framing, foreign assets and caching."""
    headers = client.get(path, headers=auth()).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "no-store" in headers["Cache-Control"]
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_assets_may_be_kept(client: FlaskClient) -> None:
    """A style sheet holds nothing of anybody and is revalidated only."""
    with client.get("/static/docs.css") as answer:
        assert "no-store" not in answer.headers["Cache-Control"]
