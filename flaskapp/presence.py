"""Whether both ends of a request stay: its client, and the process that serves it."""

import socket
import ssl
from collections.abc import Callable
from wsgiref.types import WSGIEnvironment

IS_STOPPING = "piigate.is_stopping"
"""Where our gunicorn worker says whether it wants to stop."""

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


def watch_server(environ: WSGIEnvironment) -> Callable[[], bool]:
    """Return a function that says whether the process wants to stop."""
    is_stopping: Callable[[], bool] = environ.get(IS_STOPPING, lambda: False)
    return is_stopping


def _has_left(client: socket.socket) -> bool:
    try:
        return client.recv(1, _LOOK) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
