"""What went wrong, as a page. What that is in HTTP stays a matter of ``flaskapp/problems.py``."""

from flask import Response, request

from flaskapp.console.pages import harden, page
from flaskapp.problems import answer
from flaskapp.request_log import request_id

# Those that the console says in words of its own; others are told by their status alone.
_TOLD = (403, 404, 405, 409, 413, 422, 503)


def show(error: Exception) -> Response:
    """Return the page for an error, with the status and the headers of its problem."""
    told = answer(error)
    response = page(
        "error.html",
        status=told.status_code,
        number=told.status_code,
        reason=str(told.status_code) if told.status_code in _TOLD else "other",
        request_id=request_id(),
    )
    for name in ("Allow", "Retry-After"):
        if name in told.headers:
            response.headers[name] = told.headers[name]
    return response


def show_method(error: Exception) -> Response:
    """Return the page for an address of the console that takes another method.

    Where no view takes the method Flask knows no blueprint, so this is asked for all addresses;
    those of others get their problem.
    """
    if request.path.startswith("/console/"):
        return harden(show(error))
    return answer(error)
