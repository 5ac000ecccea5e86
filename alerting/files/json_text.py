"""JSON: findings have a pointer, and the place of the value in the source. Knows no files."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import cast

from alerting.detector import Detector
from alerting.files.json_source import Spot, literals, span_in_literal
from alerting.files.located import Located, Passage, Where, locate
from alerting.finding import Finding, JsonValue

_INDEX = re.compile(r"/\d+(?=/|\Z)")


def scan(detector: Detector, text: str) -> list[Located]:
    """Return what is found in a document; raises ValueError when the text is not JSON."""
    return list(locate_in_json(Passage(text=text), detector.scan(parse(text))))


def parse(text: str) -> JsonValue:
    """Return the value of a JSON text.

    Raises ValueError where it is none, nests too deep, or holds a name twice: a parser would drop
    one of the values.
    """
    try:
        return cast("JsonValue", _DECODER.decode(text))
    except RecursionError:
        raise ValueError("nested too deep") from None


def locate_in_json(passage: Passage, findings: Sequence[Finding]) -> Iterator[Located]:
    """Yield the findings of a passage that is JSON."""
    spans = literals(passage.text, (Spot(one.place, one.in_key) for one in findings))
    for finding in findings:
        first, last = spans[Spot(finding.place, finding.in_key)]
        literal = passage.text[first:last]
        start, end = span_in_literal(literal, finding.start, finding.end)
        value = literal[start:end]
        if literal.startswith('"'):
            value = json.loads(f'"{value}"', strict=False)
        span = first + start, first + end
        where = Where(context=_INDEX.sub("/*", finding.pointer), pointer=finding.pointer)
        yield locate(passage, finding, span, value=value, where=where)


def _members(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("two members of one name")
    return members


_DECODER = json.JSONDecoder(object_pairs_hook=_members)
