"""An exception with a cause, both quoting personal data, for tests."""

from pathlib import Path


def raise_chain() -> None:
    """Raise an exception with a cause, both quoting personal data over several lines."""
    try:
        Path("/nowhere/ann@example.com").read_text(encoding="utf-8")
    except OSError as error:
        raise ValueError("secret value\nof ann@example.com") from error
