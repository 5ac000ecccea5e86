"""The container's files, as far as they can be held without a container."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """The services of the compose file."""
    services: dict[str, Any] = YAML(typ="safe").load(ROOT / "compose.yaml")["services"]
    return services


def _folders(service: dict[str, Any]) -> dict[str, str]:
    """Return the volumes of a service by the folders they hold."""
    return {folder: volume for volume, folder in (one.split(":") for one in service["volumes"])}


def test_gateway_and_workers_share_their_keys(services: dict[str, Any]) -> None:
    """Workers open what the gateway sealed, and give a value the same pseudonym."""
    web, worker = services["web"], services["worker"]
    assert _folders(web)["/srv/piigate/instance"] == _folders(worker)["/srv/piigate/instance"]
    for name in ("PAYLOAD_KEYS", "PSEUDONYM_KEY"):
        assert web["environment"][name] == worker["environment"][name]


def test_workers_get_no_more_than_they_need(services: dict[str, Any]) -> None:
    """Reports with raw values are for gateway and alerts, API tokens for the gateway alone."""
    for name in ("web", "alerts"):
        assert "/srv/piigate/error_reports" in _folders(services[name])
    assert list(_folders(services["worker"])) == ["/srv/piigate/instance"]
    for name in ("worker", "alerts"):
        assert "API_TOKENS" not in services[name]["environment"]


def test_services_run_commands_of_the_image(services: dict[str, Any]) -> None:
    """What is no command of the entry point would run as a program of that name."""
    commands = (ROOT / "deploy" / "entrypoint.sh").read_text(encoding="utf-8")
    for name in ("web", "worker"):
        (command,) = services[name]["command"]
        assert f"    {command}) exec " in commands
