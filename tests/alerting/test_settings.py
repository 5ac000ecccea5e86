"""Settings: where they come from, and what is said when they are wrong."""

import re
from pathlib import Path

import pytest

from alerting.errors import InvalidSettings
from alerting.settings import AlertingSettings, home
from alerting.telling.settings import TellingSettings
from flaskapp.settings import WebSettings

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test a home and an environment without settings."""
    for name in WebSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("PIIGATE_HOME", str(tmp_path))


def write_config(text: str) -> None:
    """Write ``instance/config.py`` in the home of the test."""
    folder = home() / "instance"
    folder.mkdir(exist_ok=True)
    (folder / "config.py").write_text(text, encoding="utf-8")


def faults_of(**given: object) -> list[str]:
    """Return the faults that loading the settings of the gateway names."""
    with pytest.raises(InvalidSettings) as raised:
        WebSettings.load(**given)
    return raised.value.faults


def test_home_is_named_by_the_environment_or_is_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``PIIGATE_HOME`` wins; without it a checkout is its own home."""
    assert home() == tmp_path
    monkeypatch.delenv("PIIGATE_HOME")
    assert home() == ROOT


def test_an_argument_beats_the_environment_beats_the_file_beats_the_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each source is asked in its turn."""
    assert AlertingSettings.load().log_backups == 5
    write_config("LOG_BACKUPS = 6")
    assert AlertingSettings.load().log_backups == 6
    monkeypatch.setenv("LOG_BACKUPS", "7")
    assert AlertingSettings.load().log_backups == 7
    assert AlertingSettings.load(log_backups=8).log_backups == 8


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """``LOG_FORMAT=`` of a compose file keeps what config.py says."""
    write_config("LOG_FORMAT = 'ecs'")
    monkeypatch.setenv("LOG_FORMAT", "")
    monkeypatch.setenv("ERROR_REPORTS", "")
    settings = AlertingSettings.load()
    assert settings.log_format == "ecs"
    assert settings.error_reports == home() / "error_reports"


def test_relative_paths_start_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process finds the same file wherever it was started; absolute paths stay."""
    monkeypatch.setenv("LOG_FILE", "other/app.log")
    settings = WebSettings.load(error_reports="/var/reports", tokens_file="tokens.toml")
    assert settings.log_file == home() / "other" / "app.log"
    assert settings.error_reports == Path("/var/reports")
    assert settings.tokens_file == home() / "tokens.toml"


def test_a_dash_means_no_log_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """``LOG_FILE=-`` switches the file off, from the environment and from config.py."""
    write_config("LOG_FILE = '-'")
    assert AlertingSettings.load().log_file is None
    monkeypatch.setenv("LOG_FILE", "-")
    write_config("")
    assert AlertingSettings.load().log_file is None


@pytest.mark.parametrize(
    "given", ["file,webhook", "file webhook", " file , webhook ", ["file", "webhook"]]
)
def test_sinks_are_listed_by_commas_or_spaces(given: object) -> None:
    """A list of names is written the way people write lists."""
    assert TellingSettings.load(alert_sinks=given).alert_sinks == ("file", "webhook")


def test_config_file_runs_once_per_load() -> None:
    """config.py may do work; loading runs it a single time."""
    write_config(
        "from pathlib import Path\n"
        "with (Path(__file__).parent / 'runs').open('a') as runs: runs.write('x')\n"
        "LOG_LEVEL = 'ERROR'\n"
    )
    assert WebSettings.load().log_level == "ERROR"
    assert (home() / "instance" / "runs").read_text() == "x"


def test_every_fault_is_named_at_once_and_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """Faults of the environment, of config.py and of arguments come together."""
    monkeypatch.setenv("PORT", "top-secret")
    write_config("LOG_BACKUPS = 'top-secret'\nALERT_DATA = 'top-secret'\n")
    faults = faults_of(workers="top-secret", alert_tell_every=0)
    assert [fault.partition(":")[0] for fault in faults] == [
        "ALERT_DATA",
        "LOG_BACKUPS",
        "ALERT_TELL_EVERY",
        "WORKERS",
        "PORT",
    ]
    assert faults[0] == "ALERT_DATA: Input should be 'raw' or 'masked'"
    assert "top-secret" not in str(InvalidSettings(faults))


def test_a_name_that_is_no_setting_is_named() -> None:
    """The gateway knows every setting, so a misspelt name in config.py is a fault with a hint."""
    write_config("LOG_FORMT = 'ecs'\nZZ = 'top-secret'\nlower = 1\nMixed = 2\n")
    assert sorted(faults_of()) == [
        "LOG_FORMT: There is no such setting; did you mean LOG_FORMAT?",
        "ZZ: There is no such setting",
    ]


def test_packages_below_pass_over_settings_of_packages_above() -> None:
    """A worker reads the same config.py and ignores what is for the gateway."""
    write_config("PORT = 8001\nLOG_LEVEL = 'DEBUG'\n")
    assert AlertingSettings.load().log_level == "DEBUG"


@pytest.mark.parametrize(
    ("text", "kind"),
    [("SECRET_KEY = ('top-secret'", "SyntaxError"), ("raise KeyError('top-secret')", "KeyError")],
)
def test_a_config_file_that_fails_is_named_without_its_values(text: str, kind: str) -> None:
    """The file and the kind of error are told; the message may quote a secret and is not."""
    write_config(text)
    path = home() / "instance" / "config.py"
    assert faults_of() == [f"{path}: raised {kind}; run it with Python to see where."]


def test_secrets_are_masked_in_repr() -> None:
    """Nobody reads a secret in a log of the settings."""
    shown = repr(
        WebSettings.load(
            secret_key="top-secret-" + "x" * 32, redis_url="redis://:top-secret@host/0"
        )
    )
    assert "top-secret" not in shown
    assert "log_format='text'" in shown


def test_settings_cannot_be_changed() -> None:
    """Settings are read once; nobody changes them behind the others' back."""
    with pytest.raises(ValueError, match="frozen"):
        AlertingSettings.load().log_level = "DEBUG"


def test_the_example_shows_every_setting_with_its_default() -> None:
    """config.example.py describes each setting, and uncommented it changes nothing."""
    example = (ROOT / "instance" / "config.example.py").read_text(encoding="utf-8")
    words = " ".join(example.replace("\n#", " ").split())
    for name, field in WebSettings.model_fields.items():
        assert f"\n# {name.upper()} = " in example, name
        assert str(field.description) in words, name
    plain = WebSettings.load()
    write_config(re.sub(r"(?m)^# (?=[A-Z_]+ = )", "", example))
    # Their defaults lie in the home folder, so the example can only show others.
    names = ("redis_url", "database_url")
    given = {name: getattr(plain, name).get_secret_value() for name in names}
    assert WebSettings.load(**given) == plain


def test_what_is_no_pointer_or_digest_is_a_fault_that_does_not_quote_it() -> None:
    """Somebody may write the value itself where its digest belongs."""
    faults = faults_of(
        allow_pointers="items",
        allow_values="ann@example.com",
        detect_kinds="",
        pseudonym_key="short",
    )
    assert [fault.partition(":")[0] for fault in faults] == [
        "DETECT_KINDS",
        "ALLOW_POINTERS",
        "ALLOW_VALUES",
        "PSEUDONYM_KEY",
    ]
    assert "/items/*/support_email" in faults[1]
    assert "flask allow-value" in faults[2]
    assert "ann@example.com" not in str(InvalidSettings(faults))


@pytest.mark.parametrize("pointer", ["/", "/a~0b~1c/*", "/a//b", "/0"])
def test_pointers_are_taken_as_rfc_6901_writes_them(pointer: str) -> None:
    """Empty names and escapes are part of the standard."""
    assert AlertingSettings.load(allow_pointers=[pointer]).allow_pointers == (pointer,)


@pytest.mark.parametrize("pointer", ["", "a/b", "/a~2b", "/a~", "#/a"])
def test_malformed_pointers_are_refused(pointer: str) -> None:
    """An empty pointer, which would allow everything, is refused too."""
    assert faults_of(allow_pointers=[pointer])[0].startswith("ALLOW_POINTERS: ")
