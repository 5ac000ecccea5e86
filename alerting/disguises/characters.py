"""Characters that look like others or like nothing.

Other scripts' digits, full-width forms, spaces, dashes, and characters without width (Unicode
Standard Annex 15, and the general categories).
"""

import functools
import re
import unicodedata

from alerting.disguise import Disguise

_NO_WIDTH = (
    "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff\u20e3"
)
_GAPS = "\u00a0\u2000-\u200a\u202f\u205f\u3000\u2010-\u2015\u2212"
_FORMS = "\u2070-\u209f\u2460-\u24ff\ufe50-\ufe6b\uff01-\uff5e\U0001d400-\U0001d7ff"
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")

_PATTERN = b"|".join(
    (
        # Without width; emoji's variation selectors only where they make a digit a key cap.
        rb"\xc2\xad|\xcd\x8f|\xd8\x9c|\xe1\xa0\x8e|\xe2\x80[\x8b-\x8f\xaa-\xae]|\xe2\x81[\xa0-\xa4]",
        rb"\xef\xbb\xbf|[0-9](?:\xef\xb8\x8f)?\xe2\x83\xa3",
        # Spaces and dashes, which are everywhere in print, beside a number or an @.
        rb"[0-9)(+@.](?:\xc2\xa0|\xe2\x80[\x80-\x8a\x90-\x95\xaf]|\xe2\x81\x9f|\xe2\x88\x92)",
        rb"[0-9)(+@.]\xe3\x80\x80|\xc2\xa0[0-9(+@]",
        # Full-width, small, mathematical, circled, superscript and subscript forms.
        rb"\xef\xbc[\x8b\x90-\x99\xa0-\xba]|\xef\xbd[\x81-\x9a]|\xef\xb9[\xa2\xab]",
        rb"\xf0\x9d[\x90-\x9f]|\xe2\x91[\xa0-\xbf]|\xe2[\x92\x93][\x80-\xbf]",
        rb"\xe2\x81[\xb0-\xb9]|\xe2\x82[\x80-\x89]",
        # Digits of Arabic, Persian, Indic, Thai, Lao, Tibetan, Burmese and Khmer.
        rb"\xd9[\xa0-\xa9]|\xdb[\xb0-\xb9]|\xe0[\xa5\xa7\xa9\xab\xad\xaf\xb1\xb3\xb5][\xa6-\xaf]",
        rb"\xe0[\xb9\xbb][\x90-\x99]|\xe0\xbc[\xa0-\xa9]|\xe1\x81[\x80-\x89]|\xe1\x9f[\xa0-\xa9]",
    )
)


def _plain(token: str) -> str:
    if not _plain_character(token[0]):  # so are the others of its token
        return ""
    return "".join(map(_plain_character, token))


@functools.lru_cache(maxsize=4096)
def _plain_character(character: str) -> str:
    if unicodedata.category(character) in {"Cf", "Mn", "Me"}:
        return ""
    if _DASHES.match(character):
        return "-"
    digit = unicodedata.decimal(character, None)
    return unicodedata.normalize("NFKC", character) if digit is None else str(digit)


DISGUISE = Disguise(
    pattern=rb"(?:" + _PATTERN + rb')[^"\n\r\x1f]*',
    tokens=re.compile(rf"[{_NO_WIDTH}]+|[{_GAPS}]|(?:(?![0-9])\d)+|[{_FORMS}]+"),
    plain=_plain,
    is_line=True,
    hidden={
        "ann\u200b@example.com": "ann\u200b@example.com",
        "ann\uff20example.com": "ann\uff20example.com",
        "\uff0b\uff13\uff18\uff10\uff19\uff16\uff11\uff12\uff13\uff14\uff15\uff16\uff17": "\uff0b"
        "\uff13\uff18\uff10\uff19\uff16\uff11\uff12\uff13\uff14\uff15\uff16\uff17",
        "+\u0663\u0668\u0660961234567": "+\u0663\u0668\u0660961234567",
        "096\u2011123\u201145\u201167": "096\u2011123\u201145\u201167",
        "096\u202f123\u202f45\u202f67": "096\u202f123\u202f45\u202f67",
    },
)
