"""Ukraine's taxpayer numbers (RNOKPP): ten digits, birth date, check digit (python-stdnum).

The first five digits count the days from 31 December 1899. Ten digits could be anything, so words
or names have to say what they are.
"""

import re

from stdnum.ua import rntrc

from alerting.evidence import words
from alerting.page import Page
from alerting.recognizer import Match, Recognizer

_SHAPE = re.compile(rb"(?<![0-9A-Za-z_+.\-])[0-9]{10}(?![0-9A-Za-z_]|[.\-][0-9])")
_is_near = words(
    *("ipn", "inn", "rnokpp", "tin", r"tax[ _]?(?:payer|id|number)"),
    *("іпн", "рнокпп", "ідентифікаційн", "платник"),
)
_FEWEST_DAYS, _MOST_DAYS = 3_600, 47_000


def check(page: Page, start: int, end: int) -> list[Match]:
    """Find taxpayer numbers in a run of digits."""
    return [
        Match(*match.span(), 0.95, "check digit, birth date and words nearby")
        for match in _SHAPE.finditer(page.data, start, end)
        if _FEWEST_DAYS < int(match[0][:5]) < _MOST_DAYS
        and _is_near(page, match.start())
        and rntrc.is_valid(match[0].decode())
    ]


RECOGNIZER = Recognizer(
    pattern=rb"\b[0-9]{10}\b",
    check=check,
    found={"ІПН 1759013776": "1759013776", '{"taxId": "1759013776"}': "1759013776"},
    ignored=("1759013776", "ІПН 1759013770", "order 1759013776"),
)
