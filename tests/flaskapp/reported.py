"""A payload that is reported, and the reports that were written."""

from pathlib import Path

from flaskapp.settings import WebSettings

CONTACT = {"name": "Test User", "email": "test@example.com", "phone": "+380961234567"}


def reports(settings: WebSettings) -> list[Path]:
    """Return the reports that were written."""
    return sorted(settings.error_reports.glob("alert_*.txt"))
