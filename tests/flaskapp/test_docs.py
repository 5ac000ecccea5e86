"""The description for people."""

import re
from html.parser import HTMLParser

from flask.testing import FlaskClient
from markupsafe import escape

from flaskapp.docs import code
from flaskapp.openapi import document
from flaskapp.problem_types import TYPES


class Page(HTMLParser):
    """The tags of a page, and what it loads, leads to and calls its places."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.loads: list[str] = []
        self.leads: list[str] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect a tag."""
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name == "src" or (tag == "link" and name == "href"):
                self.loads.append(value or "")
            elif name == "href":
                self.leads.append(value or "")
            elif name == "id":
                self.ids.append(value or "")


def test_the_root_leads_to_the_page(client: FlaskClient) -> None:
    """Who opens the gateway in a browser finds its description."""
    answer = client.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/docs")


def test_the_page_describes_every_operation(client: FlaskClient) -> None:
    """Every path and every operation of the document is on the page."""
    answer = client.get("/docs")
    assert answer.mimetype == "text/html"
    page = Page(answer.get_data(as_text=True))
    for path, methods in document()["paths"].items():
        assert f"<code>{path}</code>" in answer.text
        for about in methods.values():
            assert about["operationId"] in page.ids
            assert about["summary"] in answer.text


def test_the_page_describes_every_problem(client: FlaskClient) -> None:
    """The address that a problem's type names is a place on the page, with what it means."""
    text = client.get("/docs").text
    page = Page(text)
    for kind in TYPES.values():
        address, _, place = kind.uri.partition("#")
        assert (address, place in page.ids) == ("/docs", True)
        assert f"<strong>{escape(kind.title)}.</strong> {code(kind.detail)}</dd>" in text


def test_the_page_loads_only_from_us_and_runs_nothing(client: FlaskClient) -> None:
    """No script, no inline style, no asset of another host, so the strict policy breaks nothing."""
    page = Page(client.get("/docs").text)
    assert page.loads
    for asset in page.loads:
        assert asset.startswith("/static/")
        with client.get(asset) as answer:
            assert answer.status_code == 200
    assert not page.tags & {"script", "style", "iframe", "object", "embed"}
    assert "style" not in page.attributes
    assert not [name for name in page.attributes if name.startswith("on")]


def test_the_style_loads_nothing(client: FlaskClient) -> None:
    """The style sheet names no other file."""
    with client.get("/static/docs.css") as answer:
        assert not re.search(r"url\(|@import", answer.get_data(as_text=True))


def test_links_on_the_page_lead_somewhere(client: FlaskClient) -> None:
    """Each place on the page exists once, and each link finds its place or address."""
    page = Page(client.get("/docs").text)
    assert len(page.ids) == len(set(page.ids))
    for link in page.leads:
        if link.startswith("#"):
            assert link[1:] in page.ids
        else:
            assert client.get(link).status_code == 200


def test_what_a_client_sends_is_escaped(client: FlaskClient) -> None:
    """The host that the example names cannot write HTML."""
    text = client.get("/docs", headers={"Host": "<b>x</b>"}).text
    assert "<b>x</b>" not in text


def test_what_stands_in_backticks_is_code(client: FlaskClient) -> None:
    """The texts of the document are set as code where they say so, and escaped everywhere."""
    text = client.get("/docs").text
    assert "<code>flask tokens create</code>" in text
    assert "Authorization: Bearer &lt;token&gt;</code>" in text
