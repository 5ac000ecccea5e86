"""The API described for tools: the written document, completed by the table of problems.

An operation of the written document only lists the slugs of its problems; their statuses, words
and headers come from the one table, so that the two cannot drift apart.
"""

import copy
import functools
import json
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from flask import Blueprint

from flaskapp.problem_types import TYPES, ProblemType
from flaskapp.version import VERSION

bp = Blueprint("openapi", __name__)

Document = dict[str, Any]

_WRITTEN = Path(__file__).with_name("openapi.json")
_SHORT_LISTS = "x-problems"


@bp.get("/openapi.json")
def show() -> Document:
    """Answer with the document."""
    return document()


@functools.cache
def document() -> Document:
    """Return the complete document; the callers share it, so they do not change it."""
    written: Document = json.loads(_WRITTEN.read_text("utf-8"))
    written["info"]["version"] = VERSION
    for path in written["paths"].values():
        for operation in path.values():
            slugs = operation.pop(_SHORT_LISTS)
            operation["responses"] |= _responses([TYPES[slug] for slug in slugs])
    return written


def _responses(types: list[ProblemType]) -> Document:
    by_status = sorted(types, key=lambda one: one.status)
    return {
        str(status): _response(list(same))
        for status, same in groupby(by_status, key=lambda one: one.status)
    }


def _response(types: list[ProblemType]) -> Document:
    """Describe the problems of one status."""
    examples = {one.slug: {"summary": one.title, "value": _example(one)} for one in types}
    headers = copy.deepcopy(_HEADERS.get(types[0].status, {}))
    return {
        "description": " / ".join(f"{one.title} (`{one.slug}`)." for one in types),
        "headers": {"X-Request-ID": {"$ref": "#/components/headers/RequestId"}, **headers},
        "content": {
            "application/problem+json": {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": examples,
            }
        },
    }


def _example(one: ProblemType) -> Document:
    return {
        "type": one.uri,
        "title": one.title,
        "status": one.status,
        "detail": one.detail,
        "request_id": "6f1f0b7c2f9a4d35a8f1d1f0a3c4b5e6",
    }


def _count(description: str) -> Document:
    return {"schema": {"type": "integer"}, "description": description}


_SECONDS = {"schema": {"type": "integer"}, "description": "Seconds until it may work again."}
_CHALLENGE = {"schema": {"type": "string"}, "description": "How to authenticate (RFC 6750)."}
_HEADERS: Mapping[int, Document] = {
    401: {"WWW-Authenticate": _CHALLENGE},
    429: {
        "Retry-After": _SECONDS,
        "X-RateLimit-Limit": _count("Payloads that the limit allows in its time."),
        "X-RateLimit-Remaining": _count("Payloads that are left until then."),
        "X-RateLimit-Reset": _count("When the limit begins anew, in seconds of Unix time."),
    },
    503: {"Retry-After": _SECONDS},
}
