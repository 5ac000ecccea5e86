"""The jobs of a batch, for a client that lost its answer."""

from flask.testing import FlaskClient

from flaskapp import create_app
from flaskapp.settings import WebSettings
from tasks.memory import InMemoryQueue
from tests.flaskapp.conftest import Auth
from tests.flaskapp.test_batch import send


def test_jobs_of_a_batch_are_found(client: FlaskClient, auth: Auth) -> None:
    """Each line that was accepted is there with its result, and how many have ended."""
    answer = send(client, auth(), "1", "{", "3")
    group_id = answer.headers["Piigate-Group"]
    assert answer.text

    group = client.get(f"/groups/{group_id}", headers=auth()).get_json()

    assert group["group_id"] == group_id
    assert group["progress"] == {"done": 2, "total": 2}
    assert [(one["line"], one["result"]) for one in group["jobs"]] == [(1, 1), (3, 3)]


def test_group_says_how_far_it_is(settings: WebSettings, auth: Auth) -> None:
    """Jobs that are queued are there, too."""
    client = create_app(settings, queue=InMemoryQueue(unserved={"default"})).test_client()
    answer = send(client, auth() | {"Prefer": "respond-async"}, "1", "2")

    url = f"/groups/{answer.headers['Piigate-Group']}"
    group = client.get(url, headers=auth()).get_json()

    assert group["progress"] == {"done": 0, "total": 2}
    assert {one["status"] for one in group["jobs"]} == {"queued"}


def test_batch_that_is_sent_again_is_the_same_group(client: FlaskClient, auth: Auth) -> None:
    """Under an idempotency key a client that lost everything is led to the jobs it has."""
    key = {"Idempotency-Key": "k-1"}
    first, again = (send(client, auth() | key, "1", "2") for _ in range(2))
    other = send(client, auth("bob") | key, "1", "2")

    assert first.headers["Piigate-Group"] == again.headers["Piigate-Group"]
    assert first.headers["Piigate-Group"] != other.headers["Piigate-Group"]
    assert first.text == again.text


def test_others_cannot_tell_that_there_is_a_group(client: FlaskClient, auth: Auth) -> None:
    """A group is its caller's, like its jobs; the scope `admin` sees all."""
    url = f"/groups/{send(client, auth(), '1').headers['Piigate-Group']}"

    assert client.get(url, headers=auth("bob")).status_code == 404
    assert client.get("/groups/" + "0" * 32, headers=auth()).status_code == 404
    assert client.get(url, headers=auth("root")).status_code == 200
    assert client.get(url, headers=auth("reviewer")).status_code == 403
