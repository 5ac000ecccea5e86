"""Addresses of Ethereum: what EIP-55 says about their capital letters."""

import pytest

from alerting.detector import Detector

CHECKSUMMED = (  # those that EIP-55 itself publishes
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
)
ONE_CASE = (
    "0x52908400098527886E0F7030069857D2E4169EE7",
    "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
    "0xde709f2102306220921060314715629080e2fb77",
    "0x27b1fdb04752bbc536007a920d24acb045561c26",
)


@pytest.fixture(scope="module")
def detector() -> Detector:
    """The detector of this kind."""
    return Detector(["crypto"])


@pytest.mark.parametrize("address", [*CHECKSUMMED, *ONE_CASE])
def test_published_addresses_are_found(detector: Detector, address: str) -> None:
    """Capital letters where the checksum wants them, or nowhere or everywhere."""
    (found,) = detector.scan_text(f"to {address}.")
    assert (found.start, found.end) == (3, 3 + len(address))


@pytest.mark.parametrize("address", CHECKSUMMED)
def test_an_address_without_a_checksum_is_less_sure(detector: Detector, address: str) -> None:
    """One case throughout says nothing, so the shape alone has to do."""
    (sure,) = detector.scan_text(address)
    for digits in (address[2:].lower(), address[2:].upper()):
        (unsure,) = detector.scan_text(f"0x{digits}")
        assert (sure.why, unsure.why) == ("shape and checksum", "shape")
        assert sure.confidence > unsure.confidence


@pytest.mark.parametrize("address", CHECKSUMMED)
def test_any_letter_in_the_wrong_case_is_a_wrong_checksum(detector: Detector, address: str) -> None:
    """No letter of an address can change its case unnoticed."""
    for number, letter in enumerate(address[2:], start=2):
        if letter.isalpha():
            wrong = address[:number] + letter.swapcase() + address[number + 1 :]
            assert detector.scan_text(wrong) == []
