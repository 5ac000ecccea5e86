"""The command by which a container runtime asks whether the gateway serves."""

import json
import re
import subprocess
import sys

import pytest

from tests.e2e.gateway import CHECKOUT, Gateway, environment, free_port


def _exit_status(**settings: str) -> int:
    text = (CHECKOUT / "Dockerfile").read_text("utf-8")
    (words,) = re.findall(r"HEALTHCHECK[^[]*CMD (\[.*\])", text)
    python, *arguments = json.loads(words)
    assert python == "python"
    return subprocess.run(
        [sys.executable, *arguments], env=environment(settings), capture_output=True, check=False
    ).returncode


@pytest.mark.parametrize("proxy", ["", "http://127.0.0.1:9"], ids=["direct", "proxy"])
def test_a_gateway_that_serves_is_healthy(gateway: Gateway, proxy: str) -> None:
    """The way to our own machine leads past any proxy of the environment."""
    assert _exit_status(PORT=str(gateway.port), http_proxy=proxy) == 0


def test_where_nothing_listens_is_nothing_healthy() -> None:
    """A gateway that is gone fails the check."""
    assert _exit_status(PORT=str(free_port())) == 1
