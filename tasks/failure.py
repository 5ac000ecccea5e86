"""What may be kept of an exception: its type and where it was raised, never what it says.

Messages and arguments of exceptions quote values all too often. Knows neither RQ nor Redis.
"""

import traceback


def describe(error: BaseException) -> str:
    """Return the exception's type on the first line, then its frames, one line each."""
    kind = type(error)
    frames = (
        f"{frame.filename}:{frame.lineno} in {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    )
    return "\n  ".join((f"{kind.__module__}.{kind.__qualname__}", *frames))


def reason(failure: str) -> str:
    """Return the first line of a failure: the type alone."""
    return failure.partition("\n")[0]
