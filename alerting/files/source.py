"""Opens files as text: only regular files, and never whole. Knows no formats.

Text is UTF-8, or UTF-16 with its byte order mark. What cannot be decoded reads as U+FFFD, so that
one wrong byte hides nothing else.
"""

import codecs
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from alerting.errors import FileSkipped

HEAD_BYTES = 2**13
_UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def open_regular(path: Path) -> io.FileIO:
    """Open a file for reading; raises FileSkipped for pipes, devices and what cannot be read.

    A pipe without a writer would block for ever, so the file is opened without waiting.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise FileSkipped(reason="unreadable", detail=error.strerror or "I/O error") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FileSkipped(reason="special", detail="not a regular file; pipe it into -")
    return os.fdopen(descriptor, "rb", buffering=0)


class Source(NamedTuple):
    """A text, how it begins, and the stream that reads it."""

    head: str
    stream: io.TextIOWrapper


@contextmanager
def as_text(stream: io.FileIO | BinaryIO) -> Iterator[Source]:
    """Read a binary stream as text and leave it open; raises FileSkipped when it is none."""
    binary = io.BufferedReader(cast("io.RawIOBase", stream), HEAD_BYTES)
    try:
        head = binary.peek(HEAD_BYTES)[:HEAD_BYTES]
        is_utf_16 = head.startswith(_UTF_16_MARKS)
        if b"\0" in head and not is_utf_16:
            raise FileSkipped(reason="binary", detail="binary")
        encoding = "utf-16" if is_utf_16 else "utf-8-sig"
        decoder = codecs.getincrementaldecoder(encoding)("replace")
        text = io.TextIOWrapper(binary, encoding=encoding, errors="replace", newline="\n")
        try:
            yield Source(decoder.decode(head), text)
        finally:
            text.detach()
    finally:
        binary.detach()
