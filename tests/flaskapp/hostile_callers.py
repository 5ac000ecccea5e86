"""Requests of callers whom the gateway does not know, or who may not do what they ask for."""

from tests.flaskapp.conftest import token_of
from tests.flaskapp.hostile import EMAIL, Hostile
from tests.flaskapp.hostile_payloads import BODY

UNAUTHORIZED = [
    Hostile(
        name=f"authorization {given[:40]!r}",
        status=401,
        slug="unauthorized",
        body=BODY,
        caller=None,
        headers={"Authorization": given} if given else {},
    )
    for given in (
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        f"Bearer {EMAIL}",
        "Bearer " + "x" * 5000,
        f"Bearer {token_of('alice')}x",
        f"Bearer {token_of('alice')[:-1]}",
        f"Bearer {token_of('alice')} {token_of('alice')}",
        f"Basic {token_of('alice')}",
        "Basic YWxpY2U6cGFzc3dvcmQ=",
        "Basic %%%",
        f"Token {token_of('alice')}",
        token_of("alice"),
        "Bearer \u00e9\u00e9",
        'Digest username="x"',
    )
] + [
    Hostile(
        name=f"no token for {path}",
        status=401,
        slug="unauthorized",
        method=method,
        path=path,
        caller=None,
    )
    for method, path in (
        ("GET", "/tasks"),
        ("POST", "/scan"),
        ("POST", "/run/echo"),
        ("POST", f"/run/{EMAIL}"),
        ("GET", "/jobs/1"),
        ("GET", f"/jobs/{EMAIL}?wait=x"),
        ("DELETE", f"/jobs/{EMAIL}"),
        ("GET", f"/jobs/{EMAIL}/events"),
    )
]

FORBIDDEN = [
    Hostile(
        name=f"scope for {path}",
        status=403,
        slug="forbidden",
        method=method,
        path=path,
        caller="reviewer",
    )
    for method, path in (("POST", "/run"), ("POST", "/scan"), ("GET", "/tasks"), ("GET", "/jobs/1"))
]
