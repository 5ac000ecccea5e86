"""Whether a browser sends a request from one of our own pages. Knows no users and no sessions."""

from urllib.parse import urlsplit

from flask import request

from flaskapp.problems import Problem


def require_same_origin() -> None:
    """Return when the request comes from a page of ours; raises the problem `forbidden`.

    For requests that change something on the strength of a cookie, against cross-site request
    forgery. Browsers state the origin of a request and let no page alter that: in
    ``Sec-Fetch-Site`` over HTTPS and on loopback, in ``Origin`` with every POST. A request that
    states neither did not come from a form or a script of ours.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is None:
        origin = request.headers.get("Origin", "")
        is_same = urlsplit(origin).netloc == request.host
    else:
        is_same = site == "same-origin"
    if not is_same:
        raise Problem("forbidden", "Send this from a page of the gateway itself.")
