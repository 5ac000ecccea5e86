"""Bodies that are cut off, at the limit or on their way."""

import io

import pytest
from flask.testing import FlaskClient
from gunicorn.http.errors import ChunkMissingTerminator, InvalidChunkSize, NoMoreData

from tests.flaskapp.conftest import Auth, LogLines


def test_a_chunked_body_is_limited_too(
    client: FlaskClient, auth: Auth, log_lines: LogLines
) -> None:
    """A body that does not say its length is cut off at the limit."""
    answer = client.post(
        "/run",
        input_stream=io.BytesIO(b'"' + b"a" * 2**20 + b'"'),
        headers=auth() | {"Transfer-Encoding": "chunked", "Content-Type": "application/json"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert answer.status_code == 413
    assert len(log_lines()) == 1


@pytest.mark.parametrize("is_terminated", [True, False])
def test_a_body_that_ends_early_is_no_payload(
    client: FlaskClient, auth: Auth, is_terminated: bool
) -> None:
    """Half a body is refused even where the half happens to be JSON."""
    environ: dict[str, object] = {"CONTENT_LENGTH": "100"}
    if is_terminated:
        environ["wsgi.input_terminated"] = True
    answer = client.post(
        "/run",
        input_stream=io.BytesIO(b"{}"),
        headers=auth() | {"Content-Type": "application/json"},
        environ_overrides=environ,
    )
    assert answer.status_code == 400
    assert answer.get_json()["type"] == "/docs#problem-bad-json"


class BrokenStream(io.BytesIO):
    """A body that the server fails to read."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def read(self, size: int | None = -1, /) -> bytes:
        """Fail as the server does."""
        raise self.error


@pytest.mark.parametrize(
    "error",
    [InvalidChunkSize(b"zz"), ChunkMissingTerminator(b""), NoMoreData(), ConnectionResetError()],
    ids=lambda one: type(one).__name__,
)
def test_a_body_that_breaks_is_the_clients_fault(
    client: FlaskClient, auth: Auth, log_lines: LogLines, error: Exception
) -> None:
    """What gunicorn says of broken chunks is not a failure of the gateway."""
    answer = client.post(
        "/run",
        input_stream=BrokenStream(error),
        headers=auth() | {"Transfer-Encoding": "chunked", "Content-Type": "application/json"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert answer.status_code == 400
    assert answer.get_json()["type"] == "/docs#problem-bad-json"
    [line] = log_lines()
    assert " INFO " in line
