"""Finding the files below folders."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from alerting.files.walk import find


def names(root: Path, *, exclude: tuple[str, ...] = ()) -> list[str]:
    """Return the files found below a folder, from there."""
    files, skipped = find([root], exclude=exclude)
    assert skipped == []
    return [path.relative_to(root).as_posix() for path in files]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a folder with files that are data and files that are not."""
    for name in (
        "b.txt",
        "a.txt",
        ".env",
        "sub/deep/c.csv",
        ".github/d.yml",
        ".git/config",
        "node_modules/x/y.js",
        "env/pyvenv.cfg",
        "env/lib/z.py",
    ):
        path = tmp_path / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    return tmp_path / "root"


def test_files_come_sorted_without_those_of_tools(tree: Path) -> None:
    """Hidden files are data too; the folders of tools and virtual environments are not."""
    assert names(tree) == [".env", "a.txt", "b.txt", ".github/d.yml", "sub/deep/c.csv"]


def test_a_folder_of_a_tool_can_be_named(tree: Path) -> None:
    """What is left out by default is scanned when it is named."""
    assert names(tree / ".git") == ["config"]
    assert names(tree / "env") == ["pyvenv.cfg", "lib/z.py"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.txt", [".env", ".github/d.yml", "sub/deep/c.csv"]),
        ("sub", [".env", "a.txt", "b.txt", ".github/d.yml"]),
        ("deep/", [".env", "a.txt", "b.txt", ".github/d.yml"]),
        ("sub/*", [".env", "a.txt", "b.txt", ".github/d.yml"]),
        ("nothing", [".env", "a.txt", "b.txt", ".github/d.yml", "sub/deep/c.csv"]),
    ],
)
def test_patterns_leave_out(tree: Path, pattern: str, expected: list[str]) -> None:
    """A pattern is for names, and for paths from the folder that was named."""
    assert names(tree, exclude=(pattern,)) == expected


def test_a_pattern_leaves_out_a_file_that_is_named(tree: Path) -> None:
    """A hook that names every file that changed can still leave some out."""
    assert find([tree / "a.txt"], exclude=["*.txt"]) == ([], [])


def test_links_are_not_followed(tree: Path, tmp_path: Path) -> None:
    """A loop of links ends at once; a link that is named leads somewhere."""
    before = names(tree)
    (tree / "loop").symlink_to(tree)
    (tree / "sub" / "out.txt").symlink_to(tmp_path / "outside.txt")
    assert names(tree) == before
    assert names(tree / "loop") == before


def test_a_file_is_found_once(tree: Path) -> None:
    """Paths that overlap do not double what is found."""
    files, _ = find([tree / "a.txt", tree, tree / "sub"])
    assert len(files) == len(names(tree))


@contextmanager
def nested(root: Path, name: str, depth: int) -> Iterator[None]:
    """Make folders in each other, deeper than a path can say, and take them away again."""
    here = Path.cwd()
    os.chdir(root)
    try:
        for _ in range(depth):
            Path(name).mkdir()
            os.chdir(name)
        os.chdir(root)
        yield
    finally:
        os.chdir(root)
        for _ in range(depth):
            os.chdir(name)
        for _ in range(depth):
            os.chdir("..")
            Path(name).rmdir()
        os.chdir(here)


def test_depth_is_no_matter(tmp_path: Path) -> None:
    """A folder a thousand levels deep is walked without recursion."""
    (tmp_path / "a.txt").write_text("x")
    with nested(tmp_path, "d", 1200):
        assert find([tmp_path]) == ([tmp_path / "a.txt"], [])


def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """A folder that cannot be listed is skipped, and the walk goes on."""
    (tmp_path / "a.txt").write_text("x")
    with nested(tmp_path, "d" * 200, 30):
        files, (skipped,) = find([tmp_path])
    assert [path.name for path in files] == ["a.txt"]
    assert (skipped.reason, skipped.detail) == ("unreadable", "File name too long")
    assert not skipped.is_named
