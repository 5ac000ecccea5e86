"""Typed settings, checked at start. Knows where values come from, not what other packages need.

Order: argument (tests) > environment > ``instance/config.py`` > default; an empty environment
variable counts as unset. The settings of the packages above inherit from
:class:`AlertingSettings`, so that one load checks everything at once.
"""

import difflib
import os
import re
import runpy
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from alerting.errors import InvalidSettings
from alerting.records.severity import DEFAULT, parse_rules

_POINTER = re.compile(r"(?:/(?:[^~/]|~[01])*)+")
_DIGEST = re.compile(r"[0-9a-f]{64}")


def home() -> Path:
    """Return the folder that holds ``instance``, ``logs`` and ``error_reports``.

    ``PIIGATE_HOME`` names it; without it, a checkout is its own home, and an installed package
    lives in the current directory.
    """
    named = os.environ.get("PIIGATE_HOME")
    if named:
        return Path(named).absolute()
    checkout = Path(__file__).parents[1]
    return checkout if (checkout / "setup.cfg").is_file() else Path.cwd()


HomePath = Annotated[Path, AfterValidator(lambda path: home() / path)]
"""A path; a relative one starts at :func:`home`, wherever the process was started."""


def _config_file() -> dict[str, Any]:
    """Run ``instance/config.py`` and return its upper-case names, the way Flask reads them."""
    path = home() / "instance" / "config.py"
    if not path.is_file():
        return {}
    try:
        names = runpy.run_path(str(path))
    except Exception as error:  # noqa: BLE001 - any code may stand there
        # The message may quote a secret, the type does not.
        fault = f"{path}: raised {type(error).__name__}; run it with Python to see where."
        raise InvalidSettings([fault]) from None
    return {name.lower(): value for name, value in names.items() if name.isupper()}


def _dash_is_none(value: object) -> object:
    return None if value == "-" else value


def words(value: object) -> object:
    """Split a text at its commas and white space; what is no text stays as it is."""
    return value.replace(",", " ").split() if isinstance(value, str) else value


def _check_pointers(pointers: tuple[str, ...]) -> tuple[str, ...]:
    if not all(map(_POINTER.fullmatch, pointers)):
        raise ValueError("write JSON pointers, such as /items/*/support_email")
    return pointers


def _check_digests(digests: tuple[str, ...]) -> tuple[str, ...]:
    if not all(map(_DIGEST.fullmatch, digests)):
        raise ValueError("write digests that `flask allow-value` printed, never a value itself")
    return digests


def _check_rules(rules: tuple[str, ...]) -> tuple[str, ...]:
    parse_rules(rules)
    return rules


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(words)]
"""Names, written with commas or white space between them."""


class AlertingSettings(BaseSettings):
    """Settings of finding, alerting and logging."""

    model_config = SettingsConfigDict(
        frozen=True,
        # Only the class that knows every setting can tell a misspelt name; it forbids extras.
        extra="ignore",
        hide_input_in_errors=True,
        env_ignore_empty=True,
    )

    error_reports: HomePath = Field(
        default_factory=lambda: home() / "error_reports",
        description="Folder of the alert reports.",
    )
    database_url: SecretStr = Field(
        default_factory=lambda: SecretStr(f"sqlite:///{home() / 'instance' / 'alerts.db'}"),
        description="Database of the alerts: `postgresql://user:password@host/name`; the default "
        "is a file for SQLite in `instance`. Machines that work together need the same.",
    )
    alert_data: Literal["raw", "masked"] = Field(
        default="raw",
        description="Whether DATA of a report shows values or masks them; with `masked` the "
        "database keeps none to reveal either.",
    )
    alert_reports: Literal["on", "off"] = Field(
        default="on", description="Whether each alert becomes a report, a file of its own."
    )
    alert_recording: Literal["direct", "queued"] = Field(
        default="direct",
        description="Alerts are recorded within the request (`direct`), or kept in Redis with the "
        "payload's job and recorded by the workers of the queue `alerts` (`queued`).",
    )
    alert_max_age: int = Field(
        default=0, ge=0, description="Days that alerts and reports are kept; 0 keeps them."
    )
    alert_max_count: int = Field(
        default=0, ge=0, description="Most alerts and most reports that are kept; 0 keeps all."
    )
    alert_severity: Annotated[Words, AfterValidator(_check_rules)] = Field(
        default=DEFAULT,
        description="How severe alerts are, later rules before earlier ones: `kind=severity`, "
        "`*=severity` for all other kinds, `number=severity` for incidents of so many alerts; "
        "`low`, `medium`, `high` or `critical`.",
    )
    alert_failure: Literal["closed", "open"] = Field(
        default="closed",
        description="When an alert cannot be recorded: refuse the payload (`closed`), or run it "
        "and log an error (`open`).",
    )
    scan_failure: Literal["closed", "open"] = Field(
        default="closed",
        description="When a scan ends before it saw through every disguise: refuse the payload "
        "(`closed`), or run it and say so in answer and log (`open`).",
    )
    detect_kinds: Annotated[tuple[str, ...] | None, NoDecode, BeforeValidator(words)] = Field(
        default=None, min_length=1, description="Kinds that are looked for; by default all."
    )
    detect_regions: Words = Field(
        default=(),
        description="Countries (ISO 3166-1 alpha-2, as in `PL DE`) whose valid national telephone "
        "numbers are found without further evidence.",
    )
    allow_kinds: Words = Field(default=(), description="Kinds that are found and then ignored.")
    allow_pointers: Annotated[Words, AfterValidator(_check_pointers)] = Field(
        default=(),
        description="JSON pointers (RFC 6901) to values in which findings are ignored, however "
        "deep; `*` stands for any one name or number, as in `/items/*/support_email`.",
    )
    allow_values: Annotated[Words, AfterValidator(_check_digests)] = Field(
        default=(),
        description="Values that are ignored, as the digests that `flask allow-value` prints.",
    )
    pseudonym_key: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="Keys pseudonyms and the digests of `ALLOW_VALUES`; by default made on first "
        "start in `instance`. Machines that work together need the same.",
    )
    log_file: Annotated[HomePath | None, BeforeValidator(_dash_is_none)] = Field(
        default_factory=lambda: home() / "logs" / "app.log",
        description="The log file shared by all processes; `-` logs to stderr only.",
    )
    log_format: Literal["text", "ecs"] = Field(
        default="text",
        description="`text` for people, `ecs` for Elastic Common Schema JSON lines.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Lowest level that is logged."
    )
    log_max_bytes: int = Field(
        default=50 * 2**20, ge=0, description="Size at which the log rotates; 0 never rotates."
    )
    log_backups: int = Field(default=5, ge=1, description="Rotated logs that are kept.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic-settings passes it
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Set the order of sources."""
        return init_settings, env_settings, InitSettingsSource(settings_cls, _config_file())

    @classmethod
    def load(cls, **given: object) -> Self:
        """Return the settings; raises InvalidSettings, which names every fault but no value."""
        try:
            return cls(**given)  # type: ignore[arg-type] # pydantic checks them
        except ValidationError as error:
            faults = error.errors(include_input=False, include_url=False, include_context=False)
            raise InvalidSettings([cls._fault(fault) for fault in faults]) from None

    @classmethod
    def _fault(cls, fault: ErrorDetails) -> str:
        name = str(fault["loc"][0]) if fault["loc"] else "settings"
        if fault["type"] != "extra_forbidden":
            return f"{name.upper()}: {fault['msg']}"
        close = difflib.get_close_matches(name, cls.model_fields, n=1)
        hint = f"; did you mean {close[0].upper()}?" if close else ""
        return f"{name.upper()}: There is no such setting{hint}"
