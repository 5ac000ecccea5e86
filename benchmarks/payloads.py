"""Payloads to measure on: business records in Ukrainian and English, the same in every run.

Every value is made up; addresses are of domains that RFC 2606 keeps for examples.
"""

import itertools
import json
import random
from dataclasses import dataclass

from alerting.finding import JsonValue

SMALL, MEDIUM, LARGE = 200, 10_000, 1_000_000
SIZES = {SMALL: "200 B", MEDIUM: "10 KB", LARGE: "1 MB"}
RECORDS_PER_CONTACT = 10
# What the queues run: 100 bytes of JSON with nothing to find in it.
ECHOED: JsonValue = {
    "order": 48213,
    "state": "paid",
    "note": "Please pack the fragile items separately.",
    "total": 5.5,
}
_SEED = 20250509
_NAMES = ("Олена Коваль", "Тарас Бондар", "Марія Шевчук", "John Miller", "Anna Walker")
_CITIES = ("Київ", "Львів", "Одеса", "Харків", "Warsaw", "Berlin")
_GOODS = ("Кава мелена", "Фільтр для води", "Лампа настільна", "Desk lamp", "USB cable", "Notebook")
_NOTES = (
    "Доставити після обіду, залишити біля дверей.",
    "Клієнт просить рахунок-фактуру разом із товаром.",
    "Please pack the fragile items separately.",
    "Repeat of the last order, same branch as before.",
)
_STATES = ("new", "paid", "packed", "sent", "delivered", "returned")
_MAIL_NAMES = ("olena.koval", "taras", "m.shevchuk", "john.miller", "anna")


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """A payload as its sender has serialised it, and how many contacts are in it."""

    size: int
    raw: bytes
    contacts: int


def make(*, size: int, has_contacts: bool) -> Payload:
    """Make a payload of about ``size`` bytes.

    With contacts every tenth record has an e-mail address and a phone number, in fields of
    their own or in the note; the smallest payload has one of each.
    """
    if size == SMALL:
        return _small(has_contacts=has_contacts)
    draw = random.Random(_SEED)
    records: list[dict[str, object]] = []
    length = contacts = 0
    for number in itertools.count():
        record = _record(draw, number)
        is_contact = has_contacts and number % RECORDS_PER_CONTACT == RECORDS_PER_CONTACT // 2
        if is_contact:
            _add_contact(draw, record)
        length += len(_serialised(record)) + 2
        if length > size:
            break
        records.append(record)
        contacts += 2 * is_contact
    return Payload(size=size, raw=_serialised({"orders": records}), contacts=contacts)


def plain_text(length: int) -> str:
    """Return prose without contacts, of a length in characters."""
    prose = " ".join(_NOTES)
    return (f"{prose} " * (length // len(prose) + 1))[:length]


def _small(*, has_contacts: bool) -> Payload:
    record: dict[str, object] = {
        "id": 48213,
        "customer": "Олена Коваль",
        "state": "paid",
        "total": 1249.5,
        "note": "Доставити після обіду.",
    }
    if has_contacts:
        record |= {"email": "olena.koval@example.com", "phone": "+380671234567"}
    else:
        record |= {"city": "Київ", "delivery": "branch", "branch": 17}
    return Payload(size=SMALL, raw=_serialised(record), contacts=2 if has_contacts else 0)


def _record(draw: random.Random, number: int) -> dict[str, object]:
    items = [
        {
            "sku": f"{draw.choice('ABCDE')}-{draw.randrange(100, 1000)}",
            "title": draw.choice(_GOODS),
            "quantity": draw.randrange(1, 9),
            "price": draw.randrange(1_000, 200_000) / 100,
        }
        for _ in range(draw.randrange(1, 4))
    ]
    return {
        "id": 48_000 + number,
        "created": f"2025-{draw.randrange(1, 13):02}-{draw.randrange(1, 29):02}T10:00:00Z",
        "state": draw.choice(_STATES),
        "customer": {"name": draw.choice(_NAMES), "city": draw.choice(_CITIES), "regular": True},
        "items": items,
        "note": draw.choice(_NOTES),
    }


def _add_contact(draw: random.Random, record: dict[str, object]) -> None:
    email = f"{draw.choice(_MAIL_NAMES)}{draw.randrange(10, 100)}@example.com"
    phone = f"+38067123{draw.randrange(1_000, 10_000)}"
    if draw.random() < 0.5:
        record["contact"] = {"email": email, "phone": phone}
    else:
        record["note"] = f"Передзвоніть на {phone} або напишіть на {email}"


def _serialised(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
