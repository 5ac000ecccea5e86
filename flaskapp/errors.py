"""What can go wrong in the gateway itself. Knows no status codes: see ``flaskapp/problems.py``."""


class GatewayError(Exception):
    """The gateway failed."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (self.__doc__ or "").strip())


class InvalidTokens(GatewayError):  # noqa: N818
    """The tokens are invalid."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class TokenExists(GatewayError):  # noqa: N818
    """There is a token of that name already; revoke it first or take another name."""


class TokenNotFound(GatewayError):  # noqa: N818
    """There is no token of that name; `flask tokens list` shows them."""


class RequestTooSlow(GatewayError):  # noqa: N818
    """The request did not arrive in time."""


class NoTokenConfigured(GatewayError):  # noqa: N818
    """No API token is configured: make one with `flask tokens create`, or set API_TOKENS."""


class GatewayRefused(GatewayError):  # noqa: N818
    """The gateway refused the request."""


class GatewayUnreachable(GatewayError):  # noqa: N818
    """The gateway cannot be reached, or asks to come again later too often."""
