"""What is kept of an API token: a digest, scopes and an expiry. Holds no token, reads no file."""

import hashlib
import ipaddress
import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal, get_args

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from flaskapp.errors import InvalidTokens

Scope = Literal["run", "queues", "alerts", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)

DEVELOPMENT_TOKEN = "Secret123"  # noqa: S105 - known to everybody, so it opens loopback only


def digest(token: str) -> str:
    """Return the SHA-256 of a token in hex.

    A plain hash is enough, and fast: the tokens are random, at least 128 bits of it, so there is
    nothing to guess and nothing for salt or key stretching to protect.
    """
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def new_token() -> str:
    """Return a random token of 256 bits; the prefix lets scanners of leaked secrets know it."""
    return f"pgt_{secrets.token_urlsafe(32)}"


class TokenRecord(BaseModel):
    """A token as the gateway knows it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$")]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    scopes: Annotated[frozenset[Scope], Field(min_length=1)]
    created: AwareDatetime | None = None
    expires: AwareDatetime | None = None

    @property
    def fingerprint(self) -> str:
        """The digest's first 16 digits: tell two tokens of one name apart, reveal neither."""
        return self.sha256[:16]

    @property
    def is_expired(self) -> bool:
        """Whether the token's time is over."""
        return self.expires is not None and self.expires <= datetime.now(UTC)

    @property
    def is_development(self) -> bool:
        """Whether this is the token that everybody knows."""
        return self.sha256 == digest(DEVELOPMENT_TOKEN)

    @classmethod
    def checked(cls, name: str, values: Mapping[str, object]) -> "TokenRecord":
        """Return the record of these values; raises InvalidTokens, which repeats none of them."""
        try:
            return cls.model_validate({**values, "name": name})
        except ValidationError as error:
            raise InvalidTokens(
                [
                    f"{name}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}"
                    for fault in error.errors(include_input=False, include_url=False)
                ]
            ) from None


def without_doubles(records: Iterable[TokenRecord]) -> tuple[TokenRecord, ...]:
    """Return the records; raises InvalidTokens when two share their name or their token."""
    found = tuple(records)
    for field in ("name", "sha256"):
        if len({getattr(record, field) for record in found}) < len(found):
            raise InvalidTokens([f"two tokens share their {field}"])
    return found


def parse_api_tokens(text: str) -> tuple[TokenRecord, ...]:
    """Parse ``API_TOKENS``; raises InvalidTokens.

    Entries stand between white space, each ``name:sha256:scope,scope[:expiry]`` with the digest
    in hex and the expiry in ISO 8601 with its offset from UTC.
    """
    records = []
    for number, entry in enumerate(text.split(), start=1):
        parts = entry.split(":", 3)
        if len(parts) < 3:
            raise InvalidTokens([f"entry {number} is not `name:sha256:scope,scope[:expiry]`"])
        name, sha256, scopes, *expires = parts
        values = {"sha256": sha256, "scopes": scopes.split(","), "expires": (*expires, None)[0]}
        records.append(TokenRecord.checked(name, values))
    return without_doubles(records)


def development_tokens() -> str:
    """Return the value of ``API_TOKENS`` that makes ``Secret123`` a token with every scope.

    For ``make run`` on loopback while no token is configured: handed to the processes in their
    environment, it is written nowhere and ends with them. Settings refuse it on another address.
    """
    return f"development:{digest(DEVELOPMENT_TOKEN)}:{','.join(SCOPES)}"


def is_loopback(host: str) -> bool:
    """Return whether a server on that address is reached from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
