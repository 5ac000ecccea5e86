"""Tests of what is told of a job that has ended."""

import pytest

from alerting.finding import JsonValue
from tasks.announcement import Announcement
from tasks.envelope import Envelope
from tasks.job_state import JobState, JobStatus
from tasks.sealing import KeyRing, parse_keys

KEYS = KeyRing(parse_keys("1" * 64))
ENVELOPE = Envelope(job_id="job", task="echo", caller="me", request_id="r1", deadline=None)


def told(result: JsonValue, *, envelope: Envelope = ENVELOPE) -> bytes:
    """Return what is told of a job that finished with this result."""
    sealed = envelope.seal_result(result, keys=KEYS)
    return Announcement.of_result(envelope, sealed).written()


@pytest.mark.parametrize("result", [None, "a\nb", {"lines": ["\n", "\r\n"]}, "x" * 4000])
def test_small_result_is_told(result: JsonValue) -> None:
    """What is told of a job with a small result is all of its state."""
    state = Announcement.read(told(result)).state(keys=KEYS)

    assert state == JobState(
        id="job",
        task="echo",
        caller="me",
        request_id="r1",
        status=JobStatus.FINISHED,
        result=result,
    )


def test_large_result_is_left_to_be_read() -> None:
    """Of a large result only the id of its job is told."""
    assert told("x" * 10_000) == b"job"


@pytest.mark.parametrize(
    "forged",
    [
        b"job",
        b"job\n\n",
        b"job\n{}\nnot sealed",
        b"\xff\n\xff\n\xff",
        told(1).replace(b'"me"', b'"you"'),
        told(1).replace(b"job", b"bob"),
        told(1)[:-1],
        told(1).replace(b"{", b""),
    ],
)
def test_what_is_not_ours_has_to_be_looked_up(forged: bytes) -> None:
    """Whatever was not sealed for this job, task, caller and request says nothing."""
    assert Announcement.read(forged).state(keys=KEYS) is None
