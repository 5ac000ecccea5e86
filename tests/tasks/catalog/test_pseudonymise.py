"""The task ``pseudonymise``."""

from pathlib import Path

import pytest

from alerting.pseudonym import pseudonym
from tasks.catalog.pseudonymise import pseudonymise

KEY = "a key that is for tests only, no. 1"


def test_values_become_pseudonyms_under_the_configured_key(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The setting is the key, for every process that has it."""
    monkeypatch.setenv("PSEUDONYM_KEY", KEY)
    assert pseudonymise(["write to ann@example.com", 1]) == [
        f"write to {pseudonym(KEY, 'email', 'ann@example.com')}",
        1,
    ]
    assert not (own_home / "instance").exists()


def test_without_a_setting_the_key_of_the_installation_is_used(own_home: Path) -> None:
    """The key is made once, and payloads are pseudonymised alike from then on."""
    first = pseudonymise("ann@example.com")
    key_file = own_home / "instance" / "pseudonym_key"
    assert first == pseudonym(key_file.read_text().strip(), "email", "ann@example.com")
    assert pseudonymise("ann@EXAMPLE.com") == first
    key_file.unlink()
    assert pseudonymise("ann@example.com") != first
