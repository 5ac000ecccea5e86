"""The lists in the documentation match the code."""

import json
from pathlib import Path
from types import ModuleType

import pytest

import alerting.disguises
import alerting.recognizers
import alerting.sinks
from alerting import plugins
from flaskapp.openapi import document
from flaskapp.problem_types import TYPES
from flaskapp.settings import WebSettings
from tasks.registry import discover

ROOT = Path(__file__).parents[1]


def settings_table() -> str:
    """Return the table of docs/configuration.md as the settings have it."""
    rows = ["| setting | default | meaning |", "|---|---|---|"]
    for name, field in WebSettings.model_fields.items():
        default = "see text" if field.default_factory else f"`{field.default}`"
        rows.append(f"| `{name.upper()}` | {default} | {field.description} |")
    return "\n".join(rows)


def test_every_setting_is_documented() -> None:
    """The table of settings holds each setting with its default and meaning."""
    assert settings_table() in (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")


def test_every_task_is_named_in_the_documentation() -> None:
    """The built-in tasks are listed with the first line of their documentation."""
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    for task in discover():
        assert f"| `{task.name}` | {task.summary} |" in text


def test_redaction_is_shown_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The results that docs/redaction.md shows are those of the payload that it shows."""
    monkeypatch.setenv("PIIGATE_HOME", str(tmp_path))
    text = (ROOT / "docs" / "redaction.md").read_text(encoding="utf-8")
    payload = json.loads(text.partition("-d '")[2].partition("'")[0])
    for name in ("redact", "mask"):
        result = json.dumps(discover().named(name).function(payload), separators=(",", ":"))
        assert f"\n{name:14}{result}\n" in text


def plugin_table(heading: str, package: ModuleType, group: str) -> str:
    """Return the table of docs/detection.md as the plug-ins say it in their first lines."""
    rows = [heading, "|---|---|"]
    for name, module in plugins.discover(package, group).items():
        rows.append(f"| `{name}` | {(module.__doc__ or '').splitlines()[0]} |")
    return "\n".join(rows)


def test_every_kind_and_disguise_is_documented() -> None:
    """The tables hold each recognizer and each disguise with the first line about it."""
    text = (ROOT / "docs" / "detection.md").read_text(encoding="utf-8")
    heading = "| kind | what is found |"
    assert plugin_table(heading, alerting.recognizers, "piigate.recognizers") in text
    heading = "| disguise | what is taken off |"
    assert plugin_table(heading, alerting.disguises, "piigate.disguises") in text


def test_every_sink_is_documented() -> None:
    """The table of docs/alerts.md holds each sink with the first line about it."""
    text = (ROOT / "docs" / "alerts.md").read_text(encoding="utf-8")
    assert plugin_table("| sink | how it tells |", alerting.sinks, "piigate.sinks") in text


def problems_table() -> str:
    """Return the table of docs/architecture.md as the gateway answers."""
    rows = ["| status | problem | when |", "|---|---|---|"]
    rows += [f"| {one.status} | `{one.slug}` | {one.title} |" for one in TYPES.values()]
    return "\n".join(rows)


def test_every_problem_is_documented() -> None:
    """The table of problems holds each kind with its status and title."""
    assert problems_table() in (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def test_every_call_is_in_the_readme() -> None:
    """The README's table names each call that the API describes."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    _, _, text = text.partition("\n## HTTP\n")
    table = text.partition("\n\n## ")[0]
    for path, methods in document()["paths"].items():
        shown = path.replace("{task_name}", "<task>").replace("{action}", "<action>")
        for name in ("job_id", "group_id", "alert_id", "incident_id"):
            shown = shown.replace(f"{{{name}}}", "<id>")
        for method in methods:
            assert path == "/" or f"`{method.upper()} {shown}`" in table


def test_readme_links_lead_somewhere() -> None:
    """Every relative link of the README names a file or folder of the checkout."""
    for part in (ROOT / "README.md").read_text(encoding="utf-8").split("](")[1:]:
        target = part.partition(")")[0]
        assert target.startswith("http") or (ROOT / target).exists(), target
