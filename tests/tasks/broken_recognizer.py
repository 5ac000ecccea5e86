"""A recognizer that breaks on one text; a worker of the tests finds it as a plug-in."""

from collections.abc import Sequence

from alerting.page import Page
from alerting.recognizer import Match, Recognizer


def _break(page: Page, start: int, end: int) -> Sequence[Match]:
    raise RuntimeError(page, start, end)


RECOGNIZER = Recognizer(pattern=rb"break the recognizer", check=_break, found={}, ignored=())
