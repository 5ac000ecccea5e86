"""Letters that look like digits, Latin or Cyrillic: O for 0, l and I for 1, З for 3, б for 6."""

import re

from alerting.disguise import Disguise

_DIGITS = str.maketrans("OoОоlIІіЗзб", "00001111336")
_LETTERS = "OoОоlIІіЗзб"
_LETTER = rb"(?:[OolI]|\xd0[\x9e\xbe\x86\x97\xb7\xb1]|\xd1\x96)"
_IN_A_NUMBER = rb"[0-9(] ?" + _LETTER + rb"{1,2} ?[0-9]"
_FIRST = rb"(?:\b[Oo]|\xd0[\x9e\xbe])[3-9][0-9][ ().\-]?[0-9]"


def _plain(token: str) -> str:
    return token.translate(_DIGITS)


DISGUISE = Disguise(
    pattern=rb"(?:" + _IN_A_NUMBER + rb"|" + _FIRST + rb')[^"\n\r\x1f]*',
    tokens=re.compile(
        rf"(?<![^\W\d_])[{_LETTERS}]{{1,2}}(?=[ ().\-]?[0-9])"
        rf"|(?<=[0-9])[{_LETTERS}]{{1,2}}(?![^\W\d_])"
    ),
    plain=_plain,
    is_line=True,
    certainty=0.9,
    hidden={
        "+38O961234567": "+38O961234567",
        "call О96 123 45 67": "О96 123 45 67",
        "O96 l23 45 67": "O96 l23 45 67",
        "096 12З 45 б7": "096 12З 45 б7",
    },
)
