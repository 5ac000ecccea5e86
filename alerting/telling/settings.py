"""Settings of incidents and of the sinks that are told of them."""

from ipaddress import ip_network
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from alerting.settings import AlertingSettings, Words, words

_Seconds = Annotated[int, Field(gt=0)]
_Intervals = Annotated[tuple[_Seconds, ...], NoDecode, BeforeValidator(words)]
_SYSLOG_SCHEMES = ("udp", "tcp", "unix")


def _check_http(url: SecretStr) -> SecretStr:
    parts = urlsplit(url.get_secret_value())
    is_http = parts.scheme in ("http", "https") and parts.port != 0
    if not is_http or not parts.hostname or parts.username:
        raise ValueError("write https://host/path, without user or password")
    return url


def _check_networks(networks: tuple[str, ...]) -> tuple[str, ...]:
    for network in networks:
        ip_network(network)
    return networks


def _check_syslog(url: str) -> str:
    parts = urlsplit(url)
    place = parts.path if parts.scheme == "unix" else parts.hostname
    if parts.scheme not in _SYSLOG_SCHEMES or not place or parts.port == 0:
        raise ValueError("write udp://host:514, tcp://host:601 or unix:///dev/log")
    return url


class TellingSettings(AlertingSettings):
    """What telling needs, on top of what alerting needs."""

    alert_sinks: Words = Field(
        default=(),
        description="Who is told of incidents: any of `email`, `log`, `stream`, `syslog`, "
        "`webhook`.",
    )
    alert_group_window: _Seconds = Field(
        default=3600,
        description="Seconds within which an alert joins the incident of those like it.",
    )
    alert_tell_after: int = Field(
        default=10, ge=0, description="Seconds an incident may grow before it is first told of."
    )
    alert_tell_every: _Seconds = Field(
        default=300, description="Seconds between two tellings of one incident that grows."
    )
    alert_retry_after: _Intervals = Field(
        default=(5, 30, 120, 600, 1800, 3600, 7200, 14400),
        min_length=1,
        description="Seconds before each further try to tell a sink that failed; after the last "
        "one the job stays in RQ's failed jobs.",
    )
    alert_failed_ttl: _Seconds = Field(
        default=7 * 24 * 3600,
        description="Seconds a telling that failed for good is kept among RQ's failed jobs; it is "
        "tried again after that.",
    )
    alert_webhook_url: Annotated[SecretStr, AfterValidator(_check_http)] | None = Field(
        default=None, description="Where the sink `webhook` posts to."
    )
    alert_webhook_secret: SecretStr | None = Field(
        default=None,
        description="Signs what the sink `webhook` posts (Standard Webhooks): `whsec_` and the "
        "key in Base64.",
    )
    alert_webhook_networks: Annotated[Words, AfterValidator(_check_networks)] = Field(
        default=(),
        description="Networks, as in `10.1.0.0/16`, that the sink `webhook` may reach though they "
        "are not public.",
    )
    alert_email_server: str | None = Field(
        default=None, description="Mail server of the sink `email`: `host` or `host:port`."
    )
    alert_email_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the connection to the mail server is encrypted."
    )
    alert_email_user: str | None = Field(default=None, description="User at the mail server.")
    alert_email_password: SecretStr | None = Field(
        default=None, description="Password at the mail server."
    )
    alert_email_from: str | None = Field(default=None, description="Sender of the mails.")
    alert_email_to: Words = Field(default=(), description="Who gets the mails.")
    alert_syslog: Annotated[str, AfterValidator(_check_syslog)] | None = Field(
        default=None,
        description="Where the sink `syslog` sends to (RFC 5424): `udp://host:514`, "
        "`tcp://host:601` or `unix:///dev/log`.",
    )
    alert_stream: str = Field(
        default="alerts",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$",
        description="Name of the Redis stream of the sink `stream`; its key is `piigate:stream:` "
        "and this.",
    )
    alert_timeout: _Seconds = Field(
        default=10, description="Seconds a sink may take to connect, and again for each answer."
    )
