"""A telephone number with unusual signs between its groups of digits."""

import re

from alerting.disguise import Disguise, a_gap

_SIGN = rb"(?: ?(?:[_*|~,;:=]|\xc2\xb7|\xe2\x80\xa2) ?)"
_BEGINNING = rb"(?:\+?3?8" + _SIGN + rb"?)?\(?0[3-9][0-9]\)?"


DISGUISE = Disguise(
    # Groups as people write them: other runs of short numbers are lists.
    pattern=_BEGINNING + _SIGN + rb"[0-9]{3}" + _SIGN + rb"?[0-9]{2}" + _SIGN + rb"?[0-9]{2}\b",
    tokens=re.compile(r" ?[_*|~,;:=\u00b7\u2022] ?"),
    plain=a_gap,
    certainty=0.9,
    hidden={
        "096_123_45_67": "096_123_45_67",
        "096 * 123 * 45 * 67": "096 * 123 * 45 * 67",
        "+38(096),123,45,67": "+38(096),123,45,67",
        "096|1234567": "096|1234567",
    },
)
