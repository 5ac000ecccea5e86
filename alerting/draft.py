"""Drafts: files that appear under their name whole or not at all. Know nothing of content."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def draft_of(path: Path, text: str) -> Iterator[Path]:
    """Give a file of mode 0600 beside the path that holds the text, to be linked or moved there.

    It is on the disk by then, and gone afterwards where it was not moved. Raises OSError.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)
