"""The list of tasks."""

from flask.testing import FlaskClient

from tests.flaskapp.conftest import Auth


def test_tasks_are_listed_with_their_summaries(client: FlaskClient, auth: Auth) -> None:
    """Each task says in a line what it does, and the default is named."""
    listed = client.get("/tasks", headers=auth()).get_json()
    assert listed["default"] == "transform"
    by_name = {task["name"]: task["summary"] for task in listed["tasks"]}
    assert {"echo", "transform"} <= set(by_name)
    assert all(by_name.values())
