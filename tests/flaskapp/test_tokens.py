from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flaskapp.settings import WebSettings
from flaskapp.token_record import digest
from flaskapp.tokens import TokenStore

TOMORROW = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
YESTERDAY = TOMORROW - timedelta(days=2)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the tokens file of the test goes."""
    return tmp_path / "instance" / "tokens.toml"


@pytest.fixture(params=["file", "environment"])
def store(request: pytest.FixtureRequest, path: Path) -> TokenStore:
    """Return the same three tokens from each of the two sources."""
    digests = {name: digest(f"token-{name}") for name in ("first", "ended", "last")}
    if request.param == "file":
        path.parent.mkdir()
        path.write_text(
            f'[first]\nsha256 = "{digests["first"]}"\nscopes = ["run"]\n'
            f'[ended]\nsha256 = "{digests["ended"]}"\nscopes = ["run"]\n'
            f"expires = {YESTERDAY.isoformat()}\n"
            f'[last]\nsha256 = "{digests["last"]}"\nscopes = ["alerts", "admin"]\n'
            f"expires = {TOMORROW.isoformat()}\n"
        )
        return TokenStore.from_settings(WebSettings.load(tokens_file=path))
    return TokenStore.from_settings(
        WebSettings.load(
            api_tokens=f"first:{digests['first']}:run\n"
            f"ended:{digests['ended']}:run:{YESTERDAY.isoformat()} "
            f"last:{digests['last']}:alerts,admin:{TOMORROW.isoformat()}"
        )
    )


@pytest.mark.parametrize(("name", "scopes"), [("first", {"run"}), ("last", {"alerts", "admin"})])
def test_find_returns_the_record_of_a_valid_token(
    store: TokenStore, name: str, scopes: set[str]
) -> None:
    """A valid token is found wherever it stands, with its name and its scopes."""
    record = store.find(f"token-{name}")

    assert record is not None
    assert (record.name, record.scopes) == (name, frozenset(scopes))


@pytest.mark.parametrize(
    "token",
    ["", "other", "token-ended", "TOKEN-FIRST", "token-first ", digest("token-first"), "\ud800"],
)
def test_find_returns_none_for_anything_else(store: TokenStore, token: str) -> None:
    """An unknown, expired or altered token, and a digest in place of the token, open nothing."""
    assert store.find(token) is None


def test_named_returns_the_record_only_with_its_fingerprint(store: TokenStore) -> None:
    """A session is good for the token it began with, not for another of the same name."""
    fingerprint = digest("token-first")[:16]

    assert store.named("first", fingerprint=fingerprint) is not None
    assert store.named("first", fingerprint=digest("token-last")[:16]) is None
    assert store.named("last", fingerprint=fingerprint) is None
    assert store.named("ended", fingerprint=digest("token-ended")[:16]) is None
    assert store.named("", fingerprint="") is None


def test_all_returns_expired_tokens_too(store: TokenStore) -> None:
    """The list shows what has expired, so that somebody tidies it up."""
    assert [record.name for record in store.all()] == ["first", "ended", "last"]
    assert not store.is_empty()
