from pathlib import Path

import pytest
from flask.testing import FlaskClient

from flaskapp import create_app
from flaskapp.settings import WebSettings
from flaskapp.token_file import TokenFile
from tasks.memory import InMemoryQueue
from tests.flaskapp.conftest import Auth, LogLines, token_of
from tests.flaskapp.signing_in import sign_in


def test_valid_token_opens_what_its_scope_covers(client: FlaskClient, auth: Auth) -> None:
    """A token with the scope runs a payload."""
    assert client.post("/run/echo", json=1, headers=auth("alice")).status_code == 200


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Token abc", "Bearer a=b"]
)
def test_request_without_a_token_is_asked_for_one(client: FlaskClient, header: str | None) -> None:
    """Without a token the challenge says no more than how to send one (RFC 6750, 3.1)."""
    answer = client.post("/run", headers={} if header is None else {"Authorization": header})

    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json()["status"] == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="piigate"'


@pytest.mark.parametrize(
    "token", ["wrong", token_of("alice") + "x", token_of("alice").upper(), "é"]
)
def test_invalid_token_is_named_as_such(client: FlaskClient, token: str) -> None:
    """A wrong token gets a problem and the challenge of RFC 6750, and is not repeated."""
    answer = client.post("/run", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="piigate", error="invalid_token"'
    assert token not in answer.get_data(as_text=True).replace("token", "")


def test_scheme_is_case_insensitive(client: FlaskClient) -> None:
    """The scheme's case does not matter (RFC 9110, 11.1)."""
    headers = {"Authorization": f"bEARER {token_of('alice')}"}

    assert client.post("/run/echo", headers=headers).status_code == 200


def test_token_without_the_scope_is_forbidden(client: FlaskClient, auth: Auth) -> None:
    """A valid token without the scope learns which scope it lacks."""
    answer = client.post("/run", headers=auth("reviewer"))

    assert answer.status_code == 403
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json()["detail"] == "Use a token with the scope `run`."
    assert answer.headers["WWW-Authenticate"] == (
        'Bearer realm="piigate", error="insufficient_scope", scope="run"'
    )


def test_revoked_token_stops_in_a_running_gateway(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token that is revoked between two requests opens the first and not the second."""
    monkeypatch.setenv("PIIGATE_HOME", str(tmp_path))
    (tmp_path / "error_reports").mkdir()
    settings = WebSettings.load()
    file = TokenFile(settings.tokens_file)
    headers = {"Authorization": f"Bearer {file.create('phone', scopes={'run'}, expires=None)}"}
    client = create_app(settings, queue=InMemoryQueue()).test_client()
    assert client.post("/run/echo", headers=headers).status_code == 200

    file.revoke("phone")

    assert client.post("/run/echo", headers=headers).status_code == 401


def test_line_in_the_log_names_the_caller_never_the_token(
    client: FlaskClient, auth: Auth, log_lines: LogLines
) -> None:
    """The request's line tells who called, by name."""
    client.post("/run/echo", headers=auth("alice"))
    client.post("/run/echo", headers={"Authorization": "Bearer guessed-token"})

    lines = "\n".join(log_lines())
    assert "caller=alice" in lines
    assert token_of("alice") not in lines
    assert "guessed-token" not in lines


def test_session_does_not_open_the_api(client: FlaskClient) -> None:
    """A browser's session is no credential for the API, so no page can spend it there."""
    sign_in(client, "root")

    assert client.post("/run/echo").status_code == 401
