"""What RQ packs with zlib, unpacked no further than it can be long. Knows no keys and no tasks.

RQ unpacks whatever it finds, and a thousandth of a text may be all that is stored of it: who can
write to Redis could fill a process with it before any seal is looked at.
"""

import zlib
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

import rq.job
import rq.results

from tasks.errors import NotJson, SealBroken

_LONGEST_FAILURE = 1 << 20
"""In bytes: a failure is one line for each frame, of which there are about a thousand."""

_LONGER_UNPACKED = 64
"""By how many bytes a sealed text may exceed what it was packed to: it is as good as random."""


def unpacked(packed: bytes, *, max_bytes: int) -> bytes | None:
    """Return what was packed; None when it is longer, and for what was not packed."""
    unpacking = zlib.decompressobj()
    try:
        text = unpacking.decompress(packed, max_bytes + 1)
    except zlib.error:
        return None
    return text if unpacking.eof and len(text) <= max_bytes else None


def failure_of(result: Mapping[bytes, bytes]) -> str | None:
    """Return the failure that a result's fields hold, or None; raises SealBroken."""
    packed = result.get(b"exc_string")
    if not packed:
        return None
    try:
        text = unpacked(b64decode(packed), max_bytes=_LONGEST_FAILURE)
        if text is not None:
            return text.decode()
    except ValueError:
        pass
    raise SealBroken


class Result(rq.results.Result):
    """How a job ended."""

    @classmethod
    def restore(
        cls,
        job_id: str,
        result_id: str,
        payload: Mapping[bytes, bytes],
        connection: Any,
        serializer: Any = None,
    ) -> rq.results.Result:
        """Return what was stored; raises SealBroken for what RQ stores otherwise."""
        failure = failure_of(payload)
        rest = {name: value for name, value in payload.items() if name != b"exc_string"}
        try:
            result = super().restore(job_id, result_id, rest, connection, serializer)
        except (KeyError, ValueError, OverflowError, NotJson):
            raise SealBroken from None
        result.exc_string = failure
        return result


class PackedJob(rq.job.Job):
    """RQ's job, which packs nothing itself, and reads what others packed as far as it is sealed."""

    def restore(self, raw_data: Any) -> None:
        """Read the job; a call that is longer than sealed ones can be stays as it is stored.

        A failure that stands here, where RQ has stored none for years, is passed over.
        """
        stored = raw_data.get(b"data")
        if stored is None:
            super().restore(raw_data)  # RQ says that this is no job.
            return
        super().restore({**raw_data, b"data": b"", b"exc_info": b""})
        self.data = unpacked(stored, max_bytes=len(stored) + _LONGER_UNPACKED) or stored

    def to_dict(self, include_meta: bool = True, include_result: bool = True) -> dict[str, Any]:  # noqa: ARG002
        """Return what is stored of the job: never its result, which has a place of its own.

        RQ packs an empty call here, as sealed bytes do not become smaller.
        """
        sealed, self._data = self.data, b""
        try:
            stored = super().to_dict(include_meta, include_result=False)
        finally:
            self._data = sealed
        return {**stored, "data": sealed}

    def latest_result(self, timeout: int = 0) -> rq.results.Result | None:
        """Return how the job ended last, or None; raises SealBroken."""
        return Result.fetch_latest(self, serializer=self.serializer, timeout=timeout)

    def results(self) -> list[rq.results.Result]:
        """Return how the job ended, last first; raises SealBroken."""
        results: list[rq.results.Result] = Result.all(self, serializer=self.serializer)
        return results
