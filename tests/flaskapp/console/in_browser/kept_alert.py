"""An alert of a test's own."""

from alerting.records.record import Record
from alerting.records.store import RecordStore
from tests.flaskapp.console.seeds import add, record_of


def kept(records: RecordStore, *, caller: str = "shop") -> Record:
    """Keep one more alert."""
    record = record_of({"contact": "jane.roe@example.com"}, caller=caller)
    add(records, [record])
    return record
