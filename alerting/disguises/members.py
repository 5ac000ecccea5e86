"""A telephone number over several members or items that stand beside one another."""

import re

from alerting.candidates import PHONE_BEGINNING
from alerting.disguise import Disguise, a_gap

_QUOTE = rb"(?:\"|\x1f\x1f)"
_NAME = _QUOTE + rb"[^\"\x00-\x1f]{1,24}" + _QUOTE + rb" ?: ?"
_NEXT = rb",[ \n]{0,2}(?:" + _NAME + rb")?" + _QUOTE + rb"?"
_FIRST = rb"(?:" + _QUOTE + PHONE_BEGINNING + _QUOTE + rb"|[:\[,] ?380[0-9]{0,2})"
_ONE_BY_ONE = _QUOTE + rb"[+0-9]" + _QUOTE + rb"(?:, ?" + _QUOTE + rb"[0-9]" + _QUOTE + rb"){9,14}"


DISGUISE = Disguise(
    pattern=_FIRST
    + rb"(?:"
    + _NEXT
    + rb"[0-9][0-9 \-]{0,12}"
    + _QUOTE
    + rb"?){1,5}|"
    + _ONE_BY_ONE,
    tokens=re.compile(r"[\"\x1f]*,[ \n]*(?:[\"\x1f]+[^\"\x00-\x1f]{1,24}[\"\x1f]+ ?: ?)?[\"\x1f]*"),
    plain=a_gap,
    certainty=0.9,
    hidden={
        '["+380", "96", "123", "45", "67"]': '+380", "96", "123", "45", "67',
        '{"code":"+380","number":"961234567"}': '+380","number":"961234567',
        '["0","9","6","1","2","3","4","5","6","7"]': '0","9","6","1","2","3","4","5","6","7',
        "[380,96,1234567]": "380,96,1234567",
    },
)
