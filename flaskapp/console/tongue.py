"""The switch of languages."""

from urllib.parse import urlsplit

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from flaskapp.language import LANGUAGES, choose
from flaskapp.services import services


def add(bp: Blueprint) -> None:
    """Add the switch."""
    bp.add_url_rule("/language", view_func=switch, methods=["GET", "POST"])


def switch() -> Response:
    """Keep the choice, and go back to the page that it was made on.

    Without a choice it only goes back: whoever had to sign in first arrives here by a link.
    """
    response = redirect(_back(), code=303)
    language = request.form.get("language", "")
    if language in LANGUAGES:
        choose(response, language, is_secure=services().settings.session_cookie_secure)
    return response


def _back() -> str:
    """Return the page that the form was on, by its path alone."""
    came_from = urlsplit(request.referrer or "")
    if came_from.netloc != request.host or not came_from.path.startswith(
        url_for("console.overview")
    ):
        return url_for("console.overview")
    return came_from.path + (f"?{came_from.query}" if came_from.query else "")
