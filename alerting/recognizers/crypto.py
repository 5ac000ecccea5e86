"""Addresses of Bitcoin (Base58Check, BIP 173 and BIP 350) and of Ethereum (EIP-55)."""

from stdnum import bitcoin

from alerting.page import Page
from alerting.recognizer import Match, Recognizer, without_layout

_DIFFERENT_CHARACTERS = 7
"""Fewer in an address of Ethereum are a number that somebody made up."""


def check(page: Page, start: int, end: int) -> tuple[Match, ...]:
    """Take a candidate that is a word of its own and whose checksum holds."""
    text = page.data[start:end].decode()
    if not text.startswith("0x"):
        return (Match(start, end, 0.9, "shape and checksum"),) if bitcoin.is_valid(text) else ()
    if len(set(text)) < _DIFFERENT_CHARACTERS:
        return ()
    digits = text.removeprefix("0x")
    if digits in (digits.lower(), digits.upper()):
        return (Match(start, end, 0.6, "shape"),)
    return (Match(start, end, 0.95, "shape and checksum"),) if _is_checksummed(digits) else ()


def _is_checksummed(digits: str) -> bool:
    """Tell whether the letters are capitals exactly where the digest of EIP-55 has an 8 or more."""
    # Imported here because it is slow, and few payloads hold such an address.
    from Crypto.Hash import keccak  # noqa: PLC0415

    lower = digits.lower()
    digest = keccak.new(digest_bits=256, data=lower.encode()).hexdigest()
    capitals = (
        digit.upper() if place >= "8" else digit
        for digit, place in zip(lower, digest, strict=False)
    )
    return digits == "".join(capitals)


def normal(text: str) -> str:
    """Return an address in lower case, unless case is part of it, as in Base58."""
    text = without_layout(text)
    lower = text.lower()
    return lower if lower.startswith(("0x", "bc1", "tb1")) else text


RECOGNIZER = Recognizer(
    pattern=rb"\b(?:0x[0-9A-Fa-f]{40}|(?:bc|tb)1[ac-hj-np-z02-9]{11,71}"
    rb"|[123mn][A-HJ-NP-Za-km-z1-9]{25,35})\b",
    check=check,
    found={
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed": "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xde709f2102306220921060314715629080e2fb77": "0xde709f2102306220921060314715629080e2fb77",
        "0x683E07492fBDfDA84457C16546ac3f433BFaa128": "0x683E07492fBDfDA84457C16546ac3f433BFaa128",
        "to 1BoatSLRHtKNngkdXEeobR76b53LETtpyT": "1BoatSLRHtKNngkdXEeobR76b53LETtpyT",
        "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq": "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
    },
    ignored=(
        "1BoatSLRHtKNngkdXEeobR76b53LETtpyU",
        "0x0000000000000000000000000000000000000000",
        "a1BoatSLRHtKNngkdXEeobR76b53LETtpyT",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD",
    ),
    normal=normal,
)
