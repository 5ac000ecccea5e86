"""Incidents: alerts that belong together, and what operators do with all of them at once."""

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from alerting.errors import AlertChanged
from alerting.records.record import Filter, IncidentPage
from flaskapp import alert_filter
from flaskapp.console.access import operator
from flaskapp.console.actions import action_of, comment_of, done
from flaskapp.console.pages import page
from flaskapp.services import services

_PAGE = 50


def add(bp: Blueprint) -> None:
    """Add the pages."""
    bp.add_url_rule("/incidents", "incidents", listed)
    bp.add_url_rule("/incidents/<incident_id>", "incident", shown)
    bp.add_url_rule("/incidents/<incident_id>", "act_on_incident", act, methods=["POST"])


def listed() -> Response:
    """Return a page of the incidents, newest first."""
    before = alert_filter.before(request.args)
    found: IncidentPage = services().records.incidents(before=before, limit=_PAGE)
    return page("incidents.html", found=found, is_first=before is None)


def shown(incident_id: str) -> Response:
    """Return the page of an incident, with a page of its alerts."""
    return _incident_page(incident_id)


def _incident_page(incident_id: str, *, is_changed: bool = False) -> Response:
    records = services().records
    before = alert_filter.before(request.args)
    return page(
        "incident.html",
        status=409 if is_changed else 200,
        done=done(request.args),
        found=records.page(Filter(incident_id=incident_id), before=before, limit=_PAGE),
        incident=records.incident(incident_id),
        is_changed=is_changed,
        is_first=before is None,
        typed=request.form.get("comment", "") if is_changed else "",
    )


def act(incident_id: str) -> BaseResponse:
    """Do something with all alerts of an incident; the page says so when one has changed since."""
    action = action_of(request.form)
    try:
        count = services().records.act_on_incident(
            incident_id,
            action,
            who=operator().name,
            text=comment_of(request.form),
            version=request.form.get("version", type=int),
        )
    except AlertChanged:
        return _incident_page(incident_id, is_changed=True)
    target = url_for(".incident", incident_id=incident_id, done=action.value, count=count)
    return redirect(target, code=303)
