"""The scanner that the settings ask for."""

from pathlib import Path

import pytest

from alerting.errors import InvalidSettings
from alerting.finding import JsonValue
from alerting.pseudonym import allow_digest
from alerting.scanner import open_scanner, pseudonym_key
from alerting.settings import AlertingSettings

PAYLOAD: JsonValue = ["ann@example.com", "+380671234567", "192.0.2.7"]


@pytest.fixture(autouse=True)
def own_home(settings: AlertingSettings) -> None:
    """Give each test a home and an environment without settings."""


def kinds_found(**given: object) -> list[str]:
    """Return the kinds that a scanner with these settings finds."""
    return [one.kind for one in open_scanner(AlertingSettings.load(**given)).scan(PAYLOAD)]


def test_by_default_every_kind_is_found() -> None:
    """Nothing is allowed that nobody allowed."""
    assert kinds_found() == ["email", "phone", "ip"]


def test_only_chosen_kinds_are_looked_for_and_allowed_ones_ignored() -> None:
    """Both lists take names as people write them."""
    assert kinds_found(detect_kinds="ip, email") == ["email", "ip"]
    assert kinds_found(allow_kinds="ip email") == ["phone"]
    assert kinds_found(detect_kinds=["ip"], allow_kinds=["ip"]) == []


def test_pointers_and_values_of_the_settings_are_allowed() -> None:
    """Values are compared under the installation's key."""
    digest = allow_digest(pseudonym_key(AlertingSettings.load()), "phone", "067 123 45 67")
    assert kinds_found(allow_values=digest, allow_pointers="/0") == ["ip"]


def test_national_numbers_count_in_the_regions_of_the_settings() -> None:
    """A number without any evidence is found where its country is configured."""
    found = open_scanner(AlertingSettings.load(detect_regions="DE, PL")).scan(["601 234 567"])
    assert [one.kind for one in found] == ["phone"]
    assert open_scanner(AlertingSettings.load()).scan(["601 234 567"]) == []


def test_unknown_regions_are_a_fault() -> None:
    """The start ends with the wrong codes and with those that there are."""
    with pytest.raises(InvalidSettings) as raised:
        kinds_found(detect_regions="PL UK pl", detect_kinds="fax")
    kinds, regions = raised.value.faults
    assert kinds.startswith("DETECT_KINDS: ")
    assert regions.startswith("DETECT_REGIONS: There is no region 'UK', 'pl'; there are: AC, AD, ")


def test_unknown_kinds_are_one_fault_for_each_setting() -> None:
    """The start ends with every wrong name and with the names that there are."""
    with pytest.raises(InvalidSettings) as raised:
        kinds_found(detect_kinds="email,mail,fax", allow_kinds="telegraph")
    first, second = raised.value.faults
    assert first.startswith("DETECT_KINDS: There is no kind 'mail', 'fax'; there are: api_key, ")
    assert second.startswith("ALLOW_KINDS: There is no kind 'telegraph'; there are: api_key, ")


def test_the_key_is_given_or_made_on_first_start(tmp_path: Path) -> None:
    """A scanner that opens leaves a private key behind, unless the settings hold one."""
    given = AlertingSettings.load(pseudonym_key="a key that is for tests only, no. 1")
    open_scanner(given)
    assert pseudonym_key(given) == "a key that is for tests only, no. 1"
    assert not (tmp_path / "instance").exists()
    open_scanner(AlertingSettings.load())
    assert (tmp_path / "instance" / "pseudonym_key").stat().st_mode & 0o777 == 0o600
