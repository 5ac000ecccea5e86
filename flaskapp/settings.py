"""Settings of the web application and of the processes around it."""

from pathlib import Path

from pydantic import Field, SecretStr

from alerting.settings import home
from tasks.settings import Seconds, TasksSettings


class WebSettings(TasksSettings):
    """What the gateway needs, on top of what its workers need."""

    host: str = Field(default="127.0.0.1", description="Address the gateway listens on.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port the gateway listens on.")
    web_processes: int = Field(default=2, ge=1, le=64, description="gunicorn processes.")
    web_threads: int = Field(
        default=64, ge=1, le=1000, description="Requests one gunicorn process serves at a time."
    )
    workers: int = Field(default=2, ge=1, le=64, description="Worker processes of `make run`.")
    default_task: str = Field(default="transform", description="Task of a bare `POST /run`.")
    wait_timeout: Seconds = Field(
        default=30, description="Seconds a request waits for its result before it answers 202."
    )
    max_wait: Seconds = Field(
        default=300, description="Longest wait in seconds that a client may ask for."
    )
    max_body_bytes: int = Field(default=2**20, gt=0, description="Largest body of a request.")
    max_depth: int = Field(default=100, gt=0, le=500, description="Deepest nesting of a payload.")
    max_values: int = Field(default=100_000, gt=0, description="Most values in a payload.")
    tokens_file: Path = Field(
        default_factory=lambda: home() / "instance" / "tokens.toml",
        description="Digests of the API tokens; managed by `flask tokens`.",
    )
    api_tokens: SecretStr | None = Field(
        default=None,
        description="Tokens from the environment, in place of the file, for containers.",
    )
    secret_key: SecretStr | None = Field(
        default=None,
        description="Signs the session cookie; by default made on first start in `instance`.",
    )
    session_cookie_secure: bool = Field(
        default=False, description="Send the session cookie over HTTPS only."
    )
    trusted_proxies: int = Field(
        default=0, ge=0, le=10, description="Reverse proxies in front whose headers are believed."
    )
