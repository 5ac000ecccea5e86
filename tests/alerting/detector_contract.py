"""What holds of every scan, for the property tests and for the fuzzer."""

from collections import Counter
from collections.abc import Iterator, Sequence

from alerting.detector import Detector
from alerting.finding import Finding, JsonValue
from alerting.masking import masked


def text_at(payload: JsonValue, finding: Finding) -> str:
    """Return the text that a finding lies in, by the finding's place."""
    name = ""
    for number in finding.place:
        if isinstance(payload, dict):
            name, payload = list(payload.items())[number]
        else:
            assert isinstance(payload, list)
            payload = payload[number]
    if finding.in_key:
        return name
    assert not isinstance(payload, dict | list | bool | None)
    return payload if isinstance(payload, str) else repr(payload)


def assert_findings_lie_in_their_texts(
    detector: Detector, payload: JsonValue, findings: Sequence[Finding]
) -> None:
    """Hold that each finding is of a kind, lies in the text it points to, and has a confidence."""
    for one in findings:
        assert 0 <= one.start < one.end <= len(text_at(payload, one))
        assert 0 < one.confidence <= 1
        assert one.kind in detector.kinds
        assert one.pointer.count("/") == len(one.place)


def assert_masked_copy_holds_no_found_value(
    detector: Detector, payload: JsonValue, findings: Sequence[Finding]
) -> None:
    """Hold that a masked copy, scanned again, has none of the values that were found before.

    A value that also stands where it was not found may be found there in the copy, where the words
    that say what it is are nearer.
    """
    count = Counter(_value(payload, one) for one in findings)
    texts = "\n".join(_texts(payload)) if count else ""
    values = {value for value in count if texts.count(value) <= count[value]}
    copy = masked(payload, findings)
    again = {_value(copy, one) for one in detector.scan(copy)}
    assert not values & again


def _value(payload: JsonValue, finding: Finding) -> str:
    return text_at(payload, finding)[finding.start : finding.end]


def _texts(payload: JsonValue) -> Iterator[str]:
    """Yield all names and values, in any order; payloads may be too deep for recursion."""
    left: list[JsonValue] = [payload]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            left += [*one, *one.values()]
        elif isinstance(one, list):
            left += one
        else:
            yield one if isinstance(one, str) else repr(one)
