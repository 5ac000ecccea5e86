"""A table of hostile requests: each is answered right, says nothing, and is one line in the log."""

import pytest
from flask.testing import FlaskClient

from flaskapp.settings import WebSettings
from tests.flaskapp.conftest import Auth, LogLines, token_of
from tests.flaskapp.hostile import EMAIL, PHONE, SECRET, Hostile
from tests.flaskapp.hostile_addresses import METHODS, UNKNOWN_PLACES, UNKNOWN_TASKS, WAITS
from tests.flaskapp.hostile_callers import FORBIDDEN, UNAUTHORIZED
from tests.flaskapp.hostile_payloads import INVALID, MEDIA, NOT_JSON, SIZE

TABLE = [
    *NOT_JSON,
    *INVALID,
    *MEDIA,
    *SIZE,
    *UNAUTHORIZED,
    *FORBIDDEN,
    *UNKNOWN_TASKS,
    *UNKNOWN_PLACES,
    *METHODS,
    *WAITS,
]


def test_the_table_is_long() -> None:
    """At least a hundred hostile requests, no two of one name."""
    assert len(TABLE) >= 100
    assert len({one.name for one in TABLE}) == len(TABLE)


def assert_quiet(text: str) -> None:
    """Nothing that a hostile request sent stands in a text, nor how we are built."""
    for word in (SECRET, EMAIL, "zanary", PHONE, "961112233", "Traceback", token_of("alice")):
        assert word.lower() not in text.lower()


@pytest.mark.parametrize("hostile", TABLE, ids=lambda one: one.name)
def test_a_hostile_request_is_a_problem_and_one_line(
    client: FlaskClient, auth: Auth, log_lines: LogLines, settings: WebSettings, hostile: Hostile
) -> None:
    """The right status and kind of problem, nothing repeated, no job, no alert, one line."""
    authorization = auth(hostile.caller) if hostile.caller else {}
    before = len(log_lines())
    answer = client.open(
        hostile.path,
        method=hostile.method,
        data=hostile.body,
        headers={"Content-Type": "application/json"} | authorization | hostile.headers,
    )
    assert answer.status_code == hostile.status
    assert answer.mimetype == "application/problem+json"
    problem = answer.get_json()
    assert problem["type"] == f"/docs#problem-{hostile.slug}"
    assert problem["status"] == hostile.status
    assert problem["request_id"] == answer.headers["X-Request-ID"]
    assert_quiet(answer.text + str(answer.headers))
    [line] = log_lines()[before:]
    assert f"status={hostile.status}" in line
    assert f"reason={hostile.slug}" in line
    assert problem["request_id"] in line
    assert_quiet(line)
    assert list(settings.error_reports.iterdir()) == []
