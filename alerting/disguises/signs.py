"""Signs in code or in words: percent, HTML, quoted-printable, JSON escapes, ``[at]``, ``(dot)``.

RFC 3986, section 2.1; HTML, named character references; RFC 2045, section 6.7; RFC 8259, section 7.
"""

import functools
import html
import re

from alerting.disguise import Disguise

_AT = "@", "at", "ат", "ет", "собака", "собачка"
_DOT = ".", "dot", "крапка", "точка"
_ENTITY = r"&(?:[#][0-9]{1,7}|[#][xX][0-9A-Fa-f]{1,6}|commat|plus|nbsp|period|lpar|rpar|shy|zwn?j);"
_CODE = re.compile("[ux]([0-9A-Fa-f]+)")
_PERCENT = "%(?:2[0589BDEbde]|40|5[Ff])"
"""Signs of addresses and numbers: space, ( ) + - . @ and _; and the percent sign itself."""


def _one_of(words: tuple[str, ...]) -> str:
    return "|".join(re.escape(word) for word in words)


_AT_WORDS, _DOT_WORDS = _one_of(_AT[1:]), _one_of(_DOT[1:])
_TOKENS = re.compile(
    rf"""
    (?:%[0-9A-Fa-f]{{2}}){{2,}} | {_PERCENT}
    | (?:{_ENTITY}){{1,64}}
    | =(?:40|2B|2E)
    | (?:(?:\x1c\x1c)+(?:u[0-9A-Fa-f]{{4}}|x[0-9A-Fa-f]{{2}}))+
    | \ ?[\[({{<]\ ?(?:{_one_of((*_AT, *_DOT))})\ ?[\])}}>]\ ?
    | [ _](?:{_AT_WORDS})[ _](?=[^\s@"]{{1,64}}[ _](?:{_DOT_WORDS})[ _])
    | [ _](?:{_DOT_WORDS})[ _](?=[^\s@"]{{2}})
    | \ {{1,2}}@\ {{0,2}} | @\ {{1,2}} | (?<=[a-z0-9])\ \.\ ?(?=[a-z]{{2}})
    """,
    re.VERBOSE | re.IGNORECASE,
)
_PATTERN = "|".join(
    (
        rf"%[0-9A-Fa-f]{{2}}%[0-9A-Fa-f]{{2}}|{_PERCENT}|=(?:40|2B|2E)|{_ENTITY}",
        r"\x1c\x1c(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2})",
        rf"[\[({{<] ?(?i:{_one_of((*_AT, *_DOT))}) ?[\])}}>]",
        rf'[ _](?i:{_AT_WORDS})[ _][^@"\x00-\x20]{{1,64}}[ _](?i:{_DOT_WORDS})[ _]',
        r"[0-9A-Za-z\x80-\xff_] {1,2}@|@ {1,2}[0-9A-Za-z\x80-\xff]|@[A-Za-z0-9-]{1,63} \. ?[a-z]",
    )
)


def _plain(token: str) -> str:
    if token.startswith("%"):
        decoded = bytes.fromhex(token.replace("%", "")).decode("utf-8", "replace")
        return decoded.replace('"', "\x1f")
    if token.startswith("&"):
        return "".join(map(_referenced, token[1:-1].split(";&")))
    if token.startswith("="):
        return chr(int(token[1:], 16))
    if token.startswith("\x1c"):
        return "".join(chr(int(code, 16)) for code in _CODE.findall(token))
    return "@" if token.strip(" _[](){}<>").lower() in _AT else "."


@functools.lru_cache(maxsize=1024)
def _referenced(name: str) -> str:
    return html.unescape(f"&{name};")


DISGUISE = Disguise(
    pattern=rb"(?:" + _PATTERN.encode() + rb')[^"\n\r\x1f]*',
    tokens=_TOKENS,
    plain=_plain,
    is_line=True,
    hidden={
        "ann%40example.com": "ann%40example.com",
        "tel=%2B380961234567": "%2B380961234567",
        "ann&#64;example&period;com": "ann&#64;example&period;com",
        "096&nbsp;123&nbsp;45&nbsp;67": "096&nbsp;123&nbsp;45&nbsp;67",
        "ann=40example.com": "ann=40example.com",
        r"ann\u0040example.com": r"ann\u0040example.com",
        "ann [at] example (dot) com": "ann [at] example (dot) com",
        "ann собака example крапка com": "ann собака example крапка com",
        "ann @ example.com": "ann @ example.com",
        "ANN AT EXAMPLE DOT COM": "ANN AT EXAMPLE DOT COM",
        "ann_at_example_dot_com": "ann_at_example_dot_com",
        "ann@example . com": "ann@example . com",
        r"ann\x40example.com": r"ann\x40example.com",
    },
)
