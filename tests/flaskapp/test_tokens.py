import resource
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerting.errors import InvalidSettings
from flaskapp.errors import InvalidTokens, TokenExists, TokenNotFound
from flaskapp.settings import WebSettings
from flaskapp.token_file import TokenFile
from flaskapp.token_record import digest, parse_api_tokens
from flaskapp.tokens import DEVELOPMENT_TOKEN, TokenStore, development_tokens, is_loopback

TOMORROW = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
YESTERDAY = TOMORROW - timedelta(days=2)
ENTRY = f'sha256 = "{digest("good")}"\nscopes = ["run"]\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the tokens file of the test goes."""
    return tmp_path / "instance" / "tokens.toml"


@pytest.fixture
def file(path: Path) -> TokenFile:
    """Return a tokens file that does not exist yet."""
    return TokenFile(path)


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


def test_created_token_is_random_and_kept_as_a_digest_only(file: TokenFile, path: Path) -> None:
    """Each token is new and long, and the private file holds its digest, not the token."""
    one = file.create("one", scopes={"run"}, expires=None)
    two = file.create("two", scopes={"run", "admin"}, expires=TOMORROW)

    assert one != two
    assert len(one) == len(two) == len("pgt_") + 43  # 256 bits, six to a character
    assert one not in path.read_text()
    assert digest(one) in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert TokenStore(file.records).find(two) == file.records()[1]
    assert file.records()[1].expires == TOMORROW


def test_change_is_seen_by_every_reader_at_once(file: TokenFile, path: Path) -> None:
    """A token made or revoked by one process counts at the next look of another."""
    reader = TokenStore(TokenFile(path).records)
    assert reader.is_empty()

    token = file.create("phone", scopes={"run"}, expires=None)
    assert reader.find(token) is not None

    file.revoke("phone")
    assert reader.find(token) is None
    assert reader.is_empty()


def test_names_are_unique(file: TokenFile) -> None:
    """A second token of the same name is refused and the first stays."""
    token = file.create("phone", scopes={"run"}, expires=None)

    with pytest.raises(TokenExists):
        file.create("phone", scopes={"admin"}, expires=None)

    found = TokenStore(file.records).find(token)
    assert found is not None
    assert found.scopes == {"run"}


def test_revoking_an_unknown_token_is_an_error(file: TokenFile) -> None:
    """A mistyped name does not pass for a revocation."""
    with pytest.raises(TokenNotFound):
        file.revoke("phone")


@pytest.mark.parametrize("name", ["", "a b", "a.b", "a:b", "ім'я", "a\n", "-a", "x" * 64])
def test_malformed_name_is_refused(file: TokenFile, path: Path, name: str) -> None:
    """A name that does not fit both formats is refused before anything is written."""
    with pytest.raises(InvalidTokens):
        file.create(name, scopes={"run"}, expires=None)

    assert not path.exists()


def test_editors_at_the_same_time_lose_nothing(path: Path) -> None:
    """Of many tokens made at once each is kept."""
    names = [f"token-{number}" for number in range(24)]
    barrier = threading.Barrier(8)

    def create(name: str) -> str:
        barrier.wait()
        return TokenFile(path).create(name, scopes={"run"}, expires=None)

    with ThreadPoolExecutor(8) as pool:
        tokens = dict(zip(names, pool.map(create, names), strict=True))

    store = TokenStore(TokenFile(path).records)
    assert {name for name in names if store.find(tokens[name])} == set(names)
    assert [entry.name for entry in path.parent.iterdir()] == ["tokens.toml"]


def test_comments_and_order_survive_an_edit(file: TokenFile, path: Path) -> None:
    """What a person wrote into the file stays."""
    path.parent.mkdir()
    path.write_text(f"# ours\n[zeta]  # the printer\n{ENTRY}")

    file.create("alpha", scopes={"run"}, expires=None)

    text = path.read_text()
    assert text.startswith(f"# ours\n[zeta]  # the printer\n{ENTRY}")
    assert [record.name for record in file.records()] == ["zeta", "alpha"]


def test_full_disk_leaves_the_file_as_it_was(file: TokenFile, path: Path) -> None:
    """A write that fails half-way changes nothing and leaves nothing behind."""
    file.create("phone", scopes={"run"}, expires=None)
    before = path.read_text()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            file.create("laptop", scopes={"run"}, expires=None)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert path.read_text() == before
    assert [entry.name for entry in path.parent.iterdir()] == ["tokens.toml"]


BROKEN = {
    "not TOML": "[good",
    "not UTF-8": b"[good]\nsha256 = '\xff'".decode("latin-1"),
    "entry is no table": f"[good]\n{ENTRY}[[other]]\n",
    "no digest": f'[good]\n{ENTRY}[other]\nscopes = ["run"]\n',
    "token in place of the digest": f'[good]\n{ENTRY}[other]\nsha256 = "pgt_secret"\n'
    'scopes = ["run"]',
    "unknown scope": f'[good]\n{ENTRY}[other]\nsha256 = "{"0" * 64}"\nscopes = ["root"]\n',
    "no scope": f'[good]\n{ENTRY}[other]\nsha256 = "{"0" * 64}"\nscopes = []\n',
    "expiry without offset": f"[good]\n{ENTRY}expires = 2099-01-01T00:00:00\n",
    "misspelt member": f"[good]\n{ENTRY}expire = 2001-01-01T00:00:00Z\n",
    "one token twice": f"[good]\n{ENTRY}[other]\n{ENTRY}",
    "development token": f'[good]\n{ENTRY}[other]\nsha256 = "{digest(DEVELOPMENT_TOKEN)}"\n'
    'scopes = ["run"]\n',
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_broken_file_lets_nobody_in_and_says_so_once(
    file: TokenFile, path: Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    """One fault anywhere refuses every token; the log names the fault once and quotes no value."""
    path.parent.mkdir()
    path.write_text(f"[good]\n{ENTRY}")
    path.chmod(0o600)
    store = TokenStore(file.records)
    assert store.find("good") is not None
    path.write_bytes(text.encode("latin-1"))

    assert [store.find("good") for _ in range(3)] == [None] * 3

    errors = [line for line in caplog.messages if "No token is accepted" in line]
    assert len(errors) == 1
    assert "secret" not in errors[0]
    assert DEVELOPMENT_TOKEN not in errors[0]


def test_mended_file_counts_again(file: TokenFile, path: Path) -> None:
    """Once the fault is mended, tokens open doors again without a restart."""
    path.parent.mkdir()
    path.write_text("[good")
    store = TokenStore(file.records)
    assert store.find("good") is None

    path.write_text(f"[good]\n{ENTRY}")

    assert store.find("good") is not None


def test_broken_file_is_not_edited(file: TokenFile, path: Path) -> None:
    """An edit of a file with a fault is refused and leaves it for a person to mend."""
    path.parent.mkdir()
    path.write_text("[good")

    with pytest.raises(InvalidTokens):
        file.create("phone", scopes={"run"}, expires=None)

    assert path.read_text() == "[good"


def test_unreadable_file_lets_nobody_in(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A path that cannot be read as a file is refused like a broken file."""
    path.mkdir(parents=True)

    assert TokenStore(TokenFile(path).records).is_empty()
    assert "tokens.toml: Is a directory" in caplog.text


def test_missing_file_is_named_once(file: TokenFile, caplog: pytest.LogCaptureFixture) -> None:
    """Without a file nobody gets in, and the log says why once."""
    store = TokenStore(file.records)

    assert store.is_empty()
    assert store.is_empty()
    assert caplog.text.count("tokens.toml: No such file") == 1


@pytest.mark.parametrize(("mode", "is_told"), [(0o600, False), (0o640, True), (0o604, True)])
def test_file_open_to_others_is_warned_about(
    file: TokenFile, path: Path, caplog: pytest.LogCaptureFixture, mode: int, is_told: bool
) -> None:
    """Tokens of a file that others can read still count, with a warning."""
    path.parent.mkdir()
    path.write_text(f"[good]\n{ENTRY}")
    path.chmod(mode)

    assert TokenStore(file.records).find("good") is not None
    assert ("chmod 600" in caplog.text) is is_told


@pytest.mark.parametrize(
    "text",
    [
        "name",
        "name:digest:run",
        f"name:{'0' * 64}",
        f"name:{'0' * 64}:",
        f"name:{'0' * 64}:run,root",
        f"name:{'0' * 63}G:run",
        f"name:{'0' * 64}:run:tomorrow",
        f"name:{'0' * 64}:run:2099-01-01T00:00:00",
        f"name:{'0' * 64}:run name:{'1' * 64}:run",
        f"one:{'0' * 64}:run two:{'0' * 64}:run",
    ],
)
def test_malformed_api_tokens_stop_the_start(text: str) -> None:
    """A fault in API_TOKENS is a fault of the settings, named without the value."""
    with pytest.raises(InvalidSettings, match="API_TOKENS") as caught:
        WebSettings.load(api_tokens=text)

    assert "0" * 60 not in str(caught.value)


def test_empty_api_tokens_hold_no_token() -> None:
    """An empty variable is a source without tokens, not a wish for the file."""
    assert TokenStore.from_settings(WebSettings.load(api_tokens=" ")).is_empty()


def test_development_token_opens_everything_on_loopback() -> None:
    """What `make run` hands to its processes makes Secret123 a token with every scope."""
    settings = WebSettings.load(api_tokens=development_tokens(), host="127.0.0.1")
    record = TokenStore.from_settings(settings).find("Secret123")

    assert record is not None
    assert record.scopes == {"run", "alerts", "admin"}
    assert record.is_development


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "gateway.example"])
def test_development_token_is_refused_where_others_can_reach_it(host: str) -> None:
    """Even set on purpose, and under any name, Secret123 stops the start on another address."""
    renamed = f"production:{digest('Secret123')}:run"

    with pytest.raises(InvalidSettings, match="loopback only"):
        WebSettings.load(api_tokens=renamed, host=host)


def test_bad_host_does_not_hide_bad_tokens() -> None:
    """The check of API_TOKENS stands a host that is itself invalid."""
    with pytest.raises(InvalidSettings) as caught:
        WebSettings.load(api_tokens=development_tokens(), host=None)

    assert "HOST" in str(caught.value)
    assert "API_TOKENS" in str(caught.value)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("localhost.example", False),
        ("", False),
    ],
)
def test_is_loopback_knows_the_addresses_of_this_machine(host: str, expected: bool) -> None:
    """Only addresses that other machines cannot reach count as loopback."""
    assert is_loopback(host) is expected


def test_api_tokens_keep_their_order_and_expiry() -> None:
    """Entries are read in order, expiry included."""
    first, second = parse_api_tokens(
        f"a:{'0' * 64}:run  b:{'1' * 64}:run,admin:2099-01-01T00:00:00+02:00"
    )

    assert (first.name, first.expires) == ("a", None)
    assert second.expires == datetime(2098, 12, 31, 22, tzinfo=UTC)
