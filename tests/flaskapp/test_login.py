"""The login page: who may sign in by it, and where they go on to."""

import re
from http.cookies import SimpleCookie
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from tests.flaskapp.conftest import LogLines, token_of
from tests.flaskapp.signing_in import SAME_ORIGIN, is_signed_in, sign_in


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


@pytest.mark.parametrize("token", ["", "wrong", token_of("root")[:-1], "Secret123", "\x00", "є"])
def test_invalid_token_begins_none(client: FlaskClient, token: str) -> None:
    """A wrong token shows the form again with what is wrong, and does not repeat the token."""
    answer = client.post("/login", data={"token": token}, headers=SAME_ORIGIN)
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

    assert client.post("/login", data=form, headers=SAME_ORIGIN).status_code == 303


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


def test_log_names_who_signed_in_never_the_token(client: FlaskClient, log_lines: LogLines) -> None:
    """Signing in leaves a line with the token's name."""
    sign_in(client)

    lines = "\n".join(log_lines())
    assert re.search(r"caller=root.*route=/login.*status=303", lines)
    assert token_of("root") not in lines
