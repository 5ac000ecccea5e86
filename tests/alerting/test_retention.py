"""How long alerts and reports are kept."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from alerting.records.record import Filter
from alerting.records.store import RecordStore, open_store
from alerting.reports import Reports
from alerting.retention import Pruned, prune
from alerting.settings import AlertingSettings
from tests.alerting.records.conftest import record_of

DAYS = timedelta(days=1)


def fill(settings: AlertingSettings) -> RecordStore:
    """Keep records that are older than any report, and three reports, each a day older."""
    store = open_store(settings)
    store.add(record_of(number) for number in range(3))
    now = datetime.now(UTC) - timedelta(hours=1)
    for age in range(3):
        alert = replace(record_of(age).alert, recorded_at=now - age * DAYS)
        Reports(settings.error_reports, data="raw")(alert, {})
    return store


def left(settings: AlertingSettings, store: RecordStore) -> tuple[int, int]:
    """Return how many records and reports there are."""
    records = store.page(Filter(), limit=9).records
    return len(records), len(list(settings.error_reports.iterdir()))


def test_all_is_kept_by_default(settings: AlertingSettings) -> None:
    """Nobody deletes what no setting lets go."""
    store = fill(settings)
    assert prune(settings, store) == Pruned(records=0, reports=0)
    assert left(settings, store) == (3, 3)


def test_what_is_too_old_goes(settings: AlertingSettings) -> None:
    """Records and reports go by when they were recorded."""
    store = fill(settings)
    aged = settings.model_copy(update={"alert_max_age": 1})
    assert prune(aged, store) == Pruned(records=3, reports=2)
    assert left(settings, store) == (0, 1)


def test_the_newest_stay(settings: AlertingSettings) -> None:
    """Of too many the oldest go; a file that is no report is not touched."""
    store = fill(settings)
    (settings.error_reports / "notes.txt").touch()
    few = settings.model_copy(update={"alert_max_count": 1})
    assert prune(few, store) == Pruned(records=2, reports=2)
    assert left(settings, store) == (1, 2)
