"""Review of alerts by programs: lists, single alerts and incidents, what is done with them, counts.

Knows the store of records; knows neither pages for people nor how alerts come about.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for

from alerting.errors import AlertChanged
from alerting.records.record import LONGEST_COMMENT, Action, Incident
from flaskapp import alert_filter
from flaskapp import payload as payloads
from flaskapp.alert_answers import (
    event_json,
    incident_json,
    record_json,
    stats_json,
)
from flaskapp.alert_exports import EXPORTS
from flaskapp.auth import caller, require
from flaskapp.problems import Problem
from flaskapp.services import Services, services

bp = Blueprint("alerts", __name__)

_PAGE, _MOST = 50, 500
_ACTIONS = "any(acknowledge, resolve, reopen, comment)"


@bp.get("/alerts")
@require("alerts", "admin")
def alerts() -> Response:
    """Return a page of the alerts that the query asks for, newest first."""
    page = services().records.page(
        alert_filter.wanted(request.args),
        before=alert_filter.before(request.args),
        limit=alert_filter.limit(request.args, default=_PAGE, most=_MOST),
    )
    return _page("alerts", [record_json(record) for record in page.records], page.next)


@bp.get("/alerts/<alert_id>")
@require("alerts", "admin")
def alert(alert_id: str) -> Response:
    """Return an alert and what was done with it; its ETag changes with everything that is done."""
    records = services().records
    record, history = records.get(alert_id), records.history(alert_id)
    answer = jsonify({**record_json(record), "history": [event_json(event) for event in history]})
    answer.set_etag(str(record.version))
    return answer


@bp.post(f"/alerts/<alert_id>/<{_ACTIONS}:action>")
@require("alerts", "admin")
def act(alert_id: str, action: str) -> Response:
    """Do something with an alert; with `If-Match` only if nothing was done since."""
    gate = services()
    record = gate.records.act(
        alert_id,
        Action(action),
        who=caller().name,
        text=_text(gate, Action(action)),
        version=_matched(lambda: gate.records.get(alert_id).version),
    )
    answer = jsonify(record_json(record))
    answer.set_etag(str(record.version))
    return answer


@bp.get("/alerts.csv", defaults={"form": "csv"})
@bp.get("/alerts.ndjson", defaults={"form": "ndjson"})
@require("alerts", "admin")
def export(form: str) -> Response:
    """Return all alerts that the query asks for, as a stream of lines."""
    export = EXPORTS[form]
    found = services().records.every(alert_filter.wanted(request.args))
    answer = Response(export.begun_lines(found), mimetype=export.media_type)
    answer.headers["Content-Disposition"] = f"attachment; filename=alerts.{form}"
    return answer


@bp.get("/alerts/stats")
@require("alerts", "admin")
def stats() -> dict[str, object]:
    """Return counts of the alerts of a span of time; without one, of the last day."""
    asked = alert_filter.wanted(request.args)
    until = asked.until or datetime.now(UTC)
    since = asked.since or until - timedelta(days=1)
    if since >= until:
        raise Problem("invalid-parameter", "`since` takes a time before `until`.")
    return stats_json(services().records.stats(since=since, until=until))


@bp.get("/incidents")
@require("alerts", "admin")
def incidents() -> Response:
    """Return a page of the incidents, newest first."""
    page = services().records.incidents(
        before=alert_filter.before(request.args),
        limit=alert_filter.limit(request.args, default=_PAGE, most=_MOST),
    )
    return _page("incidents", [incident_json(one) for one in page.incidents], page.next)


@bp.get("/incidents/<incident_id>")
@require("alerts", "admin")
def incident(incident_id: str) -> Response:
    """Return an incident; its ETag changes with everything that is done with its alerts."""
    return _incident(services().records.incident(incident_id))


@bp.post(f"/incidents/<incident_id>/<{_ACTIONS}:action>")
@require("alerts", "admin")
def act_on_incident(incident_id: str, action: str) -> Response:
    """Do something with those of an incident's alerts whose state it leads on from.

    With `If-Match` only if nothing was done with any of them since.
    """
    gate = services()
    count = gate.records.act_on_incident(
        incident_id,
        Action(action),
        who=caller().name,
        text=_text(gate, Action(action)),
        version=_matched(lambda: gate.records.incident(incident_id).version),
    )
    return _incident(gate.records.incident(incident_id), changed=count)


def _incident(incident: Incident, **members: object) -> Response:
    answer = jsonify({**incident_json(incident), **members})
    answer.set_etag(str(incident.version))
    return answer


def _page(name: str, members: list[dict[str, object]], following: int | None) -> Response:
    """Return a page with where the next begins: as a text, as not every client has such numbers."""
    cursor = None if following is None else str(following)
    answer = jsonify({name: members, "next": cursor})
    if cursor is not None:
        query: dict[str, Any] = {**request.args, "before": cursor}
        answer.headers["Link"] = f'<{url_for(f"alerts.{name}", **query)}>; rel="next"'
    return answer


def _text(gate: Services, action: Action) -> str:
    """Return the member `comment` of the body, which a comment cannot do without."""
    body = payloads.read(request, gate.settings)
    text = body.get("comment", "") if isinstance(body, dict) else None
    if not isinstance(text, str) or len(text) > LONGEST_COMMENT:
        takes = f"`comment` takes a text of at most {LONGEST_COMMENT} characters."
        raise Problem("invalid-payload", takes)
    text = text.strip()
    if action is Action.COMMENT and not text:
        raise Problem("invalid-payload", "A comment needs a text as `comment`.")
    return text


def _matched(version_now: Callable[[], int]) -> int | None:
    """Return the version that what is acted on must still have; raises AlertChanged."""
    if "If-Match" not in request.headers or request.if_match.star_tag:
        return None
    version = version_now()
    if not request.if_match.contains(str(version)):
        raise AlertChanged
    return version
