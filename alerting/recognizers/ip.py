"""Internet addresses: IPv4 (RFC 791, RFC 4632 prefixes) and IPv6 (RFC 4291, zones of RFC 4007)."""

import ipaddress
import re

from alerting.evidence import words
from alerting.page import Page
from alerting.recognizer import Match, Recognizer, mask_but_tail, without_layout

_WORD = re.compile(rb"[A-Za-z0-9_]")
_TAIL = re.compile(r":((?:[0-9]{1,3}\.){3}[0-9]{1,3})$")
_PREFIX = re.compile(rb"/([0-9]{1,3})(?![0-9])")
_LONGEST = 64
_FIVE_PARTS = re.compile(r"([1-9][0-9]{1,2}(?:\.[0-9]{1,3}){3})\.[0-9]{1,3}")
_is_version = words("ver", "release", "верс")


def check(page: Page, start: int, end: int) -> tuple[Match, ...]:
    """Find the address that a candidate is, with the length of its prefix when one follows."""
    if end - start > _LONGEST:
        return ()
    data = page.data
    text = data[start:end].decode()
    if text.endswith((".", ":")) and not text.endswith("::"):
        text = text[:-1]
    five = _FIVE_PARTS.fullmatch(text)
    text = five[1] if five else text
    end = start + len(text)
    tail = _TAIL.search(text)
    if tail and start and _WORD.match(data, start - 1):
        start, text = end - len(tail[1]), tail[1]
    if (start and _WORD.match(data, start - 1)) or _WORD.match(data, end):
        return ()
    if data[start - 1 : start] == b"." and start:
        return ()
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return ()
    prefix = _PREFIX.match(data, end)
    if (text == "::" and not prefix) or _is_version(page, start):
        return ()
    if prefix and int(prefix[1]) <= address.max_prefixlen:
        end = prefix.end()
    return (Match(start, end, 0.9, f"IPv{address.version} address"),)


def normal(text: str) -> str:
    """Return an address in its shortest form (RFC 5952), a prefix without leading zeros."""
    text = without_layout(text)
    written, slash, prefix = text.partition("/")
    try:
        address = ipaddress.ip_address(written)
        length = f"/{int(prefix)}" if slash else ""
    except ValueError:
        return text
    # Of these, versions of Python have different shortest forms.
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return f"::ffff:{mapped}{length}" if mapped else f"{address.compressed}{length}"


def mask(text: str) -> str:
    """Mask an address, unless it is one that every machine has for itself."""
    try:
        address = ipaddress.ip_address(text.partition("/")[0])
    except ValueError:
        return mask_but_tail(text)
    is_nobody = address.is_loopback or address.is_unspecified
    return text if is_nobody else mask_but_tail(text)


RECOGNIZER = Recognizer(
    pattern=rb"\b[0-9]{1,3}(?:\.[0-9]{1,3}){3,}"
    rb"|(?:(?:[0-9A-Fa-f]{1,4}:){1,6}:|::|(?:[0-9A-Fa-f]{1,4}:){6,7}[0-9A-Fa-f])"
    rb"[0-9A-Fa-f:.]*(?:%[0-9A-Za-z]{1,16})?",
    check=check,
    found={
        "from 203.0.113.9.": "203.0.113.9",
        "net 192.168.1.0/24": "192.168.1.0/24",
        "fe80::7:8%eth0": "fe80::7:8%eth0",
        "::ffff:192.0.2.1": "::ffff:192.0.2.1",
    },
    ignored=("256.1.1.1", "12:34:56", "std::vector", "version 1.2.3.4", "IP192.168.1.1text"),
    mask=mask,
    normal=normal,
)
