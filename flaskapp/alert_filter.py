"""Which alerts a query asks for, in the same words for programs and people.

Knows neither pages nor the database.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from alerting.records.record import Filter, Severity, State
from flaskapp.problems import Problem

_MOST_CHARACTERS = 200
_CURSOR = re.compile(r"[0-9]{1,19}")
# The largest number that a column of the database can hold.
_LAST = 2**63 - 1
_LIMIT = re.compile(r"[0-9]{1,6}")


def wanted(args: Mapping[str, str]) -> Filter:
    """Return the filter of a query; a parameter that is left blank takes all.

    The parameters are `kind`, `severity`, `state`, `caller`, `task`, `incident`, `since`, `until`
    and `text`. Raises the problem `invalid-parameter`.
    """
    return Filter(
        kind=_text(args, "kind"),
        severity=_severity(args),
        state=_state(args),
        caller=_text(args, "caller"),
        task=_text(args, "task"),
        incident_id=_text(args, "incident"),
        since=_moment(args, "since"),
        until=_moment(args, "until"),
        text=_text(args, "text"),
    )


def before(args: Mapping[str, str]) -> int | None:
    """Return where the page begins, in `before`; raises the problem `invalid-parameter`."""
    text = _text(args, "before")
    if text is None:
        return None
    if not _CURSOR.fullmatch(text) or int(text) > _LAST:
        raise _refusal("before", "the `next` of a page")
    return int(text)


def limit(args: Mapping[str, str], *, default: int, most: int) -> int:
    """Return how many a page shall have, in `limit`; raises the problem `invalid-parameter`."""
    text = _text(args, "limit")
    if text is None:
        return default
    if not _LIMIT.fullmatch(text) or not 1 <= int(text) <= most:
        raise _refusal("limit", f"a number from 1 to {most}")
    return int(text)


def _text(args: Mapping[str, str], name: str) -> str | None:
    """Return a parameter without blanks around it, None where nothing is left of it."""
    text = args.get(name, "").strip()
    if len(text) > _MOST_CHARACTERS:
        raise _refusal(name, f"at most {_MOST_CHARACTERS} characters")
    if "\x00" in text:  # PostgreSQL has no texts with it
        raise _refusal(name, "a text without NUL")
    return text or None


def _severity(args: Mapping[str, str]) -> Severity | None:
    word = _text(args, "severity")
    if word is None:
        return None
    for severity in Severity:
        if severity.word == word:
            return severity
    raise _refusal("severity", _one_of(severity.word for severity in Severity))


def _state(args: Mapping[str, str]) -> State | None:
    word = _text(args, "state")
    if word is None:
        return None
    try:
        return State(word)
    except ValueError:
        raise _refusal("state", _one_of(State)) from None


def _moment(args: Mapping[str, str], name: str) -> datetime | None:
    """Return a moment in UTC; one without an offset, or a day alone, is meant in UTC."""
    text = _text(args, name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            return moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _refusal(name, "a time like `2026-05-09T13:58Z` or a day") from None


def _one_of(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _refusal(name: str, takes: str) -> Problem:
    return Problem("invalid-parameter", f"`{name}` takes {takes}.", members={"parameter": name})
