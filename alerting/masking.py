"""Masking of found values, for masked reports, the log and redaction. Knows no files."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from alerting.detector import Detector, default_detector, recognizers, scan_text
from alerting.finding import Finding, JsonValue
from alerting.json_rewriting import rewritten_text
from alerting.json_text import json_text
from alerting.pointer import findings
from alerting.recognizer import mask_all
from alerting.rewriting import rewrite, rewrite_text

MaskText: TypeAlias = Callable[[str], str]
MaskPayload: TypeAlias = Callable[[JsonValue], str]


class Masked(str):
    """A text without personal values, which nobody needs to search again."""

    __slots__ = ()


def mask_value(kind: str, text: str) -> str:
    """Mask a value the way its kind asks for; keep nothing of a kind that is not installed."""
    recognizer = recognizers().get(kind)
    return recognizer.mask(text) if recognizer else mask_all(text)


def masked_text(text: str) -> str:
    """Return a text with every value found in it masked."""
    return rewrite_text(text, scan_text(text), mask_value)


def text_masker(regions: Sequence[str]) -> MaskText:
    """Return what masks texts in an installation in some countries, as masked_text does in none."""
    if not regions:
        return masked_text
    detector = Detector(regions=regions)
    return lambda text: rewrite_text(text, detector.scan_text(text), mask_value)


def json_masker(regions: Sequence[str]) -> MaskPayload:
    """Return what masks payloads in an installation in some countries, or in none.

    Their JSON text is all that it returns.
    """
    detector = Detector(regions=regions) if regions else default_detector()

    def mask(payload: JsonValue) -> str:
        page, hits, _ = detector.hits(payload)
        text = rewritten_text(page, hits, mask_value)
        if text is None:
            text, _ = json_text(masked(payload, findings(page, hits)))
        return text.decode("utf-8", "surrogatepass")

    return mask


def masked(payload: JsonValue, found: Sequence[Finding]) -> JsonValue:
    """Return a deep copy of a payload with the values masked that a scan of it has found.

    Names and numbers are treated as :func:`alerting.rewriting.rewrite` says.
    """
    return rewrite(payload, found, mask_value)
