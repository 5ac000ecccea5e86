"""E-mail addresses: dot-atoms before a domain name (RFC 5322, RFC 6531 for other scripts)."""

import re

from alerting.page import SEPARATOR, Page
from alerting.recognizer import Match, Recognizer

_MAX_LOCAL_BYTES = 256
_LOCAL = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._%+'|~!$^*-" + bytes(
    range(0x80, 0x100)
)
_LOCAL_CHARACTERS = re.compile(r"[\w.%+'|~!$^*-]+\Z")
_DOMAIN_CHARACTERS = re.compile(r"@(?:[^\W_](?:[\w-]*[^\W_])?\.)+(?:xn--[a-z0-9-]+|[^\W\d_]{2,})")
_GLUED_PREFIX = re.compile(r"^[^\W\d_a-zA-Z]+(?=[a-zA-Z0-9])")
_LATIN_LOOKALIKES = frozenset("авекмнорстухіїАВЕКМНОРСТУХІ")
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
    domain = _DOMAIN_CHARACTERS.match(data[start:end].decode("utf-8", "ignore"))
    if not local or domain is None:
        return ()
    ending = domain[0].rpartition(".")[2].lower()
    if _FILE_ENDINGS.fullmatch(ending):
        return ()
    return (
        Match(
            start - len(local.encode()),
            start + len(domain[0].encode()),
            0.95,
            "local part, @ and domain name",
        ),
    )


def mask(text: str) -> str:
    """Keep the first letters of the local part and of the domain, and the last label."""
    local, _, domain = text.rpartition("@")
    return f"{local[:1]}***@{domain[:1]}***.{domain.rpartition('.')[2]}"


RECOGNIZER = Recognizer(
    pattern=rb"@(?:[A-Za-z0-9\x80-\xff_-]+\.)+[A-Za-z\x80-\xff][A-Za-z0-9\x80-\xff-]+",
    check=check,
    found={
        "write to test@example.com.": "test@example.com",
        "mailto:ann.lee+news@mail.example.org?subject=x": "ann.lee+news@mail.example.org",
        "іван@пошта.укр": "іван@пошта.укр",
        "ivan@xn--80a1acny.xn--j1amh": "ivan@xn--80a1acny.xn--j1amh",
        "поштаann@example.com": "ann@example.com",
        "to=ann@example.com&cc=": "ann@example.com",
    },
    ignored=("obuf@1.1.2", "@example.com", "ann@", "icon@2x.png", "ann@localhost"),
    mask=mask,
)
