"""An application for gunicorn: it answers after a while, and may want to end its process."""

import os
import sys
import time
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment


def app(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    """Answer with its process or ok, after a second or not at all, as the path says."""
    if environ["PATH_INFO"] == "/exit":
        sys.exit(1)
    if environ["PATH_INFO"] == "/slow":
        time.sleep(1)
    text = str(os.getpid()).encode() if environ["PATH_INFO"] == "/pid" else b"ok"
    start("200 OK", [("Content-Length", str(len(text)))])
    return [text]
