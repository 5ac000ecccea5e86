"""Presidio with all its recognizers that need no model."""

import functools
from collections.abc import Iterator

import spacy
import tldextract
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import SpacyNlpEngine
from presidio_analyzer.predefined_recognizers import PhoneRecognizer

NAME = "Presidio"
PACKAGE = "presidio-analyzer"
SETUP = (
    "every predefined recognizer on a blank English spaCy pipeline (no model for names and "
    "places), phone numbers of region UA too"
)
_MAX_LENGTH = 10_000_000


class _BlankEngine(SpacyNlpEngine):  # type: ignore[misc] # comes without types
    """Splits into words only; what a model would find is not compared."""

    def load(self) -> None:
        blank = spacy.blank("en")
        blank.max_length = _MAX_LENGTH
        self.nlp = {"en": blank}


@functools.cache
def _analyzer() -> AnalyzerEngine:
    # Its e-mail recognizer would fetch the list of public suffixes; the one it ships will do.
    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())
    engine = _BlankEngine()
    engine.load()
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"], nlp_engine=engine)
    registry.remove_recognizer("PhoneRecognizer")
    regions = (*PhoneRecognizer.DEFAULT_SUPPORTED_REGIONS, "UA")
    registry.add_recognizer(PhoneRecognizer(supported_regions=regions))
    return AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en"])


def detect(text: str) -> Iterator[tuple[str, int, int, float]]:
    """Yield what its recognizers find, with their scores."""
    for one in _analyzer().analyze(text, language="en"):
        yield one.entity_type, one.start, one.end, one.score
