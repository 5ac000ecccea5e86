"""E-mail addresses: dot-atoms before a domain name (RFC 5322, RFC 6531 for other scripts)."""

import functools
import re

from publicsuffixlist import PublicSuffixList

from alerting.page import Page
from alerting.recognizer import Match, Recognizer, mask_all, without_layout

_MAX_LOCAL_BYTES = 256
_LOCAL = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._%+'|~!$^*-" + bytes(
    range(0x80, 0x100)
)
_LOCAL_CHARACTERS = re.compile(r"[\w.%+'|~!$^*-]+\Z")
_DOMAIN_CHARACTERS = re.compile(r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+(?:xn--[a-z0-9-]+|[^\W\d_]{2,})")
_GLUED_PREFIX = re.compile(r"^[^\W\d_a-zA-Z]+(?=[a-zA-Z0-9])")
_LATIN_LOOKALIKES = frozenset("авекмнорстухіїАВЕКМНОРСТУХІ")
_QUOTED = re.compile(rb"(?<![:,\s])[ ]?(?<!\x1f)\x1f\x1f([^\x00-\x1f\":,]{1,64})\x1f\x1f\Z")
"""A local part in quotes (RFC 5322, 3.2.4), which stand blanked on a page, in two bytes each.

More of them are another character, which it must not begin in.
"""
_FILE_ENDINGS = frozenset(
    (
        *("avif", "bmp", "gif", "ico", "jpeg", "jpg", "pdf", "png", "svg", "webp", "tar", "zip"),
        *("css", "csv", "js", "jsx", "json", "log", "md", "py", "toml", "ts", "tsx", "txt"),
        *("yaml", "yml"),
    )
)


def _local_part(before: bytes) -> str:
    """Return the local part that ends right before the ``@``; empty when there is none."""
    tail = before[len(before.rstrip(_LOCAL)) :]
    local = tail.decode("utf-8", "replace")
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
    before = data[max(0, start - _MAX_LOCAL_BYTES) : start]
    local = _local_part(before).encode() or _quoted(before)
    domain = _DOMAIN_CHARACTERS.match(data[start + 1 : end].decode("utf-8", "replace"))
    if not local or domain is None:
        return ()
    name = domain[0].lower()
    if name.rpartition(".")[2] in _FILE_ENDINGS:
        return ()
    if page.depth and public_suffixes().publicsuffix(name) is None:
        return ()
    last = start + 1 + len(domain[0].encode())
    return (Match(start - len(local), last, 0.95, "local part, @ and domain name"),)


def _quoted(before: bytes) -> bytes:
    quoted = _QUOTED.search(before)
    return quoted[0].lstrip() if quoted else b""


@functools.cache
def public_suffixes() -> PublicSuffixList:
    """Return the domains under which names are registered, which only a disguise needs."""
    return PublicSuffixList(accept_unknown=False)


def mask(text: str) -> str:
    """Keep the first letters of the local part and of the domain, and the last label."""
    local, at, domain = text.rpartition("@")
    if not at:
        return mask_all(text)
    return f"{local[:1]}***@{domain.strip()[:1]}***.{domain.rpartition('.')[2]}"


def normal(text: str) -> str:
    """Return an address with its domain in lower case; local parts may differ in case."""
    local, at, domain = without_layout(text).rpartition("@")
    return f"{local}{at}{domain.lower()}"


RECOGNIZER = Recognizer(
    pattern=rb"@(?:[A-Za-z0-9\x80-\xff_-]+\.)+[A-Za-z\x80-\xff][A-Za-z0-9\x80-\xff-]+",
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
    normal=normal,
)
