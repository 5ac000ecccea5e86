"""The one form of a value that may be written in many ways, to tell whether two are the same.

What a recognizer does not know stays as it is written: two forms of one value then merely count as
two. Knows no kind by name.
"""

from alerting.detector import recognizers
from alerting.recognizer import without_layout


def normal_form(kind: str, text: str) -> str:
    """Return the normal form of a value, as its recognizer has it."""
    recognizer = recognizers().get(kind)
    return recognizer.normal(text) if recognizer else without_layout(text)
