"""A whole number written with an exponent (RFC 8259, section 6)."""

import re
from decimal import Decimal

from alerting.disguise import Disguise


def _plain(token: str) -> str:
    return f"{Decimal(token):.0f}"


DISGUISE = Disguise(
    pattern=rb"[0-9]\.[0-9]{5,16}[eE]\+?[0-9]{1,2}",
    tokens=re.compile(".+"),
    plain=_plain,
    hidden={"tel: 3.80961234567e11": "3.80961234567e11"},
)
