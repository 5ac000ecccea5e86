"""Whether the client of a request is still there. Knows gunicorn's place for its socket."""

import socket
import ssl
from collections.abc import Callable
from wsgiref.types import WSGIEnvironment

_LOOK = socket.MSG_PEEK | socket.MSG_DONTWAIT


def watch_client(environ: WSGIEnvironment) -> Callable[[], bool]:
    """Return a function that says whether the client has left.

    A client that only closed its sending side has left as well: it asks for no more, and nothing
    tells it from one that is gone. Without a plain socket to look at, nobody ever leaves.
    """
    client = environ.get("gunicorn.socket")
    if not isinstance(client, socket.socket) or isinstance(client, ssl.SSLSocket):
        return lambda: False
    return lambda: _has_left(client)


def _has_left(client: socket.socket) -> bool:
    try:
        return client.recv(1, _LOOK) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
