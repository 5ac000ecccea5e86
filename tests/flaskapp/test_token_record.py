from datetime import UTC, datetime

import pytest

from alerting.errors import InvalidSettings
from flaskapp.settings import WebSettings
from flaskapp.token_record import development_tokens, digest, is_loopback, parse_api_tokens
from flaskapp.tokens import TokenStore


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


def test_api_tokens_keep_their_order_and_expiry() -> None:
    """Entries are read in order, expiry included."""
    first, second = parse_api_tokens(
        f"a:{'0' * 64}:run  b:{'1' * 64}:run,admin:2099-01-01T00:00:00+02:00"
    )

    assert (first.name, first.expires) == ("a", None)
    assert second.expires == datetime(2098, 12, 31, 22, tzinfo=UTC)


def test_development_token_opens_everything_on_loopback() -> None:
    """What `make run` hands to its processes makes Secret123 a token with every scope."""
    settings = WebSettings.load(api_tokens=development_tokens(), host="127.0.0.1")
    record = TokenStore.from_settings(settings).find("Secret123")

    assert record is not None
    assert record.scopes == {"run", "queues", "alerts", "admin"}
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
