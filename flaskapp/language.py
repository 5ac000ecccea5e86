"""Which language a visitor reads. Knows no words.

A choice is kept in a cookie of its own: the session's would begin to count its life anew.
"""

from flask import Request
from werkzeug.wrappers import Response

LANGUAGES = {"en": "English", "uk": "Українська"}
_COOKIE = "piigate_language"
_YEAR_S = 365 * 24 * 3600


def language_of(request: Request) -> str:
    """Return the language that was chosen, else the visitor's first that we speak."""
    chosen = request.cookies.get(_COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    wanted = (tag.partition("-")[0].lower() for tag in request.accept_languages.values())
    return next((language for language in wanted if language in LANGUAGES), "en")


def choose(response: Response, language: str, *, is_secure: bool) -> None:
    """Keep the choice of a language in the visitor's browser."""
    response.set_cookie(
        _COOKIE, language, max_age=_YEAR_S, httponly=True, samesite="Lax", secure=is_secure
    )


def mark(response: Response, language: str) -> None:
    """Say which language an answer is in, and what that hangs on."""
    response.content_language.add(language)
    response.vary.update(("Accept-Language", "Cookie"))
