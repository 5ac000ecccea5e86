"""Text as hexadecimal codes of ASCII, in which what is found counts as the whole."""

import re

from alerting.disguise import Disguise


def _plain(token: str) -> str:
    """Return the text, or the token where it has half a code: it is no text then."""
    return token if len(token) % 2 else bytes.fromhex(token).decode("ascii").replace('"', "\x1f")


DISGUISE = Disguise(
    # Every code is one of a printable sign, which hardly any hash or number is throughout.
    pattern=rb"\b(?:[2-6][0-9A-Fa-f]|7[0-9A-Ea-e]){10,}\b",
    tokens=re.compile("[0-9A-Fa-f]+"),
    plain=_plain,
    hidden={
        "id 616e6e406578616d706c652e636f6d": "616e6e406578616d706c652e636f6d",
        "2b333830393631323334353637": "2b333830393631323334353637",
    },
)
