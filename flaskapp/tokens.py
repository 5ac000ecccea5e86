"""Which token opens what: the tokens of the file or of the environment, looked up safely.

Knows no HTTP. Where the tokens stand is told by ``token_file``, what they hold by
``token_record``.
"""

import hmac
from collections.abc import Callable
from typing import Self

from flaskapp.settings import WebSettings
from flaskapp.token_file import TokenFile
from flaskapp.token_record import (
    DEVELOPMENT_TOKEN,
    TokenRecord,
    development_tokens,
    digest,
    is_loopback,
    parse_api_tokens,
)

__all__ = ["DEVELOPMENT_TOKEN", "TokenRecord", "TokenStore", "development_tokens", "is_loopback"]


class TokenStore:
    """The tokens that are valid now."""

    def __init__(self, records: Callable[[], tuple[TokenRecord, ...]]) -> None:
        self._records = records

    @classmethod
    def from_settings(cls, settings: WebSettings) -> Self:
        """Return the tokens of ``API_TOKENS``, or without it those of the tokens file."""
        if settings.api_tokens is None:
            return cls(TokenFile(settings.tokens_file).records)
        records = parse_api_tokens(settings.api_tokens.get_secret_value())
        return cls(lambda: records)

    def find(self, token: str) -> TokenRecord | None:
        """Return the record of a token, or None when it is unknown or expired.

        Compares with every entry in constant time, so that the time an answer takes tells
        neither how much of a digest was right nor where in the list it stands.
        """
        presented = digest(token)
        found = None
        for record in self._records():
            if hmac.compare_digest(record.sha256, presented):
                found = record
        return None if found is None or found.is_expired else found

    def named(self, name: str, *, fingerprint: str) -> TokenRecord | None:
        """Return the record a session was made from, or None when it is revoked or expired."""
        for record in self._records():
            if record.name == name and hmac.compare_digest(record.fingerprint, fingerprint):
                return None if record.is_expired else record
        return None

    def all(self) -> tuple[TokenRecord, ...]:
        """Return every record, also the expired ones."""
        return self._records()

    def is_empty(self) -> bool:
        """Return whether there is no token at all, so that nobody could get in."""
        return not self._records()
