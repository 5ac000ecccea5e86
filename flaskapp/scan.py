"""Findings only: no alert, no job."""

from flask import Blueprint, request

from flaskapp import payload as payloads
from flaskapp.answers import scan_json
from flaskapp.auth import require
from flaskapp.request_log import note
from flaskapp.services import services

bp = Blueprint("scan", __name__)


@bp.post("/scan")
@require("run")
def scan() -> dict[str, object]:
    """Find personal data in the payload."""
    gate = services()
    gate.count_payloads(1)
    payload = payloads.read(request, gate.settings)
    scanned = gate.scanner.examine(payload)
    note(**scanned.facts)
    return scan_json(scanned)
