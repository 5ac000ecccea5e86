r"""Looks for payloads that break the detector's contract, guided by the code that they run.

pytest does not collect it: ``make fuzz-coverage`` runs it, in a virtual environment of its own. The
first argument is the folder of payloads to start from, where those are kept that ran new code; the
others are libFuzzer's. A payload that breaks the contract ends the run with a traceback and a file,
which as the first argument runs that payload alone.
"""

import json
import re
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["alerting"]):
    from alerting.detector import Detector, recognizers
    from alerting.disguise import disguises
    from alerting.finding import JsonValue
    from alerting.masking import masked_text
    from tests.alerting.detector_contract import (
        assert_findings_lie_in_their_texts,
        assert_masked_copy_holds_no_found_value,
    )

    DETECTOR = Detector(regions=["PL", "DE"])

_LIST, _OBJECT, _END, _NO_TEXT = b"\x01", b"\x02", b"\x03", b"\x05"
_PIECES = re.compile(rb"[\x01-\x03]|\x05?[^\x01-\x05]+")


def payload_of(data: bytes) -> JsonValue:
    r"""Read any bytes as a payload, so that most changes of them make another one.

    Texts stand as they are; ``\x01`` begins a list, ``\x02`` an object of names and values in turn,
    ``\x03`` ends either, ``\x04`` stands between texts, ``\x05`` before a number.
    """
    inside: list[list[JsonValue]] = [[]]
    are_objects = [False]
    for piece in _PIECES.findall(data) + [_END] * data.count(_LIST) + [_END] * data.count(_OBJECT):
        if piece in (_LIST, _OBJECT):
            inside.append([])
            are_objects.append(piece == _OBJECT)
        elif piece != _END:
            inside[-1].append(_scalar(piece))
        elif len(inside) > 1:
            values = inside.pop()
            inside[-1].append(_members(values) if are_objects.pop() else values)
    return inside[0][0] if len(inside[0]) == 1 else inside[0]


def _members(values: list[JsonValue]) -> JsonValue:
    names = (value if isinstance(value, str) else "" for value in values[::2])
    return dict(zip(names, values[1::2], strict=False))


def _scalar(piece: bytes) -> JsonValue:
    text = piece.removeprefix(_NO_TEXT).decode("utf-8", "surrogateescape")
    if not piece.startswith(_NO_TEXT):
        return text
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, int | float) else text


def check(data: bytes) -> None:
    """Hold the contract of the detector for the payload and for the text that the bytes are."""
    payload = payload_of(data)
    findings = DETECTOR.scan(payload)
    assert_findings_lie_in_their_texts(DETECTOR, payload, findings)
    assert_masked_copy_holds_no_found_value(DETECTOR, payload, findings)
    masked_text(data.decode("utf-8", "surrogateescape"))


def write_examples(folder: Path) -> None:
    """Put the examples of all recognizers and disguises among the payloads to start from."""
    folder.mkdir(parents=True, exist_ok=True)
    examples = [text for one in recognizers().values() for text in (*one.found, *one.ignored)]
    examples += [text for one in disguises() for text in one.hidden]
    for number, text in enumerate(examples):
        (folder / f"example-{number}").write_bytes(text.encode())


if __name__ == "__main__":
    payloads = Path(sys.argv[1])
    if not payloads.is_file():
        write_examples(payloads)
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()
