"""The console at `/console`: pages for the people who look after alerts. Adds no rules of its own.

Views are thin; what they show is asked of the same parts that the API asks.
"""

from typing import NoReturn

from flask import Blueprint, Flask
from werkzeug.exceptions import MethodNotAllowed, NotFound

from flaskapp.console import access, alerts, errors, incidents, overview, pages, tongue, trial

MODULES = (overview, alerts, incidents, trial, tongue)


def register(app: Flask) -> None:
    """Add the pages."""
    # A form is good for as long as the session that it was shown in.
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    bp = Blueprint("console", __name__)
    bp.before_request(access.admit)
    bp.after_request(pages.harden)
    bp.register_error_handler(Exception, errors.show)
    app.register_error_handler(MethodNotAllowed, errors.show_method)
    for module in MODULES:
        module.add(bp)
    bp.add_url_rule("/<path:elsewhere>", "elsewhere", _elsewhere)
    app.register_blueprint(bp, url_prefix="/console")


def _elsewhere(elsewhere: str) -> NoReturn:  # noqa: ARG001 - whatever it is, nothing is there
    """Answer in the look of the console where no page is."""
    raise NotFound
