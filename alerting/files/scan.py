"""Scans one file: chooses its format by name and beginning. Knows neither folders nor outputs."""

import io
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Literal

from alerting.detector import Detector
from alerting.errors import FileSkipped
from alerting.files import csv_text, json_text, ndjson, text
from alerting.files.lines import Lines, Rejoined, passages
from alerting.files.located import Located, Passage
from alerting.files.source import as_text, open_regular

MAX_JSON_CODE_POINTS = 2**26
"""A JSON document is read whole; a longer one is scanned line by line."""

Format = Literal["csv", "json", "ndjson", "text"]
_BY_ENDING: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".txt": "text",
}
_DECODER = json.JSONDecoder()
_LONGEST_TOKEN = 12
"""What may be wrong with the last token only because the beginning ends there."""
_STREAMED: dict[Format, Callable[[Detector, Iterable[Passage]], Iterator[Located]]] = {
    "csv": csv_text.scan,
    "ndjson": ndjson.scan,
    "text": text.scan,
}


def scan_path(detector: Detector, path: Path) -> Iterator[Located]:
    """Yield what is found in a file; raises FileSkipped when it cannot be scanned."""
    try:
        with open_regular(path) as binary:
            yield from scan_binary(detector, binary, ending=path.suffix.lower())
    except OSError as error:
        raise FileSkipped(reason="unreadable", detail=error.strerror or "I/O error") from None


def scan_binary(
    detector: Detector, binary: io.FileIO | BinaryIO, *, ending: str = ""
) -> Iterator[Located]:
    """Yield what is found in a binary stream; raises FileSkipped when it is no text."""
    with as_text(binary) as source:
        form = _BY_ENDING.get(ending) or guess_format(source.head)
        if form == "json":
            yield from _scan_document(detector, source.stream)
        else:
            yield from _STREAMED[form](detector, passages(source.stream))


def guess_format(head: str) -> Format:
    """Tell by its beginning what a text is: JSON, several documents, or anything else."""
    head = head.lstrip()
    if not head.startswith(("{", "[")):
        return "text"
    try:
        _, end = _DECODER.raw_decode(head)
    except json.JSONDecodeError as fault:
        is_cut = fault.msg.startswith("Unterminated") or fault.pos > len(head) - _LONGEST_TOKEN
        return "json" if is_cut else "text"
    except (ValueError, RecursionError):
        return "text"
    return "ndjson" if head[end:].strip() else "json"


def _scan_document(detector: Detector, stream: io.TextIOWrapper) -> Iterable[Located]:
    """Scan a JSON document; line by line when it is too long or broken."""
    read = stream.read(MAX_JSON_CODE_POINTS)
    if len(read) < MAX_JSON_CODE_POINTS:
        try:
            return json_text.scan(detector, read)
        except ValueError:
            pass
    rest: Lines = Rejoined(io.StringIO(read), stream)
    return ndjson.scan(detector, passages(rest))
