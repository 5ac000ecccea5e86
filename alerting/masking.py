"""Masking of found values, for masked reports, the log and redaction. Knows no files."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from alerting.detector import Detector, recognizers, scan_text
from alerting.finding import Finding, JsonValue
from alerting.recognizer import mask_all
from alerting.rewriting import rewrite, rewrite_text

MaskText: TypeAlias = Callable[[str], str]


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


def masked(payload: JsonValue, findings: Sequence[Finding]) -> JsonValue:
    """Return a deep copy of a payload with the values that a scan of it found masked.

    Names and numbers are treated as :func:`alerting.rewriting.rewrite` says.
    """
    return rewrite(payload, findings, mask_value)
