"""Who may open the console, and which of their forms are believed.

A form is believed when two things that know nothing of each other agree. The browser says that it
comes from a page of ours (``flaskapp/same_origin.py``), and the form has the token that only pages
of this session have. The first needs a browser that tells the truth about origins, the second a
cookie that nobody else reads; a fault of either alone opens nothing. The login page has no session
to keep a token in yet, so it does with the first.
"""

from typing import cast

from flask import g, request
from flask_wtf.csrf import validate_csrf
from werkzeug.wrappers import Response
from wtforms import ValidationError

from flaskapp import login
from flaskapp.auth import Caller
from flaskapp.problems import Problem
from flaskapp.same_origin import require_same_origin

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def admit() -> Response | None:
    """Let operators in, and send everybody else to the login page."""
    who = login.signed_in()
    if who is None or who.scopes.isdisjoint(login.OPERATORS):
        return login.ask("alerts")
    g.operator = who
    if request.method not in _SAFE:
        require_same_origin()
        _require_token()
    return None


def operator() -> Caller:
    """Return whose session the request belongs to, on a page that they were let in to."""
    return cast("Caller", g.operator)


def visitor() -> Caller | None:
    """Return the same, or None where nobody was let in."""
    return cast("Caller | None", g.get("operator"))


def _require_token() -> None:
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        raise Problem("forbidden", "The form is not of this session; load the page anew.") from None
