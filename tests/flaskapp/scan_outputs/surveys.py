"""Surveys to render."""

from pathlib import Path

from alerting.files.survey import Survey
from alerting.files.walk import find

EMAIL = "test@example.com"
PHONE = "+380961234567"


def survey_of(folder: Path, **contents: str) -> Survey:
    """Write files, called by their names with `__` for a dot, and scan them."""
    for name, content in contents.items():
        (folder / name.replace("__", ".")).write_text(content, encoding="utf-8")
    files, _ = find([folder])
    survey = Survey(root=folder)
    for file in files:
        survey.add(file)
    return survey
