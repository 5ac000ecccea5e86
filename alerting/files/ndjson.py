"""Newline-delimited JSON: each line is a document; one that is not JSON is text. Knows no files."""

from collections.abc import Iterable, Iterator

from alerting.detector import Detector
from alerting.files.batch import Unit, scan_units
from alerting.files.json_text import locate_in_json, parse
from alerting.files.located import Located, Passage
from alerting.files.text import locate_in_text
from alerting.finding import JsonValue


def scan(detector: Detector, passages: Iterable[Passage]) -> Iterator[Located]:
    """Yield what is found, line by line."""
    units = (Unit(passage, _payload(passage)) for passage in passages)
    for unit, findings in scan_units(detector, units):
        # The very text of the line stands for a line that is not JSON.
        is_text = unit.payload is unit.passage.text
        yield from (locate_in_text if is_text else locate_in_json)(unit.passage, findings)


def _payload(passage: Passage) -> JsonValue:
    if not passage.is_whole:
        return passage.text
    try:
        return parse(passage.text)
    except ValueError:
        return passage.text
