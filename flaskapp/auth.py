"""Who is calling, by bearer token (RFC 6750). Knows no session: see ``flaskapp/login.py``."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn, ParamSpec, Self, TypeVar, cast

from flask_httpauth import HTTPTokenAuth

from flaskapp.problems import Problem
from flaskapp.request_log import note
from flaskapp.services import services
from flaskapp.token_record import Scope, TokenRecord

_P = ParamSpec("_P")
_R = TypeVar("_R")


class _TokenAuth(HTTPTokenAuth):  # type: ignore[misc] # Flask-HTTPAuth has no types
    """Flask-HTTPAuth without a look at each view for whether it is a coroutine."""

    def ensure_sync(self, view: Callable[_P, _R]) -> Callable[_P, _R]:
        """Return the view: none of ours is a coroutine."""
        return view


auth = _TokenAuth("Bearer", realm="piigate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who a token belongs to, and what it opens."""

    name: str
    scopes: frozenset[Scope]

    @classmethod
    def of(cls, record: TokenRecord) -> Self:
        """Return whom the token belongs to, noted for the request's line in the log."""
        note(caller=record.name)
        return cls(name=record.name, scopes=record.scopes)


def require(*scopes: Scope) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Let a view be called only with a token that has one of these scopes.

    Without a valid token the answer is the problem `unauthorized`, without a scope `forbidden`.
    """

    def protect(view: Callable[_P, _R]) -> Callable[_P, _R]:
        @functools.wraps(view)
        def scoped(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            check_scope(caller(), *scopes)
            return view(*args, **kwargs)

        return cast("Callable[_P, _R]", auth.login_required(scoped))

    return protect


def caller() -> Caller:
    """Return who calls the current view, one under :func:`require`."""
    return cast("Caller | None", auth.current_user()) or refuse()


def check_scope(who: Caller, *scopes: Scope) -> None:
    """Return when the caller has one of the scopes; raises the problem `forbidden`."""
    if who.scopes.isdisjoint(scopes):
        wanted = " ".join(scopes)
        challenge = f'{auth.authenticate_header()}, error="insufficient_scope", scope="{wanted}"'
        raise Problem(
            "forbidden",
            f"Use a token with the scope {' or '.join(f'`{scope}`' for scope in scopes)}.",
            headers={"WWW-Authenticate": challenge},
        )


def refuse() -> NoReturn:
    """Raise the problem `unauthorized`; it says whether a token was sent (RFC 6750, 3.1)."""
    challenge = auth.authenticate_header()
    if getattr(auth.get_auth(), "token", None):
        challenge += ', error="invalid_token"'
    raise Problem("unauthorized", headers={"WWW-Authenticate": challenge})


@auth.verify_token  # type: ignore[untyped-decorator] # Flask-HTTPAuth has no types
def _verify(token: str) -> Caller | None:
    record = services().tokens.find(token)
    return None if record is None else Caller.of(record)


@auth.error_handler  # type: ignore[untyped-decorator]
def _fail() -> NoReturn:
    refuse()
