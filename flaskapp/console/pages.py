"""A page of the console: what every template gets, and the headers of the answer."""

from flask import Response, make_response, render_template, request
from flask_wtf.csrf import generate_csrf

from flaskapp.console.access import visitor
from flaskapp.console.words import Words
from flaskapp.language import language_of, mark

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def words() -> Words:
    """Return the words in the language of the current visitor."""
    return Words(language_of(request))


def page(template: str, *, status: int = 200, **values: object) -> Response:
    """Return a page; templates escape every value, and no script or style stands in one."""
    said = words()
    body = render_template(
        f"console/{template}", words=said, who=visitor(), csrf_token=generate_csrf, **values
    )
    response = make_response(body, status)
    mark(response, said.language)
    return response


def harden(response: Response) -> Response:
    """Let pages run our script, and nothing else."""
    response.headers["Content-Security-Policy"] = _POLICY
    return response
