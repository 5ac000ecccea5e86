"""Ukrainian passports: two letters and six digits, or the nine digits of an identity card."""

import re

from alerting.evidence import words
from alerting.page import Page
from alerting.recognizer import Match, Recognizer

_WORD = re.compile(r"[^\W_]")
_is_near = words("passport", "паспорт", "seria", "серія", "id.?card", "посвідчення")


def check(page: Page, start: int, end: int) -> tuple[Match, ...]:
    """Take a candidate that stands alone and that words call a passport."""
    data = page.data
    if data[start - 1 : start].isdigit() or data[end : end + 1].isdigit():
        return ()
    before = data[max(0, start - 4) : start].decode("utf-8", "ignore")[-1:]
    after = data[end : end + 4].decode("utf-8", "ignore")[:1]
    if _WORD.match(before) or _WORD.match(after) or not _is_near(page, start):
        return ()
    return (Match(start, end, 0.85, "shape and words nearby"),)


RECOGNIZER = Recognizer(
    pattern=rb"(?:\xd0[\x80-\xbf]|\xd2\x90){2} ?[0-9]{6}|\b[0-9]{9}\b",
    check=check,
    found={"паспорт КС 123456": "КС 123456", "passport: 001234567": "001234567"},
    ignored=("КС 123456", "001234567", "паспорт КСМ 123456", "паспорт 0012345678"),
)
