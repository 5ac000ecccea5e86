"""Typed settings, checked at start. Knows where values come from, not what other packages need.

Order: argument (tests) > environment > ``instance/config.py`` > default. The settings of the
packages above inherit from :class:`AlertingSettings`, so that one load checks everything at once.
"""

import os
import runpy
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from alerting.errors import InvalidSettings


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


class _ConfigFile(PydanticBaseSettingsSource):
    """Upper-case names of ``instance/config.py``, the way Flask reads such a file."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002
        return self._values.get(field_name.upper()), field_name, False

    @property
    def _values(self) -> dict[str, Any]:
        path = home() / "instance" / "config.py"
        return runpy.run_path(str(path)) if path.is_file() else {}

    def __call__(self) -> dict[str, Any]:
        values = self._values
        return {
            name: values[name.upper()]
            for name in self.settings_cls.model_fields
            if name.upper() in values
        }


class AlertingSettings(BaseSettings):
    """Settings of finding, alerting and logging."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    error_reports: Path = Field(
        default_factory=lambda: home() / "error_reports",
        description="Folder of the alert reports.",
    )
    alert_data: Literal["raw", "masked"] = Field(
        default="raw", description="Whether DATA of a report shows values or masks them."
    )
    alert_failure: Literal["closed", "open"] = Field(
        default="closed",
        description="When an alert cannot be recorded: refuse the payload (`closed`), or run it "
        "and log an error (`open`).",
    )
    log_file: Path | None = Field(
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
        return init_settings, env_settings, _ConfigFile(settings_cls)

    @classmethod
    def load(cls, **given: object) -> Self:
        """Return the settings; raises InvalidSettings, which names every fault but no value."""
        try:
            return cls(**given)  # type: ignore[arg-type] # pydantic checks them
        except ValidationError as error:
            raise InvalidSettings(
                [
                    f"{'.'.join(map(str, fault['loc'])).upper()}: {fault['msg']}"
                    for fault in error.errors(include_input=False, include_url=False)
                ]
            ) from None
