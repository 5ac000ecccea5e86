"""The description for tools: valid, complete, true."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator

from flaskapp.app import API
from flaskapp.openapi import document
from flaskapp.problem_types import TYPES
from flaskapp.version import VERSION


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    """Return path, method and description of every described operation."""
    return [
        (path, method, about)
        for path, methods in document()["paths"].items()
        for method, about in methods.items()
    ]


def test_the_document_is_valid() -> None:
    """The document keeps to OpenAPI 3.1."""
    assert list(OpenAPIV31SpecValidator(document()).iter_errors()) == []


def test_every_route_of_the_api_is_described_and_no_other(app: Flask) -> None:
    """Routes and descriptions are the same set, methods included."""
    ours = {blueprint.name for blueprint in API}
    routes = {
        (re.sub(r"<(?:[^:>]+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.endpoint.partition(".")[0] in ours
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert {(path, method) for path, method, _ in operations()} == routes


def test_every_problem_is_described() -> None:
    """A client finds each kind of problem in the document, but for those no route can name."""
    described = {
        slug
        for _, _, about in operations()
        for response in about["responses"].values()
        for media in response.get("content", {}).values()
        for slug in media.get("examples", {})
    }
    assert described == set(TYPES) - {"method-not-allowed"}


def test_the_document_is_served(client: FlaskClient) -> None:
    """The document is open to everybody and tells the version."""
    answer = client.get("/openapi.json")
    assert answer.status_code == 200
    assert answer.get_json()["info"]["version"] == VERSION


@pytest.mark.parametrize("slug", sorted(TYPES))
def test_the_type_of_a_problem_leads_to_the_documentation(client: FlaskClient, slug: str) -> None:
    """The reference in `type` names a place on the page."""
    page, _, place = TYPES[slug].uri.partition("#")
    assert f'id="{place}"' in client.get(page).text
