"""What of a payload is kept for review."""

from alerting.alert import Alert
from alerting.detector import scan
from alerting.finding import JsonValue
from alerting.records.making import EXCERPT_CHARACTERS, RecordMaker, sealed_for
from alerting.records.record import Record, Severity
from alerting.records.severity import DEFAULT, parse_rules

ADDRESS = "ann@example.com"


def seal(text: bytes, words: tuple[str | None, ...]) -> bytes:
    """Return what shows the text and what it is bound to."""
    return repr((text, words)).encode()


def made(payload: JsonValue, *, key: str = "k" * 32, seals: bool = False) -> Record:
    """Return the record of an alert about a payload."""
    alert = Alert(
        findings=tuple(scan(payload)), caller="dev", task="echo", request_id="r", job_id="j"
    )
    maker = RecordMaker(key=key, rules=parse_rules(DEFAULT), seal=seal if seals else None)
    return maker.make(alert, payload)


def test_the_excerpt_is_masked_and_bounded() -> None:
    """Neither a value nor more than some thousand characters are kept in the open."""
    record = made({"email": ADDRESS, "text": "ї" * 9000})
    assert ADDRESS not in record.excerpt
    assert len(record.excerpt) == EXCERPT_CHARACTERS
    assert record.sealed is None


def test_equal_values_have_equal_digests() -> None:
    """A value has one digest in every payload under one key, and another under another."""
    one, two = made([ADDRESS]), made({"a": "x@example.com", "b": ADDRESS})
    assert one.digests[0] == two.digests[1] != two.digests[0]
    assert made([ADDRESS], key="q" * 32).digests[0].split(":")[0] != one.digests[0].split(":")[0]


def test_the_payload_is_sealed_for_its_alert() -> None:
    """What is sealed is the payload, for this alert alone."""
    record = made([ADDRESS], seals=True)
    expected = (b'["ann@example.com"]', sealed_for(record.alert.id))
    assert record.sealed == repr(expected).encode()


def test_any_payload_has_an_excerpt() -> None:
    """Half a pair of surrogates in a payload is shown as a replacement."""
    assert "\ud800" not in made([ADDRESS, "\ud800"]).excerpt


def test_the_worst_kind_decides() -> None:
    """An alert is as severe as the worst of its kinds."""
    assert made([ADDRESS]).severity is Severity.LOW
    assert made([ADDRESS, "4111 1111 1111 1111"]).severity is Severity.HIGH
