"""The session that signing in begins: its cookie, and what ends it."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import TimestampSigner

from flaskapp import create_app
from flaskapp.settings import WebSettings
from flaskapp.token_file import TokenFile
from tasks.memory import InMemoryQueue
from tests.flaskapp.signing_in import SAME_ORIGIN, is_signed_in, sign_in


def test_cookie_is_kept_to_https_when_asked(settings: WebSettings) -> None:
    """SESSION_COOKIE_SECURE keeps the cookie from plain HTTP."""
    secure = settings.model_copy(update={"session_cookie_secure": True})
    client = create_app(secure, queue=InMemoryQueue()).test_client()

    assert "Secure" in sign_in(client).headers["Set-Cookie"]


def test_signing_out_ends_the_session(client: FlaskClient) -> None:
    """After signing out nobody is signed in, and the cookie is gone."""
    sign_in(client)

    answer = client.post("/logout", headers=SAME_ORIGIN)

    assert answer.status_code == 303
    assert answer.headers["Location"] == "/login"
    assert not is_signed_in(client)
    assert client.get_cookie("piigate_session") is None


def test_signing_out_takes_a_post(client: FlaskClient) -> None:
    """A link or an image cannot sign anybody out."""
    assert client.get("/logout").status_code == 405


def test_forged_cookie_is_no_session(app: Flask, client: FlaskClient) -> None:
    """A cookie that another key signed opens nothing."""
    other = Flask("other")
    other.secret_key = "another key for tests"
    serializer = other.session_interface.get_signing_serializer(other)  # type: ignore[attr-defined]
    forged = serializer.dumps({"token": "root", "fingerprint": "0" * 16})
    client.set_cookie("piigate_session", forged)

    assert not is_signed_in(client)


def test_session_needs_the_token_it_began_with(client: FlaskClient) -> None:
    """Even a leaked key signs no way in without part of the token's digest."""
    with client.session_transaction() as session:
        session["token"] = "root"
        session["fingerprint"] = "0" * 16

    assert not is_signed_in(client)


def test_revoked_token_ends_its_sessions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Revoking a token ends the sessions begun with it; a new one of its name revives none."""
    monkeypatch.setenv("PIIGATE_HOME", str(tmp_path))
    settings = WebSettings.load(secret_key="a key for tests only")
    file = TokenFile(settings.tokens_file)
    token = file.create("phone", scopes={"admin"}, expires=None)
    client = create_app(settings, queue=InMemoryQueue()).test_client()
    client.post("/login", data={"token": token}, headers=SAME_ORIGIN)
    assert is_signed_in(client)

    file.revoke("phone")
    assert not is_signed_in(client)

    file.create("phone", scopes={"admin"}, expires=None)
    assert not is_signed_in(client)


def test_session_ends_after_its_lifetime(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session lasts SESSION_LIFETIME from signing in, however much it is used."""
    sign_in(client)
    signed = TimestampSigner.get_timestamp
    lifetime_s = app.config["PERMANENT_SESSION_LIFETIME"].total_seconds()
    assert lifetime_s == 12 * 3600

    monkeypatch.setattr(
        TimestampSigner, "get_timestamp", lambda self: signed(self) + lifetime_s - 60
    )
    assert is_signed_in(client)

    monkeypatch.setattr(
        TimestampSigner, "get_timestamp", lambda self: signed(self) + lifetime_s + 60
    )
    assert not is_signed_in(client)


def test_signing_in_again_changes_the_session(client: FlaskClient) -> None:
    """Signing in replaces whatever the cookie held before."""
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"

    sign_in(client)

    with client.session_transaction() as session:
        assert set(session) == {"_permanent", "token", "fingerprint", "csrf_token"}
