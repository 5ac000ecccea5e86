"""An alert on its way to those who record it and tell of it: bytes that begin with its id.

With the alert recorded already, the id is all there is; else alert and payload follow, sealed.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from alerting.alert import Alert
from alerting.finding import Finding, JsonValue
from alerting.json_text import json_text
from alerting.records.making import Seal

Open = Callable[[bytes, tuple[str | None, ...]], bytes]
"""Opens bytes that were sealed for a context, and raises for all others."""

_ID_BYTES = 32


def mention(alert: Alert, _payload: JsonValue) -> bytes:
    """Return the entry of an alert that is recorded."""
    return alert.id.encode("ascii")


def packer(seal: Seal) -> Callable[[Alert, JsonValue], bytes]:
    """Return what makes the entry of an alert that is still to be recorded."""

    def pack(alert: Alert, payload: JsonValue) -> bytes:
        known: list[JsonValue] = [
            alert.recorded_at.isoformat(),
            [[*one[:-1], [*one.place]] for one in alert.findings],
            alert.caller,
            alert.task,
            alert.request_id,
            alert.job_id,
            alert.is_partial,
        ]
        text = json_text([known, payload])[0]
        return alert.id.encode("ascii") + seal(text, _context(alert.id))

    return pack


def alert_id(entry: bytes) -> str:
    """Return the id of an entry's alert."""
    return entry[:_ID_BYTES].decode("ascii", "replace")


def is_recorded(entry: bytes) -> bool:
    """Tell whether an entry's alert is recorded already."""
    return len(entry) <= _ID_BYTES


def unpack(entry: bytes, open_seal: Open) -> tuple[Alert, JsonValue]:
    """Return the alert and the payload of an entry; raises what opening raises."""
    id_ = alert_id(entry)
    text = open_seal(entry[_ID_BYTES:], _context(id_))
    known, payload = loads(text)
    recorded_at, findings, caller, task, request_id, job_id, is_partial = known
    alert = Alert(
        id=id_,
        recorded_at=datetime.fromisoformat(recorded_at),
        findings=tuple(map(_finding, findings)),
        caller=caller,
        task=task,
        request_id=request_id,
        job_id=job_id,
        is_partial=is_partial,
    )
    return alert, payload


def _finding(members: list[Any]) -> Finding:
    *others, place = members
    others.append(tuple(place))
    return Finding(*others)


def _context(id_: str) -> tuple[str, ...]:
    return ("alert entry", id_)


def loads(text: bytes) -> Any:
    """Return the value of a text that :func:`json_text` wrote; orjson would round long integers."""
    return json.loads(text.decode("utf-8", "surrogatepass"))
