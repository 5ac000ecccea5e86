"""How long alerts are kept, as records and as reports. Knows no schedule."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from alerting.records.store import RecordStore
from alerting.report_files import prune_reports
from alerting.settings import AlertingSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """How many alerts and reports are gone."""

    records: int
    reports: int


def prune(
    settings: AlertingSettings,
    store: RecordStore,
    *,
    before: datetime | None = None,
    keep: int | None = None,
) -> Pruned:
    """Delete what is from before a moment, and all but the newest ones.

    Without the one, ``ALERT_MAX_AGE`` decides, without the other ``ALERT_MAX_COUNT``. Raises
    DatabaseUnavailable, OSError.
    """
    if before is None and settings.alert_max_age:
        before = datetime.now(UTC) - timedelta(days=settings.alert_max_age)
    if keep is None and settings.alert_max_count:
        keep = settings.alert_max_count
    return Pruned(
        records=store.prune(before=before, keep=keep),
        # Reports of before count too, when no new ones are written.
        reports=prune_reports(settings.error_reports, before=before, keep=keep),
    )
