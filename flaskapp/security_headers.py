"""Headers that keep browsers safe, on every answer. Knows nothing of what an answer says."""

from flask import Flask, Response

_DEFAULTS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    # Other sites learn nothing. With `no-referrer` browsers would send the origin of our own forms
    # as `null`, and over plain HTTP there is nothing else to know them by.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def register(app: Flask) -> None:
    """Set the headers on answers that do not set their own."""
    app.after_request(_protect)


def _protect(response: Response) -> Response:
    given = {name.lower() for name, _ in response.headers}
    for name, value in _DEFAULTS.items():
        if name.lower() not in given:
            response.headers.add(name, value)
    return response
