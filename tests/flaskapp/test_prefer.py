"""The preferences of RFC 7240."""

import pytest
from werkzeug.datastructures import Headers

from flaskapp.prefer import waiting


@pytest.mark.parametrize(
    ("prefer", "seconds", "applied"),
    [
        ([], 30, None),
        (["respond-async"], 0, "respond-async"),
        (["wait=7"], 7, "wait=7"),
        (['wait="7"'], 7, "wait=7"),
        (["Wait = 7"], 7, "wait=7"),
        (["wait=0"], 0, "wait=0"),
        (["wait=7;strict"], 7, "wait=7"),
        (["respond-async, wait=7"], 7, "respond-async, wait=7"),
        (["respond-async", "wait=7"], 7, "respond-async, wait=7"),
        (["wait=7, wait=9"], 7, "wait=7"),
        (["wait=1000"], 60, "wait=60"),
        (["return=minimal, handling=strict"], 30, None),
        (["wait"], 30, None),
        (["wait=-1"], 30, None),
        (["wait=1.5"], 1.5, "wait=1.5"),
        (["wait=0.250"], 0.25, "wait=0.25"),
        (["wait=2.0"], 2, "wait=2"),
        (["wait=.5"], 30, None),
        (["wait=1e1"], 30, None),
        (["wait=inf"], 30, None),
        (["wait=٣"], 30, None),
        (["wait=" + "9" * 5000], 30, None),
        ([",;=,"], 30, None),
    ],
)
def test_waiting(prefer: list[str], seconds: float, applied: str | None) -> None:
    """What is asked for is followed up to the limit; what is not understood is ignored."""
    headers = Headers([("Prefer", value) for value in prefer])
    wait = waiting(headers, default_s=30, max_s=60)
    assert wait.seconds == seconds
    assert wait.applied.get("Preference-Applied") == applied


@pytest.mark.parametrize(
    ("prefer", "is_async"),
    [
        ([], False),
        (["wait=7"], False),
        (["wait=0"], True),
        (["respond-async"], True),
        (["respond-async, wait=7"], True),
    ],
)
def test_who_takes_an_address_for_an_answer(prefer: list[str], is_async: bool) -> None:
    """A request that does not wait, or says so, need not be answered with its result."""
    headers = Headers([("Prefer", value) for value in prefer])
    assert waiting(headers, default_s=30, max_s=60).is_async is is_async
