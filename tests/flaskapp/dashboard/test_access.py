from pathlib import Path

import pytest
from flask.testing import FlaskClient

from flaskapp import create_app
from flaskapp.settings import WebSettings
from tests.flaskapp.conftest import Auth, token_of
from tests.flaskapp.signing_in import SAME_ORIGIN, sign_in


def test_visitor_is_sent_to_sign_in_and_back(client: FlaskClient) -> None:
    """A person without a session signs in first and then sees the page they wanted."""
    answer = client.get("/rq/0/view/jobs?a=b", headers={"Accept": "text/html,*/*;q=0.8"})

    assert answer.status_code == 303
    assert answer.headers["Location"] == "/login?next=/rq/0/view/jobs?a%3Db"
    form = {"token": token_of("root"), "next": "/rq/0/view/jobs?a=b"}
    signed_in = client.post("/login", data=form, headers=SAME_ORIGIN)
    assert client.get(signed_in.headers["Location"]).status_code == 200


@pytest.mark.parametrize(
    "path", ["/rq/", "/rq/0/data/queues.json", "/rq/static/css/main.css", "/rq/0/view/job/1"]
)
def test_program_without_a_token_is_refused(client: FlaskClient, path: str) -> None:
    """Without page and session the answer is a problem, for every address of the dashboard."""
    answer = client.get(path)

    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="piigate"'


def test_program_of_an_administrator_is_served(client: FlaskClient, auth: Auth) -> None:
    """A bearer token of scope `admin` reads the data, without a session."""
    answer = client.get("/rq/0/data/queues.json", headers=auth("root"))

    assert answer.get_json() == {"queues": []}


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
@pytest.mark.parametrize(("name", "status"), [("alice", 403), ("unknown", 401)])
def test_bearer_token_without_the_scope_is_refused(
    client: FlaskClient, auth: Auth, method: str, name: str, status: int
) -> None:
    """Neither a lesser nor an unknown token opens the dashboard, whatever the method."""
    answer = client.open("/rq/requeue/default", method=method, headers=auth(name))

    assert answer.status_code == status


def test_options_open_nothing(client: FlaskClient, auth: Auth) -> None:
    """OPTIONS, from which no credentials are read, is refused even to administrators."""
    assert client.options("/rq/", headers=auth("root")).status_code == 401


def test_session_without_the_scope_is_told_so(client: FlaskClient) -> None:
    """A person whose token lacks the scope reads which one it is, and can sign in again."""
    sign_in(client, "alice")

    page = client.get("/rq/", headers={"Accept": "text/html"})
    data = client.get("/rq/0/data/queues.json")

    assert (page.status_code, data.status_code) == (403, 403)
    assert "<code>admin</code>" in page.get_data(as_text=True)
    assert 'name="next" value="/rq/"' in page.get_data(as_text=True)


def test_redis_out_of_reach_is_a_problem(settings: WebSettings, tmp_path: Path) -> None:
    """Without Redis the gateway starts, and the dashboard says that it is out of reach."""
    lost = WebSettings.load(
        **{**settings.model_dump(), "redis_url": f"unix://{tmp_path}/nobody.sock"}
    )
    client = create_app(lost).test_client()
    headers = {"Authorization": f"Bearer {token_of('root')}"}

    answer = client.get("/rq/0/data/queues.json", headers=headers)

    assert answer.status_code == 503
    assert "Retry-After" in answer.headers
