"""Records alerts: every sink keeps the alert, or the payload is not accepted.

Knows no sink by name; a sink is a file in ``alerting/sinks`` with ``create(settings)``.
"""

import logging
from collections.abc import Sequence
from typing import Protocol

import alerting.sinks
from alerting import log
from alerting.alert import Alert
from alerting.detector import Scan
from alerting.errors import AlertNotRecorded, InvalidSettings
from alerting.finding import JsonValue
from alerting.plugins import discover
from alerting.settings import AlertingSettings

ENTRY_POINT_GROUP = "piigate.sinks"

_logger = logging.getLogger(__name__)


class Sink(Protocol):
    """Keeps or forwards an alert; when it returns, the alert is safe, and else it raises."""

    def __call__(self, alert: Alert, payload: JsonValue) -> None:
        """Take over an alert and the payload that it is about."""
        ...


class AlertEngine:
    """Makes alerts of findings and has every sink record them."""

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._sinks = tuple(sinks)

    def record(
        self,
        payload: JsonValue,
        scan: Scan,
        *,
        caller: str,
        task: str,
        request_id: str,
        job_id: str,
    ) -> Alert:
        """Record that a payload held personal data, and return the alert.

        Sinks are told in turn. Raises AlertNotRecorded, with its cause, at the first that fails;
        what earlier ones recorded stays, because the payload did arrive.
        """
        alert = Alert(
            findings=tuple(scan.findings),
            caller=caller,
            task=task,
            request_id=request_id,
            job_id=job_id,
            is_partial=scan.is_partial,
        )
        for sink in self._sinks:
            try:
                sink(alert, payload)
            except Exception as error:
                _log_failure(alert, error)
                raise AlertNotRecorded from error
        return alert


def open_engine(settings: AlertingSettings) -> AlertEngine:
    """Return an engine with the sinks of ``ALERT_SINKS``; raises InvalidSettings."""
    plugins = discover(alerting.sinks, ENTRY_POINT_GROUP)
    unknown = [name for name in settings.alert_sinks if name not in plugins]
    if unknown:
        known = ", ".join(plugins)
        raise InvalidSettings(
            [f"ALERT_SINKS: There is no sink {name!r}; there are: {known}" for name in unknown]
        )
    return AlertEngine([plugins[name].create(settings) for name in settings.alert_sinks])


def _log_failure(alert: Alert, error: Exception) -> None:
    log.event(
        _logger,
        "alert not recorded",
        level=logging.ERROR,
        request_id=alert.request_id,
        alert_id=alert.id,
        caller=alert.caller,
        task=alert.task,
        kinds=alert.kinds,
        reason=error,
    )
