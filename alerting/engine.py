"""Records alerts: whoever has to keep an alert keeps it, or the payload is not accepted.

Knows neither Redis nor who is told of an alert later.
"""

import logging
from collections.abc import Callable, Sequence
from functools import partial

from alerting import log
from alerting.alert import Alert
from alerting.detector import Scan
from alerting.errors import AlertNotRecorded
from alerting.finding import JsonValue
from alerting.group_commit import GroupCommit
from alerting.intake import mention, packer
from alerting.records.making import RecordMaker, Seal
from alerting.records.record import Record
from alerting.records.severity import parse_rules
from alerting.records.store import RecordStore
from alerting.reports import Reports, ReportText
from alerting.scanner import pseudonym_key
from alerting.settings import AlertingSettings

_logger = logging.getLogger(__name__)

Keep = Callable[[Alert, JsonValue], None]
"""Keeps an alert and what its payload says of it; when it returns, the alert is safe."""


class AlertEngine:
    """Makes alerts of findings and has them kept, one after the other.

    ``pack`` makes of an alert what goes into Redis with its payload's job.
    """

    def __init__(
        self, keep: Sequence[Keep], *, pack: Callable[[Alert, JsonValue], bytes] = mention
    ) -> None:
        self._keep = tuple(keep)
        self.pack = pack

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

        Raises AlertNotRecorded, with its cause, at the first who cannot keep it; what earlier ones
        kept stays, because the payload did arrive.
        """
        alert = Alert(
            findings=tuple(scan.findings),
            caller=caller,
            task=task,
            request_id=request_id,
            job_id=job_id,
            is_partial=scan.is_partial,
        )
        for keep in self._keep:
            try:
                keep(alert, payload)
            except Exception as error:
                _log_failure(alert, error)
                raise AlertNotRecorded from error
        return alert


def open_engine(settings: AlertingSettings, store: RecordStore, *, seal: Seal) -> AlertEngine:
    """Return an engine that records as ``ALERT_RECORDING`` says; raises InvalidSettings."""
    if settings.alert_recording == "queued":
        return AlertEngine([], pack=packer(seal))
    maker, reports = open_maker(settings, seal=seal), open_reports(settings)

    def make(one: tuple[Alert, JsonValue]) -> tuple[Record, ReportText | None]:
        return maker.make(*one), reports.text_of(*one) if reports else None

    keep_together = GroupCommit(make, partial(_keep_all, store, reports))

    def keep(alert: Alert, payload: JsonValue) -> None:
        keep_together((alert, payload))

    return AlertEngine([keep])


def open_maker(settings: AlertingSettings, *, seal: Seal) -> RecordMaker:
    """Return what makes the records that the settings ask for; raises InvalidSettings."""
    return RecordMaker(
        key=pseudonym_key(settings),
        rules=parse_rules(settings.alert_severity),
        seal=seal if settings.alert_data == "raw" else None,
    )


def open_reports(settings: AlertingSettings) -> Reports | None:
    """Return the folder of reports, or None when nobody wants any."""
    if settings.alert_reports == "off":
        return None
    return Reports(settings.error_reports, data=settings.alert_data)


def _keep_all(
    store: RecordStore, reports: Reports | None, made: Sequence[tuple[Record, ReportText | None]]
) -> None:
    """Keep the records, then write the reports."""
    store.add(record for record, _ in made)
    if reports:
        reports.write([text for _, text in made if text])


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
