"""What people do with alerts, noted in their history. Knows the tables, not who may do it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select, update

from alerting.errors import AlertChanged, AlertNotFound, WrongState
from alerting.records import counts
from alerting.records.record import TRANSITIONS, Action, Outcome, State
from alerting.records.tables import alerts, events, incidents, kinds

# Both databases take at most some ten thousand parameters in a statement.
_AT_ONCE = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What somebody does, and what they say about it."""

    action: Action
    who: str
    text: str = ""


def act(connection: Connection, alert_id: str, deed: Deed, *, version: int | None) -> None:
    """Do it to one alert; raises AlertNotFound, AlertChanged, WrongState."""
    rows = _locked(connection, alerts.c.id == alert_id)
    if not rows:
        raise AlertNotFound
    if version is not None and rows[0].version != version:
        raise AlertChanged
    if not _is_led_on(State(rows[0].state), deed.action):
        raise WrongState
    _act(connection, rows, deed)


def act_on_seen(connection: Connection, seen: Mapping[str, int | None], deed: Deed) -> Outcome:
    """Do it to those of the alerts whose state it leads on from, the changed ones excepted.

    ``seen`` has the version of each that its reader has seen; without one it has not changed.
    """
    rows = _locked(connection, alerts.c.id.in_(seen))
    kept = [row for row in rows if seen[row.id] in (None, row.version)]
    return Outcome(done=_act_on_rows(connection, kept, deed), changed=len(rows) - len(kept))


def act_on_incident(
    connection: Connection, incident: int, deed: Deed, *, version: int | None
) -> int:
    """Do it to an incident's alerts whose state it leads on from; return how many that were.

    Raises AlertChanged when something was done with one of them since that version.
    """
    # The alerts first, as whoever acts on one locks it before its incident.
    rows = _locked(connection, alerts.c.incident == incident)
    now = select(incidents.c.version).where(incidents.c.number == incident).with_for_update()
    if version is not None and connection.scalar(now) != version:
        raise AlertChanged
    return _act_on_rows(connection, rows, deed)


def _act_on_rows(connection: Connection, rows: list[Any], deed: Deed) -> int:
    suited = [row for row in rows if _is_led_on(State(row.state), deed.action)]
    for start in range(0, len(suited), _AT_ONCE):
        _act(connection, suited[start : start + _AT_ONCE], deed)
    return len(suited)


def _locked(connection: Connection, condition: ColumnElement[bool]) -> list[Any]:
    columns = (alerts.c.id, alerts.c.number, alerts.c.version, alerts.c.state, alerts.c.incident)
    query = select(*columns).where(condition).order_by(alerts.c.number)
    return list(connection.execute(query.with_for_update()))


def _is_led_on(state: State, action: Action) -> bool:
    return action not in TRANSITIONS or state in TRANSITIONS[action][0]


def _act(connection: Connection, rows: list[Any], deed: Deed) -> None:
    done = {"at": datetime.now(UTC), "who": deed.who, "action": deed.action, "text": deed.text}
    connection.execute(insert(events), [{"alert": row.number, **done} for row in rows])
    numbers = [row.number for row in rows]
    changed: dict[str, Any] = {"version": alerts.c.version + 1}
    if deed.action in TRANSITIONS:
        changed["state"] = state = TRANSITIONS[deed.action][1]
        connection.execute(update(kinds).where(kinds.c.alert.in_(numbers)).values(state=state))
    connection.execute(update(alerts).where(alerts.c.number.in_(numbers)).values(changed))
    # Those without an incident are not counted yet.
    _count(connection, [row for row in rows if row.incident is not None], changed.get("state"))


def _count(connection: Connection, rows: list[Any], state: State | None) -> None:
    """Let incidents know that something was done with their alerts, and count a new state."""
    moved = [row for row in rows if state is not None and row.state != state]
    opened: Counter[int] = Counter()
    for row in moved:
        opened[row.incident] += (state == State.OPEN) - (row.state == State.OPEN)
    # Before the counts, as whoever groups alerts locks incidents first.
    for incident in sorted({row.incident for row in rows}):
        connection.execute(
            update(incidents)
            .where(incidents.c.number == incident)
            .values(open=incidents.c.open + opened[incident], version=incidents.c.version + 1)
        )
    if state is not None:
        counts.move(connection, Counter(row.state for row in moved), to=state)
