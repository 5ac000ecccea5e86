"""One file: its format, its encoding, and what cannot be scanned."""

import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.detector import default_detector
from alerting.errors import FileSkipped
from alerting.files.scan import guess_format, scan_path
from tests.alerting.files.scanned import EMAIL, PHONE, places, scanned


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("", "text"),
        ("mail: x", "text"),
        ('{"a": 1}\n', "json"),
        ('\n [1, {"a": "', "json"),
        ('["' + "x" * 9000, "json"),
        ('{"a": tr', "json"),
        ('{"a": "\\u04', "json"),
        ('{"a": 1}\n{"a": 2}\n', "ndjson"),
        ("[2026-01-02 03:04:05] INFO started, and nothing else\n", "text"),
        ("[a link](https://example.com) and some words\n", "text"),
        ("[" * 100_000, "text"),
        ("[" + "1" * 5000 + "]", "text"),
    ],
)
def test_the_beginning_tells_the_format(head: str, expected: str) -> None:
    """A document that is cut off is one; a bracket alone makes none."""
    assert guess_format(head) == expected


def test_the_ending_tells_the_format(tmp_path: Path) -> None:
    """CSV has no beginning of its own: the ending, in any case, says it."""
    (tmp_path / "a.CSV").write_text(f"mail\n{EMAIL}\n")
    (found,) = scan_path(default_detector(), tmp_path / "a.CSV")
    assert found.column_name == "mail"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("ending", ["", ".txt", ".csv"])
def test_byte_order_marks_are_no_text(encoding: str, ending: str) -> None:
    """Columns do not count the mark, and UTF-16 is no binary file."""
    assert places(f"їжак {EMAIL}\n".encode(encoding), ending=ending) == [("email", 1, 6)]
    assert places(f'["{EMAIL}"]'.encode(encoding)) == [("email", 1, 3)]


def test_other_encodings_are_read_as_far_as_they_go() -> None:
    """Bytes that are no UTF-8 hide neither what stands beside them nor where it stands."""
    assert places(f"тел {PHONE}\nпошта {EMAIL}".encode("cp1251")) == [
        ("phone", 1, 5),
        ("email", 2, 7),
    ]
    (found,) = scanned(b'{"\xff": "%s"}' % EMAIL.encode())
    assert found.pointer == "/\ufffd"


def test_a_nul_further_on_hides_nothing() -> None:
    """Only a file that begins like a binary one is taken for one."""
    assert places("x\n" * 5000 + f"\0\n{EMAIL}\n") == [("email", 5002, 1)]


def test_binary_files_are_skipped() -> None:
    """A NUL near the beginning marks a binary file."""
    with pytest.raises(FileSkipped) as skipped:
        scanned(b"\x7fELF\0\0" + EMAIL.encode())
    assert skipped.value.reason == "binary"


@given(st.binary(max_size=300), st.sampled_from(["", ".csv", ".ndjson", ".json", ".txt"]))
def test_no_content_makes_a_scan_fail(content: bytes, ending: str) -> None:
    """Whatever the bytes, a scan ends."""
    try:
        scanned(content, ending=ending)
    except FileSkipped as skipped:
        assert skipped.reason == "binary"  # noqa: PT017 - a binary file is one way to end


def test_pipes_and_sockets_do_not_hang(tmp_path: Path) -> None:
    """What is no regular file is skipped at once, though nobody writes to it."""
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
    for name, reason in [("pipe", "special"), ("socket", "unreadable"), ("gone", "unreadable")]:
        with pytest.raises(FileSkipped) as skipped:
            list(scan_path(default_detector(), tmp_path / name))
        assert skipped.value.reason == reason


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="there is no such file")
def test_a_device_that_fails_is_unreadable() -> None:
    """An error of the disk while reading is told, not raised as it comes."""
    with pytest.raises(FileSkipped) as skipped:
        list(scan_path(default_detector(), Path("/proc/self/mem")))
    assert skipped.value.reason == "unreadable"


def test_long_documents_are_scanned_line_by_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A document beyond the limit is not read whole; lines go on where reading stopped."""
    monkeypatch.setattr("alerting.files.scan.MAX_JSON_CODE_POINTS", 20)
    content = f'[\n  "lorem ipsum",\n  "{EMAIL}",\n  "{EMAIL}"]'
    assert places(content) == [("email", 3, 4), ("email", 4, 4)]
