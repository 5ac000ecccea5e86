"""The API described for people: the same document as a web page. Adds no facts of its own."""

import json
import re
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from markupsafe import Markup, escape
from werkzeug.wrappers import Response

from flaskapp.openapi import Document, document
from flaskapp.problem_types import TYPES

bp = Blueprint("docs", __name__)

_CODE = re.compile(r"`([^`]+)`")


@bp.app_template_filter("code")
def code(text: str) -> Markup:
    """Return a text as HTML, with what stands in backticks as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped before


@bp.app_template_filter("compact")
def compact(value: object) -> str:
    """Return JSON on one line."""
    return json.dumps(value, separators=(",", ":"))


@bp.app_template_filter("pretty")
def pretty(value: object) -> str:
    """Return JSON for reading."""
    return json.dumps(value, indent=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One call, with its references followed, in the order the page shows it."""

    id: str
    method: str
    path: str
    about: Document
    parameters: list[Document]
    body: Document | None
    responses: list[tuple[str, Document]]


@bp.get("/")
def root() -> Response:
    """Lead to the documentation."""
    return redirect(url_for("docs.show"))


@bp.get("/docs")
def show() -> str:
    """Answer with the page."""
    described = document()
    return render_template(
        "docs.html",
        document=described,
        groups=[(tag, _operations(tag["name"])) for tag in described["tags"]],
        problems=TYPES.values(),
        server=request.host_url.rstrip("/"),
    )


def _operations(tag: str) -> list[Operation]:
    return [
        Operation(
            id=about["operationId"],
            method=method.upper(),
            path=path,
            about=about,
            parameters=[_followed(one) for one in about.get("parameters", [])],
            body=_followed(about["requestBody"]) if "requestBody" in about else None,
            responses=[(status, _followed(one)) for status, one in about["responses"].items()],
        )
        for path, methods in document()["paths"].items()
        for method, about in methods.items()
        if tag in about["tags"]
    ]


def _followed(part: Document) -> Document:
    """Return the part of the document that a reference names, or the part itself."""
    found = part
    if reference := part.get("$ref"):
        found = document()
        for name in reference.removeprefix("#/").split("/"):
            found = found[name]
    return found
