"""What handles alerts in the worker: records them, groups them, and has sinks told.

Each step may be done twice and none is left out, wherever a process is killed.
"""

import functools
import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import redis

from alerting import intake
from alerting.alert import Alert
from alerting.engine import open_maker, open_reports
from alerting.finding import JsonValue
from alerting.log import event
from alerting.records.store import RecordStore, open_store
from alerting.records.tellings import Wish
from alerting.reports import IN_BULK
from alerting.retention import prune
from alerting.telling.sinks import open_sinks
from tasks.alert_handler import AlertHandler
from tasks.alert_list import AlertList
from tasks.alert_teller import AlertTeller, publisher
from tasks.connection import connect
from tasks.errors import SealBroken
from tasks.keyspace import ALERTS_PRUNED, ALERTS_WAKE
from tasks.payload_keys import process_keys
from tasks.sealing import KeyRing
from tasks.settings import TasksSettings, process_settings

_log = logging.getLogger(__name__)

# How long an alert may be recorded before it counts as left behind.
_UNGROUPED_S = 15
_LOOK_AGAIN_S = 60
_PRUNE_AGAIN_S = 3600
_MOST_AT_ONCE = 1000
# In a flood nobody is told before all of it is recorded, but no later than this.
_TELL_ANYWAY_S = 120


class AlertDesk:
    """Handles the alerts that wait."""

    def __init__(
        self,
        settings: TasksSettings,
        connection: redis.Redis,
        *,
        keys: KeyRing,
        store: RecordStore,
        teller: AlertTeller,
    ) -> None:
        self._settings = settings
        self._redis = connection
        self._keys = keys
        self._store = store
        self.teller = teller
        self._handler = AlertHandler(settings, connection, keys=keys)
        self._list = AlertList(connection)
        self._window = timedelta(seconds=settings.alert_group_window)
        self._maker = open_maker(settings, seal=keys.seal)
        self._reports = open_reports(settings)

    def handle(self, job_id: str) -> dict[str, JsonValue]:
        """Handle some of the alerts that wait, then what is due; return what was done."""
        self._handler.begun()
        self._wake(datetime.now(UTC) + timedelta(seconds=_LOOK_AGAIN_S))
        self._list.give_back_lost(but=job_id)
        entries = self._list.take(job_id)
        is_behind = len(self._list) > 0
        self._handle_batch(job_id, entries)
        found = self._group_left_behind()
        asked = 0 if is_behind and not self._is_overdue() else self.teller.ask()
        self._wake(self.teller.next_due())
        self._prune()
        if is_behind or found == _MOST_AT_ONCE:
            self._handler.ensure_now()
        return {"handled": len(entries), "found": found, "asked": asked}

    def _handle_batch(self, job_id: str, entries: Sequence[bytes]) -> None:
        opened = {entry: self._open(entry) for entry in entries if not intake.is_recorded(entry)}
        new = [self._maker.make(*one) for one in opened.values() if one]
        self._store.add_grouped(new, window=self._window, wish=self._wish())
        self._group([intake.alert_id(entry) for entry in entries if entry not in opened])
        # Each entry is done with as soon as its report is written, where there is any to write.
        together = IN_BULK if self._reports and opened else max(1, len(entries))
        for first in range(0, len(entries), together):
            some = entries[first : first + together]
            self._write_reports([one for entry in some if (one := opened.get(entry))])
            refused = [entry for entry in some if opened.get(entry, ()) is None]
            self._list.done(job_id, len(some), refused=refused)
        self._list.give_back(job_id)

    def _write_reports(self, some: Sequence[tuple[Alert, JsonValue]]) -> None:
        if self._reports and some:
            self._reports.write([self._reports.text_of(*one) for one in some], in_bulk=True)

    def _open(self, entry: bytes) -> tuple[Alert, JsonValue] | None:
        try:
            return intake.unpack(entry, self._keys.open)
        except SealBroken as error:
            event(
                _log,
                "alert refused",
                level=logging.ERROR,
                alert_id=intake.alert_id(entry),
                reason=error,
            )
            return None

    def _group(self, ids: list[str]) -> None:
        if ids:
            self._store.group(ids, window=self._window, wish=self._wish())

    def _wish(self) -> Wish:
        after = timedelta(seconds=self._settings.alert_tell_after)
        return Wish(sinks=self.teller.sinks, at=datetime.now(UTC) + after)

    def _group_left_behind(self) -> int:
        """Group alerts that were recorded by a process that died right after that."""
        before = datetime.now(UTC) - timedelta(seconds=_UNGROUPED_S)
        found = self._store.ungrouped(before=before, limit=_MOST_AT_ONCE)
        self._group(found)
        return len(found)

    def _is_overdue(self) -> bool:
        """Whether somebody should have been told a while ago."""
        due = self.teller.next_due()
        return due is not None and due < datetime.now(UTC) - timedelta(seconds=_TELL_ANYWAY_S)

    def _wake(self, moment: datetime | None) -> None:
        """Be here again at a moment, if that is sooner than planned."""
        if moment:
            latest = time.time() + _LOOK_AGAIN_S
            self._redis.set(ALERTS_WAKE, repr(min(moment.timestamp(), latest)))

    def _prune(self) -> None:
        """Delete old alerts now and then."""
        is_wanted = self._settings.alert_max_age or self._settings.alert_max_count
        if is_wanted and self._redis.set(ALERTS_PRUNED, "", nx=True, ex=_PRUNE_AGAIN_S):
            prune(self._settings, self._store)


@functools.cache
def process_desk() -> AlertDesk:
    """Return the desk of a process that RQ started, which hands none to a job."""
    settings, keys = process_settings(), process_keys()
    connection = connect(settings)
    store = open_store(settings)
    teller = AlertTeller(
        settings,
        connection,
        keys=keys,
        store=store,
        sinks=open_sinks(settings, publish=publisher(connection)),
    )
    return AlertDesk(settings, connection, keys=keys, store=store, teller=teller)
