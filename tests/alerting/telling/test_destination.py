"""Where a webhook may go."""

import socket

import pytest

from alerting.telling.destination import ForbiddenDestination, addresses


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "2130706433",
        "0x7f.1",
        "::1",
        "::",
        "fe80::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
    ],
)
def test_what_is_not_public_is_refused(host: str) -> None:
    """However it is written: this machine, its neighbours, a cloud's metadata, translations."""
    with pytest.raises(ForbiddenDestination):
        addresses(host, 443)


@pytest.mark.parametrize("host", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_what_is_public_is_allowed(host: str) -> None:
    """The address that was checked comes back, to be connected to."""
    assert len(addresses(host, 443)) == 1


def test_a_setting_allows_networks() -> None:
    """What a setting names is allowed, in each of its forms, and nothing beside it."""
    assert addresses("10.1.2.3", 443, allowed=["10.1.0.0/16"]) == ["10.1.2.3"]
    assert addresses("::ffff:10.1.2.3", 443, allowed=["10.1.0.0/16"])
    with pytest.raises(ForbiddenDestination):
        addresses("10.2.0.1", 443, allowed=["10.1.0.0/16"])


def test_one_forbidden_address_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads to a public address and to this machine is refused."""

    def resolve(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(0, 0, 0, "", (address, 443)) for address in ("8.8.8.8", "127.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(ForbiddenDestination):
        addresses("rebound.example.org", 443)
