import re
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import TimestampSigner
from werkzeug.test import TestResponse

from flaskapp import create_app
from flaskapp.settings import WebSettings
from flaskapp.token_file import TokenFile
from tasks.memory import InMemoryQueue
from tests.flaskapp.conftest import LogLines, token_of

OURS = {"Sec-Fetch-Site": "same-origin"}


def sign_in(client: FlaskClient, name: str = "root", **form: str) -> TestResponse:
    """Send the form of the login page with a caller's token."""
    return client.post("/login", data={"token": token_of(name), **form}, headers=OURS)


def is_signed_in(client: FlaskClient) -> bool:
    """Return whether the login page greets the visitor by a name."""
    return "signed in as" in client.get("/login").get_data(as_text=True)


def test_page_is_a_labelled_form_without_script(client: FlaskClient) -> None:
    """The page works without script, under a policy that allows none."""
    answer = client.get("/login")
    page = answer.get_data(as_text=True)

    assert answer.status_code == 200
    assert "<script" not in page
    assert "style=" not in page
    assert '<label for="token">' in page
    assert '<input id="token" name="token" type="password" required' in page
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("accepted", "language", "title"),
    [
        ("uk-UA,uk;q=0.9,en;q=0.8", "uk", "Вхід"),
        ("de", "en", "Sign in"),
        ("en-GB,uk;q=0.5", "en", "Sign in"),
        ("", "en", "Sign in"),
    ],
)
def test_page_speaks_the_visitors_language(
    client: FlaskClient, accepted: str, language: str, title: str
) -> None:
    """Ukrainian for those who prefer it, English for everybody else."""
    answer = client.get("/login", headers={"Accept-Language": accepted})

    assert answer.headers["Content-Language"] == language
    assert f'<html lang="{language}">' in answer.get_data(as_text=True)
    assert f"<h1>{title}</h1>" in answer.get_data(as_text=True)


def test_valid_token_begins_a_session(client: FlaskClient) -> None:
    """The cookie is out of the reach of scripts and of other sites, and holds no token."""
    answer = sign_in(client)

    assert answer.status_code == 303
    assert answer.headers["Location"] == "/console/"
    (cookie,) = SimpleCookie(answer.headers["Set-Cookie"]).values()
    assert cookie.key == "piigate_session"
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert not cookie["secure"]
    assert token_of("root") not in answer.headers["Set-Cookie"]
    assert is_signed_in(client)


def test_visitor_without_the_console_goes_to_the_dashboard(client: FlaskClient) -> None:
    """A token without the scope `alerts` opens no console."""
    assert sign_in(client, "alice").headers["Location"] == "/rq/"


def test_cookie_is_kept_to_https_when_asked(settings: WebSettings) -> None:
    """SESSION_COOKIE_SECURE keeps the cookie from plain HTTP."""
    secure = settings.model_copy(update={"session_cookie_secure": True})
    client = create_app(secure, queue=InMemoryQueue()).test_client()

    assert "Secure" in sign_in(client).headers["Set-Cookie"]


@pytest.mark.parametrize("token", ["", "wrong", token_of("root")[:-1], "Secret123", "\x00", "є"])
def test_invalid_token_begins_none(client: FlaskClient, token: str) -> None:
    """A wrong token shows the form again with what is wrong, and does not repeat the token."""
    answer = client.post("/login", data={"token": token}, headers=OURS)
    page = answer.get_data(as_text=True)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert 'role="alert"' in page
    assert 'aria-invalid="true"' in page
    assert not token or f'value="{token}"' not in page
    assert "Set-Cookie" not in answer.headers


def test_blanks_around_a_pasted_token_do_not_matter(client: FlaskClient) -> None:
    """A token that was copied with its line break is still the token."""
    form = {"token": f" {token_of('root')}\n"}

    assert client.post("/login", data=form, headers=OURS).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
        {"Origin": "null"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://localhost:81"},
    ],
)
@pytest.mark.parametrize("path", ["/login", "/logout"])
def test_other_sites_can_neither_sign_in_nor_out(
    client: FlaskClient, path: str, headers: dict[str, str]
) -> None:
    """A form on another site can neither sign a visitor in as somebody else nor sign them out."""
    sign_in(client, "reviewer")

    answer = client.post(path, data={"token": token_of("root")}, headers=headers)

    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers
    assert "reviewer" in client.get("/login").get_data(as_text=True)


def test_browser_that_states_only_the_origin_is_served(client: FlaskClient) -> None:
    """Over plain HTTP browsers send no Sec-Fetch-Site; their Origin is enough."""
    headers = {"Origin": "http://localhost"}

    assert (
        client.post("/login", data={"token": token_of("root")}, headers=headers).status_code == 303
    )


@pytest.mark.parametrize(
    "target", ["/rq/0/view/jobs", "/rq/0/view/job/1?a=b&c=d", "/rq/%20", "/login"]
)
def test_visitor_goes_on_to_the_page_they_wanted(client: FlaskClient, target: str) -> None:
    """The page that asked for a session is the page that follows."""
    page = client.get(f"/login?next={quote(target)}").get_data(as_text=True)

    assert f'name="next" value="{target.replace("&", "&amp;")}"' in page
    assert sign_in(client, next=target).headers["Location"] == target


@pytest.mark.parametrize(
    "target",
    [
        "",
        "rq",
        "https://evil.example",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "\n//evil.example",
        "/rq\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
        " /rq",
        '"><script>alert(1)</script>',
    ],
)
def test_visitor_is_never_sent_to_another_site(client: FlaskClient, target: str) -> None:
    """What is not plainly a path of ours is ignored, in the form and after it."""
    page = client.get(f"/login?next={quote(target)}").get_data(as_text=True)

    assert 'name="next" value=""' in page
    assert sign_in(client, next=target).headers["Location"] == "/console/"


def test_signing_out_ends_the_session(client: FlaskClient) -> None:
    """After signing out nobody is signed in, and the cookie is gone."""
    sign_in(client)

    answer = client.post("/logout", headers=OURS)

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
    client.post("/login", data={"token": token}, headers=OURS)
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


def test_log_names_who_signed_in_never_the_token(client: FlaskClient, log_lines: LogLines) -> None:
    """Signing in leaves a line with the token's name."""
    sign_in(client)

    lines = "\n".join(log_lines())
    assert re.search(r"caller=root.*route=/login.*status=303", lines)
    assert token_of("root") not in lines
