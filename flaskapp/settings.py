"""Settings of the web application and of the processes around it."""

from typing import Annotated

from limits import parse_many
from pydantic import AfterValidator, Field, SecretStr, ValidationInfo
from pydantic_settings import SettingsConfigDict

from alerting.settings import HomePath, home
from flaskapp.errors import InvalidTokens
from flaskapp.token_record import is_loopback, parse_api_tokens
from tasks.settings import Seconds, TasksSettings


def _check_api_tokens(value: SecretStr, info: ValidationInfo) -> SecretStr:
    """Refuse malformed tokens, and the development token where others can reach it."""
    try:
        records = parse_api_tokens(value.get_secret_value())
    except InvalidTokens as error:
        raise ValueError(str(error)) from None
    if any(record.is_development for record in records) and not is_loopback(
        info.data.get("host", "")
    ):
        raise ValueError("everybody knows the development token; it is for loopback only")
    return value


def _check_rate_limit(text: str) -> str:
    try:
        limits = parse_many(text)
    except ValueError:
        limits = []
    if not limits or not all(one.amount and one.get_expiry() for one in limits):
        raise ValueError("write it as in `100/second` or `20/second; 5000/day`")
    return text


class WebSettings(TasksSettings):
    """What the gateway needs, on top of what its workers need."""

    # Knows every setting, so a name in config.py that it does not know is misspelt.
    model_config = SettingsConfigDict(extra="forbid")

    host: str = Field(default="127.0.0.1", description="Address the gateway listens on.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port the gateway listens on.")
    web_processes: int = Field(default=2, ge=1, le=64, description="gunicorn processes.")
    web_threads: int = Field(
        default=64,
        ge=1,
        le=1000,
        description="Threads of one gunicorn process for what takes long: pages, batches, streams.",
    )
    event_streams: int = Field(
        default=16,
        ge=1,
        le=1000,
        description="Streams of events one gunicorn process serves at a time; each holds a thread.",
    )
    default_task: str = Field(default="transform", description="Task of a bare `POST /run`.")
    wait_timeout: Seconds = Field(
        default=30, description="Seconds a request waits for its result before it answers 202."
    )
    max_wait: Seconds = Field(
        default=300, description="Longest wait in seconds that a client may ask for."
    )
    max_queue_wait: Seconds = Field(
        default=600,
        description="Longest predicted wait in a queue, in seconds, with which a job is accepted; "
        "a caller who waits for less gets less.",
    )
    rate_limit: Annotated[str, AfterValidator(_check_rate_limit)] | None = Field(
        default=None,
        description="Most payloads of one caller, as in `100/second` or `20/second; 5000/day`; "
        "by default no limit. A line of a batch is a payload.",
    )
    client_timeout: Seconds = Field(
        default=30,
        description="Seconds a client may take to send the head of a request, again to send its "
        "body, and to take the answer.",
    )
    max_body_bytes: int = Field(default=2**20, gt=0, description="Largest body of a request.")
    max_depth: int = Field(default=100, gt=0, le=500, description="Deepest nesting of a payload.")
    max_values: int = Field(default=100_000, gt=0, description="Most values in a payload.")
    max_lines: int = Field(default=1000, gt=0, description="Most lines in a batch of payloads.")
    tokens_file: HomePath = Field(
        default_factory=lambda: home() / "instance" / "tokens.toml",
        description="Digests of the API tokens; managed by `flask tokens`.",
    )
    api_tokens: Annotated[SecretStr, AfterValidator(_check_api_tokens)] | None = Field(
        default=None,
        description="Tokens from the environment, in place of the file, for containers: "
        "`name:<SHA-256 of the token>:scope,scope[:expiry]`, separated by white space.",
    )
    secret_key: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="Signs the session cookie and keys the digests of `Idempotency-Key`; by "
        "default made on first start in `instance`. Machines that work together need the same.",
    )
    session_lifetime: Seconds = Field(
        default=12 * 3600, description="Seconds after which a browser has to sign in again."
    )
    session_cookie_secure: bool = Field(
        default=False, description="Send the session cookie over HTTPS only."
    )
    trusted_proxies: int = Field(
        default=0, ge=0, le=10, description="Reverse proxies in front whose headers are believed."
    )
