"""Fingerprints, by which a finding is known again. No value enters them.

See docs/decisions/0004-baselines.md.
"""

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from alerting.files.located import FileFinding, Located

VERSION = "piigate/v1"
"""The name of this way to make fingerprints."""
_LENGTH = 32


def fingerprinted(located: Iterable[Located], *, path: str, subject: str) -> Iterator[FileFinding]:
    """Give every finding of a file its fingerprint; findings in like surroundings are counted."""
    counts: Counter[tuple[str, str]] = Counter()
    for one in located:
        number = counts[one.kind, one.context]
        counts[one.kind, one.context] += 1
        facts = "\0".join((VERSION, subject, one.kind, one.context, str(number)))
        digest = hashlib.sha256(facts.encode("utf-8", "surrogatepass")).hexdigest()
        yield FileFinding(path=path, subject=subject, fingerprint=digest[:_LENGTH], located=one)


def subject_of(path: Path, *, root: Path) -> str:
    """Return a path as it is known in fingerprints: from the root, with slashes.

    Bytes of a name that are no UTF-8 are written as escapes.
    """
    relative = Path(os.path.relpath(path, root)).as_posix()
    return os.fsencode(relative).decode("utf-8", "backslashreplace")
