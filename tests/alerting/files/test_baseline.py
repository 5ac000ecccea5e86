"""Fingerprints and baselines: stable, and without a value."""

from pathlib import Path

import pytest

from alerting.errors import InvalidBaseline
from alerting.files.baseline import Baseline
from alerting.files.fingerprint import fingerprinted, subject_of
from alerting.files.located import FileFinding
from tests.alerting.files.scanned import EMAIL, PHONE, scanned

KINDS = {"email", "phone"}


def found(content: str, *, subject: str = "a", ending: str = "") -> list[FileFinding]:
    """Return the findings of a content with their fingerprints."""
    return list(fingerprinted(scanned(content, ending=ending), path="x", subject=subject))


def prints(content: str, *, subject: str = "a", ending: str = "") -> list[str]:
    """Return the fingerprints of what is found in a content."""
    return [one.fingerprint for one in found(content, subject=subject, ending=ending)]


@pytest.mark.parametrize(
    ("before", "after", "ending"),
    [
        (f"call {PHONE}\n{EMAIL}", f"new line\n\ncall {PHONE}\nanother\n{EMAIL}", ".txt"),
        (f"call   {PHONE}!", f"  call {PHONE}!", ".txt"),
        (f'{{"a": ["{EMAIL}"]}}', f'{{\n "b": 1,\n "a": [1, "x", "{EMAIL}"]}}', ".json"),
        (f'{{"a": "{EMAIL}"}}', f'{{"b": 1}}\n{{"a": "{EMAIL}"}}', ".ndjson"),
        (f"a,b\n1,{EMAIL}", f'a,c,b\n0,,\n1,"x\ny",{EMAIL}', ".csv"),
    ],
)
def test_what_is_added_elsewhere_changes_nothing(before: str, after: str, ending: str) -> None:
    """Lines, items, members, rows and columns may come before a finding that is known."""
    assert prints(before, ending=ending) == prints(after, ending=ending)


@pytest.mark.parametrize(
    ("content", "ending"),
    [
        (f"call {PHONE}", ".txt"),
        (f'{{"a": "{PHONE}"}}', ".json"),
        (f"a,b\n1,{PHONE}", ".csv"),
    ],
)
def test_the_value_does_not_enter(content: str, ending: str) -> None:
    """Trying all telephone numbers finds nothing: each gives the same fingerprint."""
    other = content.replace(PHONE, "+380670000001")
    assert prints(content, ending=ending) == prints(other, ending=ending)


def test_findings_are_told_apart() -> None:
    """Kind, file, surroundings and count make a fingerprint each."""
    content = f"mail {EMAIL}\nmail {EMAIL}\nother {EMAIL}\n{PHONE}"
    every = prints(content) + prints(content, subject="b")
    assert len(set(every)) == len(every) == 8
    assert all(len(one) == 32 for one in every)


def test_a_new_finding_is_the_one_that_is_told() -> None:
    """Of known and new findings in one file, the new one is reported, wherever it stands."""
    known = Baseline().updated(
        found(f"mail {EMAIL}\ncall {PHONE}"), subjects={"a"}, kinds=KINDS, root=Path()
    )
    (new,) = known.unknown(found(f"mail {EMAIL}\nnew {EMAIL}\ncall {PHONE}"))
    assert new.located.start.line == 2


def test_a_baseline_is_read_as_it_was_written(tmp_path: Path) -> None:
    """The file lists one finding on a line, in an order of its own, for version control."""
    (tmp_path / "a").touch()
    written = Baseline().updated(
        found(f"{PHONE}\n{EMAIL}"), subjects={"a"}, kinds=KINDS, root=tmp_path
    )
    written.write(tmp_path / "base.json")

    content = (tmp_path / "base.json").read_text()
    assert sum("fingerprint" in line for line in content.splitlines()) == 2
    assert content.index("email") < content.index("phone")
    assert EMAIL not in content
    read = Baseline.read(tmp_path / "base.json")
    assert set(read.findings) == set(written.findings)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "base.json"]


def test_an_update_keeps_what_was_not_looked_at(tmp_path: Path) -> None:
    """Entries of other files and kinds stay; those of files that are gone do not."""
    for name in ("a", "b"):
        (tmp_path / name).touch()
    both = f"{PHONE}\n{EMAIL}"
    known = Baseline()
    for subject in ("a", "b", "gone"):
        known = known.updated(
            found(both, subject=subject), subjects={subject}, kinds=KINDS, root=tmp_path
        )
    known = known.updated([], subjects={"a"}, kinds={"email"}, root=tmp_path)

    assert sorted((one.path, one.kind) for one in known.findings) == [
        ("a", "phone"),
        ("b", "email"),
        ("b", "phone"),
    ]


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{", '{"version": "piigate/v9"}', '{"findings": [{"path": "a"}]}', '{"x": 1}'],
)
def test_what_is_no_baseline_is_refused(tmp_path: Path, content: str) -> None:
    """A file of another form or version is not taken for an empty baseline."""
    (tmp_path / "base.json").write_text(content)
    with pytest.raises(InvalidBaseline, match="--write-baseline"):
        Baseline.read(tmp_path / "base.json")


def test_a_baseline_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    """The draft is taken away when it cannot become the file."""
    (tmp_path / "base.json").mkdir()
    with pytest.raises(OSError, match="directory"):
        Baseline().write(tmp_path / "base.json")
    assert [path.name for path in tmp_path.iterdir()] == ["base.json"]


def test_subjects_do_not_depend_on_how_a_file_is_named(tmp_path: Path) -> None:
    """A file is known by its path from the root, also outside of it."""
    root = tmp_path / "root"
    assert subject_of(root / "x" / ".." / "a.txt", root=root) == "a.txt"
    assert subject_of(tmp_path / "b.txt", root=root) == "../b.txt"
    assert subject_of(root / "ї\udcff", root=root) == "ї\\xff"
