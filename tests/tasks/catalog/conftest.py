"""A home of its own for tasks that read settings."""

from pathlib import Path

import pytest

from tasks.settings import TasksSettings


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test a home and an environment without settings."""
    for name in TasksSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("PIIGATE_HOME", str(tmp_path))
    return tmp_path
