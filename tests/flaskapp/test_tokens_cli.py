from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from flaskapp import create_app
from flaskapp.settings import WebSettings
from flaskapp.token_record import digest, parse_api_tokens
from flaskapp.tokens import TokenStore
from tasks.memory import InMemoryQueue


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WebSettings:
    """Return settings of a home of its own whose tokens stand in the file, none yet."""
    monkeypatch.setenv("PIIGATE_HOME", str(tmp_path))
    monkeypatch.setenv("FLASK_RUN_FROM_CLI", "true")
    return WebSettings.load()


@pytest.fixture
def app(settings: WebSettings) -> Flask:
    """Return the gateway as the command line loads it, also without a token."""
    return create_app(settings, queue=InMemoryQueue())


@pytest.fixture
def store(settings: WebSettings) -> TokenStore:
    """Return the tokens as another process sees them."""
    return TokenStore.from_settings(settings)


def test_create_prints_the_token_alone(runner: FlaskCliRunner, store: TokenStore) -> None:
    """Standard output is the token and nothing else, so that a shell can catch it."""
    result = runner.invoke(args=["tokens", "create", "phone", "--scope", "run", "--scope", "admin"])

    assert result.exit_code == 0
    record = store.find(result.stdout.removesuffix("\n"))
    assert record is not None
    assert (record.name, record.scopes, record.expires) == (
        "phone",
        frozenset({"run", "admin"}),
        None,
    )
    assert "Keep it now" in result.stderr
    assert result.stdout.strip() not in result.stderr


def test_create_tells_the_entry_for_the_environment(runner: FlaskCliRunner) -> None:
    """The entry that a container needs can be copied from the explanation."""
    args = ["tokens", "create", "phone", "--scope", "run", "--expires", "2099-01-01"]
    result = runner.invoke(args=args)

    entry = result.stderr.rpartition("API_TOKENS: ")[2]
    (record,) = parse_api_tokens(entry)
    assert record.sha256 == digest(result.stdout.strip())
    assert record.expires == datetime(2099, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2099-01-31", datetime(2099, 1, 31, tzinfo=UTC)),
        ("2099-01-31T18:00", datetime(2099, 1, 31, 18, tzinfo=UTC)),
        ("2099-01-31T18:00:00+02:00", datetime(2099, 1, 31, 16, tzinfo=UTC)),
    ],
)
def test_create_takes_a_date(
    runner: FlaskCliRunner, store: TokenStore, text: str, expected: datetime
) -> None:
    """A date or time is taken as it stands, in UTC unless it says otherwise."""
    runner.invoke(
        args=["tokens", "create", "phone", "--scope", "run", "--expires", text],
        catch_exceptions=False,
    )

    assert store.all()[0].expires == expected


def test_create_takes_a_number_of_days(runner: FlaskCliRunner, store: TokenStore) -> None:
    """`90d` ends ninety days from now."""
    runner.invoke(args=["tokens", "create", "phone", "--scope", "run", "--expires", "90d"])

    expires = store.all()[0].expires
    assert expires is not None
    assert abs(expires - datetime.now(UTC) - timedelta(days=90)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "Missing option '--scope'"),
        (["--scope", "root"], "'root' is not one of"),
        (["--scope", "run", "--expires", "soon"], "use days as in 90d"),
        (["--scope", "run", "--expires", "9999999999d"], "use days as in 90d"),
        (["--scope", "run", "--expires", "2001-01-01"], "in the past"),
    ],
)
def test_create_names_what_is_wrong(
    runner: FlaskCliRunner, store: TokenStore, options: list[str], message: str
) -> None:
    """A wrong option is explained, and no token is made."""
    result = runner.invoke(args=["tokens", "create", "phone", *options])

    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""
    assert store.is_empty()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["create", "a phone", "--scope", "run"], "name: String should match"),
        (["create", "taken", "--scope", "run"], "There is a token of that name"),
        (["revoke", "unknown"], "There is no token of that name"),
    ],
)
def test_refused_edit_is_one_clear_line(
    runner: FlaskCliRunner, args: list[str], message: str
) -> None:
    """What the tokens file refuses ends in a message and a non-zero status."""
    runner.invoke(args=["tokens", "create", "taken", "--scope", "run"])

    result = runner.invoke(args=["tokens", *args])

    assert result.exit_code == 1
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_file_that_cannot_be_written_is_one_clear_line(
    runner: FlaskCliRunner, settings: WebSettings
) -> None:
    """An error of the disk ends in a message, not in a traceback."""
    settings.tokens_file.mkdir(parents=True)

    result = runner.invoke(args=["tokens", "create", "phone", "--scope", "run"])

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert "Is a directory" in result.stderr


def test_revoke_ends_the_token(runner: FlaskCliRunner, store: TokenStore) -> None:
    """A revoked token opens nothing any more."""
    token = runner.invoke(args=["tokens", "create", "phone", "--scope", "run"]).stdout.strip()
    assert store.find(token) is not None

    result = runner.invoke(args=["tokens", "revoke", "phone"])

    assert result.exit_code == 0
    assert "revoked" in result.stderr
    assert store.find(token) is None


def test_list_shows_no_digest(runner: FlaskCliRunner, settings: WebSettings) -> None:
    """The table tells what there is to know, the expired token marked, eight digits of a digest."""
    settings.tokens_file.parent.mkdir(exist_ok=True)
    settings.tokens_file.write_text(
        f'[old]\nsha256 = "{"ab" * 32}"\nscopes = ["run"]\nexpires = 2001-02-03T00:00:00Z\n'
        f'[new]\nsha256 = "{"cd" * 32}"\nscopes = ["run", "admin"]\n'
        "created = 2026-01-02T00:00:00Z\n"
    )

    result = runner.invoke(args=["tokens", "list"])

    assert result.stdout.splitlines() == [
        "NAME  SCOPES     CREATED     EXPIRES               SHA-256",
        "old   run        -           2001-02-03 (expired)  abababab",
        "new   admin,run  2026-01-02  -                     cdcdcdcd",
    ]


def test_tokens_of_the_environment_are_listed_but_not_edited(
    tmp_path: Path, settings: WebSettings
) -> None:
    """With API_TOKENS set, an edit of the unused file is refused and says why."""
    given = WebSettings.load(api_tokens=f"phone:{'ab' * 32}:run")
    runner = create_app(given, queue=InMemoryQueue()).test_cli_runner()

    assert "phone" in runner.invoke(args=["tokens", "list"]).stdout
    for args in (["create", "laptop", "--scope", "run"], ["revoke", "phone"]):
        result = runner.invoke(args=["tokens", *args])
        assert result.exit_code == 1
        assert "API_TOKENS" in result.stderr
    assert not given.tokens_file.exists()
