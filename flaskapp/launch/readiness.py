"""Whether the gateway answers that it is ready. Knows only its URL."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable

from flaskapp.launch.errors import NotReady

_PAUSE_S = 0.05
# A proxy from the environment must not stand between us and our own machine.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def wait_until_ready(url: str, *, timeout_s: float, go_on: Callable[[], bool]) -> bool:
    """Return True once ``url`` answers 200, False as soon as ``go_on`` says no.

    Raises NotReady after ``timeout_s`` seconds.
    """
    deadline = time.monotonic() + timeout_s
    reason = "nothing listens"
    while go_on():
        try:
            with _opener.open(url, timeout=2):
                return True
        except urllib.error.HTTPError as answer:
            reason = f"it answers {answer.code}: {_failed_checks(answer)}"
        except OSError:
            pass
        if time.monotonic() > deadline:
            raise NotReady(seconds=timeout_s, reason=reason)
        time.sleep(_PAUSE_S)
    return False


def _failed_checks(answer: urllib.error.HTTPError) -> str:
    """Return what is not ready."""
    try:
        checks = json.load(answer)["checks"]
    except (ValueError, LookupError, TypeError, OSError):
        return "somebody else's server?"
    return ", ".join(name for name, state in checks.items() if state != "ok")
