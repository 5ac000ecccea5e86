"""Sign in with a token in a browser: the page `/login`, and the session that it begins.

A session opens pages for people, never the API. Its cookie names the token and is signed; the
token is looked up anew with every request, so a revoked or expired one ends its sessions at once.
Guesses are not counted: tokens hold 256 random bits, so there is nothing to guess.
"""

import re
from datetime import timedelta

from flask import (
    Blueprint,
    Flask,
    Request,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response as BaseResponse

from flaskapp.auth import Caller
from flaskapp.language import language_of, mark
from flaskapp.login_texts import TEXTS
from flaskapp.request_log import note
from flaskapp.same_origin import require_same_origin
from flaskapp.services import services
from flaskapp.token_record import Scope, TokenRecord

bp = Blueprint("login", __name__)

OPERATORS: tuple[Scope, ...] = ("alerts", "admin")
"""Whoever has one of these scopes may look after alerts."""

# A path of ours. Browsers take `//host` and `/\host` for another site and drop tabs and newlines.
_LOCAL_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")


class _Sessions(SecureCookieSessionInterface):
    """Flask's sessions, which make ready to check a signature only for a request that has one."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if self.get_cookie_name(app) not in request.headers.get("Cookie", ""):
            return self.session_class()
        return super().open_session(app, request)


def register(app: Flask, *, lifetime_s: int) -> None:
    """Add the page, and set how long a session lasts and where its cookie is sent."""
    app.config.from_mapping(
        PERMANENT_SESSION_LIFETIME=timedelta(seconds=lifetime_s),
        # The life of a session counts from signing in, however much it is used.
        SESSION_REFRESH_EACH_REQUEST=False,
        SESSION_COOKIE_NAME="piigate_session",
        SESSION_COOKIE_HTTPONLY=True,
        # Lax, not Strict: a link to the dashboard in a chat must work. Whatever changes something
        # is a POST, which also has to be of the same origin.
        SESSION_COOKIE_SAMESITE="Lax",
    )
    app.session_interface = _Sessions()
    app.register_blueprint(bp)


@bp.get("/login")
def show() -> Response:
    """Return the page."""
    return _page()


@bp.post("/login")
def sign_in() -> BaseResponse:
    """Begin a session with the token in the form, and go on to where the visitor wanted."""
    require_same_origin()
    record = services().tokens.find(request.form.get("token", "").strip())
    if record is None:
        response = _page(error="wrong", status=401)
        response.headers["WWW-Authenticate"] = 'Bearer realm="piigate"'
        return response
    _begin(record)
    return redirect(_next() or _home(record), code=303)


@bp.post("/logout")
def sign_out() -> BaseResponse:
    """End the session."""
    require_same_origin()
    session.clear()
    return redirect(url_for("login.show"), code=303)


def signed_in() -> Caller | None:
    """Return whose session the request belongs to, if its token is still valid."""
    record = services().tokens.named(
        session.get("token", ""), fingerprint=session.get("fingerprint", "")
    )
    return None if record is None else Caller.of(record)


def ask(*scopes: Scope) -> BaseResponse:
    """Send a visitor to the page, or say there that the token lacks these scopes."""
    here = request.script_root + request.full_path.removesuffix("?")
    if signed_in() is None:
        return redirect(url_for("login.show", next=here), code=303)
    return _page(error="scope", status=403, scopes=scopes, target=here)


def _begin(record: TokenRecord) -> None:
    note(caller=record.name)
    session.clear()
    session.permanent = True
    session["token"] = record.name
    session["fingerprint"] = record.fingerprint
    # Made now, since a session that is changed later would begin to count its life anew.
    generate_csrf()


def _next() -> str:
    """Return the page of ours that the visitor wanted, or nothing."""
    target = request.values.get("next", "")
    return target if _LOCAL_PATH.fullmatch(target) else ""


def _home(record: TokenRecord) -> str:
    """Return the first page that a token opens."""
    is_operator = not record.scopes.isdisjoint(OPERATORS)
    return url_for("console.overview" if is_operator else "rq_dashboard.queues_overview")


def _page(
    error: str | None = None,
    *,
    status: int = 200,
    scopes: tuple[Scope, ...] = (),
    target: str | None = None,
) -> Response:
    language = language_of(request)
    page = render_template(
        "login.html",
        error=error,
        language=language,
        next=target or _next(),
        scopes=scopes,
        texts=TEXTS[language],
        who=signed_in(),
    )
    response = make_response(page, status)
    mark(response, language)
    return response
