"""A draft becomes a file when it is whole, and is gone when it never gets there."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerting.draft import draft_of_pieces


def test_a_text_in_pieces_appears_whole(tmp_path: Path) -> None:
    """All pieces are in the file, as they were, and only its owner can read it."""
    path = tmp_path / "alerts.csv"
    with draft_of_pieces(path, iter(["a\r\n", "б\n"])) as draft:
        assert not path.exists()
        draft.replace(path)
    assert path.read_bytes() == "a\r\nб\n".encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_without_its_last_piece_there_is_nothing(tmp_path: Path) -> None:
    """When the pieces end with an error, neither file nor draft is left."""

    def pieces() -> Iterator[str]:
        yield "a"
        raise LookupError

    with pytest.raises(LookupError), draft_of_pieces(tmp_path / "alerts.csv", pieces()):
        pytest.fail("the draft is not whole")
    assert list(tmp_path.iterdir()) == []
