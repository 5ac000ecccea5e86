"""Starting under a real gunicorn: a gateway that cannot start says why and stops."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


def gunicorn(home: Path, *options: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    """Run gunicorn on a unix socket until it ends."""
    config = home / "empty.py"
    config.touch()
    environment = {
        name: value for name, value in os.environ.items() if name not in {"API_TOKENS", "HOST"}
    }
    return subprocess.run(
        [
            *(sys.executable, "-m", "gunicorn", "wsgi:app", "--config", str(config)),
            *("--bind", f"unix:{home}/web.sock", "--workers", "2", "--no-control-socket"),
            *options,
        ],
        cwd=REPOSITORY,
        env=environment | {"PIIGATE_HOME": str(home)} | settings,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("options", [[], ["--preload"]], ids=["workers", "preload"])
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "No API token is configured"),
        ({"MAX_DEPTH": "0", "PORT": "x"}, "MAX_DEPTH"),
    ],
    ids=["no token", "bad settings"],
)
def test_a_gateway_that_cannot_start_stops_gunicorn(
    tmp_path: Path, settings: dict[str, str], message: str, options: list[str]
) -> None:
    """The reason is said without a traceback, and no worker is started again and again."""
    ended = gunicorn(tmp_path, *options, **settings)
    assert ended.returncode == 3
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stderr.count("piigate cannot start") <= 2


def test_all_bad_settings_are_named_at_once(tmp_path: Path) -> None:
    """Who has two faults to correct need not start twice to learn of them."""
    ended = gunicorn(tmp_path, MAX_DEPTH="0", PORT="x")
    assert "MAX_DEPTH" in ended.stderr
    assert "PORT" in ended.stderr
