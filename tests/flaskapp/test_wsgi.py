"""Starting under a real gunicorn: a gateway that cannot start says why and stops."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


def gunicorn(home: Path, *options: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    """Run gunicorn on a unix socket until it ends."""
    (home / "empty.py").touch()
    inherited = {
        name: value for name, value in os.environ.items() if name not in {"API_TOKENS", "HOST"}
    }
    return subprocess.run(
        [
            *(sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", f"unix:{home}/web.sock"),
            *(option.format(home=home) for option in options),
        ],
        cwd=REPOSITORY,
        env=inherited | {"PIIGATE_HOME": str(home)} | settings,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


WITHOUT_OUR_CONFIGURATION = ("--config", "{home}/empty.py", "--no-control-socket")


FOREIGN = (*WITHOUT_OUR_CONFIGURATION, "--workers", "1")
PRELOADED = (*WITHOUT_OUR_CONFIGURATION, "--workers", "2", "--preload")


@pytest.mark.parametrize(
    ("options", "settings", "messages"),
    [
        ((), {}, ["No API token is configured"]),
        ((), {"MAX_DEPTH": "0", "PORT": "x"}, ["MAX_DEPTH", "PORT"]),
        ((), {"REDIS_URL": "localhost"}, ["REDIS_URL"]),
        (FOREIGN, {"MAX_DEPTH": "0", "PORT": "x"}, ["MAX_DEPTH", "PORT"]),
        (PRELOADED, {}, ["No API token is configured"]),
    ],
    ids=["no token", "bad settings", "no address of Redis", "foreign", "foreign and preloaded"],
)
def test_a_gateway_that_cannot_start_stops_gunicorn(
    tmp_path: Path, settings: dict[str, str], messages: list[str], options: tuple[str, ...]
) -> None:
    """Every reason is said, once and without a traceback, and nothing is started again."""
    ended = gunicorn(tmp_path, *options, **settings)
    assert ended.returncode in ({3} if options else {1, 3})
    for message in messages:
        assert message in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stderr.count("piigate cannot start") == 1
