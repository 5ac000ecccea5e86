"""Addresses of Bitcoin (Base58Check, BIP 173 and BIP 350) and of Ethereum (by shape)."""

from stdnum import bitcoin

from alerting.page import Page
from alerting.recognizer import Match, Recognizer, without_layout


def check(page: Page, start: int, end: int) -> tuple[Match, ...]:
    """Take a candidate that is a word of its own and whose checksum holds."""
    text = page.data[start:end].decode()
    is_address = len(set(text)) > 6 if text.startswith("0x") else bitcoin.is_valid(text)
    return (Match(start, end, 0.9, "shape and checksum"),) if is_address else ()


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
        "0x683E07492fBDfDA84457C16546ac3f433BFaa128": "0x683E07492fBDfDA84457C16546ac3f433BFaa128",
        "to 1BoatSLRHtKNngkdXEeobR76b53LETtpyT": "1BoatSLRHtKNngkdXEeobR76b53LETtpyT",
        "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq": "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
    },
    ignored=(
        "1BoatSLRHtKNngkdXEeobR76b53LETtpyU",
        "0x0000000000000000000000000000000000000000",
        "a1BoatSLRHtKNngkdXEeobR76b53LETtpyT",
    ),
    normal=normal,
)
