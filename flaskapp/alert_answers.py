"""How alerts, incidents and counts look in an answer. Knows no views; shows no value."""

from datetime import UTC, datetime

from alerting.records.record import Event, Incident, Ranking, Record, Stats
from flaskapp.answers import finding_json


def record_json(record: Record) -> dict[str, object]:
    """Return an alert as an answer shows it; each finding with the digest of its value."""
    alert = record.alert
    found = zip(alert.findings, record.digests, strict=True)
    return {
        "alert_id": alert.id,
        "recorded_at": moment(alert.recorded_at),
        "state": record.state.value,
        "severity": record.severity.word,
        "kinds": list(alert.kinds),
        "caller": alert.caller,
        "task": alert.task,
        "job_id": alert.job_id,
        "request_id": alert.request_id,
        "incident_id": record.incident_id,
        "scan": "partial" if alert.is_partial else "complete",
        "findings": [{**finding_json(one), "digest": digest} for one, digest in found],
        "excerpt": record.excerpt,
    }


def event_json(event: Event) -> dict[str, object]:
    """Return what somebody did with an alert."""
    return {
        "at": moment(event.at),
        "who": event.who,
        "action": event.action.value,
        "comment": event.text,
    }


def incident_json(incident: Incident) -> dict[str, object]:
    """Return an incident as an answer shows it."""
    return {
        "incident_id": incident.id,
        "severity": incident.severity.word,
        "kinds": list(incident.kinds),
        "pointers": list(incident.pointers),
        "caller": incident.caller,
        "first_seen": moment(incident.first_seen),
        "last_seen": moment(incident.last_seen),
        "count": incident.count,
        "open": incident.open,
    }


def stats_json(stats: Stats) -> dict[str, object]:
    """Return counts as an answer shows them."""
    return {
        "total": stats.total,
        "states": {state.value: count for state, count in stats.states.items()},
        "severities": {one.word: count for one, count in stats.severities.items()},
        "kinds": _ranking(stats.kinds),
        "callers": _ranking(stats.callers),
        "tasks": _ranking(stats.tasks),
        "pointers": _ranking(stats.pointers),
        "bucket_s": int(stats.bucket.total_seconds()),
        "over_time": [
            {"start": moment(start), "kind": kind, "count": count}
            for start, kind, count in stats.over_time
        ],
    }


def moment(when: datetime) -> str:
    """Return a moment in UTC as RFC 3339 writes it."""
    return when.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _ranking(ranking: Ranking) -> list[dict[str, object]]:
    return [{"value": value, "count": count} for value, count in ranking]
