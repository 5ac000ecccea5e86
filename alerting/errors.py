"""What can go wrong in alerting. Knows no status codes; the docstring is the default message."""

from typing import Literal


class AlertingError(Exception):
    """Alerting failed."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (self.__doc__ or "").strip())


class AlertNotRecorded(AlertingError):  # noqa: N818 - a fact about the alert, not an error name
    """The alert could not be recorded."""


class AlertChanged(AlertingError):  # noqa: N818 - a fact about the alert, as below
    """Somebody else changed the alert meanwhile."""


class AlertNotFound(AlertingError):  # noqa: N818
    """There is no such alert."""


class UnknownVersion(AlertingError):  # noqa: N818
    """The tables have no such version."""


class WrongState(AlertingError):  # noqa: N818
    """The alert's state does not allow that."""


class DatabaseUnavailable(AlertingError):  # noqa: N818
    """The database of alerts cannot be reached or written."""

    def __init__(self, reason: str = "") -> None:
        super().__init__()
        self.reason = reason
        """What the database says, for an operator; it never quotes a value."""


class InvalidReport(AlertingError):  # noqa: N818
    """The text is no report, or not a whole one."""


class ScanPartial(AlertingError):  # noqa: N818
    """The payload holds more disguises than a scan may take off."""


class DuplicatePlugin(AlertingError):  # noqa: N818
    """Two plug-ins have the same name."""

    def __init__(self, *, name: str, first: str, second: str) -> None:
        super().__init__(f"Two plug-ins are called {name!r}: {first} and {second}; rename one.")
        self.name = name
        self.first = first
        self.second = second


class FileSkipped(AlertingError):  # noqa: N818 - a fact about the file, not an error name
    """The file cannot be scanned."""

    def __init__(self, *, reason: Literal["binary", "special", "unreadable"], detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class InvalidBaseline(AlertingError):  # noqa: N818
    """The file is no baseline; write a new one with `--write-baseline`."""


class InvalidPlugin(AlertingError):  # noqa: N818
    """A plug-in is not a module."""

    def __init__(self, *, name: str, group: str, value: str) -> None:
        super().__init__(
            f"The entry point {name!r} of {group} names {value!r}, which is no module; "
            "write `name = package.module`."
        )
        self.name = name
        self.group = group
        self.value = value


class InvalidSettings(AlertingError):  # noqa: N818
    """Settings are invalid."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("Invalid settings:\n" + "\n".join(f"  {fault}" for fault in faults))
        self.faults = faults


class UnknownKind(AlertingError):  # noqa: N818
    """There is no recognizer for a kind."""

    def __init__(self, *, kinds: list[str], known: list[str]) -> None:
        super().__init__(f"No recognizer for {', '.join(kinds)}; there are {', '.join(known)}.")
        self.kinds = kinds
        self.known = known
