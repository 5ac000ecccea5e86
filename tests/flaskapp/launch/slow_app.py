"""An application for gunicorn: it answers after a while, and may want to end its process."""

import sys
import time
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment


def app(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    """Answer, after a second or not at all, as the path says."""
    if environ["PATH_INFO"] == "/exit":
        sys.exit(1)
    if environ["PATH_INFO"] == "/slow":
        time.sleep(1)
    start("200 OK", [("Content-Length", "2")])
    return [b"ok"]
