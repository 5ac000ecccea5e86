"""Drafts: files that appear under their name whole or not at all. Know nothing of content."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path


def draft_of(path: Path, text: str) -> AbstractContextManager[Path]:
    """Give a file of mode 0600 beside the path that holds the text, to be linked or moved there.

    It is on the disk by then, and gone afterwards where it was not moved. Raises OSError.
    """
    return draft_of_pieces(path, [text])


@contextmanager
def draft_of_pieces(path: Path, pieces: Iterable[str]) -> Iterator[Path]:
    """Give the same for a text in pieces, of which one at a time is in memory."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)
