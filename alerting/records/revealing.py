"""Shows a person the payload of an alert, once it is noted who asked. Knows no keys."""

from alerting.errors import AlertingError
from alerting.finding import JsonValue
from alerting.intake import Open, loads
from alerting.records.making import sealed_for
from alerting.records.record import Action
from alerting.records.store import RecordStore


class NothingToReveal(AlertingError):  # noqa: N818 - a fact about the alert, not an error name
    """The payload of the alert was not kept."""


def reveal(store: RecordStore, alert_id: str, *, who: str, open_seal: Open) -> JsonValue:
    """Return the payload of an alert; that it is shown is noted first.

    Raises AlertNotFound, NothingToReveal, DatabaseUnavailable, and what opening raises.
    """
    record = store.get(alert_id)
    if record.sealed is None:
        raise NothingToReveal
    store.act(alert_id, Action.REVEAL, who=who)
    payload: JsonValue = loads(open_seal(record.sealed, sealed_for(alert_id)))
    return payload
