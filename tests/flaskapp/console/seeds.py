"""Alerts as a busy gateway has them: several callers, kinds, incidents, and some work done."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from alerting.alert import Alert
from alerting.detector import scan
from alerting.finding import JsonValue
from alerting.records.making import RecordMaker, Seal
from alerting.records.record import Action, Record
from alerting.records.severity import DEFAULT, parse_rules
from alerting.records.store import RecordStore

_MAKER = RecordMaker(key="k" * 32, rules=parse_rules(DEFAULT), seal=None)
_WINDOW = timedelta(hours=3)

# Caller, task, weight and payload.
_KINDS_OF_PAYLOADS: tuple[tuple[str, str, int, JsonValue], ...] = (
    (
        "shop",
        "transform",
        8,
        {
            "order": {"id": 48211, "total": 1499.5, "currency": "UAH"},
            "customer": {"name": "Test User", "email": "test.user@example.com"},
            "delivery": {"phone": "+380 96 123 45 67", "city": "Львів"},
            "items": [{"sku": "TEA-0412", "count": 2}, {"sku": "CUP-17", "count": 1}],
        },
    ),
    (
        "crm-sync",
        "redact",
        5,
        {"contacts": [{"email": "a@example.org"}, {"email": "b@example.org"}]},
    ),
    (
        "billing",
        "pseudonymise",
        3,
        {"payer": {"iban": "DE89 3704 0044 0532 0130 00"}, "card": "4111 1111 1111 1111"},
    ),
    ("mobile-app", "echo", 4, {"device": {"ip": "203.0.113.77", "mac": "00:1b:44:11:3a:b7"}}),
    ("partner-api", "transform", 2, {"config": "https://bot:s3cr3tpass@db.example.com/orders"}),
    ("support-bot", "mask", 3, {"note": "Call me at +380671234567 or write to me[at]example.com"}),
)


def record_of(
    payload: JsonValue,
    *,
    at: datetime | None = None,
    caller: str = "shop",
    task: str = "echo",
    request_id: str = "request-1",
    seal: Seal | None = None,
) -> Record:
    """Return the record of an alert about a payload, masked as the gateway does it."""
    alert = Alert(
        recorded_at=at or datetime.now(UTC),
        findings=tuple(scan(payload)),
        caller=caller,
        task=task,
        request_id=request_id,
        job_id="6f1f3a52-0000-4000-8000-000000000001",
    )
    return replace(_MAKER, seal=seal).make(alert, payload)


def seed(store: RecordStore, *, count: int = 240) -> None:
    """Fill the store with the alerts of a month, most of them of today."""
    chance = random.Random(7)
    now = datetime.now(UTC)
    weights = [weight for _, _, weight, _ in _KINDS_OF_PAYLOADS]
    moments = sorted(now - _age(chance) for _ in range(count))
    records = []
    for moment in moments:
        caller, task, _, payload = chance.choices(_KINDS_OF_PAYLOADS, weights)[0]
        request_id = f"{chance.getrandbits(128):032x}"
        records.append(
            record_of(payload, at=moment, caller=caller, task=task, request_id=request_id)
        )
    add(store, records)
    for record in records[: count * 2 // 3]:
        store.act(record.alert.id, Action.ACKNOWLEDGE, who="olena")
    resolved = [record.alert.id for record in records[: count // 2]]
    store.act_on(
        dict.fromkeys(resolved), Action.RESOLVE, who="reviewer", text="Agreed with the team."
    )


def add(store: RecordStore, records: list[Record]) -> None:
    """Keep records, and group them into incidents as the gateway does."""
    store.add(records)
    store.group([record.alert.id for record in records], window=_WINDOW)


def _age(chance: random.Random) -> timedelta:
    days = chance.choices((0, 1, 2, 5, 12, 28), (10, 5, 3, 3, 2, 1))[0]
    return timedelta(days=days, minutes=chance.triangular(1, 1400, 300))
