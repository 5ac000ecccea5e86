"""Findings only: no alert, no job."""

from flask import Blueprint, request

from flaskapp import payload as payloads
from flaskapp.answers import findings_json
from flaskapp.auth import require
from flaskapp.request_log import note
from flaskapp.services import services

bp = Blueprint("scan", __name__)


@bp.post("/scan")
@require("run")
def scan() -> dict[str, object]:
    """Find personal data in the payload."""
    gate = services()
    payload = payloads.read(request, gate.settings)
    findings = gate.scanner.scan(payload)
    if findings:
        note(kinds=list(dict.fromkeys(finding.kind for finding in findings)))
    return {"findings": findings_json(findings)}
