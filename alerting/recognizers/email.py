"""E-mail addresses: dot-atoms before a domain name (RFC 5322, RFC 6531 for other scripts)."""

import re

from alerting.page import SEPARATOR, Page
from alerting.recognizer import Match, Recognizer, mask_all

_MAX_LOCAL_BYTES = 256
_LOCAL = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._%+'|~!$^*-" + bytes(
    range(0x80, 0x100)
)
_LOCAL_CHARACTERS = re.compile(r"[\w.%+'|~!$^*\u200b-]+\Z")
_AT = re.compile(
    r"@|%40|&#(?:64|x40);|=40|\\u0040| {1,2}@ {0,2}|"
    r" ?[\[(](?:at|собака|ет)[\])] ?| at (?=[^ ]+ dot )"
)
_DOT = r"(?:\.| ?[\[(](?:dot|крапка)[\])] ?| dot )"
_DOMAIN_CHARACTERS = re.compile(
    r"(?:[^\W_](?:[\w\u200b-]*[^\W_])?" + _DOT + r")+(?:xn--[a-z0-9-]+|[^\W\d_]{2,})"
)
_GLUED_PREFIX = re.compile(r"^[^\W\d_a-zA-Z]+(?=[a-zA-Z0-9])")
_LATIN_LOOKALIKES = frozenset("авекмнорстухіїАВЕКМНОРСТУХІ")
_AT_BYTES = (
    rb"(?:@|%40|&#(?:64|x40);|=40|\\u0040| {1,2}@ {0,2}|"
    rb" ?[\[(](?:at|\xd1\x81\xd0\xbe\xd0\xb1\xd0\xb0\xd0\xba\xd0\xb0|\xd0\xb5\xd1\x82)[\])] ?| at )"
)
_DOT_BYTES = rb"(?:\.| ?[\[(](?:dot|\xd0\xba\xd1\x80\xd0\xb0\xd0\xbf\xd0\xba\xd0\xb0)[\])] ?| dot )"
_FILE_ENDINGS = re.compile(
    "avif|bmp|css|csv|gif|ico|jpe?g|jsx?|json|log|md|pdf|png|py|svg|tar|toml|tsx?|txt|webp|ya?ml|zip"
)


def _local_part(before: bytes) -> str:
    """Return the local part that ends right before the ``@``; empty when there is none."""
    tail = before[len(before.rstrip(_LOCAL)) :]
    local = tail.decode("utf-8", "ignore")
    if not tail.isascii():
        allowed = _LOCAL_CHARACTERS.search(local)
        local = allowed[0] if allowed else ""
        glued = _GLUED_PREFIX.match(local)
        if glued and not _LATIN_LOOKALIKES.issuperset(glued[0]) and local[glued.end() :].isascii():
            local = local[glued.end() :]
    return local.lstrip(".'|~!$^*-%+")


def check(page: Page, start: int, end: int) -> tuple[Match, ...]:
    """Find the address around an ``@`` and the domain name after it."""
    data = page.data
    before = data[max(0, start - _MAX_LOCAL_BYTES, data.rfind(SEPARATOR, 0, start)) : start]
    local = _local_part(before)
    text = data[start:end].decode("utf-8", "ignore")
    at = _AT.match(text)
    domain = _DOMAIN_CHARACTERS.match(text, at.end()) if at else None
    if not local or domain is None:
        return ()
    if _FILE_ENDINGS.fullmatch(domain[0].rpartition(".")[2].lower()):
        return ()
    return (
        Match(
            start - len(local.encode()),
            start + len(text[: domain.end()].encode()),
            0.95 if text.startswith("@") else 0.7,
            "local part, @ and domain name",
        ),
    )


def mask(text: str) -> str:
    """Keep the first letters of the local part and of the domain, and the last label."""
    local, at, domain = text.rpartition("@")
    if not at:
        return mask_all(text)
    return f"{local[:1]}***@{domain.strip()[:1]}***.{domain.rpartition('.')[2]}"


RECOGNIZER = Recognizer(
    pattern=_AT_BYTES + rb"(?:[A-Za-z0-9\x80-\xff_-]+" + _DOT_BYTES + rb")+"
    rb"[A-Za-z\x80-\xff][A-Za-z0-9\x80-\xff-]+",
    check=check,
    found={
        "write to test@example.com.": "test@example.com",
        "mailto:ann.lee+news@mail.example.org?subject=x": "ann.lee+news@mail.example.org",
        "іван@пошта.укр": "іван@пошта.укр",
        "ivan@xn--80a1acny.xn--j1amh": "ivan@xn--80a1acny.xn--j1amh",
        "поштаann@example.com": "ann@example.com",
        "ann [at] example [dot] com": "ann [at] example [dot] com",
        "ann%40example.com": "ann%40example.com",
        "to=ann@example.com&cc=": "ann@example.com",
    },
    ignored=(
        "obuf@1.1.2",
        "@example.com",
        "ann@",
        "icon@2x.png",
        "ann@localhost",
        "look at example.com",
    ),
    mask=mask,
)
