"""The letter O, Latin or Cyrillic, for a zero."""

import re

from alerting.disguise import Disguise

_LETTER = rb"(?:[Oo]|\xd0[\x9e\xbe])"
_FIRST = rb"(?:\b[Oo]|\xd0[\x9e\xbe])"


def _plain(_token: str) -> str:
    return "0"


DISGUISE = Disguise(
    pattern=rb"(?:[0-9(]" + _LETTER + rb"[0-9]|" + _FIRST + rb"[3-9][0-9][ ().\-]?[0-9])"
    rb'[^"\n\r\x1f]*',
    tokens=re.compile(r"(?<![^\W\d_])[OoОо](?=[ ().\-]?[0-9OoОо])|(?<=[0-9])[OoОо](?![^\W\d_])"),
    plain=_plain,
    is_line=True,
    certainty=0.9,
    hidden={"+38O961234567": "+38O961234567", "call О96 123 45 67": "О96 123 45 67"},
)
