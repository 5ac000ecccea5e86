"""Every recognizer that is installed holds its own examples; these tests run them all."""

import pytest

from alerting.detector import Detector, recognizers

FOUND = [
    (kind, text, value) for kind, one in recognizers().items() for text, value in one.found.items()
]
IGNORED = [(kind, text) for kind, one in recognizers().items() for text in one.ignored]


@pytest.mark.parametrize(("kind", "text", "value"), FOUND)
def test_finds_its_examples(kind: str, text: str, value: str) -> None:
    """A recognizer finds exactly the value that its example names."""
    findings = Detector().scan_text(text)
    assert [text[one.start : one.end] for one in findings if one.kind == kind] == [value]


@pytest.mark.parametrize(("kind", "text"), IGNORED)
def test_ignores_its_counterexamples(kind: str, text: str) -> None:
    """A recognizer stays silent on what merely looks like its kind."""
    assert [one for one in Detector().scan_text(text) if one.kind == kind] == []


@pytest.mark.parametrize("kind", recognizers())
def test_masks_hide_the_value_from_the_detector(kind: str) -> None:
    """A masked value is no finding any more."""
    recognizer = recognizers()[kind]
    for value in recognizer.found.values():
        shown = recognizer.mask(value)
        assert value not in shown
        assert Detector([kind]).scan_text(shown) == []
