"""What can keep the parts from starting. Each is one line that says what to do."""

from pathlib import Path

from flaskapp.errors import GatewayError


class LaunchError(GatewayError):
    """The gateway cannot start."""


class PortUnavailable(LaunchError):  # noqa: N818 - a fact about the port, not an error name
    """The port cannot be listened on."""

    def __init__(self, *, host: str, port: int, reason: str) -> None:
        super().__init__(
            f"Cannot listen on {host} port {port} ({reason}): "
            "stop what holds it, or set HOST or PORT."
        )
        self.host = host
        self.port = port


class RedisUnreachable(LaunchError):  # noqa: N818
    """Redis does not answer."""

    def __init__(self, *, scheme: str, place: str) -> None:
        super().__init__(
            f"Redis at {scheme}://{place} does not answer: start it, correct REDIS_URL, "
            "or unset REDIS_URL to run a server of our own."
        )


class DatabaseNotReady(LaunchError):  # noqa: N818
    """The database of alerts cannot be used."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The database of alerts cannot be used ({reason}): start it, correct DATABASE_URL, "
            "or unset DATABASE_URL to keep the alerts in a file."
        )


class ReportsNotWritable(LaunchError):  # noqa: N818
    """Alerts could not be recorded."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"No alert report can be written to {folder}: make room, set ERROR_REPORTS, "
            "or set ALERT_FAILURE=open to run payloads without a report."
        )
        self.folder = folder


class NotReady(LaunchError):  # noqa: N818
    """The parts started, but the gateway did not become ready."""

    def __init__(self, *, seconds: float, reason: str) -> None:
        super().__init__(
            f"The gateway was not ready after {seconds:.0f} s ({reason}); the log says why."
        )
