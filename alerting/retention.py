"""How long alerts are kept, as records and as reports. Knows no schedule."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from alerting.records.store import RecordStore
from alerting.reports import Reports
from alerting.settings import AlertingSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """How many alerts and reports are gone."""

    records: int
    reports: int


def prune(settings: AlertingSettings, store: RecordStore) -> Pruned:
    """Delete what ``ALERT_MAX_AGE`` and ``ALERT_MAX_COUNT`` do not keep.

    Raises DatabaseUnavailable, OSError.
    """
    age = timedelta(days=settings.alert_max_age)
    before = datetime.now(UTC) - age if age else None
    keep = settings.alert_max_count or None
    # Reports of before count too, when no new ones are written.
    reports = Reports(settings.error_reports, data=settings.alert_data)
    return Pruned(
        records=store.prune(before=before, keep=keep),
        reports=reports.prune(before=before, keep=keep),
    )
