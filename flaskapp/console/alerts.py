"""The alerts: the list with its filters, one alert, and what operators do with them."""

from collections.abc import Sequence
from itertools import islice
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from alerting.detector import recognizers
from alerting.errors import AlertChanged, WrongState
from alerting.records.making import EXCERPT_CHARACTERS
from alerting.records.record import Action, Page, Severity, State
from alerting.records.revealing import NothingToReveal
from flaskapp import alert_filter
from flaskapp.auth import check_scope
from flaskapp.console.access import operator
from flaskapp.console.actions import ON_ONE, action_of, comment_of, done, offered, seen_in
from flaskapp.console.outline import MOST_LINES, Line, excerpt_lines, payload_lines
from flaskapp.console.pages import page
from flaskapp.problems import Problem
from flaskapp.services import services
from tasks.errors import SealBroken

_PAGE = 50
_FIELDS = ("text", "state", "severity", "kind", "caller", "task", "since", "until", "incident")


def add(bp: Blueprint) -> None:
    """Add the pages."""
    bp.add_url_rule("/alerts", "alerts", listed)
    bp.add_url_rule("/alerts", "act_on_alerts", act_on_several, methods=["POST"])
    bp.add_url_rule("/alerts/<alert_id>", "alert", shown)
    bp.add_url_rule("/alerts/<alert_id>", "act_on_alert", act_on_one, methods=["POST"])


def listed() -> Response:
    """Return a page of the alerts that the form asks for, newest first."""
    gate = services()
    fault = None
    found = Page(records=(), next=None)
    try:
        before = alert_filter.before(request.args)
        found = gate.records.page(alert_filter.wanted(request.args), before=before, limit=_PAGE)
    except Problem as problem:
        fault = problem.members.get("parameter")
    return page(
        "alerts.html",
        status=422 if fault else 200,
        asked=_asked(),
        done=done(request.args),
        fault=fault,
        found=found,
        is_first="before" not in request.args,
        kinds=sorted(recognizers()),
        severities=[*reversed(Severity)],
        states=[*State],
        tasks=[task.name for task in gate.tasks],
    )


def act_on_several() -> BaseResponse:
    """Do something with the alerts that were ticked, as they were shown; go back to the list."""
    seen = seen_in(request.form.getlist("alert")[:_PAGE])
    action = action_of(request.form)
    outcome = services().records.act_on(seen, action, who=operator().name)
    left = {
        "skipped": len(seen) - outcome.done - outcome.changed,
        "changed": outcome.changed,
    }
    told = {name: count for name, count in left.items() if count}
    values: dict[str, Any] = {**_asked(), "done": action.value, "count": outcome.done, **told}
    return redirect(url_for(".alerts", **values), code=303)


def shown(alert_id: str) -> Response:
    """Return the page of an alert."""
    return _alert_page(alert_id)


def act_on_one(alert_id: str) -> BaseResponse:
    """Do something with an alert as it was shown; the page says so when it has changed since."""
    if request.form.get("action") == Action.REVEAL:
        return _reveal(alert_id)
    action = action_of(request.form, allowed=ON_ONE)
    comment = comment_of(request.form)
    if action is Action.COMMENT and not comment:
        return _alert_page(alert_id, fault="empty", status=422)
    version = request.form.get("version", type=int)
    try:
        services().records.act(alert_id, action, who=operator().name, text=comment, version=version)
    except (AlertChanged, WrongState):
        return _alert_page(alert_id, fault="changed", status=409)
    return redirect(url_for(".alert", alert_id=alert_id, done=action.value), code=303)


def _reveal(alert_id: str) -> Response:
    """Return the page with the values themselves, for administrators."""
    check_scope(operator(), "admin")
    gate = services()
    try:
        payload = gate.reveal(alert_id, who=operator().name)
    except (NothingToReveal, SealBroken):
        return _alert_page(alert_id, fault="sealed", status=409)
    findings = gate.records.get(alert_id).alert.findings
    lines = tuple(islice(payload_lines(payload, findings), MOST_LINES))
    return _alert_page(alert_id, revealed=lines)


def _alert_page(
    alert_id: str,
    *,
    fault: str | None = None,
    revealed: Sequence[Line] | None = None,
    status: int = 200,
) -> Response:
    gate = services()
    record = gate.records.get(alert_id)
    incident = gate.records.incident(record.incident_id) if record.incident_id else None
    return page(
        "alert.html",
        status=status,
        actions=offered(record.state),
        done=done(request.args),
        fault=fault,
        history=gate.records.history(alert_id),
        incident=incident,
        is_cut=len(record.excerpt) >= EXCERPT_CHARACTERS,
        lines=revealed or excerpt_lines(record.excerpt, record.alert.findings),
        record=record,
        revealed=revealed is not None,
        typed=request.form.get("comment", "") if fault else "",
    )


def _asked() -> dict[str, str]:
    """Return the fields of the form that are filled in, for links and the form itself."""
    return {name: request.args[name] for name in _FIELDS if request.args.get(name)}
