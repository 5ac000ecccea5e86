"""Errors as problems."""

import pytest
from flask import Flask, abort
from werkzeug.exceptions import ImATeapot

from flaskapp.problem_types import TYPES
from tests.flaskapp.conftest import Auth, LogLines

SECRET = "test@example.com"


@pytest.fixture
def broken(app: Flask) -> Flask:
    """Return a gateway with views that fail."""

    def fail() -> str:
        raise ValueError(f"cannot handle {SECRET}")

    def sink(depth: int = 0) -> str:
        return sink(depth + 1)

    def teapot() -> str:
        raise ImATeapot

    def gone() -> str:
        abort(410, description=SECRET)

    for view in (fail, sink, teapot, gone):
        app.add_url_rule(f"/{view.__name__}", view_func=view)
    return app


def test_an_unforeseen_error_is_one_line_without_its_message(
    broken: Flask, log_lines: LogLines
) -> None:
    """The client learns nothing but the request's id, the log the type and the frames."""
    answer = broken.test_client().get("/fail")
    assert answer.status_code == 500
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json()["type"] == "/docs#problem-internal-error"
    [line] = log_lines()
    assert " ERROR " in line
    assert "ValueError" in line
    assert "test_problems.py" in line
    assert ":fail" in line
    assert "Traceback" not in line + answer.text
    for said in (line, answer.text):
        assert SECRET not in said
        assert "cannot handle" not in said


def test_an_error_of_many_frames_is_a_short_line(broken: Flask, log_lines: LogLines) -> None:
    """Only the innermost frames are named."""
    assert broken.test_client().get("/sink").status_code == 500
    [line] = log_lines()
    assert "RecursionError" in line
    assert line.count(":sink") == 12


@pytest.mark.parametrize(("path", "status"), [("/teapot", 418), ("/gone", 410)])
def test_other_errors_of_http_are_problems_too(broken: Flask, path: str, status: int) -> None:
    """An error without a kind of its own is named by HTTP (RFC 9457, 4.2.1)."""
    answer = broken.test_client().get(path)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    problem = answer.get_json()
    assert (problem["type"], problem["status"]) == ("about:blank", status)
    assert problem["title"]
    assert SECRET not in answer.text


def test_a_wrong_method_is_told_the_right_ones(app: Flask) -> None:
    """`Allow` lists the methods of the address."""
    answer = app.test_client().get("/run")
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"OPTIONS", "POST"}


def test_a_missing_token_is_challenged(app: Flask) -> None:
    """A 401 says how to authenticate."""
    answer = app.test_client().post("/run")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


def test_kinds_are_consistent() -> None:
    """Each kind is called by its slug, has an error's status, and says what to do."""
    for slug, kind in TYPES.items():
        assert kind.slug == slug
        assert 400 <= kind.status <= 599
        assert kind.title
        assert kind.detail.endswith(".")
        assert ("Retry-After" in kind.headers) is (kind.status in {429, 503})


def test_head_and_options_work_without_a_body(app: Flask, auth: Auth) -> None:
    """What Flask answers by itself keeps to the same rules."""
    client = app.test_client()
    assert client.head("/docs").status_code == 200
    answer = client.options("/run")
    assert answer.status_code == 200
    assert "X-Request-ID" in answer.headers
