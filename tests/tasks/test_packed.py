"""What RQ packs is unpacked as far as it can be long, and no further."""

import tracemalloc
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from redis import Redis

from tasks.errors import SealBroken
from tasks.job import Job
from tasks.packed import Result, unpacked
from tasks.sealing import Key, KeyRing
from tasks.serializer import Serializer

KEYS = KeyRing([Key.of(bytes(32))])
UNREACHABLE = Redis(port=1)


def packed_zeros(*, mebibytes: int) -> bytes:
    """Return what takes a thousand times as much memory once it is unpacked."""
    packing = zlib.compressobj()
    zeros = bytes(1 << 20)
    return b"".join((*(packing.compress(zeros) for _ in range(mebibytes)), packing.flush()))


BOMB = packed_zeros(mebibytes=16)


@contextmanager
def little_memory() -> Iterator[None]:
    """Fail when far more memory than the bomb takes packed is allocated meanwhile."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 << 20


def restored(**fields: bytes) -> Job:
    """Return a job of these fields."""
    job = Job("a-job", connection=UNREACHABLE, serializer=Serializer)
    job.restore({name.encode(): value for name, value in fields.items()})
    return job


def restored_result(**fields: bytes) -> Any:
    """Return a result of these fields."""
    stored = {b"type": b"2"} | {name.encode(): value for name, value in fields.items()}
    return Result.restore("a-job", "1-0", stored, UNREACHABLE, Serializer)


@pytest.mark.parametrize("max_bytes", [5, 6])
def test_text_is_unpacked_as_far_as_it_may_be_long(max_bytes: int) -> None:
    """What is as long as it may be comes back whole."""
    assert unpacked(zlib.compress(b"a" * 5), max_bytes=max_bytes) == b"a" * 5


@pytest.mark.parametrize(
    "packed", [zlib.compress(b"a" * 6), zlib.compress(b"a" * 5)[:-1], b"aaaaa", b""]
)
def test_what_is_longer_cut_or_not_packed_is_none(packed: bytes) -> None:
    """Nothing comes of what was not packed, or is longer than it may be."""
    assert unpacked(packed, max_bytes=5) is None


@pytest.mark.parametrize("length", [1, 100, 10_000, 1_000_000])
def test_sealed_call_is_read_packed_and_not(length: int) -> None:
    """A call is the same whether it is stored as it is, or packed as RQ's own class does it."""
    sealed = KEYS.seal(b"a" * length, ("call",))

    assert restored(data=sealed).data == sealed
    assert restored(data=zlib.compress(sealed)).data == sealed


@pytest.mark.parametrize(
    "read",
    [
        lambda: restored(data=BOMB),
        lambda: restored(data=zlib.compress(BOMB)),
        lambda: restored(data=b"", exc_info=BOMB),
        lambda: restored(data=b"", meta=BOMB),
        lambda: restored(data=b"", result=BOMB),
    ],
    ids=["call", "call packed twice", "failure", "meta", "result"],
)
def test_job_takes_no_more_memory_than_is_stored(read: Callable[[], Job]) -> None:
    """No field of a job fills the memory of whoever reads it; what is no call stays none."""
    with little_memory():
        job = read()
        with pytest.raises(SealBroken):
            _ = job.args
    assert job.is_forged


@pytest.mark.parametrize(
    "fields",
    [
        {"exc_string": b64encode(BOMB)},
        {"return_value": b64encode(BOMB)},
        {"exc_string": b64encode(BOMB[:-4])},
        {"exc_string": b64encode(zlib.compress(b"\xff"))},
    ],
    ids=["long failure", "long value", "cut failure", "failure that is no text"],
)
def test_result_takes_no_more_memory_than_is_stored(fields: dict[str, bytes]) -> None:
    """A result that RQ cannot have stored is refused before it is unpacked whole."""
    with little_memory(), pytest.raises(SealBroken):
        restored_result(**fields)


def test_failure_is_read_as_it_was_stored() -> None:
    """A failure of ten thousand frames comes back as it was."""
    failure = "\n".join(f"/srv/tasks/deep.py:{line} in deep" for line in range(10_000))

    packed = b64encode(zlib.compress(failure.encode()))

    assert restored_result(exc_string=packed).exc_string == failure
    assert restored_result().exc_string is None
