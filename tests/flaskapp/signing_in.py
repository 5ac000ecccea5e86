"""Signing in at the login page, for tests."""

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.flaskapp.conftest import token_of

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


def sign_in(client: FlaskClient, name: str = "root", **form: str) -> TestResponse:
    """Send the form of the login page with a caller's token."""
    return client.post("/login", data={"token": token_of(name), **form}, headers=SAME_ORIGIN)


def is_signed_in(client: FlaskClient) -> bool:
    """Return whether the login page greets the visitor by a name."""
    return "signed in as" in client.get("/login").get_data(as_text=True)
