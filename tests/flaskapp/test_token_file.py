import resource
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flaskapp.errors import InvalidTokens, TokenExists, TokenNotFound
from flaskapp.token_file import TokenFile
from flaskapp.token_record import DEVELOPMENT_TOKEN, digest
from flaskapp.tokens import TokenStore

TOMORROW = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
ENTRY = f'sha256 = "{digest("good")}"\nscopes = ["run"]\n'
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


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the tokens file of the test goes."""
    return tmp_path / "instance" / "tokens.toml"


@pytest.fixture
def file(path: Path) -> TokenFile:
    """Return a tokens file that does not exist yet."""
    return TokenFile(path)


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


def test_threads_that_read_together_say_so_once(
    file: TokenFile, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Requests that meet a broken file at the same time leave one line between them."""
    path.parent.mkdir()
    path.write_text("[good")
    barrier = threading.Barrier(8)

    def read() -> int:
        barrier.wait()
        return len(file.records())

    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(read) for _ in range(8)]

    assert [future.result() for future in futures] == [0] * 8
    assert caplog.text.count("No token is accepted") == 1


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
