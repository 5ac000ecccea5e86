"""Where a webhook may go: the addresses of a host, checked. Knows no HTTP.

Whoever can choose a webhook's address, or what its name resolves to, must not reach what only this
machine can: neighbours, the machine itself, a cloud's metadata. The addresses that were checked are
the ones to connect to; a name that is resolved again may lead elsewhere by then.
"""

import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from alerting.errors import AlertingError

Address = IPv4Address | IPv6Address
# An address of these holds one of IPv4, to which a gateway may lead on: RFC 6052, 8215, 3056, 4380.
_TRANSLATED = tuple(
    map(ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96"))
)


class ForbiddenDestination(AlertingError):  # noqa: N818 - a fact about the address
    """The webhook's host has an address that is not public; ALERT_WEBHOOK_NETWORKS allows some."""


def addresses(host: str, port: int, *, allowed: Iterable[str] = ()) -> list[str]:
    """Return the addresses of a host; raises ForbiddenDestination if one of them is, OSError."""
    networks = [ip_network(one) for one in allowed]
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    texts = list(dict.fromkeys(str(one[4][0]) for one in found))
    for text in texts:
        address = _plain(ip_address(text.partition("%")[0]))
        if not _is_public(address) and not any(address in network for network in networks):
            raise ForbiddenDestination
    return texts


def _plain(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for, if it does (RFC 4291, 2.5.5.2)."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _is_public(address: Address) -> bool:
    return (
        address.is_global
        and not address.is_multicast
        and not any(address in network for network in _TRANSLATED)
    )
