"""What a person reads when the gateway is ready. Knows no process."""

import shlex
from pathlib import Path

from flaskapp.launch.preflight import Launch
from flaskapp.tokens import DEVELOPMENT_TOKEN
from tasks import redis_server

_EXAMPLE = '{"name":"Test User","email":"test@example.com","phone":"+380961234567"}'


def base_url(host: str, port: int) -> str:
    """Return where this machine reaches a server that listens on ``host``."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - not bound here
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"


def banner(launch: Launch) -> str:
    """Return the lines to print."""
    settings = launch.settings
    url = base_url(settings.host, settings.port)
    token = DEVELOPMENT_TOKEN if launch.has_development_token else "$TOKEN"
    own_redis = f"our own server in {_place(redis_server.default_folder())}"
    redis = own_redis if launch.own_redis else "the one of REDIS_URL"
    lines = [
        f"piigate is ready:  {url}",
        f"  docs             {url}/docs",
        f"  console          {url}/console",
        f"  dashboard        {url}/rq",
        f"  log              {_place(settings.log_file)}",
        f"  alert reports    {_place(settings.error_reports)}",
        f"  Redis            {redis}",
        "Try it:",
        f"  curl -X POST {url}/run -H 'Authorization: Bearer {token}' \\",
        f"    -H 'Content-Type: application/json' -d {shlex.quote(_EXAMPLE)}",
    ]
    if launch.has_development_token:
        lines += [
            f"!! No token is configured: {DEVELOPMENT_TOKEN}, which everybody knows, opens",
            "!! everything to everybody on this machine. Make one: .venv/bin/flask tokens create",
        ]
    return "\n".join([*lines, "Ctrl-C stops it when what is under way is finished."])


def _place(path: Path | None) -> str:
    """Return a path as seen from the current folder where that is shorter."""
    if path is None:
        return "stderr"
    inside = path.is_relative_to(Path.cwd())
    return str(path.relative_to(Path.cwd()) if inside else path)
